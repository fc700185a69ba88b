"""QEMU as a board: an ELF goes in, bytes of its UART come out, instructions are counted.

With ``-icount shift=0`` one instruction is one virtual nanosecond, so the firmware's nanoseconds are
instruction counts, the same at every run. Nothing here ever reports time.
"""

import os
import selectors
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from emojicam import process
from emojicam.config.boards import Board
from emojicam.errors import EmojicamError
from emojicam.link import Decoder, Received


class Qemu:
    """One emulated board, from ``with`` to its end.

    Args:
        board: a board that QEMU has a machine for.
        elf: the firmware.
        load: files to put into memory before reset, as (path, address).
        patience: seconds of wall time without a byte from the firmware before it counts as hung.
        usb: whether the board's USB has another end; see ``usb_line``.
    """

    def __init__(
        self,
        board: Board,
        elf: Path,
        *,
        load: Sequence[tuple[Path, int]] = (),
        patience: float = 120,
        usb: bool = False,
    ) -> None:
        self.board = board
        self.patience = patience
        self.decoder = Decoder()
        self._command: list[str | Path] = [
            process.find_tool("qemu-system-arm"),
            "-machine", board.qemu_machine,
            "-display", "none", "-monitor", "none",
            # The multiplexer's buffer hands 32 bytes at a time to the UART, whose own holds one: many times
            # faster. No byte is its escape character.
            "-chardev", "stdio,id=uart,mux=on,signal=off", "-serial", "chardev:uart", "-echr", "256",
            "-semihosting-config", "enable=on,target=native",
            "-icount", "shift=0",
            "-kernel", elf,
        ]  # fmt: skip
        for path, address in load:
            self._command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        self._unsent = bytearray()
        self._usb = usb
        self._usb_line: socket.socket | None = None

    def __enter__(self) -> Self:
        theirs = None
        if self._usb:
            self._usb_line, theirs = socket.socketpair()
            self._command += ["-chardev", f"socket,id=usb,fd={theirs.fileno()}", "-serial", "chardev:usb"]
        process.log.debug("$ %s", " ".join(map(str, self._command)))
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()] if theirs else [],
        )  # fmt: skip
        if theirs:
            theirs.close()
        assert self._process.stdin and self._process.stdout
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._stdin, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        self._process.kill()
        if self._usb_line:
            self._usb_line.close()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream:
                stream.close()
        self._process.wait()

    @property
    def usb_line(self) -> socket.socket:
        """The serial line that carries USB tokens to and from the board: for `emojicam.usb.bus.SocketLine`.

        It is closed with the board.
        """
        assert self._usb_line, "Qemu(usb=True), inside of its with"
        return self._usb_line

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware's UART; they leave while `messages` is being read."""
        if not self._unsent:
            self._selector.register(self._stdin, selectors.EVENT_WRITE)
        self._unsent += data

    @property
    def unsent(self) -> int:
        """Bytes that are queued and have not left."""
        return len(self._unsent)

    def messages(self) -> Iterator[Received]:
        """Messages from the firmware as they come, until the caller has had enough.

        Raises:
            EmojicamError: the firmware faulted, QEMU ended, or nothing came for too long.
        """
        last = time.monotonic()
        while True:
            for key, _ in self._selector.select(timeout=1):
                if key.fd == self._stdin:
                    self._write()
                    continue
                data = os.read(self._stdout, 65536)
                if not data:
                    self._ended()
                last = time.monotonic()
                yield from self.decoder.feed(data)
                if self.decoder.fault:
                    raise EmojicamError(
                        f"the firmware on {self.board.name} stopped: {self.decoder.fault}",
                        "arm-none-eabi-addr2line -e the ELF with the pc it names",
                    )
            if time.monotonic() - last > self.patience:
                raise EmojicamError(
                    f"the firmware on {self.board.name} has said nothing for {self.patience:.0f} seconds",
                    "--verbose, or a smaller model",
                )

    def _write(self) -> None:
        try:
            written = os.write(self._stdin, self._unsent[:65536])
        except BlockingIOError:
            return
        except BrokenPipeError:
            written = len(self._unsent)  # reading will say why it ended
        del self._unsent[:written]
        if not self._unsent:
            self._selector.unregister(self._stdin)

    def _ended(self) -> None:
        status = self._process.wait()
        assert self._process.stderr
        said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
        detail = f": {said[-1]}" if said else ""
        raise EmojicamError(
            f"QEMU ended with status {status} while running {self.board.name}{detail}",
            "the same command with --verbose",
        )
