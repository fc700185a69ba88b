"""What is erased and written, and what is refused; against pyOCD's own map of the chip."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyocd.core.memory_map import MemoryType
from pyocd.target.builtin import BUILTIN_TARGETS

from emojicam import config, paths
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.firmware import image
from emojicam.firmware.elf import Segment
from emojicam.firmware.image import Image, make_image
from emojicam.flash import layout
from emojicam.flash.layout import LAYOUTS, NUCLEO_H743ZI, OPENMV_H7, Guard, Layout
from emojicam.flash.plan import Plan, make_plan
from flash.images import FIRMWARE, firmware, vectors

SECTOR = 0x2_0000
#: No byte is that of erased flash.
CONTENT = bytes(range(251)) * (3 * SECTOR // 251 + 2)


def plan(made: Image, **options: object) -> Plan:
    return make_plan(made, OPENMV_H7, **options)  # type: ignore[arg-type]


def flash_after(planned: Plan) -> dict[int, int]:
    """Address -> byte that the plan's writes put there."""
    return {write.address + at: byte for write in planned.writes for at, byte in enumerate(write.data)}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_layout_is_pyocd_s_map_of_the_chip(layout: Layout) -> None:
    memory = BUILTIN_TARGETS[layout.pyocd_target].MEMORY_MAP
    banks = list(memory.iter_matching_regions(type=MemoryType.FLASH))
    assert [(bank.start, bank.length, bank.sector_size) for bank in banks] == [
        (layout.base, layout.bank, layout.sector),
        (layout.base + layout.bank, layout.bank, layout.sector),
    ]
    assert sum(bank.length for bank in banks) == layout.size
    # A page of pyOCD's is whole flash words; its algorithm fills up the rest as erased.
    assert all(bank.page_size % layout.word == 0 and bank.erased_byte_value == 0xFF for bank in banks)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=list(LAYOUTS))
def test_regions_cover_flash_in_whole_sectors(layout: Layout) -> None:
    at = layout.base
    for region in layout.regions:
        assert region.start == at
        assert (region.end - region.start) % layout.sector == 0
        at = region.end
    assert at == layout.end


def test_ram_is_where_the_linker_script_puts_the_stack() -> None:
    boards = paths.project_root() / "firmware/src/board"
    script = (boards / "openmv_h7/openmv_h7.ld").read_text() + (boards / "stm32h743/stm32h743.ld").read_text()
    assert "FLASH (rx)  : ORIGIN = 0x08040000, LENGTH = 1536K" in script
    assert (OPENMV_H7.firmware.start, OPENMV_H7.firmware.end) == (0x0804_0000, 0x0804_0000 + 1536 * 1024)
    assert "DTCM (rwx)  : ORIGIN = 0x20000000" in script
    assert any(start <= 0x2000_0000 + 127 * 1024 <= end for start, end in OPENMV_H7.ram)
    nucleo = (boards / "nucleo_h743zi/nucleo_h743zi.ld").read_text()
    assert "FLASH (rx)  : ORIGIN = 0x08000000, LENGTH = 1792K" in nucleo
    assert (NUCLEO_H743ZI.firmware.start, NUCLEO_H743ZI.firmware.end) == (0x0800_0000, 0x0800_0000 + 1792 * 1024)


def test_sectors_that_hold_a_byte_are_erased_and_no_others() -> None:
    planned = plan(firmware(size=2 * SECTOR + 4))
    assert [(s.index, s.bank, s.address, s.written) for s in planned.sectors] == [
        (2, 1, 0x0804_0000, SECTOR),
        (3, 1, 0x0806_0000, SECTOR),
        (4, 1, 0x0808_0000, 4),
    ]
    assert planned.warnings == ()


def test_banks_are_crossed() -> None:
    planned = plan(firmware(size=0x081C_0000 - FIRMWARE))
    assert [sector.index for sector in planned.sectors] == list(range(2, 14))
    assert [sector.bank for sector in planned.sectors] == [1] * 6 + [2] * 6


