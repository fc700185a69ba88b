"""What the virtual board's computer makes of descriptors that are not what they should be."""

import random

import pytest

from emojicam.errors import EmojicamError
from emojicam.usb import descriptors as ours
from emojicam.usb import parse as computer
from emojicam.virtual_h7.errors import UsbError
from emojicam.virtual_h7.usb import descriptors

WHOLE = ours.configuration_descriptor()


def _read(data: bytes) -> None:
    for interface in descriptors.parse_configuration(data).interfaces:
        if interface.class_code == 3:
            descriptors.report_length_of(interface)


def test_the_firmware_s_own_descriptors_are_read() -> None:
    assert {one.class_code for one in descriptors.parse_configuration(WHOLE).interfaces} == {2, 3, 10}


@pytest.mark.parametrize("seed", range(20))
def test_mutated_descriptors_are_read_or_refused(seed: int) -> None:
    """Neither of the two that read descriptors may fail in a way of its own."""
    chance = random.Random(seed)
    for _ in range(300):
        data = bytearray(WHOLE)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 2, 3, 4, 5, 9, 255, chance.randrange(256)])
        cut = bytes(data[: chance.choice([len(data), chance.randrange(len(data) + 1)])])
        for read in (_read, computer.configuration):
            try:
                read(cut)
            except EmojicamError as error:
                assert str(error)


@pytest.mark.parametrize("kind", [descriptors.INTERFACE, descriptors.ENDPOINT])
@pytest.mark.parametrize("length", [2, 3, 5, 6])
def test_a_descriptor_that_is_too_short_is_refused(kind: int, length: int) -> None:
    body = bytes([9, 2, 9 + length, 0, 1, 1, 0, 0x80, 50]) + bytes([length, kind, *range(length - 2)])
    with pytest.raises(UsbError, match=f"the descriptor at byte 9 of the configuration has length {length}"):
        descriptors.parse_configuration(body)


def test_a_configuration_that_is_too_short_itself_is_refused() -> None:
    with pytest.raises(UsbError, match="the configuration descriptor has length 0"):
        descriptors.parse_configuration(bytes([0, 2, 9, 0, 0, 1, 0, 0x80, 50]))


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"", "a string descriptor is"), (b"\x08\x03a\0", "a string descriptor is"), (b"\x04\x03\0\xd8", "not UTF-16")],
)
def test_a_string_that_is_none_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(UsbError, match=said):
        descriptors.text(raw)
    assert descriptors.text(b"\x06\x03a\0b\0") == "ab"
