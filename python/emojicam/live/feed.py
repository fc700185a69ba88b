"""Feeds of the live page: a thread each that listens to a board and tells the hub."""

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from emojicam.config import Settings, on_board
from emojicam.frames import Footage, SourceFrame
from emojicam.image import to_grey
from emojicam.keyboard import Host, Layout, decode
from emojicam.link import Received, encode, faults, messages
from emojicam.link.image import ImageAssembly
from emojicam.link.port import SerialPort
from emojicam.link.session import HasCamera, Session, Transport
from emojicam.live.hub import Hub

_STATUS = {code.value: code for code in messages.ERRORS}
#: Seconds between two questions to a camera that has nothing to say.
_HEARTBEAT = 1.0


def watch_emulator(transport: Transport, settings: Settings, footage: Footage, hub: Hub, stop: threading.Event) -> None:
    """Show an emulated board the footage over and over, at its rate where the emulator keeps up, until ``stop``.

    Raises:
        EmojicamError: the board is gone.
    """
    session = Session(transport, settings.keyboard.host, settings.keyboard.layout)
    hello = session.start(arm=None)
    hub.armed(session.armed)
    wishes: queue.SimpleQueue[bool] = queue.SimpleQueue()
    hub.arm = wishes.put
    typing = _typing(settings.keyboard.host, settings.keyboard.layout)
    hub.board(hello.board, model=f"{hello.model_hash:08x}", typing=typing)
    session.send("FaultRequest")
    sees = isinstance(transport, HasCamera)  # what it sees is known from itself only

    def frames() -> Iterator[SourceFrame]:
        due, last = time.monotonic(), 0.0
        for frame in footage.over_and_over():
            with suppress(queue.Empty):
                while True:
                    session.send("Arm", armed=int(wishes.get_nowait()))
            if sees:
                session.send("ImageRequest")
            gap = 1 / footage.rate if frame.seconds is None else frame.seconds - last
            last += gap
            due = max(due + gap, time.monotonic())
            if stop.wait(due - time.monotonic()):
                return
            yield frame

    for result in session.run(frames(), footage.rate, ahead=1):
        if stop.is_set():
            return
        hub.armed(session.armed)
        for line in _drain(session.log):
            hub.log(line)
        if session.fault is not None:
            hub.log(faults.describe(session.fault))
            session.fault = None
        image = session.image if sees else to_grey(result.source.pixels)
        if image is not None:
            hub.image(result.frame, image)
        hub.frame(
            number=result.frame, source=result.source.source, scores=result.scores,
            probabilities=result.probabilities, smoothed=result.smoothed, decision=result.decision,
            fired=result.fired, error=result.error,
        )  # fmt: skip
        if result.fired:
            hub.log(f"{settings.class_names[result.decision]}: {_fate(result.typed, result.error)}")
        hub.typed(session.forget())


def watch_camera(port: SerialPort, hub: Hub, stop: threading.Event) -> None:
    """Listen to a camera that is plugged in until ``stop``.

    Raises:
        EmojicamError: it is gone, says nothing, or speaks another version of the link.
    """
    lock = threading.Lock()

    def send(name: str, **fields: Any) -> None:
        with lock:
            port.send(encode(name, **fields))

    def heartbeat() -> None:
        with suppress(Exception):  # a camera that is gone: whoever listens to it says so
            while not over.wait(_HEARTBEAT):
                send("StatisticsRequest")

    over = threading.Event()
    hub.arm = lambda armed: send("Arm", armed=int(armed))
    port.send(b"\0")  # ends whatever somebody else has left behind
    for name in ("HelloRequest", "SettingsRequest", "FaultRequest", "ImageRequest"):
        send(name)
    camera = _Camera(hub, lambda: send("ImageRequest"))
    thread = threading.Thread(target=heartbeat, name="heartbeat", daemon=True)
    thread.start()
    try:
        for message in port.messages(stop.is_set):
            camera.take(message)
    finally:
        over.set()
        thread.join()


class _Camera:
    """What a camera says, message by message, as news for the hub."""

    def __init__(self, hub: Hub, ask: Any) -> None:
        self._hub = hub
        self._ask = ask
        self._image = ImageAssembly()
        self._scores: list[int] = []
        self._reports: list[bytes] = []
        self._known = ""
        self._host, self._layout = Host.LINUX, Layout.US
        self._dropped = 0

    def take(self, message: Received) -> None:
        hub = self._hub
        match message.name:
            case "Hello":
                _check_version(message)
                hub.armed(bool(message.armed))
                hub.board(message.board, model=f"{message.model_hash:08x}")
            case "Settings":
                shown = on_board.describe(message.fields)
                self._host, self._layout = Host(shown["host"]), Layout(shown["layout"])
                hub.board(hub.name, thresholds=shown["threshold"], typing=_typing(self._host, self._layout))
            case "Armed":
                hub.armed(bool(message.armed))
            case "Fault":
                hub.log(faults.describe(message))
            case "Log":
                hub.log(message.line)
            case "Error":
                text = _STATUS[message.code].doc if message.code in _STATUS else f"error {message.code}"
                hub.log(f"{text}: {message.detail}" if message.detail else text)
            case "Statistics":
                if message.dropped != self._dropped:
                    hub.log(f"{message.dropped - self._dropped} messages were lost: this computer was too slow")
                    self._dropped = message.dropped
                # Asked for again, should an image have been lost.
                self._ask()
            case "Scores":
                self._scores = message.scores
            case "Decision":
                hub.frame(
                    number=message.frame, source="camera", scores=self._scores, probabilities=message.probabilities,
                    smoothed=message.smoothed, decision=message.gesture, fired=bool(message.fired), error="",
                )  # fmt: skip
            case "Typing":
                hub.log(f"types {message.text}")
            case "KeyReport":
                self._report(message.report)
            case "ImageBegin" | "ImageData":
                image = self._image.feed(message)
                if image is not None:
                    hub.image(self._image.number, image)
                    self._ask()

    def _report(self, report: bytes) -> None:
        self._reports.append(report)
        if any(report):
            return
        typed = decode(self._reports, self._host, self._layout)
        # With everything up, a number is at its end or goes on.
        if not typed.unfinished and typed.text:
            self._hub.typed(typed.text)
            self._reports.clear()


def _check_version(hello: Received) -> None:
    from emojicam.errors import EmojicamError

    if hello.version != messages.VERSION:
        raise EmojicamError(
            f"the board speaks version {hello.version} of the link, not {messages.VERSION}",
            "flash the firmware of this checkout",
        )


def _typing(host: Host, layout: Layout) -> str:
    return f"{host}, {layout} layout"


def _fate(typed: str | None, error: str) -> str:
    return f"typed {typed}" if typed else error or "not typed"


def _drain(lines: list[str]) -> list[str]:
    taken = list(lines)
    lines.clear()
    return taken
