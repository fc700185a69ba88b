"""What the live page shows, and everybody who looks at it.

A feed (a thread) says what the board does, the web server passes it on. Whoever comes later is told the state
so far. A page that is slow loses frames, never text or a log line.
"""

import asyncio
import json
import struct
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

#: Log lines that a newcomer is told.
LOG_LINES = 200
#: Characters of typed text that are kept.
TYPED = 400
#: Messages that wait for one page; frames only fill half of it.
_WAITING = 512


class Viewer:
    """One page. Its messages: text is a JSON object with its ``kind``; bytes are a frame."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._queue: asyncio.Queue[str | bytes] = asyncio.Queue()

    def put(self, message: str | bytes, *, droppable: bool) -> None:
        """From any thread."""
        self._loop.call_soon_threadsafe(self._put, message, droppable)

    def _put(self, message: str | bytes, droppable: bool) -> None:
        if self._queue.qsize() < (_WAITING // 2 if droppable else _WAITING):
            self._queue.put_nowait(message)

    async def get(self) -> str | bytes:
        return await self._queue.get()


class Hub:
    """The state of one board, and its viewers. Every method may be called from any thread.

    Args:
        classes: of the model, in order: each a name and an emoji ("" for none).
    """

    def __init__(self, classes: Sequence[tuple[str, str]], thresholds: Sequence[float]) -> None:
        self.classes = list(classes)
        self._lock = threading.Lock()
        self._viewers: set[Viewer] = set()
        self._board: dict[str, Any] = {
            "kind": "board",
            "name": "",
            "classes": [{"name": name, "emoji": emoji} for name, emoji in classes],
            "thresholds": list(thresholds),
        }
        self._armed = False
        self._typed = ""
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._frame: dict[str, Any] | None = None
        self._gone = ""
        self._captured: dict[str, Any] = {"kind": "captured", "counts": {}}
        self._image: tuple[int, Pixels] | None = None
        #: How the feed lets the board be armed; set by it.
        self.arm: Callable[[bool], None] = lambda armed: None

    @property
    def name(self) -> str:
        """The board's."""
        return str(self._board["name"])

    def board(self, name: str, **more: Any) -> None:
        """Which board it is, and what else is to be known of it."""
        with self._lock:
            self._board.update(more, name=name)
            self._tell(self._board)

    def armed(self, armed: bool) -> None:
        with self._lock:
            if armed != self._armed:
                self._armed = armed
                self._tell({"kind": "armed", "armed": armed})

    def frame(self, **values: Any) -> None:
        """What became of a frame: number, scores, probabilities, smoothed, decision (a class's index), fired, error."""
        with self._lock:
            self._frame = {"kind": "frame", **values}
            self._tell(self._frame, droppable=True)

    def image(self, number: int, pixels: Pixels) -> None:
        """A frame as the board has seen it, (height, width) grey."""
        with self._lock:
            self._image = (number, pixels)
            self._send(_image_bytes(number, pixels), droppable=True)

    def typed(self, text: str) -> None:
        """More text that the computer has received."""
        if text:
            with self._lock:
                self._typed = (self._typed + text)[-TYPED:]
                self._tell({"kind": "typed", "text": self._typed})

    def log(self, line: str) -> None:
        with self._lock:
            self._log.append(line)
            self._tell({"kind": "log", "lines": [line]})

    def gone(self, why: str) -> None:
        """The board is no longer there."""
        with self._lock:
            self._gone = why
            self._tell({"kind": "gone", "why": why})

    def captured(self, counts: dict[str, int], path: str) -> None:
        with self._lock:
            self._captured = {"kind": "captured", "counts": counts, "path": path}
            self._tell(self._captured)

    @property
    def latest_image(self) -> Pixels | None:
        with self._lock:
            return None if self._image is None else self._image[1]

    def enter(self, viewer: Viewer) -> None:
        """A page is told how things stand, and from then on what happens."""
        with self._lock:
            self._viewers.add(viewer)
            state: list[dict[str, Any]] = [
                self._board,
                {"kind": "armed", "armed": self._armed},
                {"kind": "typed", "text": self._typed},
                {"kind": "log", "lines": list(self._log)},
                self._captured,
            ]
            if self._frame:
                state.append(self._frame)
            if self._gone:
                state.append({"kind": "gone", "why": self._gone})
            for message in state:
                viewer.put(json.dumps(message), droppable=False)
            if self._image:
                viewer.put(_image_bytes(*self._image), droppable=True)

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.discard(viewer)

    def _tell(self, message: dict[str, Any], *, droppable: bool = False) -> None:
        self._send(json.dumps(message), droppable)

    def _send(self, message: str | bytes, droppable: bool) -> None:
        for viewer in self._viewers:
            viewer.put(message, droppable=droppable)


def _image_bytes(number: int, pixels: Pixels) -> bytes:
    """Little-endian number (u32), width and height (u16), and the grey pixels."""
    height, width = pixels.shape
    return struct.pack("<IHH", number, width, height) + np.ascontiguousarray(pixels).tobytes()
