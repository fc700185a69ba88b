"""What a firmware image takes of flash and RAM, read from its ELF."""

from dataclasses import dataclass
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.firmware import elf as elf_file


@dataclass(frozen=True)
class ImageSize:
    """Bytes of each kind.

    Attributes:
        text, rodata: code, and constants without the model.
        model: the model's flatbuffer and tables.
        data: initialised variables (flash and RAM); bss: zeroed ones, large buffers and stacks (RAM).
    """

    text: int
    rodata: int
    model: int
    data: int
    bss: int

    @property
    def code(self) -> int:
        """Flash without the model."""
        return self.text + self.rodata + self.data

    @property
    def ram(self) -> int:
        return self.data + self.bss


#: Section of our linker scripts -> field of `ImageSize`.
_SECTIONS = {
    ".vectors": "text", ".text": "text", ".itcm": "text",
    ".rodata": "rodata", ".ARM.exidx": "rodata", ".ARM.extab": "rodata",
    ".model": "model",
    ".data": "data",
    ".bss": "bss", ".fast": "bss", ".stack": "bss", ".dma": "bss", ".noinit": "bss", ".axi": "bss",
}  # fmt: skip


@dataclass(frozen=True)
class RegionUse:
    """A memory of the linker script.

    Attributes:
        origin, length: first address and bytes.
        used: bytes of sections in it, and of those that are copied from it at start.
    """

    name: str
    origin: int
    length: int
    used: int


def read_regions(elf: Path) -> list[RegionUse]:
    """How full the memories are that the linker script names, by address; empty without a map beside the ELF.

    Raises:
        EmojicamError: no ELF.
    """
    map_file = elf.with_suffix(".map")
    if not map_file.is_file():
        return []
    table = map_file.read_text().partition("\nMemory Configuration\n")[2].partition("\nLinker script")[0]
    rows = [line.split() for line in table.splitlines()]
    memories = [(row[0], int(row[1], 16), int(row[2], 16)) for row in rows if len(row) == 4 and row[1][:2] == "0x"]
    sections = elf_file.read(elf).sections
    found = []
    for name, origin, length in memories:
        inside = range(origin, origin + length)
        used = sum(
            section.size for section in sections
            if section.address in inside or (section.loaded and section.loaded_from in inside)
        )  # fmt: skip
        found.append(RegionUse(name, origin, length, used))
    return sorted(found, key=lambda region: region.origin)


def read_size(elf: Path) -> ImageSize:
    """Add up the sections of an ELF that one of our linker scripts made.

    Raises:
        EmojicamError: no ELF, or one with an allocated section that this table does not know.
    """
    sizes = dict.fromkeys(("text", "rodata", "model", "data", "bss"), 0)
    for section in elf_file.read(elf).sections:
        if section.name not in _SECTIONS:
            raise EmojicamError(f"{elf.name} has a section {section.name}", "adding it to firmware/size.py")
        sizes[_SECTIONS[section.name]] += section.size
    return ImageSize(**sizes)
