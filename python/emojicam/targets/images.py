"""What is flashed: an ELF as Intel HEX and as raw bytes."""

from pathlib import Path

from emojicam import process


def hex_of(elf: Path) -> Path:
    """Write NAME.hex beside an ELF, the file that is flashed and that the virtual board loads.

    Raises:
        EmojicamError: no objcopy, or it refuses the ELF.
    """
    image = elf.with_suffix(".hex")
    if not image.exists() or image.stat().st_mtime_ns < elf.stat().st_mtime_ns:
        process.run(["arm-none-eabi-objcopy", "-O", "ihex", elf, image], what=f"write {image.name}")
    return image
