"""Each assembly kernel against its portable twin, byte for byte, on the core that it is written for."""

import pytest

from emojicam.config.boards import BOARDS
from emojicam.emulators.qemu import Qemu
from emojicam.firmware import build


@pytest.mark.emulator
@pytest.mark.parametrize(("board", "least"), [("mps2_an500", 600), ("corstone300", 120)])
def test_assembly_kernels_write_their_twins_bytes(board: str, least: int) -> None:
    elf = build.build_target(BOARDS[board], "kernel_check")
    lines = []
    with Qemu(BOARDS[board], elf) as qemu:
        for message in qemu.messages():
            assert message.name == "Log"
            lines.append(message.line)
            if message.line.startswith("compared: "):
                break
    assert lines[:-1] == ["different: 0"]
    assert int(lines[-1].removeprefix("compared: ")) >= least
