"""What is to be in flash: read from an ELF or HEX, written as HEX and BIN."""

import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.firmware import elf as elf_file
from emojicam.firmware.elf import Segment

#: What an erased byte reads as.
ERASED = 0xFF


@dataclass(frozen=True)
class Image:
    """Segments by address, none empty, none over another.

    Attributes:
        source: the file that it comes from, as messages name it.
    """

    source: str
    segments: tuple[Segment, ...]

    @property
    def address(self) -> int:
        return self.segments[0].address

    @property
    def end(self) -> int:
        return self.segments[-1].end

    @property
    def size(self) -> int:
        """Bytes that have a value; gaps don't count."""
        return sum(len(segment.data) for segment in self.segments)


def make_image(source: str, segments: Iterable[Segment]) -> Image:
    """Sort and check segments.

    Raises:
        EmojicamError: none has a byte, or two overlap.
    """
    kept = sorted((segment for segment in segments if segment.data), key=lambda segment: segment.address)
    if not kept:
        raise EmojicamError(f"{source} has no bytes for flash", "the ELF or HEX of a firmware")
    for before, after in itertools.pairwise(kept):
        if after.address < before.end:
            raise EmojicamError(f"two segments of {source} overlap at {after.address:#010x}", "linking it again")
    return Image(source, tuple(kept))


def read_elf(path: Path) -> Image:
    """The loadable segments of an ELF for 32-bit Arm, at their physical (load) addresses.

    Raises:
        EmojicamError: not readable, not such an ELF, or nothing in it.
    """
    return make_image(path.name, elf_file.read(path).segments)


def read_hex(path: Path) -> Image:
    """An Intel HEX file.

    Raises:
        EmojicamError: not readable, not such a file (checksums are checked), or nothing in it.
    """
    from intelhex import HexReaderError, IntelHex

    if path.exists() and not path.is_file():
        raise EmojicamError(f"{path} is no regular file", "--hex with a firmware's HEX")
    try:
        content = IntelHex(str(path))
    except OSError as error:
        raise EmojicamError(f"cannot read {path}: {error.strerror}", "--hex with a firmware's HEX") from error
    except (HexReaderError, UnicodeDecodeError) as error:
        raise EmojicamError(f"{path} is no Intel HEX: {error}", "--elf for an ELF file") from error
    return make_image(
        path.name,
        [Segment(begin, content.tobinstr(start=begin, end=end - 1)) for begin, end in content.segments()],
    )


def to_hex(image: Image) -> str:
    """The image as Intel HEX: 32 data bytes a record, addresses by type 04 records."""
    from intelhex import IntelHex

    content = IntelHex()
    for segment in image.segments:
        content.puts(segment.address, segment.data)
    text = io.StringIO()
    content.write_hex_file(text, byte_count=32)
    return text.getvalue()


def to_bin(image: Image) -> bytes:
    """The bytes from the image's lowest address on, gaps as erased flash."""
    content = bytearray([ERASED]) * (image.end - image.address)
    for segment in image.segments:
        content[segment.address - image.address : segment.end - image.address] = segment.data
    return bytes(content)


def write_files(image: Image, folder: Path, name: str = "emojicam") -> tuple[Path, Path]:
    """Write NAME.hex and NAME.bin, each in one go: several processes may.

    The image must have been planned: its span is what the BIN takes.

    Returns:
        HEX and BIN.
    """
    hex_file, bin_file = folder / f"{name}.hex", folder / f"{name}.bin"
    folder.mkdir(parents=True, exist_ok=True)
    for path, content in ((hex_file, to_hex(image).encode()), (bin_file, to_bin(image))):
        with paths.replacing(path) as new:
            new.write_bytes(content)
            new.chmod(0o644)
    return hex_file, bin_file


def hex_of(elf: Path) -> Path:
    """Write NAME.hex (and NAME.bin) beside an ELF, the file that is flashed and that the virtual board loads.

    Raises:
        EmojicamError: the file is no ELF for an Arm core.
    """
    written = elf.with_suffix(".hex")
    if not written.exists() or written.stat().st_mtime_ns < elf.stat().st_mtime_ns:
        write_files(read_elf(elf), elf.parent, elf.stem)
    return written
