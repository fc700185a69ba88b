"""dfu-util: what it finds, and its commands carried out with their progress."""

import logging
import re
import shlex
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emojicam import process
from emojicam.errors import EmojicamError

log = logging.getLogger(__name__)

_FOUND = re.compile(r'^Found DFU: \[(\w{4}):(\w{4})\].*? path="([^"]*)", alt=(\d+), name="([^"]*)"', re.M)
_PROGRESS = re.compile(r"^(Erase|Download|Upload)\s+\[[= ]*\]\s+(\d+)%")
_NOISE = re.compile(r"DFU suffix|^Copyright|^This program|^Please report|^dfu-util 0", re.I)


@dataclass(frozen=True)
class Alternate:
    """An alternate setting of a DFU interface: a partition, or with DfuSe a memory."""

    number: int
    name: str


def alternates(ids: tuple[int, int], path: str) -> list[Alternate]:
    """The alternate settings of one device in DFU mode, by number.

    Args:
        path: bus and ports.

    Raises:
        EmojicamError: dfu-util is missing, or the device is gone or can't be opened.
    """
    argv = ["dfu-util", "-l", *selection(ids, path)]
    printed = execute(argv, lambda what, done: None)
    wanted = f"{ids[0]:04x}", f"{ids[1]:04x}"
    found = {
        Alternate(int(number), name)
        for vendor, product, where, number, name in _FOUND.findall(printed)
        if (vendor, product) == wanted and where == path
    }
    if not found:
        # A device that may not be opened is left out of the list, with a word on stderr.
        raise _explain(argv, 0, printed if "Cannot open" in printed else "No DFU capable USB device available")
    return sorted(found, key=lambda alternate: alternate.number)


def selection(ids: tuple[int, int], path: str) -> list[str]:
    """Options that select a device in DFU mode, and none in run-time mode."""
    return ["-d", f",{ids[0]:04x}:{ids[1]:04x}", *(["-p", path] if path else [])]


def execute(argv: Sequence[str], progress: Callable[[str, float], None], *, leaves: bool = False) -> str:
    """Run dfu-util to its end.

    Args:
        argv: "dfu-util" and its arguments.
        progress: what is under way and the fraction done.
        leaves: the command sends the device away, which then may not answer any more: no failure.

    Returns:
        What it printed.

    Raises:
        EmojicamError: not installed, or failed; the hint is for the usual causes.
    """
    command = [str(process.find_tool(argv[0])), *argv[1:]]
    log.debug("$ %s", shlex.join(command))
    lines: list[str] = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, errors="replace",
    ) as running:  # fmt: skip
        assert running.stdout is not None
        # Universal newlines: its progress bars end in a carriage return.
        for line in running.stdout:
            if seen := _PROGRESS.match(line):
                progress(seen[1].lower(), int(seen[2]) / 100)
            else:
                lines.append(line.rstrip())
    printed = "\n".join(lines)
    log.debug("%s", printed)
    if running.returncode and not (leaves and "Submitting leave request" in printed):
        raise _explain(argv, running.returncode, printed)
    return printed


def _explain(argv: Sequence[str], status: int, printed: str) -> EmojicamError:
    telling = [line.strip() for line in printed.splitlines() if line.strip() and not _NOISE.search(line)]
    bad = re.compile(r"error|cannot|could not|fail|no dfu|lost|not ", re.I)
    failed = [line for line in telling if bad.search(line)]
    detail = (failed or telling or ["it printed nothing"])[-1].removeprefix("dfu-util: ")
    if re.search(r"LIBUSB_ERROR_ACCESS|Cannot open DFU device", printed):
        hint = "the udev rule in docs/flashing.md, or once with sudo"
    elif re.search(r"No DFU capable|Lost device|LIBUSB_ERROR_NO_DEVICE", printed):
        hint = "--via dfu --wait 30 and press reset: the bootloader ends soon after it"
    elif re.search(r"special command|ERASE_PAGE", printed):
        hint = "OpenMV's bootloader instead of ST's (take the jumper off), or --via swd"
    elif re.search(r"errVENDOR|vendor specific error", printed):
        # AN3156: what ST's bootloader answers where the chip is read-protected.
        hint = "STM32CubeProgrammer -c port=USB1 -ob RDP=0xAA: the chip may be read-protected; that erases all of it"
    else:
        hint = "again with --verbose for all that it printed, or --via swd"
    return EmojicamError(f"{shlex.join(argv[:1])} failed (exit status {status}): {detail}", hint)
