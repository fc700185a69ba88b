"""Over USB, with dfu-util: through OpenMV's bootloader (DFU 1.1) or ST's ROM (DfuSe).

OpenMV's bootloader has an alternate setting for each partition. It writes a partition from its start, erases
each sector as it gets there, reads back whole partitions (and four zeros more), and starts the firmware on a
USB reset; it never writes itself. (openmv/openmv, bootloader; docs.openmv.io, "Flashing the firmware")

ST's ROM has one for the flash, named by its layout ("@Internal Flash  /0x08000000/16*128Kg"). It takes
addresses, and may answer its last command, leave, with nothing. (UM0424; AN3156; dfu-util, dfuse.c)
"""

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from emojicam.errors import EmojicamError
from emojicam.firmware.elf import Segment
from emojicam.flash import dfu_util
from emojicam.flash.dfu_util import Alternate, selection
from emojicam.flash.find import OPENMV_BOOTLOADER, ST_ROM, Device
from emojicam.flash.layout import Layout
from emojicam.flash.plan import Plan
from emojicam.flash.swd import Progress, compare

#: Partition -> first address, address after the last; the bootloader's own is read-only.
#: The firmware's is longer where there is no ROMFS0: all that matters is that it has room for ours.
_PARTITIONS = {
    "FILESYSTEM": (0x0802_0000, 0x0804_0000),
    "FIRMWARE": (0x0804_0000, 0x081E_0000),
    "ROMFS0": (0x081E_0000, 0x0820_0000),
}
#: What `boot_config.h` says, for plans without a board at hand.
_EXPECTED = {
    OPENMV_BOOTLOADER: tuple(map(Alternate, range(4), ("BOOTLOADER", "FILESYSTEM", "FIRMWARE", "ROMFS0"))),
    ST_ROM: (Alternate(0, "@Internal Flash  /0x08000000/16*128Kg"),),
}


@dataclass(frozen=True)
class Command:
    """One call of dfu-util.

    Attributes:
        argv: it and its arguments; file names are relative to the folder of the operation.
        kind: what it does.
        file: what it sends or writes, if anything.
        data: bytes that it sends, or that an upload must give at its start.
        address: where these bytes are in flash.
    """

    argv: tuple[str, ...]
    kind: Literal["erase", "download", "upload", "leave"]
    file: str = ""
    data: bytes = b""
    address: int = 0


def commands(
    plan: Plan,
    ids: tuple[int, int],
    path: str = "",
    alternates: Sequence[Alternate] | None = None,
    *,
    verify: bool,
    reset: bool,
) -> list[Command]:
    """What is called, in this order, to carry out a plan.

    Args:
        ids: the bootloader's USB IDs.
        path: the device's bus and ports; any with these IDs if empty.
        alternates: its alternate settings; by default as they are documented.

    Raises:
        EmojicamError: this bootloader can't do it.
    """
    found = _EXPECTED[ids] if alternates is None else alternates
    base = ["dfu-util", *selection(ids, path)]
    if ids == OPENMV_BOOTLOADER:
        return _openmv(plan, base, found, verify=verify, reset=reset)
    return _dfuse(plan, base, found, verify=verify, reset=reset)


def _openmv(
    plan: Plan, base: list[str], alternates: Sequence[Alternate], *, verify: bool, reset: bool
) -> list[Command]:
    if plan.erase == "chip":
        raise EmojicamError("OpenMV's bootloader does not erase the chip", "--via swd, or --erase sectors")
    numbers = {alternate.name: alternate.number for alternate in alternates}
    made: list[Command] = []
    for write in plan.writes:
        for name, piece in _pieces(write, numbers):
            target = [*base, "-a", str(numbers[name])]
            sent, read = f"{name.lower()}.bin", f"{name.lower()}-read.bin"
            made.append(Command((*target, "-D", sent), "download", sent, piece.data, piece.address))
            if verify:
                made.append(Command((*target, "-U", read), "upload", read, piece.data, piece.address))
    if reset:
        # dfu-util resets the bus after its last transfer only: the bootloader then starts the firmware.
        last = made.pop()
        made.append(Command((*last.argv, "-R"), last.kind, last.file, last.data, last.address))
    return made


