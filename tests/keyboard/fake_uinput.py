"""In /dev/uinput's place: a pipe that takes what is written, and the calls that make a keyboard of it."""

import fcntl
import os
import struct
from pathlib import Path

import pytest

EVENT = struct.Struct("@llHHi")


class FakeUinput:
    """What a program does with it.

    Attributes:
        path: to be opened in /dev/uinput's place.
        calls: each ioctl's number and argument.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.path = folder / "uinput"
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.calls: list[tuple[int, int | bytes]] = []
        monkeypatch.setattr(fcntl, "ioctl", lambda file, number, argument=0: self.calls.append((number, argument)))

    def events(self) -> list[tuple[int, int, int]]:
        """Type, code and value of what has been written since the last time."""
        try:
            data = os.read(self._end, 1 << 20)
        except BlockingIOError:
            return []
        return [EVENT.unpack_from(data, at)[2:] for at in range(0, len(data), EVENT.size)]

    def typed(self) -> list[tuple[int, int]]:
        """Of these, Linux key codes, and whether they go down."""
        return [(code, value) for kind, code, value in self.events() if kind == 1]

    def close(self) -> None:
        os.close(self._end)
