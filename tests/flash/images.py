"""Small ELFs and images, made for one test each."""

import struct
from pathlib import Path

from emojicam.firmware.elf import Segment
from emojicam.firmware.image import Image, make_image

FIRMWARE = 0x0804_0000
EM_ARM = 40


def vectors(address: int = FIRMWARE, size: int = 0x400, stack: int = 0x2000_8000) -> bytes:
    """A vector table and code after it: no two flash words alike."""
    body = b"".join(struct.pack("<I", address + at) for at in range(8, size, 4))
    return struct.pack("<II", stack, address + 0x101) + body


def firmware(*more: Segment, size: int = 0x400) -> Image:
    return make_image("test.elf", [Segment(FIRMWARE, vectors(size=size)), *more])


def write_elf(
    path: Path, segments: list[tuple[int, int, bytes]], *, machine: int = EM_ARM, bits: int = 1, kind: int = 1
) -> Path:
    """An ELF of 32 bits: (virtual, physical address, bytes) a segment; zeros of 64 bytes after each."""
    headers, data = b"", b""
    start = 52 + 32 * len(segments)
    for virtual, physical, content in segments:
        size = len(content)
        at = start + len(data)
        headers += struct.pack("<8I", kind, at, virtual, physical, size, size + 64, 5, 4)
        data += content
    header = struct.pack("<4s5B7x", b"\x7fELF", bits, 1, 1, 0, 0)
    header += struct.pack("<HHIIIIIHHHHHH", 2, machine, 1, FIRMWARE + 1, 52, 0, 0, 52, 32, len(segments), 40, 0, 0)
    path.write_bytes(header + headers + data)
    return path
