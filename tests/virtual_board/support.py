"""Compiles a fixture for the virtual board, and loads it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from emojicam import process
from emojicam.virtual_h7 import VirtualBoard

FIXTURES = Path(__file__).parent / "fixtures"
FLAGS = ("-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard", "-O1", "-g0", "-std=gnu11",
         "-Wall", "-Wextra", "-Werror", "-ffreestanding", "-nostartfiles")  # fmt: skip
RESULTS = 0x2001_C000
FINISHED = RESULTS + 4 * 64


def compile_fixture(name: str, folder: Path, *, flags: Sequence[str] = (), sources: Sequence[Path] = ()) -> Path:
    """Compile tests/virtual_board/fixtures/NAME.c to an Intel HEX file in ``folder``."""
    tag = hashlib.sha256(repr((name, flags, sources)).encode()).hexdigest()[:8]
    elf = folder / f"{name}-{tag}.elf"
    process.run(
        ["arm-none-eabi-gcc", *FLAGS, *flags, "-I", FIXTURES, f"-T{FIXTURES / 'fixture.ld'}",
         FIXTURES / "startup.c", FIXTURES / f"{name}.c", *sources, "-o", elf],
        what=f"compile fixture {name}",
    )  # fmt: skip
    hex_file = elf.with_suffix(".hex")
    process.run(["arm-none-eabi-objcopy", "-O", "ihex", elf, hex_file], what=f"convert fixture {name}")
    return hex_file


def results(board: VirtualBoard, count: int) -> list[int]:
    """The first words of the fixture's mailbox."""
    return [board.read_word(RESULTS + 4 * n) for n in range(count)]


def run_fixture(board: VirtualBoard, image: Path, seconds: float = 1.0) -> None:
    """Run it to its end."""
    board.load_hex(image)
    board.power_on()
    board.write(RESULTS, bytes(4 * 65))
    assert board.run_until(lambda: board.read_word(FINISHED) == 1, seconds), (
        f"the fixture is at PC {board.core.pc:#010x} after {seconds} s"
    )
