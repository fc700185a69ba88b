"""A small USB host for one device: enumeration, control transfers, keyboard and link."""

import struct
from dataclasses import dataclass

from emojicam.usb import descriptors, parse
from emojicam.usb.bus import Bus
from emojicam.usb.errors import BadDescriptor, Stalled, Timeout, UsbError
from emojicam.usb.tunnel import Answer, Token

# Request types (USB 2.0, 9.3.1).
READ, WRITE = 0x80, 0x00
STANDARD, CLASS, VENDOR = 0x00, 0x20, 0x40
TO_DEVICE, TO_INTERFACE, TO_ENDPOINT = 0, 1, 2

# Standard requests (9.4) and HID's (HID 1.11, 7.2).
GET_STATUS, CLEAR_FEATURE, SET_FEATURE, SET_ADDRESS, GET_DESCRIPTOR = 0, 1, 3, 5, 6
GET_CONFIGURATION, SET_CONFIGURATION, GET_INTERFACE, SET_INTERFACE = 8, 9, 10, 11
HID_GET_REPORT, HID_GET_IDLE, HID_GET_PROTOCOL = 1, 2, 3
HID_SET_REPORT, HID_SET_IDLE, HID_SET_PROTOCOL = 9, 10, 11
CDC_SET_LINE_CODING, CDC_GET_LINE_CODING, CDC_SET_CONTROL_LINE_STATE = 0x20, 0x21, 0x22

ENDPOINT_HALT, DEVICE_REMOTE_WAKEUP = 0, 1
HID_INPUT, HID_OUTPUT = 1, 2


@dataclass(frozen=True)
class Identity:
    """What a device says about itself."""

    device: parse.DeviceDescriptor
    configuration: parse.Configuration
    manufacturer: str
    product: str
    serial: str


#: Seconds of the bus for which a bulk packet may be answered with NAK: longer than any flash here takes to
#: erase a sector.
_BULK_PATIENCE = 8.0


