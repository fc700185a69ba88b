"""QEMU as a board: an ELF goes in, the link's bytes go in and out, instructions are counted.

With ``-icount shift=0`` one instruction is one virtual nanosecond, so the firmware's nanoseconds are
instruction counts, the same at every run. Nothing here ever reports time.
"""

import math
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
from emojicam.emulators.blocks import BlockPipes
from emojicam.errors import EmojicamError
from emojicam.link import Decoder, Received

_READ_BYTES = 1 << 18
#: On the UART, for every block.
_BELL = b"\n"


class Qemu:
    """One emulated board, from ``with`` to its end.

    Args:
        board: a board that QEMU has a machine for.
        elf: the firmware.
        load: files to put into memory before reset, as (path, address).
        patience: seconds of wall time without a byte from the firmware before it counts as hung.
        usb: whether the board's USB has another end; see ``usb_line``.
        blocks: whether the link goes in blocks (`emojicam.emulators.blocks`), for which somebody has to read
            `messages` all the time; otherwise by UART, as on a board, where what nobody reads is dropped.
        gdb: TCP port on this computer where the core waits, before its first instruction, for a debugger, which may
            stop it for as long as it likes.
    """

    def __init__(
        self,
        board: Board,
        elf: Path,
        *,
        load: Sequence[tuple[Path, int]] = (),
        patience: float = 120,
        usb: bool = False,
        blocks: bool = True,
        gdb: int | None = None,
    ) -> None:
        self.board = board
        self.blocks = blocks
        self.patience = math.inf if gdb else patience
        self.decoder = Decoder()
        self._last_words = Decoder()  # of a firmware whose link goes in blocks, by UART
        self._command: list[str | Path] = [
            process.find_tool("qemu-system-arm"),
            "-machine", board.qemu_machine,
            "-display", "none", "-monitor", "none",
            # The multiplexer's buffer hands 32 bytes at a time to the UART, whose own holds one: many times
            # faster. No byte is its escape character.
            "-chardev", "stdio,id=uart,mux=on,signal=off", "-serial", "chardev:uart", "-echr", "256",
            "-icount", "shift=0",
            "-kernel", elf,
        ]  # fmt: skip
        if gdb:
            self._command += ["-gdb", f"tcp:127.0.0.1:{gdb}", "-S"]
        for path, address in load:
            self._command += ["-device", f"loader,file={path},addr={address:#x},force-raw=on"]
        self._semihosting = "enable=on,target=native"
        self._unsent = bytearray()  # to the UART
        self._watched: set[int] = set()
        self._pipes = BlockPipes() if blocks else None
        self._heard = False  # the firmware has started: it would miss what it was told of before
        self._usb = usb
        self._usb_line: socket.socket | None = None

    def __enter__(self) -> Self:
        theirs: list[int] = []
        semihosting = self._semihosting
        other = None
        if self._pipes:
            self._pipes.__enter__()
            semihosting += "".join(f",arg={word}" for word in self._pipes.options())
            theirs += self._pipes.theirs
        if self._usb:
            self._usb_line, other = socket.socketpair()
            self._command += ["-chardev", f"socket,id=usb,fd={other.fileno()}", "-serial", "chardev:usb"]
            theirs.append(other.fileno())
        self._command += ["-semihosting-config", semihosting]
        process.log.debug("$ %s", " ".join(map(str, self._command)))
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=theirs
        )
        if other:
            other.close()
        assert self._process.stdin and self._process.stdout
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._stdin, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._stdout, selectors.EVENT_READ)
        if self._pipes:
            self._pipes.started()
            self._selector.register(self._pipes.incoming, selectors.EVENT_READ)
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
        if self._pipes:
            self._pipes.__exit__(kind, value, trace)

    @property
    def usb_line(self) -> socket.socket:
        """The serial line that carries USB tokens to and from the board: for `emojicam.usb.bus.SocketLine`.

        It is closed with the board.
        """
        assert self._usb_line, "Qemu(usb=True), inside of its with"
        return self._usb_line

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware; what does not fit at once leaves while `messages` is being read."""
        if self._pipes:
            self._pipes.put(data)
        else:
            self._unsent += data
        self._write()

    @property
    def unsent(self) -> int:
        """Bytes of the link that are queued and have not left."""
        return self._pipes.unsent if self._pipes else len(self._unsent)

    def messages(self) -> Iterator[Received]:
        """Messages from the firmware as they come, until the caller has had enough.

        Raises:
            EmojicamError: the firmware faulted, QEMU ended, or nothing came for too long.
        """
        last = time.monotonic()
        while True:
            self._write()
            ready = {key.fd for key, events in self._selector.select(timeout=1) if events & selectors.EVENT_READ}
            # The link's own pipe first: what was said before the firmware's last words, or QEMU's end.
            for file in sorted(ready, key=lambda file: file == self._stdout):
                data = os.read(file, _READ_BYTES)
                if not data and file == self._stdout:
                    self._ended()
                if not data:
                    self._selector.unregister(file)
                    continue
                last = time.monotonic()
                self._heard = True
                yield from self._understood(data, file)
            if time.monotonic() - last > self.patience:
                raise EmojicamError(
                    f"the firmware on {self.board.name} has said nothing for {self.patience:.0f} seconds",
                    "--verbose, or a smaller model",
                )

    def _understood(self, data: bytes, file: int) -> Iterator[Received]:
        decoder = self._last_words if self._pipes and file == self._stdout else self.decoder
        yield from decoder.feed(data)
        if decoder.fault:
            raise EmojicamError(
                f"the firmware on {self.board.name} stopped: {decoder.fault}",
                "arm-none-eabi-addr2line -e the ELF with the pc it names",
            )

    def _write(self) -> None:
        """Send what can be sent, and have `messages` woken up when there is room for the rest."""
        if self._pipes and self._heard:
            self._unsent += _BELL * self._pipes.write()
            self._watch(self._pipes.outgoing, self._pipes.unsent > 0)
        if self._unsent:
            try:
                written = os.write(self._stdin, self._unsent[:_READ_BYTES])
            except BlockingIOError:
                written = 0
            except BrokenPipeError:
                written = len(self._unsent)  # reading will say why it ended
            del self._unsent[:written]
        self._watch(self._stdin, bool(self._unsent))

    def _watch(self, file: int, wanted: bool) -> None:
        if wanted and file not in self._watched:
            self._selector.register(file, selectors.EVENT_WRITE)
            self._watched.add(file)
        elif not wanted and file in self._watched:
            self._selector.unregister(file)
            self._watched.remove(file)

    def _ended(self) -> None:
        raise EmojicamError(
            f"QEMU, running {self.board.name}, ended with {process.last_words(self._process)}",
            "the same command with --verbose",
        )
