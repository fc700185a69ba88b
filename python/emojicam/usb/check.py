"""What USB asks of every device, and HID of a keyboard: checks on descriptors and on behaviour.

After USB 2.0 chapter 9 and HID 1.11: what USB-IF's "Chapter 9" and "HID" command verifiers look at, as far
as it can be seen without a real bus.
"""

from collections.abc import Callable, Iterator

from emojicam.errors import EmojicamError
from emojicam.usb import descriptors as d
from emojicam.usb import host as h
from emojicam.usb import parse
from emojicam.usb.errors import BadDescriptor, Stalled
from emojicam.usb.host import Host

_BULK_PACKETS = (8, 16, 32, 64)


def configuration_problems(data: bytes) -> Iterator[str]:
    """What is wrong with a full-speed device's configuration descriptor."""
    try:
        configuration = parse.configuration(data)
    except BadDescriptor as error:
        yield str(error)
        return
    if configuration.total != len(data):
        yield f"wTotalLength is {configuration.total}, the bytes are {len(data)}"
    yield from count_problems(configuration)
    if configuration.value == 0:
        yield "bConfigurationValue is 0, which means unconfigured"
    if not configuration.attributes & 0x80 or configuration.attributes & 0x1F:
        yield f"bmAttributes is {configuration.attributes:#04x}: bit 7 is 1 and bits 4 to 0 are 0"
    if configuration.max_current > 500:
        yield f"{configuration.max_current} mA is more than a port gives"
    for association in configuration.associations:
        if association.count < 2 or association.first + association.count > configuration.interface_count:
            yield f"an association of interfaces {association.first}, {association.count} of them"
    addresses = [e.address for interface in configuration.interfaces for e in interface.endpoints]
    if len(set(addresses)) != len(addresses):
        yield f"an endpoint is there twice: {[hex(address) for address in addresses]}"
    for interface in configuration.interfaces:
        for endpoint in interface.endpoints:
            yield from _endpoint_problems(endpoint)


def count_problems(configuration: parse.Configuration) -> Iterator[str]:
    """Where it has not what it says it has: a host refuses such a device."""
    numbers = [interface.number for interface in configuration.interfaces if interface.alternate == 0]
    if numbers != list(range(configuration.interface_count)):
        yield f"bNumInterfaces is {configuration.interface_count}, the interfaces are {numbers}"
    for interface in configuration.interfaces:
        if interface.endpoint_count != len(interface.endpoints):
            yield f"interface {interface.number} has {len(interface.endpoints)} endpoints, not as it says"


def _endpoint_problems(endpoint: parse.Endpoint) -> Iterator[str]:
    name = f"endpoint {endpoint.address:#04x}"
    if endpoint.address & 0x70 or not endpoint.address & 0x0F:
        yield f"{name} is no address"
    if endpoint.transfer == d.BULK and endpoint.max_packet not in _BULK_PACKETS:
        yield f"{name} is bulk with packets of {endpoint.max_packet}"
    if endpoint.transfer == d.INTERRUPT and not (0 < endpoint.max_packet <= 64 and endpoint.interval):
        yield f"{name} is interrupt with packets of {endpoint.max_packet} every {endpoint.interval} ms"


def hid_problems(interface: parse.Interface, report: bytes) -> Iterator[str]:
    """What is wrong with a keyboard's interface and report descriptor."""
    if interface.kind != (3, 1, 1):
        yield f"interface {interface.number} is {interface.kind}, not a boot keyboard"
    hid = [body for kind, body in interface.extra if kind == d.HID]
    if len(hid) != 1 or len(hid[0]) != 7:
        yield f"interface {interface.number} has no HID descriptor of nine bytes"
    elif (announced := int.from_bytes(hid[0][5:7], "little")) != len(report):
        yield f"the HID descriptor announces {announced} bytes, there are {len(report)}"
    sizes = report_sizes(report)
    if sizes != (d.KEYBOARD_REPORT, 1):
        yield f"input and output reports of {sizes} bytes, a boot keyboard has 8 and 1"


