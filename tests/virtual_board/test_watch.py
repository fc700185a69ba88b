"""What the product does while it watches: pictures that are of no use, and nothing that moves."""

from pathlib import Path

import numpy as np
import pytest

import tests_brightness
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.firmware import elf
from emojicam.firmware.image import hex_of
from emojicam.image.exposure import PATIENCE_MS
from emojicam.link import Decoder, Received, encode, messages
from emojicam.virtual_h7 import VirtualBoard

pytestmark = pytest.mark.virtual_board

CODES = {code.name: code.value for code in messages.ERRORS}


#: Frames a virtual second: fewer than a sensor sends, as each costs the virtual board an inference.
RATE = 20
#: Frames in which an exposure has lasted long enough to be told.
PATIENCE = PATIENCE_MS * RATE // 1000


class Watcher:
    """A board whose camera sees a picture over and over, on a computer that listens."""

    def __init__(self, image: Path) -> None:
        self.board = VirtualBoard("ov7725")
        self.board.load_hex(image)
        assert self.board.camera is not None
        self.camera = self.board.camera
        self.camera.hold()
        self.image = picture(1)
        self.connect()

    def connect(self) -> None:
        self._decoder = Decoder()
        self.board.usb.enumerate()
        self.board.usb.cdc_open()
        self.board.usb.cdc_write(encode("HelloRequest"))

    def show(self, image: np.ndarray) -> None:
        self.image = image

    def listen(self, frames: int) -> list[Received]:
        """What the board says while the camera sends so many frames."""
        for _ in range(frames):
            self.camera.feed(self.image)
            self.board.run_for(1 / RATE)
        return list(self._decoder.feed(self.board.usb.cdc_read()))


def picture(seed: int) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(40, 200, (6, 8), dtype=np.uint8)
    return np.kron(coarse, np.ones((40, 40), np.uint8))


def errors(heard: list[Received]) -> list[int]:
    return [message.code for message in heard if message.name == "Error"]


def test_black_pictures_are_told_and_flashed_once_they_last(photometer: Path) -> None:
    watcher = Watcher(photometer)
    watcher.show(np.zeros((240, 320), np.uint8))
    assert errors(watcher.listen(PATIENCE // 5)) == []
    assert errors(watcher.listen(PATIENCE)) == [CODES["ImageDark"]]
    watcher.board.led_log.clear()
    watcher.listen(12)
    assert [on for _, name, on in watcher.board.led_log if name == "red"].count(True) in (1, 2)
    watcher.show(picture(2))
    heard = watcher.listen(PATIENCE + 5)
    assert errors(heard) == []
    assert "camera: the picture is of use again" in [m.line for m in heard if m.name == "Log"]
    watcher.board.led_log.clear()
    watcher.listen(4)
    assert not any(on for _, name, on in watcher.board.led_log if name == "red")


@pytest.fixture(scope="module")
def gated() -> Path:
    """The product with the motion gate on, at rest after a second."""
    settings = tests_brightness.settings()
    motion = settings.motion.model_copy(update={"gate": True, "difference": 6, "still_after_ms": 1000})
    return product.build_firmware(boards.find("openmv_h7"), settings.model_copy(update={"motion": motion}))


def test_with_the_gate_on_it_rests_while_nothing_moves_and_wakes_with_the_first_change(gated: Path) -> None:
    watcher = Watcher(hex_of(gated))
    assert "Scores" in [message.name for message in watcher.listen(8)]
    heard = watcher.listen(20)
    assert "motion: at rest" in [m.line for m in heard if m.name == "Log"]
    heard = watcher.listen(20)
    assert not [m for m in heard if m.name == "Scores"]
    still = [m for m in heard if m.name == "FrameDone"]
    assert 3 <= len(still) <= 5  # of 20 that it was sent
    assert {m.status for m in still} == {CODES["Still"]}
    assert not any(watcher.board.led(name) for name in ("red", "green", "blue"))
    changed = picture(1)
    changed[:40, 40:80] += 30
    watcher.show(changed)
    heard = watcher.listen(8)
    assert "motion: awake" in [m.line for m in heard if m.name == "Log"]
    assert len([m for m in heard if m.name == "Scores"]) >= 3


def test_a_flipped_bit_in_the_interpreters_tables_resets_and_is_named(photometer: Path) -> None:
    watcher = Watcher(photometer)
    assert "Scores" in [message.name for message in watcher.listen(4)]
    arena = elf.read(photometer.with_suffix(".elf")).variable("arena")
    # The last table that TFLM made before its allocator, which is the arena's end.
    address = arena.address + arena.size - 64
    watcher.board.write(address, bytes([watcher.board.read(address, 1)[0] ^ 0x10]))
    watcher.camera.feed(watcher.image)
    assert watcher.board.run_until(lambda: watcher.board.soc.resets[-1] == "software", 0.5)
    watcher.connect()
    lines = [m.line for m in watcher.listen(8) if m.name == "Log"]
    assert lines[0] == "start 2: stopped"
    assert lines[1].startswith("stopped: arena damaged")
    assert "Scores" in [message.name for message in watcher.listen(4)]


def test_a_sensor_that_is_missing_at_start_is_told_to_whoever_comes(photometer: Path) -> None:
    board = VirtualBoard(None)
    board.load_hex(photometer)
    board.usb.enumerate()
    board.usb.cdc_open()
    board.usb.cdc_write(encode("HelloRequest"))
    board.run_for(0.2)
    lines = [m.line for m in Decoder().feed(board.usb.cdc_read()) if m.name == "Log"]
    assert "camera at start: sensor_absent" in lines
