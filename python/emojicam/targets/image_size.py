"""What a firmware image takes of flash and RAM, read from its ELF."""

from dataclasses import dataclass
from pathlib import Path

from emojicam import process
from emojicam.errors import EmojicamError


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


def read_size(elf: Path) -> ImageSize:
    """Add up the sections of an ELF that one of our linker scripts made.

    Raises:
        EmojicamError: no ELF, or one with an allocated section that this table does not know.
    """
    listing = process.run(["arm-none-eabi-objdump", "-h", "-w", elf], what=f"read the sections of {elf.name}")
    sizes = dict.fromkeys(("text", "rodata", "model", "data", "bss"), 0)
    for line in listing.splitlines():
        words = line.split()
        if len(words) < 8 or not words[0].isdigit() or "ALLOC" not in line:
            continue
        if words[1] not in _SECTIONS:
            raise EmojicamError(f"{elf.name} has a section {words[1]}", "adding it to image_size.py")
        sizes[_SECTIONS[words[1]]] += int(words[2], 16)
    return ImageSize(**sizes)
