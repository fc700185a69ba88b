"""Nothing that is flashed asks an emulator for anything: without one, such a call would stop the board."""

import re
import subprocess

import pytest

from emojicam import config, process
from emojicam.config import boards
from emojicam.emulators import product

pytestmark = pytest.mark.emulator

#: BKPT 0xAB, and SVC 0xAB and HLT 0x3C, which are semihosting on other cores.
CALLS = re.compile(r"\t(bkpt\s+0x00ab|svc\s+171|hlt\s+0x003c)")


def _calls(board: str) -> int:
    elf = product.build_firmware(boards.find(board), config.load())
    tool = process.find_tool("arm-none-eabi-objdump")
    listing = subprocess.run([tool, "-d", elf], capture_output=True, text=True, check=True).stdout
    assert "<main>:" in listing
    return len(CALLS.findall(listing))


@pytest.mark.parametrize("board", ["openmv_h7", "nucleo_h743zi"])
def test_a_flashed_image_holds_no_semihosting_call(board: str) -> None:
    assert _calls(board) == 0


@pytest.mark.parametrize("board", ["corstone300", "mps2_an500"])
def test_an_emulated_boards_image_does(board: str) -> None:
    assert _calls(board) > 0
