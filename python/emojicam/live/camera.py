"""The live page's feed from a camera that is plugged in."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from emojicam.config import on_board
from emojicam.errors import BoardGone, EmojicamError
from emojicam.keyboard import Host, Layout, Reader
from emojicam.link import Received, encode, faults, messages
from emojicam.link.image import ImageAssembly
from emojicam.link.port import SerialPort, find_port
from emojicam.link.session import check_version
from emojicam.live import words
from emojicam.live.desk import Desk
from emojicam.live.feed import Pace

_STATUS = {code.value: code for code in messages.ERRORS}
#: Seconds between two questions to a camera that has nothing to say.
_HEARTBEAT = 1.0
#: Seconds between two looks for a camera that was unplugged.
_LOOK = 0.5


def watch_cameras(device: Path | None, desk: Desk, stop: threading.Event) -> None:
    """Listen to a camera until ``stop``; to the same one again, should it be unplugged and plugged in.

    Raises:
        EmojicamError: there is none to begin with, or it speaks another version of the link.
    """
    port = SerialPort(device)
    while not stop.is_set():
        try:
            with port:
                desk.hub.state("plugged", there=True, why="")
                watch_camera(port, desk, stop)
        except BoardGone as error:
            desk.hub.state("plugged", there=False, why=str(error))
            desk.hub.log(str(error), "problem")
            port = _awaited(device, stop) or port


def _awaited(device: Path | None, stop: threading.Event) -> SerialPort | None:
    """A camera that is plugged in again; None once ``stop`` is set."""
    while not stop.wait(_LOOK):
        with suppress(EmojicamError):
            port = SerialPort(device or find_port())
            with port:  # there, and ours to open
                return port
    return None


def watch_camera(port: SerialPort, desk: Desk, stop: threading.Event) -> None:
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
    port.send(b"\0")  # ends whatever somebody else has left behind
    for name in ("HelloRequest", "SettingsRequest", "FaultRequest", "ImageRequest"):
        send(name)
    desk.connect(send)
    camera = _Camera(desk, lambda: send("ImageRequest"))
    thread = threading.Thread(target=heartbeat, name="heartbeat", daemon=True)
    thread.start()
    try:
        for message in port.messages(stop.is_set):
            camera.take(message)
    finally:
        desk.connect(None)
        over.set()
        thread.join()


class _Camera:
    """What a camera says, message by message, as news for the hub."""

    def __init__(self, desk: Desk, ask: Callable[[], object]) -> None:
        self._desk, self._hub = desk, desk.hub
        self._ask = ask
        self._image = ImageAssembly()
        self._scored: Received | None = None
        self._fired: dict[int, int] = {}  # frame -> gesture, until it is known what became of it
        self._typing: list[int] = []
        self._reader = Reader(Host.LINUX, Layout.US)
        self._dropped = 0
        self._pace = Pace()
        self._began = time.monotonic()

    def take(self, message: Received) -> None:
        hub = self._hub
        match message.name:
            case "Hello":
                check_version(message)
                hub.state("armed", armed=bool(message.armed))
                hub.state("board", name=message.board, model=f"{message.model_hash:08x}", here=False, building="")
            case "Settings":
                self._take_settings(message)
            case "Armed":
                hub.state("armed", armed=bool(message.armed))
                if not message.armed:
                    self._cut_off()
            case "Fault":
                hub.log(faults.describe(message))
            case "Log":
                hub.log(message.line)
            case "Error":
                self._take_error(message)
            case "Statistics":
                if message.dropped != self._dropped:
                    lost = message.dropped - self._dropped
                    hub.log(f"{lost} messages were lost: this computer was too slow", "problem")
                    self._dropped = message.dropped
                # Asked for again, should an image have been lost.
                self._ask()
            case "Scores":
                self._scored = message
            case "Decision":
                self._take_decision(message)
            case "Typing":
                self._reader.expect(message.text)
                if (gesture := self._fired.pop(message.frame, None)) is not None:
                    self._typing.append(gesture)
            case "KeyReport":
                self._report(message.report)
            case "ImageBegin" | "ImageData":
                image = self._image.feed(message)
                if image is not None:
                    hub.picture(self._image.number, image)
                    self._ask()

    def _take_settings(self, message: Received) -> None:
        shown = on_board.describe(message.fields)
        self._reader.host, self._reader.layout = Host(shown["host"]), Layout(shown["layout"])
        try:
            self._desk.tuning.board_has(message.fields)
        except EmojicamError:
            self._hub.log(
                "the camera has other gestures than emojicam.toml: flash it, or give --config its settings", "problem"
            )

    def _take_decision(self, message: Received) -> None:
        scored = self._scored if self._scored and self._scored.frame == message.frame else None
        if message.fired:
            self._fired[message.frame] = message.gesture
        now_ms = 1000 * (time.monotonic() - self._began)
        rate, _ = self._pace.add(now_ms)
        self._hub.frame(
            number=message.frame, time_ms=round(now_ms), source="camera", sent=0,
            scores=scored.scores if scored else [],
            probabilities=message.probabilities, smoothed=message.smoothed, decision=message.gesture,
            fired=bool(message.fired), error="", rate=rate, speed=1.0, took_ms=None,
            stages=[scored.image_nanoseconds, scored.nanoseconds] if scored else [], unit="ns",
        )  # fmt: skip

    def _take_error(self, message: Received) -> None:
        code = _STATUS.get(message.code)
        gesture = self._fired.pop(message.frame, None)
        said = f"{code.doc}: {message.detail}" if code and message.detail else code.doc if code else ""
        if gesture is not None:
            self._hub.log(*words.fate(self._desk.settings, gesture, None, code.name if code else "", said))
        else:
            self._hub.log(said or f"error {message.code}: {message.detail}", "problem")

    def _cut_off(self) -> None:
        """It has been disarmed: what was on its way does not come."""
        self._reader.cut()
        for gesture in self._typing:
            self._hub.log(*words.fate(self._desk.settings, gesture, None, "", ""))
        self._typing.clear()

    def _report(self, report: bytes) -> None:
        if text := self._reader.take(report):
            self._hub.typed(text)
            if self._typing:
                self._hub.log(*words.fate(self._desk.settings, self._typing.pop(0), text, "", ""))
