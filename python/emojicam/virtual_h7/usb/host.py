"""A USB host: enumerates the board, reads reports and CDC data, and can be as rude as a real one.

Everything synchronous (enumerate, control, leds, cdc_write, …) lets the board run meanwhile and comes
back with the result. While the board runs for any other reason, the host sends frames, polls interrupt
endpoints at their interval and reads bulk data, all as events of the same clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emojicam.virtual_h7.clock import Clock, Event, cycles
from emojicam.virtual_h7.devices.otg_fs import ACK, NAK, STALLED, TIMEOUT, OtgFs
from emojicam.virtual_h7.errors import UsbError
from emojicam.virtual_h7.usb import descriptors as d

_FRAME = cycles(0.001)
#: Between a NAK and the next try, and between transactions of one transfer.
_RETRY = cycles(50e-6)
_HID, _CDC, _CDC_DATA = 3, 2, 10
#: Bulk packets a frame that the host is willing to read of an endpoint.
_BULK_BUDGET = 8

SET_ADDRESS, GET_DESCRIPTOR, SET_CONFIGURATION, CLEAR_FEATURE, SET_FEATURE = 5, 6, 9, 1, 3
BOOT_PROTOCOL, REPORT_PROTOCOL = 0, 1


@dataclass(frozen=True)
class Report:
    """An input report: when it came (cycles), on which interface, and its bytes."""

    time: int
    interface: int
    data: bytes


class UsbHost:
    """The host's port, with one device on it.

    Args:
        otg: the device's controller.
        run: lets the board run for so many cycles.
    """

    def __init__(self, otg: OtgFs, clock: Clock, run: Callable[[int], None]) -> None:
        self._otg = otg
        self._clock = clock
        self._run = run
        #: Virtual seconds; the specification's 100 ms of debouncing are shortened.
        self.debounce_seconds = 0.02
        self.timeout_seconds = 0.5
        self.plugged = False
        self.suspended = False
        self.reports: list[Report] = []
        #: Called with every report as it comes in, within the run.
        self.on_report: list[Callable[[Report], None]] = []
        self.remote_wakeups = 0
        self._frame_event: Event | None = None
        self._frame = 0
        self._cdc_received = bytearray()
        self._forget()

    def _forget(self) -> None:
        self.address = 0
        self.device = b""
        self.strings: dict[int, str] = {}
        self.configuration: d.Configuration | None = None
        self.configured = False
        self._toggles: dict[int, int] = {}
        self._halted: set[int] = set()
        self.remote_wakeup_allowed = False

    # The cable and the bus. These may be called from within the run (from a script, say).

    def plug(self) -> None:
        self.plugged = True
        self.suspended = False
        self._start_frames()

    def unplug(self) -> None:
        """Pull the cable (the board has its own supply)."""
        if self.plugged:
            self.plugged = False
            self._stop_frames()
            self._forget()
            self._otg.unplug()

    def reset(self) -> None:
        """A bus reset: the device falls back to the default state. enumerate() brings it up again."""
        self._forget()
        self.suspended = False
        self._start_frames()
        self._otg.bus_reset()

    def suspend(self) -> None:
        """Stop talking; the device notices after 3 ms."""
        self._stop_frames()
        self.suspended = True

        def notice() -> None:
            if self.suspended:
                self._otg.suspend()

        self._clock.after(3 * _FRAME, notice)

    def resume(self) -> None:
        if self.suspended:
            self.suspended = False
            self._otg.resume()
            self._start_frames()

    def remote_wakeup(self) -> None:
        """The device signals resume. Called by the device controller."""
        if self.suspended and self.remote_wakeup_allowed:
            self.remote_wakeups += 1
            self._clock.after(20 * _FRAME, self.resume)

    def device_gone(self) -> None:
        """The board was reset: its pull-up vanished for a moment."""
        self._forget()

    def _start_frames(self) -> None:
        if self.plugged and self._frame_event is None:
            self._frame_event = self._clock.after(_FRAME, self._begin_frame)

    def _stop_frames(self) -> None:
        if self._frame_event:
            self._frame_event.cancel()
        self._frame_event = None

    def _begin_frame(self) -> None:
        self._frame_event = self._clock.after(_FRAME, self._begin_frame)
        self._frame += 1
        if not self._otg.attached:
            return
        self._otg.start_of_frame(self._frame)
        if self.configured and self.configuration:
            for interface in self.configuration.interfaces:
                for endpoint in interface.endpoints:
                    if endpoint.is_in and endpoint.kind == "interrupt" and self._frame % max(1, endpoint.interval) == 0:
                        self._poll_interrupt(interface, endpoint)
                    elif endpoint.is_in and endpoint.kind == "bulk":
                        self._poll_bulk(endpoint, _BULK_BUDGET)

    def _token_in(self, endpoint: d.Endpoint) -> bytes | None:
        """One IN transaction: new data, or None. A repeated toggle is dropped, as a host does."""
        if endpoint.number in self._halted:
            return None
        handshake, data, toggle = self._otg.token_in(endpoint.number)
        if handshake == STALLED:
            self._halted.add(endpoint.number)
        if handshake != ACK:
            return None
        expected = self._toggles.get(endpoint.address, 0)
        if toggle != expected:
            return None
        self._toggles[endpoint.address] = expected ^ 1
        return data

    def _poll_interrupt(self, interface: d.Interface, endpoint: d.Endpoint) -> None:
        data = self._token_in(endpoint)
        if data is not None and interface.class_code == _HID:
            report = Report(self._clock.now, interface.number, data)
            self.reports.append(report)
            for listener in list(self.on_report):
                listener(report)

    def _poll_bulk(self, endpoint: d.Endpoint, budget: int) -> None:
        data = self._token_in(endpoint) if self.configured else None
        if data is None:
            return
        self._cdc_received += data
        if budget > 1:
            self._clock.after(_RETRY, lambda: self._poll_bulk(endpoint, budget - 1))

    # Transfers. Synchronous: not to be called from within the run.

    def wait(self, seconds: float) -> None:
        self._run(cycles(seconds))

    def control(
        self,
        request_type: int,
        request: int,
        value: int = 0,
        index: int = 0,
        data: bytes = b"",
        length: int = 0,
    ) -> bytes:
        """A control transfer: with ``data`` to the device, or ``length`` bytes from it.

        Raises:
            UsbError: the device answered STALL, or not within timeout_seconds.
        """
        what = f"control request {request_type:#04x} {request:#04x} value {value:#06x}"
        is_in = bool(request_type & 0x80)
        count = length if is_in else len(data)
        packet = bytes([request_type, request]) + b"".join(n.to_bytes(2, "little") for n in (value, index, count))
        if self._otg.setup(packet) != ACK:
            raise UsbError(f"{what}: no answer to SETUP", self._why())
        self._run(_RETRY)
        received = b""
        # Without a data stage the status stage comes from the device, whatever the direction bit says (USB 2.0, 8.5.3).
        if is_in and count:
            size, toggle = self._control_packet(), 1
            while len(received) < count:
                piece = self._retry_in(0, what, toggle)
                toggle ^= 1
                received += piece
                if len(piece) < size:
                    break
            self._retry_out(0, b"", 1, what)
        else:
            size, toggle = self._control_packet(), 1
            for start in range(0, count, size):
                self._retry_out(0, data[start : start + size], toggle, what)
                toggle ^= 1
            self._retry_in(0, what, 1)
        return received[:count]

    def _control_packet(self) -> int:
        return self.device[7] if len(self.device) >= 8 else 64

    def _why(self) -> str:
        reason = self._otg.why_detached()
        return f"the device is not on the bus: {reason}" if reason else ""

    def _retry_in(self, number: int, what: str, toggle: int) -> bytes:
        for _ in range(self._tries()):
            handshake, data, pid = self._otg.token_in(number)
            if handshake == ACK and pid == toggle:
                self._run(_RETRY)
                return data
            self._check(handshake, what)
            self._run(_RETRY)
        raise UsbError(f"{what}: only NAK to IN for {self.timeout_seconds} s")

    def _retry_out(self, number: int, data: bytes, toggle: int, what: str) -> None:
        for _ in range(self._tries()):
            handshake = self._otg.out(number, data, toggle)
            if handshake == ACK:
                self._run(_RETRY)
                return
            self._check(handshake, what)
            self._run(_RETRY)
        raise UsbError(f"{what}: only NAK to OUT for {self.timeout_seconds} s")

    def _tries(self) -> int:
        return max(1, cycles(self.timeout_seconds) // _RETRY)

    def _check(self, handshake: str, what: str) -> None:
        if handshake == STALLED:
            raise UsbError(f"{what}: STALL")
        if handshake == TIMEOUT:
            raise UsbError(f"{what}: no answer", self._why())
        assert handshake in (NAK, ACK)

    # Enumeration (USB 2.0, section 9.1.2).

    def wait_attached(self, seconds: float = 3.0) -> None:
        """Let the board run until its pull-up is on the bus.

        Raises:
            UsbError: it never is; the hint says what is missing in the registers.
        """
        for _ in range(max(1, round(seconds / 0.001))):
            if self._otg.attached:
                return
            self._run(_FRAME)
        raise UsbError(f"the device does not attach within {seconds} s", self._why())

    def enumerate(self, *, configuration: int = 1, address: int = 5) -> d.Configuration:
        """Plug in if need be, and bring the device to the configured state.

        Returns:
            the configuration, with HID report descriptors read; :attr:`device` and :attr:`strings` beside it.
        """
        if not self.plugged:
            self.plug()
        self.wait_attached()
        self.wait(self.debounce_seconds)
        self.reset()
        self.wait(0.022)
        self.device = self._descriptor(d.DEVICE, 0, 8)
        if len(self.device) < 8:
            raise UsbError("the device descriptor is shorter than 8 bytes")
        self.control(0x00, SET_ADDRESS, address)
        self.wait(0.002)
        if self._otg.bus_address != address:
            raise UsbError(f"the device listens on address {self._otg.bus_address} after SET_ADDRESS {address}")
        self.address = address
        self.device = self._descriptor(d.DEVICE, 0, 18)
        if len(self.device) != 18:
            raise UsbError(f"the device descriptor has {len(self.device)} bytes")
        head = self._descriptor(d.CONFIGURATION, configuration - 1, 9)
        whole = self._descriptor(d.CONFIGURATION, configuration - 1, int.from_bytes(head[2:4], "little"))
        parsed = d.parse_configuration(whole)
        for index in sorted({*self.device[14:17]} - {0}):
            raw = self._descriptor(d.STRING, index, 255, language=0x0409)
            self.strings[index] = d.text(raw)
        self.control(0x00, SET_CONFIGURATION, parsed.value)
        for interface in parsed.interfaces:
            if interface.class_code == _HID:
                length = d.report_length_of(interface)
                interface.report = self._descriptor(d.HID_REPORT, 0, length, index=interface.number, recipient=0x81)
                self.control(0x21, 0x0A, 0, interface.number)  # SET_IDLE: report changes only
        self._toggles.clear()
        self._halted.clear()
        self.configuration = parsed
        self.configured = True
        return parsed

    def _descriptor(
        self, kind: int, number: int, length: int, *, language: int = 0, index: int = 0, recipient: int = 0x80
    ) -> bytes:
        return self.control(recipient, GET_DESCRIPTOR, kind << 8 | number, language or index, length=length)

    def allow_remote_wakeup(self) -> None:
        self.control(0x00, SET_FEATURE, 1)
        self.remote_wakeup_allowed = True

    def clear_halt(self, endpoint: d.Endpoint) -> None:
        self.control(0x02, CLEAR_FEATURE, 0, endpoint.address)
        self._toggles[endpoint.address] = 0
        self._halted.discard(endpoint.number)

    # HID keyboard.

    def _interface(self, class_code: int, name: str) -> d.Interface:
        interface = self.configuration.of_class(class_code) if self.configuration else None
        if interface is None:
            raise UsbError(f"the device is not configured, or has no {name} interface")
        return interface

    def set_leds(self, mask: int, *, report_id: int = 0) -> None:
        """Send the LED output report (bit 0 Num Lock, 1 Caps Lock, 2 Scroll Lock) with SET_REPORT."""
        number = self._interface(_HID, "HID").number
        data = bytes([report_id, mask]) if report_id else bytes([mask])
        self.control(0x21, 0x09, 0x0200 | report_id, number, data)

    def set_protocol(self, protocol: int) -> None:
        """Boot protocol, as a BIOS sets it, or report protocol."""
        self.control(0x21, 0x0B, protocol, self._interface(_HID, "HID").number)

    def get_protocol(self) -> int:
        return self.control(0xA1, 0x03, 0, self._interface(_HID, "HID").number, length=1)[0]

    def take_reports(self) -> list[bytes]:
        """The reports since the last call."""
        taken, self.reports = self.reports, []
        return [report.data for report in taken]

    # CDC ACM.

    def cdc_open(self, baud: int = 115200) -> None:
        """Set the line coding and raise DTR and RTS, as opening a serial port does."""
        number = self._interface(_CDC, "CDC").number
        self.control(0x21, 0x20, 0, number, baud.to_bytes(4, "little") + b"\x00\x00\x08")
        self.control(0x21, 0x22, 3, number)

    def cdc_close(self) -> None:
        self.control(0x21, 0x22, 0, self._interface(_CDC, "CDC").number)

    def cdc_write(self, data: bytes) -> None:
        """Send bytes; returns once the device has taken them all."""
        endpoint = self._interface(_CDC_DATA, "CDC data").endpoint("bulk", is_in=False)
        if endpoint is None:
            raise UsbError("the CDC data interface has no bulk OUT endpoint")
        for start in range(0, len(data), endpoint.packet_size):
            toggle = self._toggles.get(endpoint.address, 0)
            self._retry_out(endpoint.number, data[start : start + endpoint.packet_size], toggle, "CDC write")
            self._toggles[endpoint.address] = toggle ^ 1

    def cdc_read(self) -> bytes:
        """The bytes that came in since the last call."""
        data = bytes(self._cdc_received)
        self._cdc_received.clear()
        return data
