"""The link's bytes to and from an emulator in blocks, by semihosting: the twin of ``board/mps/block_link.h``.

An emulator's UART costs it two thread switches and a system call for every byte. Here a frame is one block in a
pipe, and one byte on the UART, the bell, tells the firmware of it.
"""

import fcntl
import os
import select
import struct
from contextlib import suppress
from types import TracebackType
from typing import Self

_LENGTH = struct.Struct("<I")
#: Pipes are made so large where the system allows it: a frame of any board's camera.
_PIPE_BYTES = 1 << 18


class BlockPipes:
    """Two pipes: what the firmware reads, and what it writes. From ``with`` to its end.

    Attributes:
        incoming: the file that the firmware's bytes come out of.
        outgoing: the file that blocks go into; it never waits.
    """

    def __enter__(self) -> Self:
        self._theirs_in, self.outgoing = os.pipe()
        self.incoming, self._theirs_out = os.pipe()
        os.set_blocking(self.outgoing, False)
        # The firmware hears of a block when all of it is in the pipe.
        self._largest = min(_enlarge(self.outgoing), _enlarge(self.incoming)) - _LENGTH.size
        self._queue = bytearray()
        self._block = b""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.started()
        os.close(self.incoming)
        os.close(self.outgoing)

    def options(self) -> tuple[str, ...]:
        """Arguments of ``-semihosting-config``: where the firmware finds them."""
        return f"link-blocks:/dev/fd/{self._theirs_in}", f"link-out:/dev/fd/{self._theirs_out}"

    @property
    def theirs(self) -> tuple[int, ...]:
        """The files that the emulator is to have."""
        return self._theirs_in, self._theirs_out

    def started(self) -> None:
        """The emulator has its files: when it ends, so do the pipes."""
        for file in self.theirs:
            if file >= 0:
                os.close(file)
        self._theirs_in = self._theirs_out = -1

    def put(self, data: bytes) -> None:
        """Queue bytes; `write` sends them."""
        self._queue += data

    @property
    def unsent(self) -> int:
        """Bytes of the link that are queued and not all in the pipe."""
        return len(self._queue) + max(len(self._block) - _LENGTH.size, 0)

    def write(self) -> int:
        """Put as much into the pipe as fits.

        Returns:
            How many blocks have become whole, each of which the firmware has to be told of.
        """
        whole = 0
        while self._block or self._queue:
            if not self._block:
                part = bytes(self._queue[: self._largest])
                del self._queue[: len(part)]
                self._block = _LENGTH.pack(len(part)) + part
            try:
                written = os.write(self.outgoing, self._block)
            except BlockingIOError:
                break
            except BrokenPipeError:  # whoever reads will say why it ended
                self._queue.clear()
                self._block = b""
                break
            self._block = self._block[written:]
            whole += not self._block
        return whole


def _enlarge(pipe: int) -> int:
    """A pipe's capacity in bytes, grown where that is possible."""
    with suppress(AttributeError, OSError):  # another system, or a user who has many pipes
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        return int(fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ))
    except (AttributeError, OSError):
        return select.PIPE_BUF
