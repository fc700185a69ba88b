"""Descriptors as a host reads them (USB 2.0, chapter 9; HID 1.11, chapter 6)."""

from __future__ import annotations

from dataclasses import dataclass, field

from emojicam.virtual_h7.errors import UsbError

#: Bytes that a descriptor has at least (USB 2.0, 9.6.3, 9.6.5, 9.6.6).
_LEAST = {2: 9, 4: 9, 5: 7}

DEVICE, CONFIGURATION, STRING, INTERFACE, ENDPOINT = 1, 2, 3, 4, 5
HID, HID_REPORT = 0x21, 0x22


@dataclass
class Endpoint:
    address: int
    attributes: int
    packet_size: int
    interval: int

    @property
    def number(self) -> int:
        return self.address & 0xF

    @property
    def is_in(self) -> bool:
        return bool(self.address & 0x80)

    @property
    def kind(self) -> str:
        return ("control", "isochronous", "bulk", "interrupt")[self.attributes & 3]


@dataclass
class Interface:
    number: int
    alternate: int
    class_code: int
    subclass: int
    protocol: int
    endpoints: list[Endpoint] = field(default_factory=list)
    #: Class-specific descriptors, as they are.
    extra: list[bytes] = field(default_factory=list)
    #: HID report descriptor, once read.
    report: bytes = b""

    def endpoint(self, kind: str, *, is_in: bool) -> Endpoint | None:
        for endpoint in self.endpoints:
            if endpoint.kind == kind and endpoint.is_in == is_in:
                return endpoint
        return None


@dataclass
class Configuration:
    value: int
    attributes: int
    max_power_ma: int
    interfaces: list[Interface]

    def of_class(self, class_code: int) -> Interface | None:
        for interface in self.interfaces:
            if interface.class_code == class_code and interface.alternate == 0:
                return interface
        return None


def parse_configuration(data: bytes) -> Configuration:
    """A whole configuration descriptor.

    Raises:
        UsbError: lengths or counts that do not fit, as a host would refuse them.
    """
    if len(data) < 9 or data[1] != CONFIGURATION or int.from_bytes(data[2:4], "little") != len(data):
        raise UsbError("the configuration descriptor's wTotalLength does not fit its data")
    result = Configuration(data[5], data[7], 2 * data[8], [])
    position = data[0]
    if position < _LEAST[CONFIGURATION]:
        raise UsbError(f"the configuration descriptor has length {position}")
    current: Interface | None = None
    while position < len(data):
        length = data[position]
        piece = data[position : position + length]
        if len(piece) != length or length < 2 or length < _LEAST.get(piece[1], 2):
            raise UsbError(f"the descriptor at byte {position} of the configuration has length {length}")
        if piece[1] == INTERFACE:
            current = Interface(*piece[2:4], *piece[5:8])
            expected = piece[4]
            result.interfaces.append(current)
            current.extra.append(bytes([expected]))
        elif piece[1] == ENDPOINT and current is not None:
            current.endpoints.append(
                Endpoint(piece[2], piece[3], int.from_bytes(piece[4:6], "little") & 0x7FF, piece[6])
            )
        elif current is not None:
            current.extra.append(piece)
        position += length
    for interface in result.interfaces:
        expected = interface.extra.pop(0)[0]
        if expected != len(interface.endpoints):
            raise UsbError(f"interface {interface.number} says {expected} endpoints and has {len(interface.endpoints)}")
    if len({i.number for i in result.interfaces}) != data[4]:
        raise UsbError(f"the configuration says {data[4]} interfaces and has {len(result.interfaces)}")
    return result


def report_length_of(interface: Interface) -> int:
    """Bytes of the HID report descriptor, by the HID descriptor."""
    for piece in interface.extra:
        if piece[1] == HID and len(piece) >= 9 and piece[6] == HID_REPORT:
            return int.from_bytes(piece[7:9], "little")
    raise UsbError(f"interface {interface.number} is HID and has no HID descriptor")


def text(data: bytes) -> str:
    """The text of a string descriptor.

    Raises:
        UsbError: its length or its characters are not what they should be.
    """
    if len(data) < 2 or data[0] > len(data) or data[1] != STRING:
        raise UsbError(f"a string descriptor is {data.hex(' ')}")
    try:
        return data[2 : data[0]].decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise UsbError(f"a string descriptor is not UTF-16: {error.reason}") from None
