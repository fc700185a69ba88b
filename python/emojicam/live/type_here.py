"""What a board that runs here types, typed into whatever has the focus of this computer: where that was asked for."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host
from emojicam.live.viewer import Viewer

#: Ways of entering a code point that a Linux computer understands.
UNDERSTOOD = (Host.LINUX, Host.FUNCTION_KEYS)


class Keys(Protocol):
    """A keyboard of this computer; see `keyboard.uinput`."""

    def report(self, report: bytes) -> None: ...
    def release(self) -> None: ...
    def close(self) -> None: ...


class TypeHere:
    """Types whole texts one after the other, in a thread of its own.

    Args:
        keys: closed by `close`.
        problem: is told why nothing more can be typed.
    """

    def __init__(self, keys: Keys, problem: Callable[[str], object]) -> None:
        self._keys = keys
        self._problem = problem
        self._focused: set[Viewer] = set()
        self._waiting: queue.SimpleQueue[tuple[int, Sequence[bytes], float] | None] = queue.SimpleQueue()
        self._turn = 0
        self._cut = threading.Event()
        self._gone = ""
        self._thread = threading.Thread(target=self._work, name="type here", daemon=True)
        self._thread.start()

    def focus(self, viewer: Viewer, on: bool) -> None:
        """A page of this computer has got the focus, or lost it; one elsewhere has it on its own."""
        if on and viewer.here:
            self._focused.add(viewer)
            self.stop()
        else:
            self._focused.discard(viewer)

    def why_not(self, settings: Settings) -> str:
        """Why a text can't be typed now; empty if it can."""
        if self._gone:
            return self._gone
        if settings.keyboard.host not in UNDERSTOOD:
            return f"these are keystrokes for {settings.keyboard.host}"
        # A digit is a button of the page, and so is Space.
        return "this page has the focus: click into the window that is to have it" if self._focused else ""

    def type(self, reports: Sequence[bytes], pace: float) -> None:
        """Type what a board has sent, from all keys up to all keys up.

        Args:
            pace: seconds between two reports.
        """
        self._waiting.put((self._turn, reports, pace))

    def stop(self) -> None:
        """Cut off what is being typed and drop what waits; every key is let go."""
        self._turn += 1
        self._cut.set()

    def close(self) -> None:
        self.stop()
        self._waiting.put(None)
        self._thread.join()

    def _work(self) -> None:
        try:
            while (job := self._waiting.get()) is not None:
                turn, reports, pace = job
                self._cut.clear()
                for report in reports:
                    if turn != self._turn:
                        break
                    self._keys.report(report)
                    self._cut.wait(pace)
                self._keys.release()
        except EmojicamError as error:
            self._gone = error.message
            self._problem(str(error))
        finally:
            try:
                self._keys.close()
            except EmojicamError as error:
                self._problem(str(error))
