"""What a computer makes of descriptors that are not what they should be."""

import random

import pytest

from emojicam.usb import check, parse
from emojicam.usb import descriptors as d
from emojicam.usb.errors import BadDescriptor

WHOLE = d.configuration_descriptor()


def _read(data: bytes) -> None:
    configuration = parse.configuration(data)
    list(check.count_problems(configuration))
    for interface in configuration.interfaces:
        if interface.kind[0] == 3:
            interface.report_length()


def test_the_firmware_s_own_descriptors_are_read() -> None:
    configuration = parse.configuration(WHOLE)
    assert [one.kind[0] for one in configuration.interfaces] == [3, 2, 10]
    assert not list(check.count_problems(configuration))
    assert configuration.interfaces[0].report_length() == len(d.report_descriptor())


@pytest.mark.parametrize("seed", range(20))
def test_mutated_descriptors_are_read_or_refused(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        data = bytearray(WHOLE)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.choice([0, 1, 2, 3, 4, 5, 9, 255, chance.randrange(256)])
        cut = bytes(data[: chance.choice([len(data), chance.randrange(len(data) + 1)])])
        try:
            _read(cut)
        except BadDescriptor as error:
            assert str(error)


@pytest.mark.parametrize("kind", [d.INTERFACE, d.ENDPOINT])
@pytest.mark.parametrize("length", [2, 3, 5, 6])
def test_a_descriptor_that_is_too_short_is_refused(kind: int, length: int) -> None:
    body = bytes([9, 2, 9 + length, 0, 1, 1, 0, 0x80, 50]) + bytes([length, kind, *range(length - 2)])
    with pytest.raises(BadDescriptor):
        parse.configuration(body)


def test_a_configuration_that_is_too_short_itself_is_refused() -> None:
    with pytest.raises(BadDescriptor, match="a descriptor of length 0 at 0 of 9 bytes"):
        parse.configuration(bytes([0, 2, 9, 0, 0, 1, 0, 0x80, 50]))


@pytest.mark.parametrize(
    ("raw", "said"),
    [(b"", "a string descriptor is"), (b"\x08\x03a\0", "a string descriptor is"), (b"\x04\x03\0\xd8", "not UTF-16")],
)
def test_a_string_that_is_none_is_refused(raw: bytes, said: str) -> None:
    with pytest.raises(BadDescriptor, match=said):
        parse.text(raw)
    assert parse.text(b"\x06\x03a\0b\0") == "ab"
