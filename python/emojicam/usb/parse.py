"""Descriptors as a computer reads them: bytes -> interfaces and endpoints."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from emojicam.usb import descriptors
from emojicam.usb.errors import BadDescriptor


@dataclass(frozen=True)
class Endpoint:
    """USB 2.0, 9.6.6."""

    address: int
    transfer: int
    max_packet: int
    interval: int

    @property
    def is_in(self) -> bool:
        """Towards the computer."""
        return bool(self.address & 0x80)


@dataclass
class Interface:
    """USB 2.0, 9.6.5, with the class's own descriptors as (type, body)."""

    number: int
    alternate: int
    kind: tuple[int, int, int]
    name: int
    endpoint_count: int
    endpoints: list[Endpoint] = field(default_factory=list)
    extra: list[tuple[int, bytes]] = field(default_factory=list)

    def report_length(self) -> int:
        """Bytes of the report descriptor, by the HID descriptor (HID 1.11, 6.2.1).

        Raises:
            BadDescriptor: it has none.
        """
        for kind, body in self.extra:
            if kind == descriptors.HID and len(body) >= 7 and body[4] == descriptors.HID_REPORT:
                return int.from_bytes(body[5:7], "little")
        raise BadDescriptor(f"interface {self.number} is HID and has no HID descriptor")


@dataclass(frozen=True)
class Association:
    """Interface Association Descriptor."""

    first: int
    count: int
    kind: tuple[int, int, int]
    name: int


@dataclass
class Configuration:
    """USB 2.0, 9.6.3."""

    total: int
    interface_count: int
    value: int
    name: int
    attributes: int
    max_current: int
    interfaces: list[Interface] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)

    def of_class(self, class_code: int) -> Interface | None:
        """The first interface of a class."""
        return next((one for one in self.interfaces if one.kind[0] == class_code and not one.alternate), None)


@dataclass(frozen=True)
class DeviceDescriptor:
    """USB 2.0, 9.6.1."""

    usb: int
    kind: tuple[int, int, int]
    control_packet: int
    vendor: int
    product: int
    release: int
    manufacturer_string: int
    product_string: int
    serial_string: int
    configurations: int


def device(data: bytes) -> DeviceDescriptor:
    """Raises BadDescriptor where it is not 18 bytes of type 1."""
    if len(data) != 18 or data[:2] != b"\x12\x01":
        raise BadDescriptor(f"the device descriptor is {data.hex(' ')}")
    usb, c, s, p, packet, vendor, product, release, i, j, k, count = struct.unpack("<HBBBBHHHBBBB", data[2:])
    return DeviceDescriptor(usb, (c, s, p), packet, vendor, product, release, i, j, k, count)


def pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each descriptor in a row of them: its type, and what follows the type."""
    at = 0
    while at < len(data):
        length = data[at]
        if length < 2 or at + length > len(data):
            raise BadDescriptor(f"a descriptor of length {length} at {at} of {len(data)} bytes")
        yield data[at + 1], data[at + 2 : at + length]
        at += length


def configuration(data: bytes) -> Configuration:
    """A configuration with all that belongs to it.

    Raises:
        BadDescriptor: it does not begin with one, or a length is wrong.
    """
    result: Configuration | None = None
    try:
        for kind, body in pieces(data):
            if result is None:
                if kind != descriptors.CONFIGURATION:
                    raise BadDescriptor(f"a configuration does not begin with type {kind}")
                total, count, value, name, attributes, power = struct.unpack("<HBBBBB", body)
                result = Configuration(total, count, value, name, attributes, 2 * power)
            elif kind == descriptors.INTERFACE:
                number, alternate, count, c, s, p, name = struct.unpack("<BBBBBBB", body)
                result.interfaces.append(Interface(number, alternate, (c, s, p), name, count))
            elif kind == descriptors.INTERFACE_ASSOCIATION:
                first, count, c, s, p, name = struct.unpack("<BBBBBB", body)
                result.associations.append(Association(first, count, (c, s, p), name))
            elif not result.interfaces:
                raise BadDescriptor(f"a descriptor of type {kind} before any interface")
            elif kind == descriptors.ENDPOINT:
                result.interfaces[-1].endpoints.append(Endpoint(*struct.unpack("<BBHB", body)))
            else:
                result.interfaces[-1].extra.append((kind, body))
    except struct.error as error:
        raise BadDescriptor(f"a descriptor of the wrong length: {error}") from None
    if result is None:
        raise BadDescriptor("there is no configuration descriptor")
    return result


def text(data: bytes) -> str:
    """A string descriptor's text.

    Raises:
        BadDescriptor: it is none.
    """
    if len(data) < 2 or data[0] != len(data) or data[1] != descriptors.STRING or len(data) % 2:
        raise BadDescriptor(f"a string descriptor is {data.hex(' ')}")
    try:
        return data[2:].decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise BadDescriptor(f"a string descriptor is not UTF-16: {error.reason}") from None
