"""The image stage on the cores that have kernels of their own, against its rule written down plainly."""

import pytest

from emojicam.config.boards import BOARDS
from emojicam.emulators.qemu import Qemu
from emojicam.firmware import build

#: Instructions at most: a camera frame of 320x240, its middle 240x240 to 96x96, and one of the clip, 160x120 in RGB.
BUDGET = 300_000


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["mps2_an500", "corstone300"])
def test_every_width_remainder_and_place_comes_out_right_and_frames_stay_in_their_budget(board: str) -> None:
    elf = build.build_target(BOARDS[board], "image_check")
    said: dict[str, int] = {}
    with Qemu(BOARDS[board], elf) as qemu:
        for message in qemu.messages():
            assert message.name == "Log"
            what, number = message.line.rsplit(" ", 1)
            said[what] = int(number)
            if what == "compared:":
                break
    assert said["different:"] == 0, said
    assert said["compared:"] >= 340
    assert 0 < said["camera:"] <= BUDGET
    assert 0 < said["clip:"] <= BUDGET
