"""The descriptor table, and that the checks see what is wrong with others."""

import pytest

from emojicam.usb import check, parse
from emojicam.usb import descriptors as d
from emojicam.usb.errors import BadDescriptor

GOOD = d.configuration_descriptor()


def test_our_descriptors_are_right() -> None:
    assert list(check.configuration_problems(GOOD)) == []
    interface = parse.configuration(GOOD).interfaces[0]
    assert list(check.hid_problems(interface, d.report_descriptor())) == []
    assert len(d.device_descriptor()) == 18


def test_report_is_a_boot_keyboards() -> None:
    assert check.report_sizes(d.report_descriptor()) == (8, 1)


def changed(at: int, value: int) -> bytes:
    return GOOD[:at] + bytes([value]) + GOOD[at + 1 :]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (changed(2, 99), "wTotalLength"),
        (changed(4, 2), "bNumInterfaces"),
        (changed(5, 0), "bConfigurationValue"),
        (changed(7, 0x20), "bmAttributes"),
        (changed(8, 255), "mA"),
        (changed(13, 2), "interface 0 has 1 endpoints"),
        (changed(29, 0x80), "is no address"),
        (changed(29, 0x83), "there twice"),
        (changed(31, 65), "interrupt with packets"),
        (changed(9, 40), "wrong length"),
        (GOOD[:-1], "length"),
        (b"", "no configuration"),
    ],
)
def test_wrong_descriptors_are_seen(data: bytes, problem: str) -> None:
    assert any(problem in said for said in check.configuration_problems(data))


def test_hid_descriptor_with_another_length_is_seen() -> None:
    interface = parse.configuration(GOOD).interfaces[0]
    longer = d.report_descriptor()[:-1] + b"\x05\x01\xc0"
    assert any("announces" in said for said in check.hid_problems(interface, longer))
    with pytest.raises(BadDescriptor):
        check.report_sizes(d.report_descriptor()[:-1])
