"""Messages to and from bytes: the Python side of the link.

The C++ side is generated from the same table (``generate.py``); both are tested by the same vectors.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cobs import cobs

from emojicam.link import messages
from emojicam.link.messages import Message


class BadPacket(ValueError):
    """A packet that is no message: the reason is its text."""


@dataclass(frozen=True)
class Received:
    """One message that arrived whole: its name and its fields by name."""

    name: str
    fields: dict[str, Any]

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None


def encode_payload(message: Message, values: dict[str, Any]) -> bytes:
    """The payload of a message, without id, CRC and framing.

    Raises:
        ValueError: a field is missing, unknown, or does not fit.
    """
    if set(values) != {item.name for item in message.fields}:
        raise ValueError(f"{message.name} has the fields {[item.name for item in message.fields]}")
    payload = b""
    for item in message.fields:
        value = values[item.name]
        if item.kind == "text":
            payload += str(value).encode()
        elif item.kind == "bytes":
            payload += bytes(value)
        else:
            letter = messages.SCALARS[item.kind][0]
            try:
                if not item.is_array:
                    payload += struct.pack("<" + letter, value)
                elif len(value) > item.up_to:
                    raise ValueError(f"{message.name}.{item.name} has at most {item.up_to} values")
                else:
                    payload += struct.pack(f"<B{len(value)}{letter}", len(value), *value)
            except struct.error as error:
                raise ValueError(f"{message.name}.{item.name}: {error}") from None
    if len(payload) > messages.MAX_PAYLOAD:
        raise ValueError(f"{message.name} is larger than {messages.MAX_PAYLOAD} bytes")
    return payload


def encode(name: str, **values: Any) -> bytes:
    """A message ready for the wire, delimiter included."""
    message = messages.BY_NAME[name]
    body = bytes([message.id]) + encode_payload(message, values)
    packet: bytes = cobs.encode(body + struct.pack("<I", zlib.crc32(body)))
    return packet + b"\0"


def decode_payload(message: Message, payload: bytes) -> Received:
    """The fields of a payload.

    Raises:
        BadPacket: too short, too long, or text that is not UTF-8.
    """
    values: dict[str, Any] = {}
    at = 0
    try:
        for item in message.fields:
            if item.is_rest:
                rest = payload[at:]
                values[item.name] = rest.decode() if item.kind == "text" else rest
                at = len(payload)
                continue
            letter, size, _ = messages.SCALARS[item.kind]
            if item.is_array:
                count = payload[at]
                if count > item.up_to:
                    raise BadPacket(f"{message.name}.{item.name} has {count} values")
                values[item.name] = list(struct.unpack_from(f"<{count}{letter}", payload, at + 1))
                at += 1 + count * size
            else:
                (values[item.name],) = struct.unpack_from("<" + letter, payload, at)
                at += size
    except (struct.error, IndexError):
        raise BadPacket(f"{message.name} ends early, after {len(payload)} bytes") from None
    except UnicodeDecodeError:
        raise BadPacket(f"{message.name} holds text that is not UTF-8") from None
    if at != len(payload):
        raise BadPacket(f"{message.name} has {len(payload) - at} bytes too many")
    return Received(message.name, values)


def decode(packet: bytes) -> Received:
    """One packet, as it was between two delimiters.

    Raises:
        BadPacket: see `Counters` for the kinds.
    """
    try:
        body = cobs.decode(packet)
    except cobs.DecodeError:
        raise BadPacket("not COBS") from None
    if len(body) < 5:
        raise BadPacket("too short")
    (crc,) = struct.unpack("<I", body[-4:])
    if crc != zlib.crc32(body[:-4]):
        raise BadPacket("CRC")
    message = messages.BY_ID.get(body[0])
    if message is None:
        raise BadPacket(f"unknown message {body[0]:#04x}")
    return decode_payload(message, body[1:-4])


@dataclass
class Decoder:
    """Cuts a stream of bytes into messages, whatever pieces it arrives in.

    Packets that are none are counted in ``bad`` with their reason and skipped; one that is a fault
    handler's last words (plain text, as it may not rely on anything) ends up in ``fault``.
    """

    bad: dict[str, int] = field(default_factory=dict)
    fault: str = ""
    _pending: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[Received]:
        self._pending += data
        while (end := self._pending.find(0)) >= 0:
            packet = bytes(self._pending[:end])
            del self._pending[: end + 1]
            if not packet:
                continue
            try:
                yield decode(packet)
            except BadPacket as error:
                if packet.startswith(b"FAULT:"):
                    self.fault = packet.decode(errors="replace")
                else:
                    self.bad[str(error)] = self.bad.get(str(error), 0) + 1
