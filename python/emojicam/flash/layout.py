"""Whose flash is whose on a board: sectors, and regions that are not ours to overwrite."""

from dataclasses import dataclass, replace
from enum import Enum

from emojicam.errors import EmojicamError


class Guard(Enum):
    """What an image may do to a region."""

    FREE = "free"
    FORCE = "force"  # only with --force


@dataclass(frozen=True)
class Region:
    """A part of flash with one owner, in whole sectors.

    Attributes:
        start: first address.
        end: the address after the last.
        holds: what is there, for people.
    """

    start: int
    end: int
    holds: str
    guard: Guard


@dataclass(frozen=True)
class Layout:
    """The flash of a board.

    Attributes:
        board: its name in ``boards.py``.
        pyocd_target: pyOCD's builtin target of its chip.
        base, size, sector: in bytes; all sectors are of one size.
        bank: bytes of a bank.
        word: the smallest unit that can be programmed, in bytes.
        bootloader: whether OpenMV's bootloader is on it, which starts the firmware and can write it.
        ram: where an initial stack pointer may point to (end included: stacks grow down).
        regions: they cover all of flash, in order.
    """

    board: str
    pyocd_target: str
    base: int
    size: int
    sector: int
    bank: int
    word: int
    bootloader: bool
    ram: tuple[tuple[int, int], ...]
    regions: tuple[Region, ...]

    @property
    def end(self) -> int:
        return self.base + self.size

    @property
    def firmware(self) -> Region:
        """The region that images are linked for."""
        return next(region for region in self.regions if region.guard is Guard.FREE)

    def region_at(self, address: int) -> Region:
        return next(region for region in self.regions if region.start <= address < region.end)


_SETTINGS = Region(0x081C_0000, 0x0820_0000, "emojicam's settings", Guard.FORCE)

#: STM32H743VI: two banks of 8 sectors, 256-bit flash words. (RM0433 4.3.4, table 17; memory map 2.3.2)
#: Regions: openmv/openmv, boards/OPENMV4/boot_config.h. Settings: openmv_h7.ld.
#: The newest of these bootloaders call the last sector ROMFS0 and end FIRMWARE before it.
OPENMV_H7 = Layout(
    board="openmv_h7",
    pyocd_target="stm32h743xx",
    base=0x0800_0000,
    size=0x20_0000,
    sector=0x2_0000,
    bank=0x10_0000,
    word=32,
    bootloader=True,
    ram=(
        (0x2000_0000, 0x2002_0000),  # DTCM
        (0x2400_0000, 0x2408_0000),  # AXI SRAM
        (0x3000_0000, 0x3004_8000),  # SRAM1 to 3
    ),
    regions=(
        Region(0x0800_0000, 0x0802_0000, "OpenMV's bootloader", Guard.FORCE),
        Region(0x0802_0000, 0x0804_0000, "OpenMV's file system", Guard.FORCE),
        Region(0x0804_0000, 0x081C_0000, "firmware", Guard.FREE),
        _SETTINGS,
    ),
)

#: STM32H743ZI: the same flash, without a bootloader of its own. Settings: nucleo_h743zi.ld.
NUCLEO_H743ZI = replace(
    OPENMV_H7,
    board="nucleo_h743zi",
    bootloader=False,
    regions=(Region(0x0800_0000, 0x081C_0000, "firmware", Guard.FREE), _SETTINGS),
)

LAYOUTS = {layout.board: layout for layout in (OPENMV_H7, NUCLEO_H743ZI)}


def find(board: str) -> Layout:
    """The flash of a board.

    Raises:
        EmojicamError: a board that cannot be flashed.
    """
    if board not in LAYOUTS:
        raise EmojicamError(f"{board!r} cannot be flashed", f"--board with one of {', '.join(LAYOUTS)}")
    return LAYOUTS[board]
