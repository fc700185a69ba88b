"""ELF to segments to HEX and BIN."""

import os
from pathlib import Path

import pytest
from intelhex import IntelHex

from emojicam.errors import EmojicamError
from emojicam.firmware import image
from emojicam.firmware.image import Segment, hex_of, make_image
from flash.images import FIRMWARE, vectors, write_elf


def test_elf_gives_segments_at_their_load_addresses(tmp_path: Path) -> None:
    code, data = vectors(), b"initial values"
    elf = write_elf(tmp_path / "a.elf", [(0x2000_0000, FIRMWARE + 0x400, data), (FIRMWARE, FIRMWARE, code)])
    made = image.read_elf(elf)
    assert made.segments == (Segment(FIRMWARE, code), Segment(FIRMWARE + 0x400, data))
    assert (made.source, made.address, made.end) == ("a.elf", FIRMWARE, FIRMWARE + 0x400 + len(data))


def test_elf_leaves_out_what_only_takes_ram(tmp_path: Path) -> None:
    elf = write_elf(tmp_path / "a.elf", [(FIRMWARE, FIRMWARE, vectors()), (0x2400_0000, 0x2400_0000, b"")])
    assert [segment.address for segment in image.read_elf(elf).segments] == [FIRMWARE]


def test_hex_and_bin_hold_the_bytes_of_the_elf(tmp_path: Path) -> None:
    tail = Segment(FIRMWARE + 0x1F000, bytes(range(200)))  # over a 64 KiB bound, where HEX changes its base
    made = make_image("a.elf", [Segment(FIRMWARE, vectors(size=0x10010)), tail])
    hex_file, bin_file = image.write_files(made, tmp_path / "build", "emojicam")
    assert (hex_file.name, bin_file.name) == ("emojicam.hex", "emojicam.bin")
    assert image.read_hex(hex_file).segments == made.segments
    content = bin_file.read_bytes()
    assert len(content) == made.end - made.address
    assert content[0x1F000:] == tail.data
    assert set(content[0x10010:0x1F000]) == {0xFF}
    assert IntelHex(str(hex_file)).tobinstr() == content


def test_files_are_replaced_as_a_whole(tmp_path: Path) -> None:
    for size in (0x10010, 0x400):
        made = make_image("a.elf", [Segment(FIRMWARE, vectors(size=size))])
        hex_file, bin_file = image.write_files(made, tmp_path)
        assert bin_file.stat().st_size == size
        assert image.read_hex(hex_file).segments == made.segments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["emojicam.bin", "emojicam.hex"]


def test_the_virtual_board_is_given_the_hex_that_is_flashed(tmp_path: Path) -> None:
    elf = write_elf(tmp_path / "emojicam.elf", [(FIRMWARE, FIRMWARE, vectors())])
    written = hex_of(elf)
    hex_file, _ = image.write_files(image.read_elf(elf), tmp_path / "flashed")
    assert written == tmp_path / "emojicam.hex"
    assert written.read_bytes() == hex_file.read_bytes()
    # It follows the ELF.
    os.utime(written, (1, 1))
    write_elf(elf, [(FIRMWARE, FIRMWARE, vectors(size=0x800))])
    assert image.read_hex(hex_of(elf)).size == 0x800


@pytest.mark.parametrize(
    ("segments", "message"),
    [
        ([], "no bytes"),
        ([Segment(FIRMWARE, b"")], "no bytes"),
        ([Segment(FIRMWARE, bytes(8)), Segment(FIRMWARE + 7, b"x")], "overlap at 0x08040007"),
    ],
)
def test_useless_segments_are_refused(segments: list[Segment], message: str) -> None:
    with pytest.raises(EmojicamError, match=message):
        make_image("a.elf", segments)


def test_files_that_are_no_firmware_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    with pytest.raises(EmojicamError, match="cannot read"):
        image.read_elf(path)
    with pytest.raises(EmojicamError, match="cannot read"):
        image.read_hex(path)
    path.write_bytes(b"MZ\x90\x00")
    with pytest.raises(EmojicamError, match="is no ELF"):
        image.read_elf(path)
    with pytest.raises(EmojicamError, match="Intel HEX"):
        image.read_hex(path)
    write_elf(path, [(FIRMWARE, FIRMWARE, vectors())], machine=3)
    with pytest.raises(EmojicamError, match="not for a 32-bit Arm core"):
        image.read_elf(path)


@pytest.mark.parametrize("keep", [10, 51, 60, 90, 200])
def test_an_elf_cut_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = write_elf(tmp_path / "cut.elf", [(FIRMWARE, FIRMWARE, vectors())])
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(EmojicamError, match=r"is no ELF|cut short|no bytes"):
        image.read_elf(path)


def test_a_hex_with_a_wrong_checksum_is_refused(tmp_path: Path) -> None:
    text = image.to_hex(make_image("a", [Segment(FIRMWARE, vectors())]))
    path = tmp_path / "a.hex"
    path.write_text(text.replace("00800020", "00800021", 1))
    with pytest.raises(EmojicamError, match="Intel HEX"):
        image.read_hex(path)
