"""The port that the board's cable is in: power, frames, suspend and resume, and single transactions.

All of it may be called from within the run (from a script, say): no virtual time passes here.
"""

from __future__ import annotations

from emojicam.usb.bus import Observer
from emojicam.usb.tunnel import Answer, Packet, Token
from emojicam.virtual_h7.clock import Clock, Event, cycles
from emojicam.virtual_h7.devices import otg_fs
from emojicam.virtual_h7.devices.otg_fs import OtgFs

FRAME = cycles(0.001)
_ANSWERS = {
    otg_fs.ACK: Answer.ACK,
    otg_fs.NAK: Answer.NAK,
    otg_fs.STALLED: Answer.STALL,
    otg_fs.TIMEOUT: Answer.NOBODY,
}
# bmRequestType and bRequest (USB 2.0, 9.4).
_CLEAR_DEVICE_FEATURE, _SET_DEVICE_FEATURE, _SET_CONFIGURATION = (0x00, 1), (0x00, 3), (0x00, 9)
_CLEAR_ENDPOINT_FEATURE = (0x02, 1)
_REMOTE_WAKEUP = 1


class Port:
    """A port of the host's with one device on it.

    Args:
        otg: the device's controller.

    Attributes:
        plugged, suspended: the cable and the bus.
        remote_wakeups: how often the device has woken the host up.
        remote_wakeup_allowed: the host has told the device that it may.
        observer: sees every transaction, and every event of the bus.
    """

    def __init__(self, otg: OtgFs, clock: Clock) -> None:
        self.otg = otg
        self.clock = clock
        self.plugged = False
        self.suspended = False
        self.remote_wakeups = 0
        self.remote_wakeup_allowed = False
        self.observer: Observer | None = None
        self._frame_event: Event | None = None
        self._frame = 0
        self._toggles: dict[tuple[int, bool], int] = {}
        otg.on_remote_wakeup = self.remote_wakeup

    def plug(self) -> None:
        self.plugged = True
        self.suspended = False
        self._start_frames()

    def unplug(self) -> None:
        """Pull the cable (the board has its own supply)."""
        if self.plugged:
            self.plugged = False
            self._stop_frames()
            self.device_gone()
            self.otg.unplug()

    def reset(self) -> None:
        """A bus reset: the device falls back to the default state."""
        self.device_gone()
        self.suspended = False
        self._start_frames()
        self._tell(Token.RESET)
        self.otg.bus_reset()

    def suspend(self) -> None:
        """Stop talking; the device notices after 3 ms."""
        self._stop_frames()
        self.suspended = True

        def notice() -> None:
            if self.suspended:
                self._tell(Token.SUSPEND)
                self.otg.suspend()

        self.clock.after(3 * FRAME, notice)

    def resume(self) -> None:
        if self.suspended:
            self.suspended = False
            self._tell(Token.RESUME)
            self.otg.resume()
            self._start_frames()

    def remote_wakeup(self) -> None:
        """The device signals resume."""
        if self.suspended and self.remote_wakeup_allowed:
            self.remote_wakeups += 1
            self.clock.after(20 * FRAME, self.resume)

    def device_gone(self) -> None:
        """What the device was told is forgotten: it was reset, or its pull-up vanished for a moment."""
        self._toggles.clear()
        self.remote_wakeup_allowed = False

    def _start_frames(self) -> None:
        if self.plugged and self._frame_event is None:
            self._frame_event = self.clock.after(FRAME, self._begin_frame)

    def _stop_frames(self) -> None:
        if self._frame_event:
            self._frame_event.cancel()
        self._frame_event = None

    def _begin_frame(self) -> None:
        self._frame_event = self.clock.after(FRAME, self._begin_frame)
        self._frame += 1
        if self.otg.attached:
            self.otg.start_of_frame(self._frame)
            self._poll(self._frame)

    def _poll(self, frame: int) -> None:
        """Ask the endpoints that are due in this frame."""

    # Transactions.

    def transaction(self, token: Token, endpoint: int, data: bytes = b"") -> tuple[Answer, bytes]:
        """SETUP, OUT or IN to the device, with the data toggles that both ends keep.

        Args:
            endpoint: its number.

        Returns:
            ACK, DATA with the data, NAK (also for a repetition, which is acknowledged and dropped), STALL, or NOBODY.
        """
        answer, received = self._transaction(token, endpoint, data)
        self._tell(token, endpoint, data, answer, received)
        return answer, received

    def _transaction(self, token: Token, endpoint: int, data: bytes) -> tuple[Answer, bytes]:
        if token is Token.SETUP:
            self._start_over(data)
            return _ANSWERS[self.otg.setup(data)], b""
        key = (endpoint, token is Token.IN)
        toggle = self._toggles.get(key, 0)
        if token is Token.OUT:
            handshake = self.otg.out(endpoint, data, toggle)
            if handshake == otg_fs.ACK:
                self._toggles[key] = toggle ^ 1
            return _ANSWERS[handshake], b""
        handshake, received, sent = self.otg.token_in(endpoint)
        if handshake != otg_fs.ACK:
            return _ANSWERS[handshake], b""
        if sent != toggle:
            return Answer.NAK, b""
        self._toggles[key] = toggle ^ 1
        return Answer.DATA, received

    def _start_over(self, setup: bytes) -> None:
        """What a control transfer resets and allows (USB 2.0, 8.5.3, 9.1.1.5 and 9.4.5)."""
        self._toggles[0, True] = self._toggles[0, False] = 1
        request, value = (setup[0], setup[1]), setup[2]
        if request == _SET_CONFIGURATION:
            self._toggles = {key: 1 if key[0] == 0 else 0 for key in self._toggles}
        elif request == _CLEAR_ENDPOINT_FEATURE:
            self._toggles[setup[4] & 0xF, bool(setup[4] & 0x80)] = 0
        elif request in (_SET_DEVICE_FEATURE, _CLEAR_DEVICE_FEATURE) and value == _REMOTE_WAKEUP:
            self.remote_wakeup_allowed = request == _SET_DEVICE_FEATURE

    def _tell(
        self, token: Token, endpoint: int = 0, data: bytes = b"", answer: Answer = Answer.ACK, received: bytes = b""
    ) -> None:
        if self.observer:
            address = self.otg.bus_address if token in (Token.SETUP, Token.OUT, Token.IN) else 0
            self.observer(token, address, endpoint, data, Packet(answer, 0, received))