def test_gaps_in_a_sector_are_written_as_erased() -> None:
    planned = plan(firmware(Segment(FIRMWARE + 0x1000, b"abc")))
    (write,) = planned.writes
    assert write.address == FIRMWARE
    assert set(write.data[0x400:0x1000]) == {0xFF}
    assert write.data[0x1000:] == b"abc" + bytes([0xFF]) * 29


def test_far_segments_are_written_apart_and_sectors_between_them_kept() -> None:
    planned = plan(firmware(Segment(0x0810_0000, bytes(40))))
    assert [(write.address, len(write.data)) for write in planned.writes] == [
        (FIRMWARE, 0x400),
        (0x0810_0000, 64),
    ]
    assert [sector.index for sector in planned.sectors] == [2, 8]


@pytest.mark.parametrize(
    ("segment", "message"),
    [
        (
            Segment(0x0800_0000, vectors(0x0800_0000)),
            r"overwrite OpenMV's bootloader \(0x08000000 to 0x0801ffff\); "
            "try: linking it for 0x08040000 to 0x081bffff, or --force",
        ),
        (Segment(0x0802_0000, vectors(0x0802_0000)), "overwrite OpenMV's file system"),
        (Segment(0x0802_0000, vectors(0x0802_0000, size=3 * SECTOR)), "overwrite OpenMV's file system"),
        (Segment(0x081C_0000, b"x"), "overwrite emojicam's settings"),
        (Segment(FIRMWARE + 0x400, vectors(FIRMWARE + 0x400)), "within a sector"),
        (Segment(0x0806_0000, vectors(0x0806_0000)), "starts what is at 0x08040000"),
        (Segment(FIRMWARE, vectors(stack=0xE000_0000)), "0xe0000000 is no stack pointer"),
        (Segment(FIRMWARE, vectors(stack=0x2000_0004)), "0x20000004 is no stack pointer"),
        (Segment(FIRMWARE, vectors(stack=0x2000_0000)), "0x20000000 is no stack pointer"),
        (Segment(FIRMWARE, vectors(stack=0x2002_0008)), "0x20020008 is no stack pointer"),
        (
            Segment(FIRMWARE, b"\x00\x80\x00\x20\x00\x01\x04\x08" + bytes(0x400)),
            "0x08040100 is no reset vector",
        ),
        (
            Segment(FIRMWARE, b"\x00\x80\x00\x20\x01\x01\x00\x08" + bytes(0x400)),
            "0x08000101 is no reset vector",
        ),
        (Segment(FIRMWARE, b"\x00\x80"), "no vector table"),
    ],
)
def test_what_can_cost_the_board_something_is_refused_but_for_force(segment: Segment, message: str) -> None:
    made = make_image("a.elf", [segment])
    with pytest.raises(EmojicamError, match=message) as refused:
        plan(made)
    assert "--force" in refused.value.hint
    assert plan(made, force=True).writes


@pytest.mark.parametrize(
    "segment",
    [
        Segment(0x07FF_FFFF, b"xy"),
        Segment(0x0000_0000, b"x"),
        Segment(0x081F_FFFF, b"xy"),
        Segment(0x0820_0000, b"x"),
        Segment(0x2000_0000, b"x"),
    ],
)
def test_bytes_outside_flash_are_refused_with_force_too(segment: Segment) -> None:
    for force in (False, True):
        with pytest.raises(EmojicamError, match=r"outside flash \(0x08000000 to 0x081fffff\)"):
            plan(firmware(segment), force=force)


def test_segments_in_neighbouring_sectors_are_one_write() -> None:
    (write,) = plan(firmware(Segment(FIRMWARE + SECTOR + 0x100, b"abc"))).writes
    assert (write.address, len(write.data)) == (FIRMWARE, SECTOR + 0x120)
    assert len(plan(firmware(Segment(FIRMWARE + 2 * SECTOR, b"abc"))).writes) == 2
    # One that fills its sector to the last byte is not in the next.
    full = make_image("a.elf", [Segment(FIRMWARE, vectors(size=SECTOR)), Segment(FIRMWARE + 2 * SECTOR, b"abc")])
    assert len(plan(full).writes) == 2


