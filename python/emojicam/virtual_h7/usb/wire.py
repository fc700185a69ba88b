"""The virtual board as the wire of `emojicam.usb`: its host, checks and usbredir server work on it as they do
on the tunnel of the emulated boards, but talk to TinyUSB's own controller driver.

Virtual time passes with every transaction, frames included.
"""

from __future__ import annotations

from collections.abc import Callable

from emojicam.usb.bus import Bus, Observer
from emojicam.usb.tunnel import Answer, Packet, Token
from emojicam.virtual_h7.board import VirtualBoard
from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.devices import otg_fs

_TRANSACTION = cycles(50e-6)
_KINDS = {
    otg_fs.ACK: Answer.ACK,
    otg_fs.NAK: Answer.NAK,
    otg_fs.STALLED: Answer.STALL,
    otg_fs.TIMEOUT: Answer.NOBODY,
}
_SET_CONFIGURATION, _CLEAR_FEATURE = (0x00, 9), (0x02, 1)


def watch(board: VirtualBoard, observer: Observer) -> None:
    """Have every transaction between the board and its own host (``board.usb``) told."""
    otg = board.soc.otg
    setup, out, token_in = otg.setup, otg.out, otg.token_in

    def tell(token: Token, endpoint: int, data: bytes, handshake: str, answer: bytes = b"") -> None:
        kind = Answer.DATA if token is Token.IN and handshake == otg_fs.ACK else _KINDS[handshake]
        observer(token, otg.bus_address, endpoint, data, Packet(kind, 0, answer))

    def told_setup(data: bytes) -> str:
        handshake = setup(data)
        tell(Token.SETUP, 0, data, handshake)
        return handshake

    def told_out(endpoint: int, data: bytes, toggle: int) -> str:
        handshake = out(endpoint, data, toggle)
        tell(Token.OUT, endpoint, data, handshake)
        return handshake

    def told_in(endpoint: int) -> tuple[str, bytes, int]:
        handshake, data, toggle = token_in(endpoint)
        tell(Token.IN, endpoint, b"", handshake, data)
        return handshake, data, toggle

    vars(otg).update(setup=told_setup, out=told_out, token_in=told_in)
    for token, name in ((Token.RESET, "bus_reset"), (Token.SUSPEND, "suspend"), (Token.RESUME, "resume")):
        vars(otg)[name] = _told_event(token, getattr(otg, name), observer)


def _told_event(token: Token, event: Callable[[], None], observer: Observer) -> Callable[[], None]:
    def told() -> None:
        observer(token, 0, 0, b"", Packet(Answer.ACK, 0, b""))
        event()

    return told


class _NoLine:
    """Everything goes through the controller's model."""

    def send(self, data: bytes) -> None:
        raise AssertionError

    def receive(self, seconds: float) -> bytes:
        raise AssertionError


class VirtualBus(Bus):
    """The wire between this computer and the board's USB port.

    Args:
        board: with an image; it is switched on, and waited for until its pull-up is on.
        observer: sees every transaction.
    """

    def __init__(self, board: VirtualBoard, *, observer: Observer | None = None) -> None:
        super().__init__(_NoLine(), observer=observer)
        self._board = board
        self._watching = observer
        self._toggles: dict[tuple[int, bool], int] = {}
        self._wakeups_before = 0
        board.usb.plug()
        board.usb.wait_attached()

    def transact(self, token: Token, address: int = 0, endpoint: int = 0, data: bytes = b"") -> Packet:
        self._sequence = self._sequence % 255 + 1
        kind, answer = self._do(token, address, endpoint & 0xF, data)
        packet = Packet(kind, self._sequence, answer)
        if self._watching:
            self._watching(token, address, endpoint, data, packet)
        self._board.run_cycles(_TRANSACTION)
        self.wakeups = self._board.usb.remote_wakeups
        return packet

    def _do(self, token: Token, address: int, endpoint: int, data: bytes) -> tuple[Answer, bytes]:
        usb, otg = self._board.usb, self._board.soc.otg
        match token:
            case Token.STATE_REQUEST:
                return Answer.STATE, b"\x01" if otg.attached else b"\x00"
            case Token.RESET:
                if not otg.attached:
                    return Answer.NOBODY, b""
                self._toggles.clear()
                usb.reset()
                usb.wait(0.022)
                return Answer.ACK, b""
            case Token.SUSPEND:
                usb.suspend()
                usb.wait(0.005)
                return Answer.ACK, b""
            case Token.RESUME:
                usb.resume()
                usb.wait(0.005)
                return Answer.ACK, b""
        if otg.bus_address != address:
            return Answer.NOBODY, b""
        return self._transaction(token, endpoint, data)

    def _transaction(self, token: Token, endpoint: int, data: bytes) -> tuple[Answer, bytes]:
        otg = self._board.soc.otg
        if token is Token.SETUP:
            self._start_over(data)
            return _KINDS[otg.setup(data)], b""
        key = (endpoint, token is Token.IN)
        toggle = self._toggles.get(key, 0)
        if token is Token.OUT:
            handshake = otg.out(endpoint, data, toggle)
            if handshake == otg_fs.ACK:
                self._toggles[key] = toggle ^ 1
            return _KINDS[handshake], b""
        handshake, received, sent = otg.token_in(endpoint)
        if handshake != otg_fs.ACK:
            return _KINDS[handshake], b""
        if sent != toggle:
            return Answer.NAK, b""  # a repetition: acknowledged and dropped
        self._toggles[key] = toggle ^ 1
        return Answer.DATA, received

    def _start_over(self, setup: bytes) -> None:
        """Data toggles that a control transfer resets (USB 2.0, 8.5.3, 9.1.1.5 and 9.4.5)."""
        self._toggles[0, True] = self._toggles[0, False] = 1
        if (setup[0], setup[1]) == _SET_CONFIGURATION:
            self._toggles = {key: 1 if key[0] == 0 else 0 for key in self._toggles}
        elif (setup[0], setup[1]) == _CLEAR_FEATURE:
            self._toggles[setup[4] & 0xF, bool(setup[4] & 0x80)] = 0
        elif (setup[0], setup[1]) == (0x00, 3) and setup[2] == 1:
            self._board.usb.remote_wakeup_allowed = True
