"""What is flashed: an ELF as Intel HEX and as raw bytes."""

from pathlib import Path

from emojicam.flash import image


def hex_of(elf: Path) -> Path:
    """Write NAME.hex (and NAME.bin) beside an ELF, the file that is flashed and that the virtual board loads.

    Raises:
        EmojicamError: the file is no ELF for an Arm core.
    """
    written = elf.with_suffix(".hex")
    if not written.exists() or written.stat().st_mtime_ns < elf.stat().st_mtime_ns:
        image.write_files(image.read_elf(elf), elf.parent, elf.stem)
    return written
