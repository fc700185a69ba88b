"""The live page's view of a camera that is plugged in: the product on the virtual board, behind a serial port."""

import os
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emojicam import config
from emojicam.cli.faults import held_gesture
from emojicam.errors import EmojicamError
from emojicam.image import to_grey
from emojicam.link import Decoder, encode
from emojicam.link.port import SerialPort
from emojicam.live.feed import watch_camera
from emojicam.live.hub import Hub

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
        self.hub = Hub([(g.name, g.emoji or "") for g in settings.gesture], [g.threshold for g in settings.gesture])
        self.stop = threading.Event()
        self.problems: list[Exception] = []
        self._line, self._patience = line, patience
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            with SerialPort(self._line.port, patience=self._patience) as port:
                watch_camera(port, self.hub, self.stop)
        except Exception as error:
            self.problems.append(error)

    def end(self) -> None:
        self.stop.set()
        self._thread.join()


@pytest.mark.virtual_board
def test_camera_is_shown_armed_and_typed(tmp_path: Path) -> None:
    from emojicam.config import boards
    from emojicam.emulators import product
    from emojicam.firmware.image import hex_of
    from emojicam.image.fit import fit
    from emojicam.virtual_h7 import VirtualBoard

    settings = config.load()
    board = VirtualBoard("ov7725")
    board.load_hex(hex_of(product.build_firmware(boards.find("openmv_h7"), settings)))
    assert board.camera is not None
    board.camera.hold()
    board.usb.enumerate()
    board.usb.cdc_open()
    gesture = [fit(to_grey(frame.pixels)) for frame in held_gesture(settings)]
    first = next(held_gesture(settings)).label
    emoji = next(g.emoji for g in settings.gesture if g.name == first)
    line = Line()
    watched = Watched(line, settings, PATIENCE)
    hub = watched.hub
    end = time.monotonic() + PATIENCE
    unsent = b""

    def until(right: Callable[[], object]) -> None:
        """Shows the gesture, and carries bytes to and fro."""
        nonlocal unsent
        shown = 0
        while not right():
            assert time.monotonic() < end and not watched.problems, watched.problems
            board.camera.feed(gesture[shown % len(gesture)])
            shown += 1
            for _ in range(40):
                board.run_for(0.001)
                unsent = line.write(unsent + board.usb.cdc_read())
                if data := line.read():
                    board.usb.cdc_write(data)

    try:
        until(lambda: hub.name == "openmv_h7" and hub._board.get("typing") == "linux, us layout")
        until(lambda: hub._frame and settings.class_names[hub._frame["decision"]] == first)
        assert hub._typed == "" and not hub._armed
        until(lambda: hub.latest_image is not None)
        assert any(np.array_equal(hub.latest_image, picture) for picture in gesture)
        hub.arm(True)
        until(lambda: hub._armed)
        for _ in range(16):  # lets go of the gesture
            board.camera.feed(np.full((240, 320), 128, np.uint8))
            board.run_for(0.04)
            unsent = line.write(unsent + board.usb.cdc_read())
        until(lambda: hub._typed)
        assert hub._typed == emoji
        assert any(text.startswith("start 1: supply on") for text in hub._log)
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
