"""One page that looks on: what waits to be sent to it, never more than a page that is slow can catch up with."""

import asyncio
import itertools
import json

#: Messages that wait for one page at most.
MOST_WAITING = 1000
_numbers = itertools.count(1)

Message = str | bytes


class Overrun(Exception):
    """The page has been too slow for too long: it has missed what it can't do without."""


class Viewer:
    """The messages that wait for one page, in order.

    Args:
        loop: where `get` is awaited.
        here: whether it is a browser of this computer.

    Attributes:
        number: nobody else's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, here: bool = True) -> None:
        self.here = here
        self.number = next(_numbers)
        self._loop = loop
        self._there = asyncio.Event()
        self._waiting: dict[object, tuple[Message, ...]] = {}
        self._overrun = False

    def put(self, *messages: Message, slot: str = "") -> None:
        """Queue messages that belong together. From any thread.

        Args:
            slot: what waits under the same name is no longer of interest: these take its place.
        """
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._put, messages, slot)

    def _put(self, messages: tuple[Message, ...], slot: str) -> None:
        key: object = slot or object()
        self._waiting.pop(key, None)
        if len(self._waiting) < MOST_WAITING:
            self._waiting[key] = messages
        else:
            self._overrun = True
            self._waiting.clear()
        self._there.set()

    async def get(self) -> tuple[Message, ...]:
        """What is to be sent next.

        Raises:
            Overrun: the page is to begin anew.
        """
        while not self._waiting and not self._overrun:
            self._there.clear()
            await self._there.wait()
        if self._overrun:
            raise Overrun
        return self._waiting.pop(next(iter(self._waiting)))

    def refuse(self, why: str) -> None:
        """Say on this page alone that what it asked for can't be done."""
        self.put(json.dumps({"kind": "refused", "why": why}))
