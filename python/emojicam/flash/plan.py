"""What a flash operation erases and writes, decided before a board is touched."""

from dataclasses import dataclass
from typing import Literal

from emojicam.errors import EmojicamError
from emojicam.firmware.elf import Segment
from emojicam.firmware.image import ERASED, Image
from emojicam.flash.layout import Guard, Layout

Erase = Literal["sectors", "chip"]


@dataclass(frozen=True)
class Sector:
    """A sector that changes.

    Attributes:
        written: bytes of the image in it; 0 where it is only erased.
        holds: whose it is.
    """

    index: int
    bank: int
    address: int
    size: int
    written: int
    holds: str


@dataclass(frozen=True)
class Plan:
    """What is done to a board's flash.

    Attributes:
        sectors: what is erased, by address.
        writes: what is written: whole flash words, each within what is erased. Two of them are never in the
            same sector nor in neighbouring ones; gaps within are filled as erased flash.
        warnings: what one should know, a line each.
    """

    image: Image
    layout: Layout
    erase: Erase
    sectors: tuple[Sector, ...]
    writes: tuple[Segment, ...]
    warnings: tuple[str, ...]


def make_plan(image: Image, layout: Layout, *, erase: Erase = "sectors", force: bool = False) -> Plan:
    """Decide what is erased and written.

    Args:
        erase: the sectors that are written, or the whole chip.
        force: allow what can cost the board its bootloader, files or settings.

    Raises:
        EmojicamError: bytes outside flash, which nothing forces; or, without force: a protected region, an
            image that does not start on a sector's bound or at a vector table, erasing the chip.
    """
    _check_inside(image, layout)
    if not force:
        _check_bounds(image, layout)
        _check_regions(image, layout, erase)
        _check_vectors(image, layout)
    touched = _touched(image, layout)
    erased = range(layout.size // layout.sector) if erase == "chip" else sorted(touched)
    sectors = tuple(_sector(index, touched.get(index, 0), layout) for index in erased)
    writes = tuple(_writes(image, layout))
    return Plan(image, layout, erase, sectors, writes, tuple(_warnings(sectors, layout)))


def sector_of(address: int, layout: Layout) -> int:
    return (address - layout.base) // layout.sector


def _check_inside(image: Image, layout: Layout) -> None:
    for segment in image.segments:
        if segment.address < layout.base or segment.end > layout.end:
            raise EmojicamError(
                f"{image.source} has {len(segment.data)} bytes at {segment.address:#010x}, outside flash "
                f"({layout.base:#010x} to {layout.end - 1:#010x})",
                f"an image of board {layout.board}",
            )


def _check_bounds(image: Image, layout: Layout) -> None:
    for write in _writes(image, layout):
        if (write.address - layout.base) % layout.sector:
            raise EmojicamError(
                f"{image.source} starts at {write.address:#010x}, within a sector: "
                "what is before it in the sector would be erased",
                f"linking it for {layout.firmware.start:#010x}, or --force",
            )


def _check_regions(image: Image, layout: Layout, erase: Erase) -> None:
    if erase == "chip":
        *others, last = [region.holds for region in layout.regions if region.guard is Guard.FORCE]
        named = f"{', '.join(others)} and {last}" if others else last
        raise EmojicamError(
            f"--erase chip erases {named} too",
            "--erase sectors, or --force",
        )
    for index in sorted(_touched(image, layout)):
        region = layout.region_at(layout.base + index * layout.sector)
        if region.guard is not Guard.FREE:
            free = layout.firmware
            raise EmojicamError(
                f"{image.source} would overwrite {region.holds} ({region.start:#010x} to {region.end - 1:#010x})",
                f"linking it for {free.start:#010x} to {free.end - 1:#010x}, or --force",
            )


def _check_vectors(image: Image, layout: Layout) -> None:
    """The first 8 bytes are the initial stack pointer and the reset vector. (DDI 0403E B1.5.3)"""
    hint = f"an image of board {layout.board}, or --force"
    first = image.segments[0]
    if first.address != layout.firmware.start:
        raise EmojicamError(
            f"{image.source} starts at {first.address:#010x}, but board {layout.board} starts what is at "
            f"{layout.firmware.start:#010x}",
            hint,
        )
    stack, reset = (int.from_bytes(first.data[at : at + 4], "little") for at in (0, 4))
    if not any(start < stack <= end for start, end in layout.ram) or stack % 8:
        raise EmojicamError(f"{image.source} has no vector table: {stack:#010x} is no stack pointer", hint)
    if not reset & 1 or not image.address <= reset < image.end:
        raise EmojicamError(f"{image.source} has no vector table: {reset:#010x} is no reset vector", hint)


def _touched(image: Image, layout: Layout) -> dict[int, int]:
    """Sector -> bytes of the image in it. Gaps between neighbouring sectors' segments cost none."""
    touched: dict[int, int] = {}
    for segment in image.segments:
        for index in range(sector_of(segment.address, layout), sector_of(segment.end - 1, layout) + 1):
            start = layout.base + index * layout.sector
            inside = min(segment.end, start + layout.sector) - max(segment.address, start)
            touched[index] = touched.get(index, 0) + inside
    return touched


def _writes(image: Image, layout: Layout) -> list[Segment]:
    writes: list[Segment] = []
    for segment in image.segments:
        start = segment.address - segment.address % layout.word
        if writes and sector_of(start, layout) <= sector_of(writes[-1].end - 1, layout) + 1:
            last = writes.pop()
            # A flash word that the one before has filled up belongs to both.
            kept = last.data[: segment.address - last.address]
            gap = segment.address - last.address - len(kept)
            start, data = last.address, kept + bytes([ERASED]) * gap + segment.data
        else:
            data = bytes([ERASED]) * (segment.address - start) + segment.data
        writes.append(Segment(start, data + bytes([ERASED]) * (-len(data) % layout.word)))
    return writes


def _sector(index: int, written: int, layout: Layout) -> Sector:
    address = layout.base + index * layout.sector
    return Sector(
        index, 1 + (address - layout.base) // layout.bank, address, layout.sector, written,
        layout.region_at(address).holds,
    )  # fmt: skip


def _warnings(sectors: tuple[Sector, ...], layout: Layout) -> list[str]:
    lost = {sector.holds: None for sector in sectors if layout.region_at(sector.address).guard is Guard.FORCE}
    warnings = [f"{holds} will be lost" for holds in lost]
    boot = next((sector for sector in sectors if sector.address == layout.base), None)
    if boot is not None and not boot.written:
        warnings.append(f"nothing starts the board from {layout.base:#010x} then: see docs/flashing.md")
    return warnings
