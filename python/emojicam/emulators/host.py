"""This computer as a board: the firmware as a process, bytes of its link in and out.

The same firmware, with the kernels' portable twins: the same bytes as on an emulated core, at the speed of this
computer. It counts no instructions.
"""

import os
import selectors
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from emojicam import process
from emojicam.errors import EmojicamError
from emojicam.link import Decoder, Received


class HostProcess:
    """The firmware as a process, from ``with`` to its end.

    Args:
        program: what `product.build_firmware` has made for board host.
        patience: seconds without a byte from the firmware before it counts as hung.
        usb: whether the board's USB has another end; see ``usb_line``.
    """

    #: A socket takes a whole frame in less time than Python needs to code its differences to the last.
    blocks = True

    def __init__(self, program: Path, *, patience: float = 60, usb: bool = False) -> None:
        self.patience = patience
        self.decoder = Decoder()
        self._program = program
        self._usb = usb
        self._usb_line: socket.socket | None = None
        self._unsent = bytearray()

    def __enter__(self) -> Self:
        self._link, theirs = socket.socketpair()
        self._link.setblocking(False)
        tunnel = None
        if self._usb:
            self._usb_line, tunnel = socket.socketpair()
        process.log.debug("$ %s", self._program)
        self._process = subprocess.Popen(
            [self._program], stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=subprocess.PIPE,
            pass_fds=[tunnel.fileno()] if tunnel else [],
            env={**os.environ, **({"EMOJICAM_USB": str(tunnel.fileno())} if tunnel else {})},
        )  # fmt: skip
        theirs.close()
        if tunnel:
            tunnel.close()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._link, selectors.EVENT_READ)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        self._process.kill()
        self._link.close()
        if self._usb_line:
            self._usb_line.close()
        if self._process.stderr:
            self._process.stderr.close()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def hang_up(self) -> None:
        """Close our end of the link: the firmware ends by itself."""
        self._selector.unregister(self._link)
        self._link.close()

    def wait(self) -> int:
        """Its exit status, once it has ended; negative for a signal."""
        return self._process.wait(self.patience)

    @property
    def usb_line(self) -> socket.socket:
        """The line that carries USB tokens to and from the board, closed with it."""
        assert self._usb_line, "HostProcess(usb=True), inside of its with"
        return self._usb_line

    def send(self, data: bytes) -> None:
        """Queue bytes for the firmware; they leave while `messages` is being read."""
        if not self._unsent:
            self._selector.modify(self._link, selectors.EVENT_READ | selectors.EVENT_WRITE)
        self._unsent += data

    def messages(self) -> Iterator[Received]:
        """Messages from the firmware as they come, until the caller has had enough.

        Raises:
            EmojicamError: the process has ended, or nothing came for too long.
        """
        while True:
            ready = self._selector.select(timeout=self.patience)
            if not ready:
                raise EmojicamError(
                    f"the firmware on host has said nothing for {self.patience:.0f} seconds", "--verbose"
                )
            for _, events in ready:
                if events & selectors.EVENT_WRITE:
                    self._write()
                if events & selectors.EVENT_READ:
                    try:
                        data = self._link.recv(65536)
                    except ConnectionError:
                        data = b""
                    if not data:
                        self._ended()
                    yield from self.decoder.feed(data)

    def _write(self) -> None:
        try:
            written = self._link.send(self._unsent[:65536])
        except BlockingIOError:
            return
        except OSError:
            written = len(self._unsent)  # reading will say why it ended
        del self._unsent[:written]
        if not self._unsent:
            self._selector.modify(self._link, selectors.EVENT_READ)

    def _ended(self) -> None:
        raise EmojicamError(
            f"the firmware on host ended with {process.last_words(self._process)}",
            f"{os.path.relpath(self._program)} under a debugger",
        )
