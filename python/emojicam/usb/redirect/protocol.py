"""The usbredir protocol, version 0.7: packets to and from bytes.

A packet is ``type:u32 length:u32 id:u64``, a header of the type's own, and data; all little-endian. The id
is a u32 until both sides have said, in their hello, that they take a u64.

Source: USB Network Redirection protocol description 0.7 (spice's usbredir).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from emojicam.errors import EmojicamError


class Kind(IntEnum):
    """Packet types that a device without isochronous endpoints has to do with."""

    HELLO = 0
    DEVICE_CONNECT = 1
    DEVICE_DISCONNECT = 2
    RESET = 3
    INTERFACE_INFO = 4
    EP_INFO = 5
    SET_CONFIGURATION = 6
    GET_CONFIGURATION = 7
    CONFIGURATION_STATUS = 8
    SET_ALT_SETTING = 9
    GET_ALT_SETTING = 10
    ALT_SETTING_STATUS = 11
    START_INTERRUPT_RECEIVING = 15
    STOP_INTERRUPT_RECEIVING = 16
    INTERRUPT_RECEIVING_STATUS = 17
    CANCEL_DATA_PACKET = 21
    CONTROL_PACKET = 100
    BULK_PACKET = 101
    INTERRUPT_PACKET = 103


class Status(IntEnum):
    SUCCESS = 0
    CANCELLED = 1
    INVALID = 2
    IO_ERROR = 3
    STALL = 4
    TIMEOUT = 5


class Capability(IntFlag):
    """What a side understands, as bits of its hello."""

    BULK_STREAMS = 1 << 0
    DEVICE_VERSION = 1 << 1
    MAX_PACKET_SIZE = 1 << 4
    IDS_64_BITS = 1 << 5
    BULK_LENGTH_32_BITS = 1 << 6


#: What this side understands.
CAPABILITIES = (
    Capability.DEVICE_VERSION | Capability.MAX_PACKET_SIZE | Capability.IDS_64_BITS | Capability.BULK_LENGTH_32_BITS
)

SPEED_FULL = 1
INVALID_ENDPOINT = 255
#: More than this in one packet is no usbredir peer's.
MAX_LENGTH = 1 << 20


@dataclass(frozen=True)
class Packet:
    """One packet: its type may be one that we have no name for."""

    kind: int
    id: int
    body: bytes


def endpoint_index(address: int) -> int:
    """Where an endpoint is in the arrays of 32: OUT first, then IN."""
    return (address & 0x80) >> 3 | address & 0x0F


class Stream:
    """Cuts the bytes of one connection into packets and makes packets into bytes.

    Attributes:
        common: what both sides understand; nothing before the peer's hello.
    """

    def __init__(self) -> None:
        self.common = Capability(0)
        self._pending = bytearray()

    def _head(self) -> struct.Struct:
        return struct.Struct("<IIQ" if self.common & Capability.IDS_64_BITS else "<III")

    def encode(self, kind: Kind, number: int, body: bytes) -> bytes:
        return self._head().pack(kind, len(body), number) + body

    def hello(self) -> bytes:
        """Always the first packet of a side."""
        return self.encode(Kind.HELLO, 0, b"emojicam".ljust(64, b"\0") + struct.pack("<I", CAPABILITIES))

    def feed(self, data: bytes) -> Iterator[Packet]:
        """Packets in the order in which they came.

        Raises:
            EmojicamError: what came is not usbredir.
        """
        self._pending += data
        while True:
            head = self._head()
            if len(self._pending) < head.size:
                return
            kind, length, number = head.unpack_from(self._pending)
            if length > MAX_LENGTH:
                raise EmojicamError("the peer does not speak usbredir", "QEMU's -device usb-redir")
            if len(self._pending) < head.size + length:
                return
            body = bytes(self._pending[head.size : head.size + length])
            del self._pending[: head.size + length]
            if kind == Kind.HELLO and length >= 68:
                self.common = CAPABILITIES & struct.unpack_from("<I", body, 64)[0]
            yield Packet(kind, number, body)