def report_sizes(report: bytes) -> tuple[int, int]:
    """Bytes of the input and the output report that a report descriptor without report IDs describes.

    Raises:
        BadDescriptor: it ends in the middle of an item or of a collection.
    """
    size = count = depth = at = 0
    bits = {0x80: 0, 0x90: 0}
    while at < len(report):
        prefix = report[at]
        length = (0, 1, 2, 4)[prefix & 3]
        if at + 1 + length > len(report):
            raise BadDescriptor("the report descriptor ends in the middle of an item")
        value = int.from_bytes(report[at + 1 : at + 1 + length], "little")
        match prefix & 0xFC:
            case 0x74:
                size = value
            case 0x94:
                count = value
            case 0x80 | 0x90 as main:
                bits[main] += size * count
            case 0xA0:
                depth += 1
            case 0xC0:
                depth -= 1
        at += 1 + length
    if depth:
        raise BadDescriptor("the report descriptor leaves a collection open")
    return (bits[0x80] + 7) // 8, (bits[0x90] + 7) // 8


def check(host: Host) -> list[str]:
    """Enumerate the device and put every question to it. Leaves it configured.

    Returns:
        What is wrong, one line each; nothing where nothing is.
    """
    problems: list[str] = []
    identity = host.enumerate()
    raw = host.descriptor(d.CONFIGURATION)
    problems += configuration_problems(raw)
    if identity.device.usb != 0x0200 or identity.device.configurations != 1:
        problems.append(f"bcdUSB {identity.device.usb:#06x}, {identity.device.configurations} configurations")
    if not (identity.manufacturer and identity.product and identity.serial):
        problems.append("a string is empty")
    if identity.serial != "".join(c for c in identity.serial if c in "0123456789ABCDEF"):
        problems.append(f"serial number {identity.serial!r}: digits and A to F only, for Windows' sake")
    report = host.control_read(h.TO_INTERFACE, h.GET_DESCRIPTOR, d.HID_REPORT << 8, d.INTERFACE_KEYBOARD, 255)
    problems += hid_problems(identity.configuration.interfaces[0], report)
    for name, question in _BEHAVIOUR.items():
        try:
            if (said := question(host)) is not None:
                problems.append(f"{name}: {said}")
        except EmojicamError as error:
            problems.append(f"{name}: {error}")
    return problems


def _equal(got: bytes, wanted: bytes) -> str | None:
    return None if got == wanted else f"{got.hex(' ')}, not {wanted.hex(' ')}"


def _refused(host: Host, kind: int, request: int, value: int = 0, index: int = 0) -> str | None:
    try:
        data = host.control_read(kind, request, value, index, 8)
    except Stalled:
        return None
    return f"answered with {data.hex(' ')}, not with STALL"


def _configuration(host: Host) -> str | None:
    return _equal(host.control_read(h.TO_DEVICE, h.GET_CONFIGURATION, 0, 0, 1), b"\x01")


def _wakeup_feature(host: Host) -> str | None:
    host.control_write(h.TO_DEVICE, h.SET_FEATURE, h.DEVICE_REMOTE_WAKEUP, 0)
    on = host.control_read(h.TO_DEVICE, h.GET_STATUS, 0, 0, 2)
    host.control_write(h.TO_DEVICE, h.CLEAR_FEATURE, h.DEVICE_REMOTE_WAKEUP, 0)
    off = host.control_read(h.TO_DEVICE, h.GET_STATUS, 0, 0, 2)
    return _equal(on + off, b"\x02\x00\x00\x00")


