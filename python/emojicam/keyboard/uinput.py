"""A keyboard of this computer's own, made by Linux' uinput: reports go in, and whatever has the focus gets their keys.

Source of the facts: ``linux/uinput.h``, ``linux/input.h``, ``asm-generic/ioctl.h``. They are a promise of the kernel to
every program, and five calls of them are all that a keyboard takes; the bindings that there are want a C compiler where
they are installed.
"""

import errno
import os
import struct
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from emojicam.errors import EmojicamError
from emojicam.keyboard.decode import key_events
from emojicam.keyboard.evdev import KEY_CODES

DEVICE = Path("/dev/uinput")

_EV_SYN, _EV_KEY = 0, 1
#: Seconds and microseconds (which the kernel fills in), type, code, value.
_EVENT = struct.Struct("@llHHi")
#: Bus, vendor, product, version; name; force feedback effects.
_SETUP = struct.Struct("=HHHH80sI")
_BUS_VIRTUAL = 6
_NAME = b"emojicam"

_WRITE = 1 << 30
UI_DEV_CREATE, UI_DEV_DESTROY = 0x5501, 0x5502
UI_DEV_SETUP = _WRITE | _SETUP.size << 16 | 0x5503
UI_SET_EVBIT, UI_SET_KEYBIT = _WRITE | 4 << 16 | 0x5564, _WRITE | 4 << 16 | 0x5565

_UP = bytes(8)
_RULE = "the rule for /dev/uinput in docs/howto/linux-permissions.md"


class Uinput:
    """A keyboard that is there until it is closed; the kernel lets its keys go then, too, however we end.

    It has no auto-repeat. A desktop takes a moment to notice it: what is typed in the first second may be lost.

    Args:
        device: where the kernel makes keyboards; `DEVICE` by default.

    Raises:
        EmojicamError: this computer has none, or this user may not.
    """

    def __init__(self, device: Path | None = None) -> None:
        device = device or DEVICE
        if elsewhere := _elsewhere():
            raise elsewhere
        self._last = _UP
        try:
            self._file = os.open(device, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            raise _refused(device, error) from None
        try:
            self._make()
        except OSError as error:
            os.close(self._file)
            raise EmojicamError(f"{device} makes no keyboard: {error.strerror}", _RULE) from None

    def _make(self) -> None:
        import fcntl  # which Windows has not

        fcntl.ioctl(self._file, UI_SET_EVBIT, _EV_KEY)
        for code in sorted(set(KEY_CODES.values())):
            if code:
                fcntl.ioctl(self._file, UI_SET_KEYBIT, code)
        fcntl.ioctl(self._file, UI_DEV_SETUP, _SETUP.pack(_BUS_VIRTUAL, 0, 0, 1, _NAME, 0))
        fcntl.ioctl(self._file, UI_DEV_CREATE)

    def report(self, report: bytes) -> None:
        """Press and let go what differs from the report before.

        Args:
            report: 8 bytes, a boot keyboard's.

        Raises:
            EmojicamError: the keyboard is gone.
        """
        known = len(key_events([self._last]))
        events = key_events([self._last, report])[known:]
        if not events:
            return
        keys = [(_EV_KEY, KEY_CODES[event.usage], int(event.down)) for event in events if KEY_CODES.get(event.usage)]
        try:
            os.write(self._file, b"".join(_EVENT.pack(0, 0, *one) for one in [*keys, (_EV_SYN, 0, 0)]))
        except OSError as error:
            raise EmojicamError(
                f"the keyboard of this computer is gone: {error.strerror}", "emojicam live again"
            ) from None
        self._last = report

    def release(self) -> None:
        """Let every key go."""
        self.report(_UP)

    def close(self) -> None:
        """Let every key go, and take the keyboard away."""
        if self._file >= 0:
            try:
                self.release()
            finally:
                os.close(self._file)
                self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def in_the_way(device: Path | None = None) -> EmojicamError | None:
    """Why no keyboard can be made; None if nothing is in the way. None is made."""
    device = device or DEVICE
    if elsewhere := _elsewhere():
        return elsewhere
    try:
        os.close(os.open(device, os.O_WRONLY | os.O_NONBLOCK))
    except OSError as error:
        return _refused(device, error)
    return None


def _elsewhere() -> EmojicamError | None:
    if sys.platform == "linux":
        return None
    return EmojicamError(
        f"this computer is {sys.platform}; a board that runs here types into other programs under Linux only",
        "the page, which shows what is typed, for copying; a camera that is plugged in types everywhere",
    )


def _refused(device: Path, error: OSError) -> EmojicamError:
    if error.errno in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return EmojicamError(f"{device} is not there: the kernel's uinput is not loaded", "sudo modprobe uinput")
    if error.errno in (errno.EACCES, errno.EPERM):
        return EmojicamError(f"you may not open {device}", _RULE)
    return EmojicamError(f"{device} can't be opened: {error.strerror}", _RULE)
