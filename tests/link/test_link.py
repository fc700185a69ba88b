"""The Python side of the link: round trips, damage, and what the firmware's vectors say."""

import random
import struct
import zlib

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from emojicam import link
from emojicam.link import codec, faults, messages
from emojicam.link.generate import all_vectors
from emojicam.link.image import ImageAssembly


@pytest.mark.parametrize(("message", "values", "wire"), all_vectors())
def test_every_vector_decodes_to_what_was_encoded(
    message: messages.Message, values: dict[str, object], wire: bytes
) -> None:
    assert wire.endswith(b"\0")
    assert b"\0" not in wire[:-1]
    received = link.decode(wire[:-1])
    assert received.name == message.name
    for name, value in values.items():
        if isinstance(value, float) or (isinstance(value, list) and value and isinstance(value[0], float)):
            assert received.fields[name] == pytest.approx(value, rel=1e-6)
        else:
            assert received.fields[name] == value


def test_ids_and_names_are_unique_and_rest_fields_are_last() -> None:
    assert len(messages.BY_ID) == len(messages.BY_NAME) == len(messages.MESSAGES)
    for message in messages.MESSAGES:
        assert not any(item.is_rest for item in message.fields[:-1]), message.name
    assert len({code.value for code in messages.ERRORS}) == len(messages.ERRORS)


@given(st.binary(max_size=3000), st.integers(1, 50))
def test_any_bytes_in_any_pieces_never_raise(data: bytes, piece: int) -> None:
    decoder = link.Decoder()
    for at in range(0, len(data), piece):
        for received in decoder.feed(data[at : at + piece]):
            assert received.name in messages.BY_NAME


def test_a_damaged_packet_is_counted_and_the_next_one_arrives() -> None:
    good = link.encode("Arm", armed=1)
    source = random.Random(1)
    decoder = link.Decoder()
    damaged = bytearray(good)
    damaged[source.randrange(len(good) - 1)] ^= 0x55
    received = list(decoder.feed(bytes(damaged) + good))
    assert [one.name for one in received] == ["Arm"]
    assert sum(decoder.bad.values()) >= 1


@pytest.mark.parametrize("bit", range(8 * 4))
def test_a_packet_with_any_bit_of_its_crc_wrong_is_no_message(bit: int) -> None:
    body = bytes([messages.BY_NAME["Arm"].id, 1])
    packet = cobs.encode(body + struct.pack("<I", zlib.crc32(body) ^ 1 << bit))
    with pytest.raises(link.BadPacket, match="CRC"):
        link.decode(packet)


@pytest.mark.parametrize("bit", range(8 * 2))
def test_a_packet_with_any_bit_of_its_body_wrong_is_no_message(bit: int) -> None:
    body = bytes([messages.BY_NAME["Arm"].id, 1])
    damaged = bytearray(body)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(link.BadPacket, match="CRC"):
        link.decode(cobs.encode(bytes(damaged) + struct.pack("<I", zlib.crc32(body))))


def test_unknown_message_and_bad_payload_are_told_apart() -> None:
    def wire(body: bytes) -> bytes:
        return cobs.encode(body + struct.pack("<I", zlib.crc32(body)))

    with pytest.raises(link.BadPacket, match="unknown message 0xee"):
        link.decode(wire(b"\xee"))
    with pytest.raises(link.BadPacket, match="ends early"):
        link.decode(wire(bytes([messages.BY_NAME["FrameBegin"].id, 1, 2])))
    with pytest.raises(link.BadPacket, match="too many"):
        link.decode(wire(bytes([messages.BY_NAME["Arm"].id, 1, 2])))
    with pytest.raises(link.BadPacket, match="UTF-8"):
        link.decode(wire(bytes([messages.BY_NAME["Log"].id, 0xFF])))


def _image(number: int, width: int, height: int, *parts: tuple[int, bytes], format: int = 0) -> list[link.Received]:
    begin = link.encode("ImageBegin", number=number, time_ms=1, width=width, height=height, format=format)
    data = [link.encode("ImageData", offset=offset, pixels=pixels) for offset, pixels in parts]
    return list(link.Decoder().feed(b"".join([begin, *data])))


def test_image_is_put_together_and_one_that_lost_a_part_is_not() -> None:
    assembly = ImageAssembly()
    messages_in = [
        *_image(1, 3, 2, (0, b"abcd")),  # its end is missing
        *_image(2, 3, 2, (0, b"abc"), (4, b"ef")),  # a part is
        *_image(3, 3, 2, (0, b"abc"), (3, b"defg")),  # too long
        *_image(4, 0, 2, (0, b"")),  # empty
        *_image(5, 3, 2, (0, b"abcdef"), format=1),
        *_image(6, 3, 2, (0, b"abcd"), (4, b"ef"), (6, b"g")),
    ]
    images = [(assembly.number, image) for m in messages_in if (image := assembly.feed(m)) is not None]
    assert [(number, image.tolist()) for number, image in images] == [(6, [[97, 98, 99], [100, 101, 102]])]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"cause": 3}, "start 2: the main loop hung"),
        ({"cause": 4, "exception": 5, "pc": 0x08040100, "cfsr": 0x8200},
         "start 2: a processor fault: BusFault at pc 0x08040100, lr 0x00000000, cfsr 0x00008200, after 1234 ms"),
        ({"cause": 4, "stack_overflow": 1},
         "start 2: a processor fault: stack overflow at pc 0x00000000, lr 0x00000000, cfsr 0x00000000, after 1234 ms"),
        ({"cause": 5, "reason": "abort"}, "start 2: the firmware gave up by itself: abort, after 1234 ms"),
        ({"cause": 77}, "start 2: cause 77"),
    ],
)  # fmt: skip
def test_fault_is_described_in_one_line(values: dict[str, object], said: str) -> None:
    message = messages.BY_NAME["Fault"]
    fields = {item.name: "" if item.kind == "text" else 0 for item in message.fields}
    fields |= {"starts": 2, "milliseconds": 1234, **values}
    (received,) = link.Decoder().feed(link.encode("Fault", **fields))
    assert faults.describe(received) == said


def test_last_words_of_a_fault_handler_are_kept() -> None:
    decoder = link.Decoder()
    assert not list(decoder.feed(b"\x05half a mess\0FAULT: HardFault pc=00001234\0"))
    assert decoder.fault == "FAULT: HardFault pc=00001234"


@pytest.mark.parametrize(
    "values",
    [{}, {"armed": 1, "more": 2}, {"armed": 256}, {"armed": "yes"}],
)
def test_wrong_fields_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        link.encode("Arm", **values)


def test_a_payload_larger_than_the_boards_buffer_is_refused() -> None:
    with pytest.raises(ValueError, match="larger"):
        link.encode("FrameData", offset=0, pixels=bytes(messages.MAX_PAYLOAD))
    assert codec.encode("FrameData", offset=0, pixels=bytes(messages.MAX_PAYLOAD - 4))