def _halt(host: Host) -> str | None:
    address = d.ENDPOINT_KEYBOARD_IN
    host.control_write(h.TO_ENDPOINT, h.SET_FEATURE, h.ENDPOINT_HALT, address)
    halted = host.control_read(h.TO_ENDPOINT, h.GET_STATUS, 0, address, 2)
    host.control_write(h.TO_ENDPOINT, h.CLEAR_FEATURE, h.ENDPOINT_HALT, address)
    going = host.control_read(h.TO_ENDPOINT, h.GET_STATUS, 0, address, 2)
    return _equal(halted + going, b"\x01\x00\x00\x00")


def _interface(host: Host) -> str | None:
    host.control_write(h.TO_INTERFACE, h.SET_INTERFACE, 0, d.INTERFACE_LINK_DATA)
    return _equal(host.control_read(h.TO_INTERFACE, h.GET_INTERFACE, 0, d.INTERFACE_LINK_DATA, 1), b"\x00")


def _protocol(host: Host) -> str | None:
    host.hid_write(h.HID_SET_PROTOCOL, 0)
    boot = host.hid_read(h.HID_GET_PROTOCOL, 0, 1)
    host.hid_write(h.HID_SET_PROTOCOL, 1)
    return _equal(boot + host.hid_read(h.HID_GET_PROTOCOL, 0, 1), b"\x00\x01")


def _idle(host: Host) -> str | None:
    host.hid_write(h.HID_SET_IDLE, 125 << 8)
    some = host.hid_read(h.HID_GET_IDLE, 0, 1)
    host.hid_write(h.HID_SET_IDLE, 0)
    return _equal(some + host.hid_read(h.HID_GET_IDLE, 0, 1), b"\x7d\x00")


def _leds(host: Host) -> str | None:
    host.set_leds(0x03)
    on = host.hid_read(h.HID_GET_REPORT, h.HID_OUTPUT << 8, 1)
    host.set_leds(0x00)
    return _equal(on + host.hid_read(h.HID_GET_REPORT, h.HID_OUTPUT << 8, 1), b"\x03\x00")


def _line_coding(host: Host) -> str | None:
    coding = (9600).to_bytes(4, "little") + bytes([0, 0, 8])
    host.control_write(h.CLASS | h.TO_INTERFACE, h.CDC_SET_LINE_CODING, 0, d.INTERFACE_LINK, coding)
    return _equal(host.control_read(h.CLASS | h.TO_INTERFACE, h.CDC_GET_LINE_CODING, 0, d.INTERFACE_LINK, 7), coding)


def _again(host: Host) -> str | None:
    """Unconfigured and configured again, without a bus reset."""
    host.control_write(h.TO_DEVICE, h.SET_CONFIGURATION, 0, 0)
    nothing = host.control_read(h.TO_DEVICE, h.GET_CONFIGURATION, 0, 0, 1)
    host.control_write(h.TO_DEVICE, h.SET_CONFIGURATION, 1, 0)
    return _equal(nothing, b"\x00")


_BEHAVIOUR: dict[str, Callable[[Host], str | None]] = {
    "GET_CONFIGURATION": _configuration,
    "remote wake-up feature": _wakeup_feature,
    "endpoint halt": _halt,
    "interface settings": _interface,
    "HID protocol": _protocol,
    "HID idle rate": _idle,
    "HID LEDs": _leds,
    "CDC line coding": _line_coding,
    "input report": lambda host: _equal(host.hid_read(h.HID_GET_REPORT, h.HID_INPUT << 8, 8)[1:2], b"\x00"),
    "unknown standard request": lambda host: _refused(host, h.TO_DEVICE, 0x55),
    "unknown vendor request": lambda host: _refused(host, h.VENDOR, 1),
    "device qualifier": lambda host: _refused(host, h.TO_DEVICE, h.GET_DESCRIPTOR, 0x0600),  # high speed only
    "unknown string": lambda host: _refused(host, h.TO_DEVICE, h.GET_DESCRIPTOR, 0x0377, 0x0409),
    "request to an interface that is not there": lambda host: _refused(host, h.TO_INTERFACE, 0, 0, 9),
    "SET_CONFIGURATION": _again,
}