def test_a_stack_may_begin_at_the_end_of_memory() -> None:
    for end in (0x2002_0000, 0x2408_0000, 0x3004_8000):
        assert plan(make_image("a.elf", [Segment(FIRMWARE, vectors(stack=end))])).warnings == ()


def test_chip_erase_needs_force_and_says_what_is_lost() -> None:
    with pytest.raises(EmojicamError, match="bootloader, OpenMV's file system and emojicam's settings too"):
        plan(firmware(), erase="chip")
    planned = plan(firmware(), erase="chip", force=True)
    assert [sector.index for sector in planned.sectors] == list(range(16))
    assert [sector.written for sector in planned.sectors if sector.written] == [0x400]
    assert [line.split(" ")[0] for line in planned.warnings[:3]] == ["OpenMV's", "OpenMV's", "emojicam's"]
    assert "nothing starts the board" in planned.warnings[3]


def test_a_board_whose_first_sector_is_written_starts() -> None:
    image_at_base = make_image("a.elf", [Segment(0x0800_0000, vectors(0x0800_0000))])
    planned = plan(image_at_base, erase="chip", force=True)
    assert [line for line in planned.warnings if "starts the board" in line] == []


def test_only_boards_with_a_layout_can_be_flashed() -> None:
    assert [layout.find(name) for name in LAYOUTS] == list(LAYOUTS.values())
    with pytest.raises(EmojicamError, match="'corstone300' cannot be flashed; try: --board with one of"):
        layout.find("corstone300")


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.integers(0, OPENMV_H7.size - 1), st.integers(1, 3 * SECTOR)), min_size=1, max_size=6))
def test_any_image_is_written_byte_for_byte_within_what_is_erased(pieces: list[tuple[int, int]]) -> None:
    segments, at = [], 0
    for offset, size in sorted(pieces):
        start = max(at, offset)
        at = min(start + size, OPENMV_H7.size)
        segments.append(Segment(OPENMV_H7.base + start, CONTENT[start % 251 :][: at - start]))
    made = make_image("any", segments)
    planned = plan(made, force=True)
    erased = {sector.address for sector in planned.sectors}
    for write in planned.writes:
        assert write.address % OPENMV_H7.word == len(write.data) % OPENMV_H7.word == 0
        ends = (write.address, write.end - 1)
        assert all(address - address % SECTOR in erased for address in range(ends[0], write.end, SECTOR))
        assert ends[1] - ends[1] % SECTOR in erased
    held = {segment.address: segment.data for segment in made.segments}
    for address, data in held.items():
        (write,) = [write for write in planned.writes if write.address <= address < write.end]
        assert write.data[address - write.address :][: len(data)] == data
    assert sum(sector.written for sector in planned.sectors) == made.size
    # What no segment holds stays as erased; no byte of a segment is 0xFF.
    total = sum(len(write.data) for write in planned.writes)
    mask = sum(bytes(write.data).count(0xFF) for write in planned.writes)
    assert mask == total - made.size
    for region in OPENMV_H7.regions:
        if region.guard is Guard.FORCE and any(s.address == region.start for s in planned.sectors):
            assert f"{region.holds} will be lost" in planned.warnings


@pytest.mark.emulator
def test_the_product_s_hex_lies_in_the_firmware_s_sectors(tmp_path: Path) -> None:
    elf = product.build_firmware(boards.find("openmv_h7"), config.load())
    made = image.read_elf(elf)
    hex_file, _ = image.write_files(made, tmp_path)
    planned = plan(image.read_hex(hex_file))
    assert {sector.holds for sector in planned.sectors} == {"firmware"}
    after = flash_after(planned)
    for segment in made.segments:
        assert all(after[segment.address + at] == segment.data[at] for at in range(0, len(segment.data), 97))
