"""Sizes of images against those of another build, from ELFs that are linked here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import process
from emojicam.firmware.size import read_regions

#: Sections as our own linker scripts name them.
SCRIPT = """SECTIONS { .text 0x8000000 : { *(.text*) } .rodata : { *(.rodata*) } .data : { *(.data*) }
.bss : { *(.bss* COMMON) } /DISCARD/ : { *(*) } }"""


def _image(folder: Path, board: str, nbytes: int) -> None:
    """A board's ELF with so many constant bytes, and 64 that are zero."""
    (folder / board).mkdir(parents=True)
    source = folder / "image.c"
    source.write_text(
        f"const char table[{nbytes}] = {{1}};\nint zero[16];\nint main(void) {{ return table[zero[0]]; }}\n"
    )
    (folder / "image.ld").write_text(SCRIPT)
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-mthumb", "-nostdlib", "-Wl,-e,main", source]
    command += ["-T", folder / "image.ld"]
    process.run([*command, "-o", folder / board / "emojicam.elf"])


def _size(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "emojicam", "size", *map(str, arguments)], capture_output=True, text=True
    )


def test_what_grew_what_is_new_and_what_is_gone_are_marked(tmp_path: Path) -> None:
    _image(tmp_path / "now", "openmv_h7", 1000)
    _image(tmp_path / "now", "corstone300", 1000)
    _image(tmp_path / "base", "openmv_h7", 600)
    _image(tmp_path / "base", "mps2_an500", 600)
    done = _size("--build", tmp_path / "now", "--against", tmp_path / "base")
    assert done.returncode == 0, done.stderr
    rows = {line.split()[1]: line for line in done.stdout.splitlines()[2:]}
    assert "1,000 (**+400**)" in rows["openmv_h7"]
    assert "1,000 (new)" in rows["corstone300"]
    assert "gone" in rows["mps2_an500"]
    report = json.loads(_size("--build", tmp_path / "now", "--json").stdout)
    assert report["images"]["openmv_h7"]["rodata"] == 1000
    assert report["images"]["openmv_h7"]["ram"] == 64


def test_memories_are_as_full_as_what_lies_in_them_and_what_is_copied_from_them(tmp_path: Path) -> None:
    source, script, elf = tmp_path / "image.c", tmp_path / "image.ld", tmp_path / "emojicam.elf"
    source.write_text("int value[10] = {1};\nint zero[16];\nconst int table[50] = {2};\nint main(void) { return 0; }\n")
    script.write_text(
        "MEMORY { FLASH (rx) : ORIGIN = 0x8000000, LENGTH = 4K\n RAM (rw) : ORIGIN = 0x20000000, LENGTH = 1K\n"
        "EMPTY (rw) : ORIGIN = 0x24000000, LENGTH = 2K }\n"
        "SECTIONS { .rodata : { *(.rodata*) } >FLASH .data : { *(.data*) } >RAM AT>FLASH\n"
        ".bss (NOLOAD) : { *(.bss* COMMON) } >RAM /DISCARD/ : { *(*) } }"
    )
    command = ["arm-none-eabi-gcc", "-mcpu=cortex-m7", "-mthumb", "-nostdlib", "-Wl,-e,0", "-T", script]
    process.run([*command, f"-Wl,-Map={elf.with_suffix('.map')}", source, "-o", elf])
    assert [(region.name, region.length, region.used) for region in read_regions(elf)] == [
        ("FLASH", 4096, 50 * 4 + 10 * 4),
        ("RAM", 1024, 10 * 4 + 16 * 4),
        ("EMPTY", 2048, 0),
    ]
    elf.with_suffix(".map").unlink()
    assert read_regions(elf) == []


@pytest.mark.parametrize("option", ["--build", "--against"])
def test_a_folder_without_images_is_one_line(option: str, tmp_path: Path) -> None:
    _image(tmp_path / "now", "openmv_h7", 10)
    (tmp_path / "empty").mkdir()
    others = ["--build", tmp_path / "now"] if option == "--against" else []
    done = _size(*others, option, tmp_path / "empty")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "has no BOARD/emojicam.elf; try: " in line