def _pieces(write: Segment, numbers: dict[str, int]) -> list[tuple[str, Segment]]:
    """A write, cut at the partitions' bounds."""
    pieces = []
    covered = 0
    for name, (start, end) in _PARTITIONS.items():
        first, last = max(write.address, start), min(write.end, end)
        if first >= last:
            continue
        if first != start:
            raise EmojicamError(
                f"OpenMV's bootloader writes {name} from {start:#010x} on, not from {first:#010x}",
                "--via swd",
            )
        if name not in numbers:
            raise EmojicamError(
                f"this bootloader has no partition {name}, only {', '.join(numbers)}",
                "OpenMV IDE, to bring its bootloader up to date, or --via swd",
            )
        pieces.append((name, Segment(first, write.data[first - write.address : last - write.address])))
        covered += last - first
    if covered != len(write.data):
        raise EmojicamError("OpenMV's bootloader does not overwrite itself", "--via swd")
    return pieces


def _dfuse(plan: Plan, base: list[str], alternates: Sequence[Alternate], *, verify: bool, reset: bool) -> list[Command]:
    target = [*base, "-a", str(_flash_alternate(alternates, plan.layout).number), "-s"]
    made: list[Command] = []
    if plan.erase == "chip":
        made.append(Command((*target, f"{plan.layout.base:#010x}:mass-erase:force"), "erase"))
    for write in plan.writes:
        sent = f"{write.address:08x}.bin"
        made.append(
            Command((*target, f"{write.address:#010x}", "-D", sent), "download", sent, write.data, write.address)
        )
    for write in plan.writes if verify else ():
        read = f"{write.address:08x}-read.bin"
        where = f"{write.address:#010x}:{len(write.data)}"
        made.append(Command((*target, where, "-U", read), "upload", read, write.data, write.address))
    if reset:
        made.append(Command((*target, f"{plan.writes[0].address:#010x}:leave"), "leave"))
    return made


def _flash_alternate(alternates: Sequence[Alternate], layout: Layout) -> Alternate:
    """The alternate setting that is the flash of this chip: any STM32 may be in its ROM."""
    for alternate in alternates:
        sectors = _dfuse_sectors(alternate.name)
        if alternate.name.startswith("@Internal Flash") and sectors is not None:
            wanted = {layout.base + at: layout.sector for at in range(0, layout.size, layout.sector)}
            if sectors == wanted:
                return alternate
    names = ", ".join(repr(alternate.name) for alternate in alternates) or "nothing"
    raise EmojicamError(
        f"the chip in DFU mode is not that of board {layout.board}: it has {names}",
        "--usb-path with another's",
    )


def _dfuse_sectors(name: str) -> dict[int, int] | None:
    """Address -> size of the sectors that a DfuSe name lists; None if it lists none. (UM0424)"""
    parts = name.split("/")
    if len(parts) < 3:
        return None
    sectors: dict[int, int] = {}
    for where, listing in zip(parts[1::2], parts[2::2], strict=False):
        try:
            address = int(where.strip(), 16)
        except ValueError:
            return None
        for count, size, unit in re.findall(r"(\d+)\*(\d+)([ KM])[a-g]", listing):
            each = int(size) * {" ": 1, "K": 1 << 10, "M": 1 << 20}[unit]
            for _ in range(int(count)):
                sectors[address] = each
                address += each
    return sectors


@dataclass(frozen=True)
class Dfu:
    """The way over USB, through the bootloader of one device."""

    device: Device

    def carry_out(self, plan: Plan, *, verify: bool, reset: bool, progress: Progress) -> None:
        """Erase and write what the plan says.

        Raises:
            EmojicamError: dfu-util is missing or failed, the bootloader can't do it, or the flash does not
                hold what was written.
        """
        assert self.device.ids is not None
        alternates = dfu_util.alternates(self.device.ids, self.device.key)
        todo = commands(plan, self.device.ids, self.device.key, alternates, verify=verify, reset=reset)
        with tempfile.TemporaryDirectory(prefix="emojicam-flash-") as name:
            for command in todo:
                _call(command, Path(name), progress)


def _call(command: Command, folder: Path, progress: Progress) -> None:
    argv = [str(folder / word) if command.file and word == command.file else word for word in command.argv]
    if command.kind == "download":
        (folder / command.file).write_bytes(command.data)
    dfu_util.execute(argv, progress, leaves=command.kind == "leave")
    if command.kind == "upload":
        read = folder / command.file
        found = read.read_bytes() if read.exists() else b""
        compare(command.address, command.data, found[: len(command.data)])
