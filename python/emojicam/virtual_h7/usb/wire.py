"""The virtual board as a bus of `emojicam.usb`: its host, checks and usbredir server work on it as they do on the
tunnel of the emulated boards, but talk to TinyUSB's own controller driver.

Virtual time passes with every transaction, frames included.
"""

from __future__ import annotations

from collections.abc import Callable

from emojicam.usb.tunnel import Answer, Packet, Token
from emojicam.virtual_h7.clock import HZ, cycles
from emojicam.virtual_h7.usb.port import Port

#: Between two transactions, and between a NAK and the next try.
_TRANSACTION = cycles(50e-6)


class VirtualBus:
    """The wire between this computer and the board's USB port.

    Args:
        run: lets the board run for so many cycles.
    """

    def __init__(self, port: Port, run: Callable[[int], None]) -> None:
        self._port = port
        self._run = run
        self._sequence = 0

    @property
    def wakeups(self) -> int:
        """Remote wake-ups that the device has signalled."""
        return self._port.remote_wakeups

    def seconds(self) -> float:
        """Virtual time."""
        return self._port.clock.now / HZ

    def why_silent(self) -> str:
        """What the registers lack for the device to be on the bus."""
        reason = self._port.otg.why_detached()
        return f"the device is not on the bus: {reason}" if reason else ""

    def transact(self, token: Token, address: int = 0, endpoint: int = 0, data: bytes = b"") -> Packet:
        """One transaction, at once."""
        self._sequence = self._sequence % 255 + 1
        kind, answer = self._do(token, address, endpoint & 0xF, data)
        self._run(_TRANSACTION)
        return Packet(kind, self._sequence, answer)

    def _do(self, token: Token, address: int, endpoint: int, data: bytes) -> tuple[Answer, bytes]:
        port = self._port
        match token:
            case Token.STATE_REQUEST:
                return Answer.STATE, b"\x01" if port.otg.attached else b"\x00"
            case Token.RESET:
                if not port.otg.attached:
                    return Answer.NOBODY, b""
                port.reset()
                self._run(cycles(0.022))
                return Answer.ACK, b""
            case Token.SUSPEND:
                port.suspend()
                self._run(cycles(0.005))
                return Answer.ACK, b""
            case Token.RESUME:
                port.resume()
                self._run(cycles(0.005))
                return Answer.ACK, b""
        if port.otg.bus_address != address:
            return Answer.NOBODY, b""
        return port.transaction(token, endpoint, data)
