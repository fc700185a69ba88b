"""Cameras, probes, and whether this user may open them."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from emojicam.doctor.finding import Finding, State
from emojicam.errors import EmojicamError
from emojicam.flash import find
from emojicam.keyboard import uinput
from emojicam.link.port import find_ports

_UDEV_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
_DIALOUT = "sudo usermod -aG dialout $USER, then logging in again"


def serial() -> Iterator[Finding]:
    ports = find_ports()
    closed = [port for port in ports if not os.access(port, os.R_OK | os.W_OK)]
    if closed:
        yield Finding("camera", State.WRONG, f"{closed[0]} may not be opened", _DIALOUT)
    elif ports:
        yield Finding("camera", State.RIGHT, ", ".join(map(str, ports)))
    else:
        yield Finding("camera", State.NOT_NEEDED, "none is plugged in: emojicam live runs the firmware here")
        yield _dialout()


def _dialout() -> Finding:
    """Whether a camera's serial port could be opened."""
    import grp

    groups = {entry.gr_name for entry in grp.getgrall() if entry.gr_gid in os.getgroups()}
    if os.getuid() == 0 or groups & {"dialout", "uucp"} or sys.platform != "linux":
        return Finding("serial ports", State.RIGHT, "may be opened")
    return Finding("serial ports", State.NOT_NEEDED, "may not be opened; for a camera that is plugged in", _DIALOUT)


def typing_here() -> Iterator[Finding]:
    """Whether `emojicam live --type-here` could type into this computer."""
    if sys.platform != "linux":
        yield Finding("uinput", State.NOT_NEEDED, "emojicam live --type-here is for Linux")
    elif why := uinput.in_the_way():
        yield Finding("uinput", State.NOT_NEEDED, f"{why.message}; for emojicam live --type-here", why.hint)
    else:
        yield Finding("uinput", State.RIGHT, f"{uinput.DEVICE} may be opened, for emojicam live --type-here")


def flashing() -> Iterator[Finding]:
    try:
        probes = find.debug_probes()
        usb = find.usb_devices()
    except EmojicamError as error:
        yield Finding("USB", State.NOT_NEEDED, error.message, error.hint)
        return
    if probes:
        found = ", ".join(f"{probe.description} {probe.unique_id}" for probe in probes)
        yield Finding("debug probe", State.RIGHT, found)
    else:
        yield Finding("debug probe", State.NOT_NEEDED, "none is attached: emojicam flash --via dfu needs none")
    waiting = [device for device in usb if device.ids in (find.OPENMV_BOOTLOADER, find.ST_ROM)]
    if _udev_rule():
        yield Finding("udev rule", State.RIGHT, "OpenMV's bootloader may be opened")
    elif os.getuid() == 0 or sys.platform != "linux":
        yield Finding("udev rule", State.NOT_NEEDED, "root may open every device")
    else:
        state = State.WRONG if waiting else State.NOT_NEEDED
        found = "no rule lets you open OpenMV's bootloader; for emojicam flash --via dfu"
        yield Finding("udev rule", state, found, "the two lines in docs/flashing.md")
    for device in waiting:
        yield Finding("board in DFU mode", State.RIGHT, device.path)


def _udev_rule() -> bool:
    for folder in _UDEV_FOLDERS:
        for path in Path(folder).glob("*.rules"):
            try:
                if "37c5" in path.read_text(encoding="utf-8", errors="replace").lower():
                    return True
            except OSError:
                continue
    return False
