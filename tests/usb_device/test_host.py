"""The firmware's USB device, as a computer sees it."""

import pytest

from emojicam.errors import EmojicamError
from emojicam.keyboard import Host as System
from emojicam.keyboard import decode
from emojicam.usb import check
from emojicam.usb import descriptors as d
from emojicam.usb import host as h
from emojicam.usb.errors import Stalled
from emojicam.usb.host import Host
from emojicam.usb.tunnel import Answer, Token

pytestmark = pytest.mark.host


def reports(host: Host, count: int) -> list[bytes]:
    """The next reports; the keyboard has that many to give."""
    found: list[bytes] = []
    while len(found) < count:
        if (report := host.keyboard_report()) is not None:
            found.append(report)
    return found


def typed(host: Host, text: str, count: int) -> str:
    host.write(d.ENDPOINT_LINK_OUT, text.encode())
    result = decode(reports(host, count), System.LINUX)
    assert not result.held
    return result.text


def test_device_passes_the_checks(host: Host) -> None:
    assert check.check(host) == []


def test_a_device_that_refuses_nothing_fails_the_checks(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    really = host.control_read

    def obliging(*request: int) -> bytes:
        try:
            return really(*request)
        except Stalled:
            return b"\x00"

    monkeypatch.setattr(host, "control_read", obliging)
    wrong = {problem.partition(":")[0] for problem in check.check(host) if "not with STALL" in problem}
    assert wrong == {
        "unknown standard request", "unknown vendor request", "device qualifier", "unknown string",
        "request to an interface that is not there",
    }  # fmt: skip


def test_identity(host: Host) -> None:
    identity = host.enumerate()
    assert (identity.device.vendor, identity.device.product) == (0x1209, 0x0001)
    assert (identity.manufacturer, identity.product) == ("emojicam", "emojicam keyboard camera")
    assert identity.serial == "E30A0CA3"
    kinds = [interface.kind for interface in identity.configuration.interfaces]
    assert kinds == [(3, 1, 1), (2, 2, 0), (10, 0, 0)]


def test_emoji_is_typed(host: Host) -> None:
    host.enumerate()
    assert reports(host, 1) == [bytes(8)]
    assert typed(host, "\N{THUMBS UP SIGN}", 16) == "\N{THUMBS UP SIGN}"


def test_emoji_is_typed_in_boot_protocol(host: Host) -> None:
    host.enumerate()
    host.hid_write(h.HID_SET_PROTOCOL, 0)
    assert reports(host, 1) == [bytes(8)]
    assert typed(host, "\N{THUMBS UP SIGN}", 16) == "\N{THUMBS UP SIGN}"


def test_caps_lock_is_put_off_and_on_again(host: Host) -> None:
    host.enumerate()
    host.set_leds(0x02)
    reports(host, 1)
    host.write(d.ENDPOINT_LINK_OUT, b"a")
    assert [report[2] for report in reports(host, 2)] == [0x39, 0]
    host.set_leds(0x00)
    assert [report[2] for report in reports(host, 4)] == [0x04, 0, 0x39, 0]


def test_reset_in_the_middle_of_a_sequence(host: Host) -> None:
    host.enumerate()
    reports(host, 1)
    host.write(d.ENDPOINT_LINK_OUT, "\N{THUMBS UP SIGN}".encode())
    assert reports(host, 2)[-1] != bytes(8)
    host.enumerate()
    assert reports(host, 1) == [bytes(8)]
    assert typed(host, "b", 2) == "b"


def test_suspend_in_the_middle_of_a_sequence(host: Host) -> None:
    host.enumerate()
    reports(host, 1)
    host.write(d.ENDPOINT_LINK_OUT, "\N{THUMBS UP SIGN}".encode())
    assert reports(host, 2)[-1] != bytes(8)
    host.suspend()
    with pytest.raises(EmojicamError, match="no device answers"):
        host.keyboard_report()
    host.resume()
    left = reports(host, 1)
    if left != [bytes(8)]:  # what was in the endpoint when the bus was suspended
        left = reports(host, 1)
    assert left == [bytes(8)]
    assert typed(host, "b", 2) == "b"


def test_serial_port_carries_bytes_both_ways(host: Host) -> None:
    host.enumerate()
    host.open_serial()
    host.write(d.ENDPOINT_LINK_OUT, b"hello")
    while (echo := host.read(d.ENDPOINT_LINK_IN)) is None:
        pass
    assert echo == b"hello"


def test_stalled_request_is_an_error_and_the_next_one_works(host: Host) -> None:
    host.enumerate()
    with pytest.raises(Stalled):
        host.descriptor(0x77)
    assert len(host.descriptor(d.DEVICE, length=18)) == 18


def test_token_that_comes_twice_is_done_once(host: Host) -> None:
    host.enumerate()
    reports(host, 1)
    host.write(d.ENDPOINT_LINK_OUT, b"a")
    while host.bus.transact(Token.IN, host.address, 1).kind is Answer.NAK:
        pass
    host.bus._sequence -= 1
    again = host.bus.transact(Token.IN, host.address, 1)
    assert again.data == bytes([0, 0, 4, 0, 0, 0, 0, 0])
    assert reports(host, 1) == [bytes(8)]


def test_noise_on_the_line_is_survived(host: Host) -> None:
    host.enumerate()
    host.bus._line.send(bytes(n * n % 251 for n in range(5000)) + b"\0")
    assert host.string(d.STRING_PRODUCT) == d.PRODUCT


def test_device_that_is_gone_is_one_clear_line(host: Host) -> None:
    host.enumerate()
    host.bus._line._socket.shutdown(2)
    with pytest.raises(EmojicamError, match="the device's line is closed"):
        host.keyboard_report()
