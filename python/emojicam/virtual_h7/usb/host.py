"""The board's computer: enumerates it, reads reports and CDC data, and can be as rude as a real one.

Everything synchronous (enumerate, control, leds, cdc_write, …) lets the board run meanwhile and comes
back with the result. While the board runs for any other reason, the host sends frames, polls interrupt
endpoints at their interval and reads bulk data, all as events of the same clock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from emojicam.usb import check, parse
from emojicam.usb import descriptors as d
from emojicam.usb import host as h
from emojicam.usb.errors import UsbError
from emojicam.usb.tunnel import Answer, Token
from emojicam.virtual_h7.clock import Clock, cycles
from emojicam.virtual_h7.devices.otg_fs import OtgFs
from emojicam.virtual_h7.usb.port import FRAME, Port
from emojicam.virtual_h7.usb.wire import VirtualBus

#: Between two bulk packets of a frame.
_RETRY = cycles(50e-6)
#: Virtual seconds that a request may be answered with NAK.
_PATIENCE = 0.5
_HID, _CDC, _CDC_DATA = 3, 2, 10
#: Bulk packets a frame that the host is willing to read of an endpoint.
_BULK_BUDGET = 8

BOOT_PROTOCOL, REPORT_PROTOCOL = 0, 1


@dataclass(frozen=True)
class Report:
    """An input report: when it came (cycles), on which interface, and its bytes."""

    time: int
    interface: int
    data: bytes


class UsbHost(Port):
    """A computer with the board on one of its ports.

    Args:
        otg: the device's controller.
        run: lets the board run for so many cycles.

    Attributes:
        bus: the same port for `emojicam.usb`'s other programs.
        identity: what the device says it is, once enumerated.
        report_descriptors: of each HID interface.
    """

    identity: h.Identity

    def __init__(self, otg: OtgFs, clock: Clock, run: Callable[[int], None]) -> None:
        super().__init__(otg, clock)
        self._run = run
        self.bus = VirtualBus(self, run)
        self._host = h.Host(self.bus, patience=_PATIENCE)
        #: Virtual seconds; the specification's 100 ms of debouncing are shortened.
        self.debounce_seconds = 0.02
        self.reports: list[Report] = []
        #: Called with every report as it comes in, within the run.
        self.on_report: list[Callable[[Report], None]] = []
        self.report_descriptors: dict[int, bytes] = {}
        self._cdc_received = bytearray()
        self.device_gone()

    def device_gone(self) -> None:
        super().device_gone()
        self._host.address = 0
        self.configuration: parse.Configuration | None = None
        self.configured = False
        self._halted: set[int] = set()

    def _poll(self, frame: int) -> None:
        if not (self.configured and self.configuration):
            return
        for interface in self.configuration.interfaces:
            for endpoint in interface.endpoints:
                if not endpoint.is_in:
                    continue
                if endpoint.transfer == d.INTERRUPT and frame % max(1, endpoint.interval) == 0:
                    self._poll_interrupt(interface, endpoint)
                elif endpoint.transfer == d.BULK:
                    self._poll_bulk(endpoint, _BULK_BUDGET)

    def _read(self, endpoint: parse.Endpoint) -> bytes | None:
        """One IN transaction: new data, or None."""
        if endpoint.address in self._halted:
            return None
        answer, data = self.transaction(Token.IN, endpoint.address & 0xF)
        if answer is Answer.STALL:
            self._halted.add(endpoint.address)
        return data if answer is Answer.DATA else None

    def _poll_interrupt(self, interface: parse.Interface, endpoint: parse.Endpoint) -> None:
        data = self._read(endpoint)
        if data is not None and interface.kind[0] == _HID:
            report = Report(self.clock.now, interface.number, data)
            self.reports.append(report)
            for listener in list(self.on_report):
                listener(report)

    def _poll_bulk(self, endpoint: parse.Endpoint, budget: int) -> None:
        data = self._read(endpoint) if self.configured else None
        if data is None:
            return
        self._cdc_received += data
        if budget > 1:
            self.clock.after(_RETRY, lambda: self._poll_bulk(endpoint, budget - 1))

    # Transfers. Synchronous: not to be called from within the run.

    def wait(self, seconds: float) -> None:
        self._run(cycles(seconds))

    def control(
        self, request_type: int, request: int, value: int = 0, index: int = 0, data: bytes = b"", length: int = 0
    ) -> bytes:
        """A control transfer: with ``data`` to the device, or ``length`` bytes from it.

        Raises:
            UsbError: the device answered STALL, or not in time.
        """
        if request_type & h.READ:
            return self._host.control_read(request_type & ~h.READ, request, value, index, length)
        self._host.control_write(request_type, request, value, index, data)
        return b""

    def wait_attached(self, seconds: float = 3.0) -> None:
        """Let the board run until its pull-up is on the bus.

        Raises:
            UsbError: it never is; the hint says what is missing in the registers.
        """
        for _ in range(max(1, round(seconds / 0.001))):
            if self.otg.attached:
                return
            self._run(FRAME)
        raise UsbError(f"the device does not attach within {seconds} s", self.bus.why_silent())

    def connect(self) -> VirtualBus:
        """Plug in, and wait for the device.

        Raises:
            UsbError: it does not attach.
        """
        self.plug()
        self.wait_attached()
        return self.bus

    def enumerate(self, address: int = 5) -> parse.Configuration:
        """Plug in if need be, and bring the device to the configured state.

        Raises:
            UsbError: no step may fail.
        """
        if not self.plugged:
            self.plug()
        self.wait_attached()
        self.wait(self.debounce_seconds)
        self.identity = self._host.enumerate(address)
        configuration = self.identity.configuration
        for problem in check.count_problems(configuration):
            raise UsbError(problem)
        for interface in configuration.interfaces:
            if interface.kind[0] == _HID:
                self.report_descriptors[interface.number] = self._host.control_read(
                    h.TO_INTERFACE, h.GET_DESCRIPTOR, d.HID_REPORT << 8, interface.number, interface.report_length()
                )
                # Reports only of what changes.
                self._host.control_write(h.CLASS | h.TO_INTERFACE, h.HID_SET_IDLE, 0, interface.number)
        self.configuration = configuration
        self.configured = True
        return configuration

    def allow_remote_wakeup(self) -> None:
        self._host.control_write(h.TO_DEVICE, h.SET_FEATURE, h.DEVICE_REMOTE_WAKEUP, 0)

    # HID keyboard.

    def _interface(self, class_code: int, name: str) -> parse.Interface:
        interface = self.configuration.of_class(class_code) if self.configuration else None
        if interface is None:
            raise UsbError(f"the device is not configured, or has no {name} interface")
        return interface

    def _to_keyboard(self, request: int, value: int, data: bytes = b"") -> None:
        number = self._interface(_HID, "HID").number
        self._host.control_write(h.CLASS | h.TO_INTERFACE, request, value, number, data)

    def set_leds(self, mask: int) -> None:
        """Send the LED output report (bit 0 Num Lock, 1 Caps Lock, 2 Scroll Lock) with SET_REPORT."""
        self._to_keyboard(h.HID_SET_REPORT, h.HID_OUTPUT << 8, bytes([mask]))

    def set_protocol(self, protocol: int) -> None:
        """Boot protocol, as a BIOS sets it, or report protocol."""
        self._to_keyboard(h.HID_SET_PROTOCOL, protocol)

    def get_protocol(self) -> int:
        number = self._interface(_HID, "HID").number
        return self._host.control_read(h.CLASS | h.TO_INTERFACE, h.HID_GET_PROTOCOL, 0, number, 1)[0]

    def take_reports(self) -> list[bytes]:
        """The reports since the last call."""
        taken, self.reports = self.reports, []
        return [report.data for report in taken]

    # CDC ACM.

    def cdc_open(self, baud: int = 115200) -> None:
        """Set the line coding and raise DTR and RTS, as opening a serial port does."""
        number, coding = self._interface(_CDC, "CDC").number, baud.to_bytes(4, "little") + b"\x00\x00\x08"
        self._host.control_write(h.CLASS | h.TO_INTERFACE, h.CDC_SET_LINE_CODING, 0, number, coding)
        self._control_lines(3)

    def cdc_close(self) -> None:
        self._control_lines(0)

    def _control_lines(self, lines: int) -> None:
        number = self._interface(_CDC, "CDC").number
        self._host.control_write(h.CLASS | h.TO_INTERFACE, h.CDC_SET_CONTROL_LINE_STATE, lines, number)

    def cdc_write(self, data: bytes) -> None:
        """Send bytes; returns once the device has taken them all."""
        endpoints = self._interface(_CDC_DATA, "CDC data").endpoints
        endpoint = next((one for one in endpoints if one.transfer == d.BULK and not one.is_in), None)
        if endpoint is None:
            raise UsbError("the CDC data interface has no bulk OUT endpoint")
        self._host.write(endpoint.address, data)

    def cdc_read(self) -> bytes:
        """The bytes that came in since the last call."""
        data = bytes(self._cdc_received)
        self._cdc_received.clear()
        return data
