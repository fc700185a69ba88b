"""An image with a call to an allocator does not link, by the same linker options that every image is linked with."""

import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from emojicam import config, paths, process
from emojicam.config import boards
from emojicam.emulators import product

OPTIONS = paths.project_root() / "firmware" / "src" / "board" / "no_heap.txt"
SYSTEM = """extern "C" {
void* _sbrk(int) { return nullptr; }
void abort() { for (;;) {} }
void _exit(int) { for (;;) {} }
}
"""


def _link(folder: Path, body: str, include: str = "cstdlib") -> "subprocess.CompletedProcess[str]":
    source = folder / "main.cc"
    source.write_text(f"#include <{include}>\n{SYSTEM}int main() {{ {body} }}\n")
    compiler = process.find_tool("arm-none-eabi-g++")
    return subprocess.run(
        [compiler, "-mcpu=cortex-m7", "-mthumb", "-mfpu=fpv5-d16", "-mfloat-abi=hard", "-O1", "-fno-exceptions",
         "-fno-builtin", "-nostartfiles", "--specs=nano.specs", "-Wl,-e,main", "-Wl,--gc-sections",
         f"-Wl,@{OPTIONS}", source, "-o", folder / "main.elf"],
        capture_output=True, text=True,
    )  # fmt: skip


def test_a_program_without_heap_links(tmp_path: Path) -> None:
    done = _link(tmp_path, 'char text[8] = "a"; return text[std::strlen(text)];', "cstring")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("body", "include", "wrapped"),
    [
        ("return std::malloc(8) != nullptr;", "cstdlib", "malloc"),
        ("return std::calloc(8, 8) != nullptr;", "cstdlib", "calloc"),
        ("return std::realloc(nullptr, 8) != nullptr;", "cstdlib", "realloc"),
        ("std::free(reinterpret_cast<void*>(main));", "cstdlib", "free"),
        ("static int* kept = new int[8]; return *kept;", "new", "_Znaj"),
        ("return new (std::nothrow) int != nullptr;", "new", "_ZnwjRKSt9nothrow_t"),
        # What allocates behind the back of who calls it.
        ('return std::printf("%f", 1.5);', "cstdio", "_malloc_r"),
    ],
)
def test_a_program_that_allocates_does_not_link(body: str, include: str, wrapped: str, tmp_path: Path) -> None:
    done = _link(tmp_path, body, include)
    assert done.returncode != 0
    assert f"undefined reference to `__wrap_{wrapped}'" in done.stderr


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["openmv_h7", "nucleo_h743zi", "mps2_an500", "corstone300"])
def test_no_image_holds_an_allocator(board: str) -> None:
    wrapped = {line.removeprefix("--wrap=") for line in OPTIONS.read_text().split()}
    with product.build_firmware(boards.find(board), config.load()).open("rb") as file:
        names = {symbol.name for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()}
    assert "main" in names
    assert not names & wrapped