class Host:
    """A computer with one device on its bus.

    Args:
        bus: the wire.
        patience: seconds of the bus that a control transfer may be answered with NAK, as in USB 2.0, 9.2.6.
    """

    def __init__(self, bus: Bus, *, patience: float = 5) -> None:
        self.bus = bus
        self.address = 0
        self._patience = patience

    # Transactions

    def _persist(self, token: Token, endpoint: int, data: bytes = b"", patience: float | None = None) -> bytes:
        """One transaction, asked again for as long as the device is not ready."""
        patience = self._patience if patience is None else patience
        end = self.bus.seconds() + patience
        while True:
            answer = self.bus.transact(token, self.address, endpoint, data)
            if answer.kind in (Answer.ACK, Answer.DATA):
                return answer.data
            if answer.kind is Answer.STALL:
                raise Stalled(f"the device stalled endpoint {endpoint & 0x0F}")
            if answer.kind is not Answer.NAK:
                place = f"address {self.address}, endpoint {endpoint & 0x0F}"
                raise UsbError(f"no device answers to {place}", self.bus.why_silent() or "enumerating it")
            if self.bus.seconds() > end:
                raise Timeout(f"the device has not been ready for {patience:g} seconds")

    def read(self, endpoint: int) -> bytes | None:
        """One IN transaction: the packet, or None where the device has nothing to say (NAK)."""
        answer = self.bus.transact(Token.IN, self.address, endpoint)
        if answer.kind is Answer.STALL:
            raise Stalled(f"the device stalled endpoint {endpoint:#04x}")
        if answer.kind is Answer.NOBODY:
            raise UsbError(f"no device answers at endpoint {endpoint:#04x}", self.bus.why_silent() or "enumerating it")
        return answer.data if answer.kind is Answer.DATA else None

    def write(self, endpoint: int, data: bytes) -> None:
        """Bulk OUT, in packets, for as long as the device is ready or becomes so.

        USB 2.0, 5.8.4, promises a bulk transfer no time, and a computer asks on; a device may be erasing its flash.
        """
        for at in range(0, len(data), descriptors.BULK_PACKET):
            self._persist(Token.OUT, endpoint, data[at : at + descriptors.BULK_PACKET], _BULK_PATIENCE)

    def control_read(self, kind: int, request: int, value: int, index: int, length: int) -> bytes:
        """A control transfer with a data stage towards the computer (USB 2.0, 8.5.3)."""
        self._setup(READ | kind, request, value, index, length)
        data = b""
        while len(data) < length:
            packet = self._persist(Token.IN, 0)
            data += packet
            if len(packet) < descriptors.CONTROL_PACKET:
                break
        # Without a data stage the status stage comes from the device, whatever the direction bit says.
        self._persist(Token.OUT if length else Token.IN, 0)
        return data

    def control_write(self, kind: int, request: int, value: int, index: int, data: bytes = b"") -> None:
        """A control transfer with a data stage towards the device, or with none."""
        self._setup(WRITE | kind, request, value, index, len(data))
        for at in range(0, len(data), descriptors.CONTROL_PACKET):
            self._persist(Token.OUT, 0, data[at : at + descriptors.CONTROL_PACKET])
        self._persist(Token.IN, 0)

    def _setup(self, kind: int, request: int, value: int, index: int, length: int) -> None:
        self._persist(Token.SETUP, 0, struct.pack("<BBHHH", kind, request, value, index, length))

    # Bus

    def reset(self) -> None:
        """Bus reset: the device is back at address 0."""
        if self.bus.transact(Token.RESET).kind is not Answer.ACK:
            raise UsbError("no device is connected to the bus", self.bus.why_silent() or "starting the board")
        self.address = 0

    def suspend(self) -> None:
        self.bus.transact(Token.SUSPEND)

    def resume(self) -> None:
        self.bus.transact(Token.RESUME)

    # Standard requests

    def descriptor(self, kind: int, index: int = 0, length: int = 255, language: int = 0) -> bytes:
        return self.control_read(TO_DEVICE, GET_DESCRIPTOR, kind << 8 | index, language, length)

    def string(self, index: int) -> str:
        """A string in the device's first language; empty where it has none."""
        if index == 0:
            return ""
        languages = self.descriptor(descriptors.STRING)
        language = struct.unpack_from("<H", languages, 2)[0] if len(languages) >= 4 else 0
        return parse.text(self.descriptor(descriptors.STRING, index, language=language))

    def identify(self) -> Identity:
        """Read everything that a computer reads before it chooses drivers."""
        device = parse.device(self.descriptor(descriptors.DEVICE, length=18))
        head = self.descriptor(descriptors.CONFIGURATION, length=9)
        if len(head) < 4:
            raise BadDescriptor(f"the configuration descriptor is {head.hex(' ')}")
        (total,) = struct.unpack_from("<H", head, 2)
        whole = self.descriptor(descriptors.CONFIGURATION, length=total)
        if len(whole) != total:
            raise BadDescriptor(f"wTotalLength of the configuration is {total}, the bytes are {len(whole)}")
        configuration = parse.configuration(whole)
        names = (device.manufacturer_string, device.product_string, device.serial_string)
        return Identity(device, configuration, *(self.string(index) for index in names))

    def enumerate(self, address: int = 1) -> Identity:
        """Bus reset to SET_CONFIGURATION, in the order in which computers do it.

        Raises:
            UsbError: there is no device, or it does not follow.
        """
        self.reset()
        self.descriptor(descriptors.DEVICE, length=8)
        self.control_write(TO_DEVICE, SET_ADDRESS, address, 0)
        self.address = address
        identity = self.identify()
        self.control_write(TO_DEVICE, SET_CONFIGURATION, identity.configuration.value, 0)
        return identity

    # Keyboard and link

    def keyboard_report(self) -> bytes | None:
        """The next report, or None where nothing has changed."""
        return self.read(descriptors.ENDPOINT_KEYBOARD_IN)

    def set_leds(self, leds: int) -> None:
        """SET_REPORT with the output report: bits of `emojicam.keyboard.Led`."""
        self.hid_write(HID_SET_REPORT, HID_OUTPUT << 8, bytes([leds]))

    def hid_read(self, request: int, value: int, length: int) -> bytes:
        return self.control_read(CLASS | TO_INTERFACE, request, value, descriptors.INTERFACE_KEYBOARD, length)

    def hid_write(self, request: int, value: int, data: bytes = b"") -> None:
        self.control_write(CLASS | TO_INTERFACE, request, value, descriptors.INTERFACE_KEYBOARD, data)

    def open_serial(self, is_open: bool = True) -> None:
        """DTR: what a computer says when a program opens the port."""
        self.control_write(CLASS | TO_INTERFACE, CDC_SET_CONTROL_LINE_STATE, int(is_open), descriptors.INTERFACE_LINK)
