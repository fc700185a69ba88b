"""The live page's feed from a board that runs here: a thread that shows it frames and tells what becomes of them."""

import queue
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any

from emojicam.config import on_board
from emojicam.image import to_grey
from emojicam.keyboard import Host, Layout
from emojicam.link import faults
from emojicam.link.session import FrameResult, HasCamera, Session, Transport
from emojicam.live import words
from emojicam.live.desk import Desk
from emojicam.live.sources import Shot

#: Seconds that are waited for a frame before the board is listened to without one.
_WAIT = 0.05
#: Milliseconds: a board with a clock of its own is slower than life; more than this between frames would only be waited
#: for.
_SLOW_MOTION_MS = 40.0


class Pace:
    """Frames a second, and how fast the board's time passes beside ours."""

    def __init__(self, seconds: float = 3.0) -> None:
        self._span = seconds
        self._frames: deque[tuple[float, float]] = deque()

    def add(self, board_ms: float) -> tuple[float, float]:
        """A frame, and its time on the board's clock.

        Returns:
            Frames a second; milliseconds of the board's a millisecond.
        """
        now = time.monotonic()
        self._frames.append((now, board_ms))
        while len(self._frames) > 2 and now - self._frames[0][0] > self._span:
            self._frames.popleft()
        passed = now - self._frames[0][0]
        if passed <= 0:
            return 0.0, 1.0
        return (len(self._frames) - 1) / passed, (board_ms - self._frames[0][1]) / passed / 1000


def watch_board(transport: Transport, desk: Desk, stop: threading.Event, *, counts: bool = True) -> None:
    """Show a board what there is to be seen, until ``stop``, or until the desk wants another one.

    Args:
        transport: the board, reset.
        counts: whether it counts instructions.

    Raises:
        EmojicamError: the board is gone.
    """
    keyboard = desk.settings.keyboard
    session = Session(transport, keyboard.host, keyboard.layout)
    # What types into this computer has been armed on a page, whatever the settings say.
    hello = session.start(arm=None if desk.type_here is None else False)
    orders: queue.SimpleQueue[tuple[str, dict[str, Any]]] = queue.SimpleQueue()
    desk.connect(lambda name, **fields: orders.put((name, fields)))
    desk.hub.state("board", name=hello.board, model=f"{hello.model_hash:08x}", here=True, building="")
    session.send("FaultRequest")
    try:
        watched = _Watched(session, desk, sees=isinstance(transport, HasCamera), counts=counts)
        while not stop.is_set() and not desk.changed.is_set():
            asked = _pass_on(orders, session)
            shot = desk.sources.take(_WAIT)
            if shot is not None:
                watched.show(shot)
            elif asked or watched.busy:
                watched.wait()
            watched.tell()
    finally:
        desk.connect(None)


def _pass_on(orders: "queue.SimpleQueue[tuple[str, dict[str, Any]]]", session: Session) -> bool:
    asked = False
    with suppress(queue.Empty):
        while True:
            name, fields = orders.get_nowait()
            session.send(name, **fields)
            asked = True
    return asked


class _Watched:
    """A session, and what of it has not been told yet."""

    def __init__(self, session: Session, desk: Desk, *, sees: bool, counts: bool) -> None:
        self._session, self._desk, self._sees, self._counts = session, desk, sees, counts
        self._number = desk.hub.last_number  # frames of a board before this one count on
        self._now_ms = 0.0
        self._at = time.monotonic()
        self._pace = Pace()
        self._fired: list[FrameResult] = []
        self._pictured = -1

    @property
    def busy(self) -> bool:
        """Whether something is still being typed."""
        return bool(self._fired)

    def show(self, shot: Shot) -> None:
        """Show the board a frame, and tell what becomes of it."""
        self._number += 1
        gap = min(shot.gap_ms, _SLOW_MOTION_MS) if self._sees else shot.gap_ms
        self._now_ms += max(gap, 1.0)
        if self._sees:
            self._session.send("ImageRequest")  # what it sees is known from itself only
        began = time.monotonic()
        result = self._session.ask(self._number, round(self._now_ms), shot.frame)
        self._at = time.monotonic()
        rate, speed = self._pace.add(self._now_ms)
        if result.fired:
            self._fired.append(result)
        pixels = None if self._sees else to_grey(shot.frame.pixels)
        stages = [result.image_instructions, result.instructions] if self._counts else []
        self._desk.hub.frame(
            pixels, number=self._number, time_ms=round(self._now_ms), source=shot.frame.source, sent=shot.sent,
            scores=result.scores, probabilities=result.probabilities, smoothed=result.smoothed,
            decision=result.decision, fired=result.fired, error="" if result.fired else result.error,
            rate=rate, speed=speed, took_ms=1000 * (self._at - began), stages=stages, unit="instructions",
        )  # fmt: skip

    def wait(self) -> None:
        """Time passes without a frame."""
        now = time.monotonic()
        self._now_ms += 1000 * (now - self._at)
        self._at = now
        self._session.catch_up(None if self._sees else round(self._now_ms))

    def tell(self) -> None:
        """Say what has come besides: settings, images, text, lines."""
        session, desk = self._session, self._desk
        desk.hub.state("armed", armed=session.armed)
        if session.settings is not None:
            told, session.settings = on_board.describe(session.settings.fields), None
            session.read_as(Host(told["host"]), Layout(told["layout"]))
        if session.image is not None and session.image_number != self._pictured:
            self._pictured = session.image_number
            desk.hub.picture(session.image_number, session.image)
        for line in session.log:
            desk.hub.log(line)
        session.log.clear()
        if session.fault is not None:
            desk.hub.log(faults.describe(session.fault))
            session.fault = None
        for result in [one for one in self._fired if not session.awaits(one)]:
            self._fired.remove(result)
            text, about = words.fate(desk.settings, result.decision, result.typed, result.code, result.error)
            desk.hub.log(text, about)
        reports = list(session.reports)
        desk.typed(session.forget(), reports)
