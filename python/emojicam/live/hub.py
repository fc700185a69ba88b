"""What the live page shows, and everybody who looks at it.

A feed (a thread) says what the board does, the web server passes it on. Whoever comes later is told the state
so far. A page that is slow loses frames, never text or a log line.

Messages to a page: text is a JSON object with its ``kind``, binary a picture (u32 number, u16 width, u16 height, grey
pixels; little-endian). A picture follows the ``frame`` message of the same number, with ``pictured`` true.
"""

import json
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from emojicam.live.viewer import Viewer

Pixels = npt.NDArray[np.uint8]

#: Log entries that a newcomer is told.
LOG_ENTRIES = 300
#: Characters of typed text that are kept.
TYPED = 400
#: Frames that a picture which comes later may belong to.
_RECENT = 256

#: Kinds of state whose changes are events of a recording.
_EVENTS = ("armed", "settings", "source")

#: What a log entry is about, for the page's filter.
About = Literal["typed", "not typed", "board", "page", "problem"]

#: Is told every frame: what became of it, and its pixels where they are known.
Tap = Callable[[dict[str, Any], Pixels | None], None]


class Hub:
    """The state of one board, and its viewers. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._viewers: set[Viewer] = set()
        self._state: dict[str, dict[str, Any]] = {}
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG_ENTRIES)
        self._recent: dict[int, dict[str, Any]] = {}
        self._picture: tuple[dict[str, Any], Pixels] | None = None
        #: Whoever else is told every frame, in the feed's thread.
        self.taps: list[Tap] = []
        #: Is told what else happens, by kind, with values.
        self.event: Callable[..., object] = lambda kind, **values: None

    def state(self, kind: str, **values: Any) -> None:
        """Something that lasts: a newcomer is told the newest of each kind. Values that are left out stay."""
        with self._lock:
            before = self._state.get(kind, {})
            now = {**before, **values, "kind": kind}
            if now == before:
                return
            self._state[kind] = now
            self._send(json.dumps(now), slot=kind)
        if kind in _EVENTS:
            self.event(kind, **values)  # without the lock: who is told has one of its own

    def known(self, kind: str) -> dict[str, Any]:
        """The newest of a kind of state; empty before there is one."""
        with self._lock:
            return dict(self._state.get(kind, {}))

    def typed(self, text: str) -> None:
        """More text that the computer has received."""
        if text:
            self.event("typed", text=text)
            with self._lock:
                self.state("typed", text=(self.known("typed").get("text", "") + text)[-TYPED:])

    def log(self, text: str, about: About = "board") -> None:
        """A line for the user."""
        entry = {"at": round(time.time() * 1000), "about": about, "text": text}
        with self._lock:
            self._log.append(entry)
            self._send(json.dumps({"kind": "log", "entries": [entry]}))

    def frame(self, pixels: Pixels | None = None, **values: Any) -> None:
        """What became of a frame.

        Args:
            pixels: what the board has seen, (height, width) grey, where that is known already; else see `picture`.
            values: number, time_ms, scores, probabilities, smoothed, decision (a class's index), fired, error and more.
        """
        message = {**values, "kind": "frame", "pictured": pixels is not None}
        with self._lock:
            self._recent[values["number"]] = message
            while len(self._recent) > _RECENT:
                del self._recent[next(iter(self._recent))]
            self._show(message, pixels)
        for tap in list(self.taps):
            tap(message, pixels)

    def picture(self, number: int, pixels: Pixels) -> None:
        """The picture of a frame that `frame` has told of; another one is of no use, and passed over."""
        with self._lock:
            message = self._recent.get(number)
            if message is None:
                return
            message = {**message, "pictured": True, "again": True}
            self._show(message, pixels)
        for tap in list(self.taps):
            tap(message, pixels)

    def _show(self, message: dict[str, Any], pixels: Pixels | None) -> None:
        text = json.dumps(message)
        if pixels is None:
            self._send(text, slot="frame")
        else:
            self._picture = message, pixels
            self._send(text, _image_bytes(message["number"], pixels), slot="picture")

    @property
    def last_number(self) -> int:
        """Of the frame that was told last; 0 before there is one."""
        with self._lock:
            return next(reversed(self._recent), 0)

    def enter(self, viewer: Viewer) -> None:
        """A page is told how things stand, and from then on what happens."""
        with self._lock:
            self._viewers.add(viewer)
            viewer.put(json.dumps({"kind": "you", "number": viewer.number}))
            for kind, message in self._state.items():
                viewer.put(json.dumps(message), slot=kind)
            viewer.put(json.dumps({"kind": "log", "entries": list(self._log)}))
            if self._picture:
                message, pixels = self._picture
                viewer.put(json.dumps(message), _image_bytes(message["number"], pixels), slot="picture")

    def leave(self, viewer: Viewer) -> None:
        with self._lock:
            self._viewers.discard(viewer)

    @property
    def watched(self) -> bool:
        """Whether anybody looks."""
        with self._lock:
            return bool(self._viewers)

    def _send(self, *messages: str | bytes, slot: str = "") -> None:
        for viewer in self._viewers:
            viewer.put(*messages, slot=slot)


def _image_bytes(number: int, pixels: Pixels) -> bytes:
    """Little-endian number (u32), width and height (u16), and the grey pixels."""
    height, width = pixels.shape
    return struct.pack("<IHH", number, width, height) + np.ascontiguousarray(pixels).tobytes()
