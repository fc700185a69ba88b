"""The running guest: its keys, lights and serial port over the console."""

import os
import selectors
import subprocess
import time
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

from emojicam.process import find_tool


class Guest:
    """A guest whose xhci controller has a `usb-redir` device on it.

    Args:
        kernel, initramfs: as `image.build` makes them.
        socket: where `emojicam usb export` listens.
    """

    def __init__(self, kernel: Path, initramfs: Path, socket: Path, *, patience: float = 240) -> None:
        self._command = [
            find_tool("qemu-system-x86_64"), "-machine", "q35", "-m", "256", "-display", "none",
            "-nodefaults", "-no-reboot", "-serial", "stdio", "-kernel", kernel, "-initrd", initramfs,
            "-append", "console=ttyS0 quiet tsc=unstable clocksource=acpi_pm nowatchdog panic=-1",
            "-device", "qemu-xhci", "-chardev", f"socket,id=usb,path={socket}",
            "-device", "usb-redir,chardev=usb",
        ]  # fmt: skip
        self._patience = patience
        self._lines: deque[str] = deque()
        self._pending = b""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            list(map(str, self._command)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self._process.stdout
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._process.stdout, selectors.EVENT_READ)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        self._process.kill()
        self._process.communicate()

    def line(self) -> str:
        """The next line of the console."""
        end = time.monotonic() + self._patience
        while not self._lines:
            assert self._process.stdout
            if not self._selector.select(end - time.monotonic()):
                raise AssertionError(f"the guest has said nothing for {self._patience:.0f} seconds")
            data = os.read(self._process.stdout.fileno(), 4096)
            assert data, "the guest has ended: " + self._pending.decode(errors="replace")
            *lines, self._pending = (self._pending + data).split(b"\n")
            self._lines += [line.decode(errors="replace").strip() for line in lines]
        return self._lines.popleft()

    def unread(self, lines: list[str]) -> None:
        """Put lines back, to be read once more."""
        self._lines.extendleft(reversed(lines))

    def wait_for(self, start: str) -> str:
        """The rest of the first line that begins so."""
        while not (line := self.line()).startswith(start):
            assert not line.startswith("FAILED"), line
        return line.removeprefix(start).strip()

    def say(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def keys(self, count: int) -> list[tuple[int, int]]:
        """The next key events but repeats: (Linux key code, 1 down or 0 up)."""
        events: list[tuple[int, int]] = []
        while len(events) < count:
            code, value = map(int, self.wait_for("KEY").split())
            if value != 2:
                events.append((code, value))
        return events
