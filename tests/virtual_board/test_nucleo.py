"""The second board with this chip: NUCLEO-H743ZI, which has no camera; frames come over the link."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tests_brightness
from emojicam import image
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.emulators.virtual import boot
from emojicam.errors import EmojicamError
from emojicam.frames import SourceFrame
from emojicam.link.session import Session
from emojicam.model.oracle import LiteRt
from emojicam.usb import check
from emojicam.usb.host import Host
from emojicam.virtual_h7 import NUCLEO_H743ZI, VirtualBoard
from emojicam.virtual_h7.transport import VirtualTransport, transport

pytestmark = pytest.mark.virtual_board


@pytest.fixture(scope="module")
def elf() -> Path:
    return product.build_firmware(boards.find("nucleo_h743zi"), tests_brightness.settings())


def small(frames: Iterator[SourceFrame]) -> Iterator[SourceFrame]:
    """Frames as the model sees them: a tenth of the bytes, and the same scores."""
    return (SourceFrame(frame.source, image.prepare(frame.pixels), frame.label) for frame in frames)


def test_frames_over_the_link_get_litert_s_scores_and_a_gesture_is_typed(elf: Path) -> None:
    settings = tests_brightness.settings()
    board = boot(elf, board="nucleo_h743zi")
    session = Session(transport(board), settings.keyboard.host, settings.keyboard.layout)
    hello = session.start()
    assert hello.board == "nucleo_h743zi"
    assert board.soc.rcc.core_frequency() == 480e6
    oracle = LiteRt(tests_brightness.model())
    # Long enough for the decision with whatever thresholds the data gave, and for the keys to be up again.
    results = list(session.run(small(tests_brightness.held(20)), rate=25))
    for result in results:
        assert result.error == ""
        expected = oracle.run((result.source.pixels.astype(np.int16) - 128).astype(np.int8)[None, :, :, None])
        assert result.scores == expected.ravel().tolist()
        assert result.instructions > 10_000
    fired = [settings.gesture[result.decision].emoji for result in results if result.fired]
    assert len(fired) == 1
    assert session.typed == fired[0]
    assert not any(session.reports[-1])
    assert board.soc.resets == ["power"]
    # The gesture's colour, high being on: 255 of a channel is on all the time.
    gesture = next(gesture for gesture in settings.gesture if gesture.emoji == fired[0])
    full = [name for name, level in zip(("red", "green", "blue"), gesture.led, strict=True) if level == 255]
    assert full and all(board.led(name) for name in full)


def test_its_usb_passes_the_checks_of_the_other_boards(elf: Path) -> None:
    assert check.check(Host(boot(elf, board="nucleo_h743zi").usb.connect())) == []


def test_the_image_starts_where_flash_does_and_leaves_the_settings(elf: Path) -> None:
    from intelhex import IntelHex

    from emojicam.firmware.image import hex_of

    image_hex = IntelHex(str(hex_of(elf)))
    assert image_hex.minaddr() == 0x0800_0000
    assert image_hex.maxaddr() < 0x081C_0000


def test_it_takes_no_camera_and_no_transport_that_shows_pictures() -> None:
    with pytest.raises(EmojicamError, match="has no camera"):
        VirtualBoard("ov7725", wiring=NUCLEO_H743ZI)
    with pytest.raises(EmojicamError, match="needs a camera"):
        VirtualTransport(VirtualBoard(None, wiring=NUCLEO_H743ZI))


def test_the_other_board_s_clock_does_not_start_it(photometer: Path) -> None:
    """An image for a crystal finds none on this board, and flashes that."""
    board = VirtualBoard(None, wiring=NUCLEO_H743ZI)
    board.load(0x0800_0000, (0x2001_0000).to_bytes(4, "little"))
    board.load_hex(photometer)
    reset = int.from_bytes(board.read(0x0804_0004, 4), "little")
    board.load(0x0800_0004, reset.to_bytes(4, "little"))
    board.run_for(0.2)
    assert not board.soc.rcc.values["CR"] >> 24 & 1  # PLL1 is never switched on
