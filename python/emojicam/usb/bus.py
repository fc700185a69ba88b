"""The computer's end of the tunnel: tokens out, answers in. One transaction at a time."""

import select
import socket
import time
from collections.abc import Callable
from typing import Protocol

from emojicam.errors import EmojicamError
from emojicam.usb.tunnel import Answer, Decoder, Packet, Token, frame

_RESTART = "starting the board again"
_ADDRESSED = (Token.SETUP, Token.OUT, Token.IN)


class Line(Protocol):
    """A serial line to the device."""

    def send(self, data: bytes) -> None:
        """Put bytes onto the line."""

    def receive(self, seconds: float) -> bytes:
        """What has arrived, waiting for it at most so long; nothing where nothing has.

        Raises:
            EmojicamError: the other end is gone.
        """


class SocketLine:
    """A line that is a connected stream socket, such as a QEMU character device."""

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream

    def send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise EmojicamError(f"the device's line is closed ({error.strerror})", _RESTART) from None

    def receive(self, seconds: float) -> bytes:
        ready, _, _ = select.select([self._socket], [], [], seconds)
        if not ready:
            return b""
        try:
            data = self._socket.recv(4096)
        except ConnectionError:
            data = b""
        if not data:
            raise EmojicamError("the device's line is closed", _RESTART)
        return data


#: Called with each token and its answer: (token, address, endpoint, data out, answer).
Observer = Callable[[Token, int, int, bytes, Packet], None]


class Bus(Protocol):
    """The wire with one device on it, as a host uses it."""

    @property
    def wakeups(self) -> int:
        """Remote wake-ups that the device has signalled."""

    def transact(self, token: Token, address: int = 0, endpoint: int = 0, data: bytes = b"") -> Packet:
        """Send one token and wait for its answer.

        Raises:
            EmojicamError: there is none.
        """

    def seconds(self) -> float:
        """The time on this bus, from whenever."""

    def why_silent(self) -> str:
        """What keeps the device from answering; empty where nothing is known."""


class TunnelBus:
    """A bus whose tokens go over a serial line.

    Args:
        line: where the device listens.
        patience: seconds of wall time that the device may take for an answer; an emulated one may be busy
            with a frame. A token without an answer is sent again three times within it.
        observer: sees every transaction.

    Attributes:
        wakeups: remote wake-ups that the device has signalled.
    """

    def __init__(self, line: Line, *, patience: float = 60, observer: Observer | None = None) -> None:
        self._line = line
        self._patience = patience
        self._observer = observer
        self._decoder = Decoder()
        self._packets: list[Packet] = []
        self._sequence = 0
        self.wakeups = 0

    def seconds(self) -> float:
        """Wall time: the device is another process."""
        return time.monotonic()

    def why_silent(self) -> str:
        """Nothing is known."""
        return ""

    def transact(self, token: Token, address: int = 0, endpoint: int = 0, data: bytes = b"") -> Packet:
        """Send one token and wait for its answer.

        Raises:
            EmojicamError: there is none.
        """
        self._sequence = self._sequence % 255 + 1  # 0 is for what is not asked for
        rest = bytes([address, endpoint & 0x0F]) + data if token in _ADDRESSED else b""
        packet = frame(token, self._sequence, rest)
        for _ in range(4):
            self._line.send(packet)
            if answer := self._answer(self._sequence, self._patience / 4):
                if self._observer:
                    self._observer(token, address, endpoint, data, answer)
                return answer
        raise EmojicamError(
            f"the device has not answered a token for {self._patience:.0f} seconds",
            "--verbose, to see whether the firmware runs",
        )

    def _answer(self, sequence: int, seconds: float) -> Packet | None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            while self._packets:
                packet = self._packets.pop(0)
                if packet.kind is Answer.WAKEUP:
                    self.wakeups += 1
                elif packet.sequence == sequence:
                    return packet
            self._packets += self._decoder.feed(self._line.receive(left))
        return None
