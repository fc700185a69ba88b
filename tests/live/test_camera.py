"""The live page's view of a camera that is plugged in: the product on the virtual board, behind a serial port."""

import os
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import tests_brightness
from emojicam import config
from emojicam.errors import EmojicamError
from emojicam.link import Decoder, encode
from emojicam.link.port import SerialPort
from emojicam.live.camera import watch_camera, watch_cameras
from emojicam.live.capture import Captures
from emojicam.live.desk import Desk
from emojicam.live.hub import Hub, Pixels

#: Seconds of wall time.
PATIENCE = 300


class Line:
    """A serial port of this computer (``port``), and its other end."""

    def __init__(self) -> None:
        self.end, port = os.openpty()
        tty.setraw(port)
        self._keep_open = port
        self.port = Path(os.ttyname(port))
        os.set_blocking(self.end, False)

    def read(self) -> bytes:
        try:
            return os.read(self.end, 4096)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> bytes:
        """Give it to the other side; returns what it has no room for."""
        try:
            return data[os.write(self.end, data) :]
        except BlockingIOError:
            return data


class Watched:
    """`watch_camera` in a thread of its own."""

    def __init__(self, line: Line, settings: config.Settings, patience: float) -> None:
        self.hub = Hub()
        self.desk = Desk(self.hub, settings, config.default_path(), Captures(Path("/nowhere")))
        self.stop = threading.Event()
        self.problems: list[Exception] = []
        self._line, self._patience = line, patience
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with SerialPort(self._line.port, patience=self._patience) as port:
                watch_camera(port, self.desk, self.stop)
        except Exception as error:
            self.problems.append(error)

    def end(self) -> None:
        self.stop.set()
        self._thread.join()


@pytest.mark.virtual_board
def test_camera_is_shown_armed_and_typed(tmp_path: Path) -> None:
    from emojicam.virtual_h7 import VirtualBoard

    settings = tests_brightness.settings()
    board = VirtualBoard("ov7725")
    board.load_hex(tests_brightness.product())
    assert board.camera is not None
    board.camera.hold()
    board.usb.enumerate()
    board.usb.cdc_open()
    gesture = tests_brightness.bright()
    held = tests_brightness.GESTURE
    emoji = next(g.emoji for g in settings.gesture if g.name == held)
    line = Line()
    watched = Watched(line, settings, PATIENCE)
    hub = watched.hub
    seen: list[dict[str, Any]] = []
    hub.taps.append(lambda frame, pixels: seen.append(frame))
    shown: list[Pixels] = []
    hub.taps.append(lambda frame, pixels: shown.append(pixels) if pixels is not None else None)
    told: list[float] = []
    board_has = watched.desk.tuning.board_has
    watched.desk.tuning.board_has = lambda fields: (told.append(round(fields["margin"], 6)), board_has(fields))  # type: ignore[assignment, method-assign, func-returns-value]
    end = time.monotonic() + PATIENCE
    unsent = b""

    def until(right: Callable[[], object]) -> None:
        """Shows the gesture, and carries bytes to and fro."""
        nonlocal unsent
        while not right():
            assert time.monotonic() < end and not watched.problems, watched.problems
            board.camera.feed(gesture)
            for _ in range(40):
                board.run_for(0.001)
                unsent = line.write(unsent + board.usb.cdc_read())
                if data := line.read():
                    board.usb.cdc_write(data)

    try:
        until(lambda: hub.known("board").get("name") == "openmv_h7")
        until(lambda: seen and settings.class_names[seen[-1]["decision"]] == held)
        assert not hub.known("typed") and not hub.known("armed")["armed"]
        until(lambda: shown)
        assert np.array_equal(shown[-1], gesture)
        # The picture is told with the scores of its own frame, and those are what the model makes of it.
        until(lambda: any(frame["pictured"] for frame in seen))
        watched.desk.arm(True)
        until(lambda: hub.known("armed")["armed"])
        for _ in range(16):  # lets go of the gesture
            board.camera.feed(np.full((240, 320), 128, np.uint8))
            board.run_for(0.04)
            unsent = line.write(unsent + board.usb.cdc_read())
        until(lambda: hub.known("typed"))
        assert hub.known("typed")["text"] == emoji
        lines = [entry["text"] for entry in hub._log]
        assert any(line.startswith("start 1: supply on") for line in lines)
        assert f"{emoji} {held}: nothing typed, the keyboard is not armed" in lines
        until(lambda: f"{emoji} {held}: typed {emoji}" in [entry["text"] for entry in hub._log])

        # Another threshold is in force at once, and what the board says it has is what is shown.
        watched.desk.tuning.change({"margin": 0.25})
        until(lambda: told and told[-1] == 0.25)
    finally:
        watched.end()
    assert watched.problems == []


def wait_until_open(line: Line) -> None:
    """Until the watcher has asked something: opening a port drops what came before."""
    end = time.monotonic() + PATIENCE
    while not line.read() and time.monotonic() < end:
        pass


def test_camera_that_is_unplugged_speaks_otherwise_or_not_at_all_is_one_clear_line() -> None:
    settings = config.load()
    unplugged = Line()
    watched = Watched(unplugged, settings, PATIENCE)
    wait_until_open(unplugged)
    os.close(unplugged._keep_open)
    os.close(unplugged.end)
    watched._thread.join()
    silent = Line()
    mute = Watched(silent, settings, 0.3)
    mute._thread.join()
    other = Line()
    older = Watched(other, settings, PATIENCE)
    wait_until_open(other)
    os.write(
        other.end,
        encode("Hello", version=9, armed=0, model_hash=0, arena_bytes=0, arena_size=0, input_width=1, input_height=1,
               classes=5, board="x"),
    )  # fmt: skip
    older._thread.join()
    for watch, said in ((watched, "is gone"), (mute, "says nothing"), (older, "speaks version 9 of the link")):
        (problem,) = watch.problems
        assert isinstance(problem, EmojicamError)
        assert said in str(problem) and "; try: " in str(problem)


def test_camera_is_asked_who_it_is_and_for_its_pictures() -> None:
    line = Line()
    watched = Watched(line, config.load(), PATIENCE)
    decoder = Decoder()
    asked: list[str] = []
    end = time.monotonic() + PATIENCE
    while "StatisticsRequest" not in asked and time.monotonic() < end:
        asked += [message.name for message in decoder.feed(line.read())]
    line.write(encode("Log", line="hello"))
    watched.end()
    assert asked[:4] == ["HelloRequest", "SettingsRequest", "FaultRequest", "ImageRequest"]
    assert watched.problems == []


def test_camera_that_is_plugged_in_again_is_listened_to_again(tmp_path: Path) -> None:
    first, second = Line(), Line()
    device = tmp_path / "camera"
    device.symlink_to(first.port)
    hub = Hub()
    desk = Desk(hub, config.load(), config.default_path(), Captures(tmp_path))
    stop = threading.Event()
    thread = threading.Thread(target=watch_cameras, args=(device, desk, stop))
    thread.start()
    wait_until_open(first)
    device.unlink()
    os.close(first._keep_open)
    os.close(first.end)
    end = time.monotonic() + PATIENCE
    while hub.known("plugged").get("there", True) and time.monotonic() < end:
        pass
    assert hub.known("plugged")["why"].endswith("is gone; try: plugging it in again")
    with pytest.raises(EmojicamError, match="there is no board"):
        desk.arm(True)
    device.symlink_to(second.port)
    wait_until_open(second)
    while not hub.known("plugged")["there"] and time.monotonic() < end:
        pass
    stop.set()
    thread.join()
    assert hub.known("plugged")["there"]
