"""The one ELF reader against binutils, which read the same file their own way."""

from pathlib import Path

import pytest

from emojicam import process
from emojicam.errors import EmojicamError
from emojicam.firmware import elf

SOURCE = """
int value[10] = {1};
extern const int table[50];
const int table[50] = {2};
namespace outer { namespace { int hidden[12]; } int* where() { return hidden; } }
namespace first { int twice[3]; } namespace second { int twice[3]; }
int main() { return *outer::where() + first::twice[0] + second::twice[0] + table[value[0]]; }
"""
SCRIPT = """MEMORY { FLASH (rx) : ORIGIN = 0x8000000, LENGTH = 4K
RAM (rw) : ORIGIN = 0x20000000, LENGTH = 1K }
SECTIONS { .text : { *(.text*) } >FLASH .rodata : { *(.rodata*) } >FLASH .data : { *(.data*) } >RAM AT>FLASH
.bss (NOLOAD) : { *(.bss* COMMON) } >RAM /DISCARD/ : { *(.ARM* .comment) } }"""


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("elf")
    (folder / "image.cc").write_text(SOURCE)
    (folder / "image.ld").write_text(SCRIPT)
    command = ["arm-none-eabi-g++", "-mcpu=cortex-m7", "-mthumb", "-nostdlib", "-Wl,-e,main", "-T", folder / "image.ld"]
    process.run([*command, folder / "image.cc", "-o", folder / "image.elf"])
    return folder / "image.elf"


def test_sections_are_where_objdump_says(image: Path) -> None:
    listing = process.run(["arm-none-eabi-objdump", "-h", "-w", image])
    rows = [line.split() for line in listing.splitlines() if "ALLOC" in line]
    wanted = [(row[1], *(int(word, 16) for word in row[2:5])) for row in rows if int(row[2], 16)]
    loaded = {row[1] for row in rows if "LOAD," in row}
    found = elf.read(image).sections
    assert [(item.name, item.size, item.address, item.loaded_from) for item in found if item.loaded] == [
        row for row in wanted if row[0] in loaded
    ]
    assert {item.name: item.size for item in found} == {row[0]: row[1] for row in wanted}
    data = next(item for item in found if item.name == ".data")
    assert data.address == 0x20000000 and 0x8000000 < data.loaded_from < 0x8001000


def test_symbols_have_the_addresses_and_sizes_that_nm_prints(image: Path) -> None:
    rows = [line.split() for line in process.run(["arm-none-eabi-nm", "-S", image]).splitlines()]
    wanted = {row[3]: (int(row[0], 16), int(row[1], 16)) for row in rows if len(row) == 4}
    assert len(wanted) >= 7
    found = {item.name: (item.address, item.size) for item in elf.read(image).symbols}
    for name, (address, size) in wanted.items():
        assert found[name] == (address & ~1 if name.endswith(("main", "whereEv")) else address, size), name


def test_a_variable_is_found_whatever_its_namespace(image: Path) -> None:
    read = elf.read(image)
    assert (read.variable("hidden").size, read.variable("table").size) == (48, 200)


@pytest.mark.parametrize(("name", "message"), [("twice", "has 2 variables"), ("missing", "has no variables")])
def test_a_name_that_is_not_one_variables_is_refused(image: Path, name: str, message: str) -> None:
    with pytest.raises(EmojicamError, match=message):
        elf.read(image).variable(name)
