"""A scene with a marked corner, from the sensor's pins to the link: the right way up, and in luma."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emojicam.firmware import elf
from emojicam.link import Decoder, encode
from emojicam.link.image import ImageAssembly
from emojicam.virtual_h7 import VirtualBoard

pytestmark = pytest.mark.virtual_board

Image = npt.NDArray[np.uint8]

#: Rec. 601, by which the fixed colours below are far apart in luma and the other way round in chroma.
_LUMA = np.array([0.299, 0.587, 0.114])
_YELLOW, _BLUE = (255, 255, 0), (0, 0, 160)


def scene() -> Image:
    """As a person in front of the camera sees it: all blue, and yellow in its upper left corner."""
    image = np.empty((240, 320, 3), np.uint8)
    image[:] = _BLUE
    image[:60, :80] = _YELLOW
    return image


def taken(board: VirtualBoard) -> Image:
    """A picture of the scene that comes out of the link, while no other is taken."""
    assert board.camera is not None
    board.camera.hold()
    board.run_for(0.1)
    decoder, assembly = Decoder(), ImageAssembly()
    board.usb.cdc_read()
    board.usb.cdc_write(encode("ImageRequest"))
    board.run_for(0.02)
    board.camera.feed(scene())
    for _ in range(100):
        board.run_for(0.01)
        for message in decoder.feed(board.usb.cdc_read()):
            if message.name not in ("ImageBegin", "ImageData"):
                continue
            if (image := assembly.feed(message)) is not None:
                return image
    raise AssertionError("no picture comes out of the link")


@pytest.mark.parametrize("sensor", ["ov7725", "mt9m114"])
@pytest.mark.parametrize(
    ("upside_down", "mirror", "flip"),
    [
        (False, False, False),
        (False, True, False),
        (False, False, True),
        (False, True, True),
        (True, False, False),
        (True, True, True),
    ],
)
def test_the_marked_corner_comes_out_where_it_belongs(
    photometer: Path, sensor: str, upside_down: bool, mirror: bool, flip: bool
) -> None:
    board = VirtualBoard(sensor)
    assert board.camera is not None
    board.camera.upside_down = upside_down
    board.load_hex(photometer)
    board.show(scene())
    board.usb.enumerate()
    board.usb.cdc_open()
    board.run_for(0.1)
    if mirror or flip:
        restart_as(board, photometer, mirror=mirror, flip=flip)
    expected = scene() @ _LUMA
    expected = expected[:, ::-1] if mirror != upside_down else expected
    expected = expected[::-1] if flip != upside_down else expected
    assert np.abs(taken(board) - expected).max() <= 2


def restart_as(board: VirtualBoard, image: Path, *, mirror: bool, flip: bool) -> None:
    """What the build's settings say of the camera, changed; and its sensor stops until it is started again."""
    address = elf.read(image.with_suffix(".elf")).variable("orientation").address
    board.write(address, bytes([mirror, flip]))
    assert board.camera is not None
    board.camera.silent = True
    board.camera.update()
    board.run_for(0.6)
    board.camera.silent = False
    board.camera.update()
    board.run_for(0.1)
