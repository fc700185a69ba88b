"""USB tokens over a serial line: how a computer reaches a device whose board has no USB.

The firmware has a device controller driver for it (``firmware/src/usb/tunnel``), so that everything above
the driver is what a real board runs. Each token and each answer is one packet, framed as the link's are::

    COBS( kind:u8  sequence:u8  rest  crc:u32 )  0x00

A token's rest is ``address:u8 endpoint:u8 data``, an answer's is its data. The sequence number is echoed,
and a token that comes with the number of the last one is answered again and not done again: that is what
USB has data toggles for. There is no bus timing, no CRC error and no data toggle here.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from cobs import cobs


class Token(IntEnum):
    """What the computer sends."""

    STATE_REQUEST = 0x01  # answered by STATE at any time, and forgets the last sequence number
    RESET = 0x02  # bus reset
    SUSPEND = 0x03
    RESUME = 0x04
    SETUP = 0x05  # 8 bytes of data, to endpoint 0
    OUT = 0x06
    IN = 0x07


class Answer(IntEnum):
    """What the device sends."""

    ACK = 0x81
    NAK = 0x82
    STALL = 0x83
    DATA = 0x84
    NOBODY = 0x85  # no device answers: not connected, suspended, or another address
    STATE = 0x86  # one byte, 1 if connected; also on its own when that changes
    WAKEUP = 0x87  # on its own: remote wake-up


#: Most bytes of data in a token or an answer: a full-speed bulk or control packet.
MAX_DATA = 64


@dataclass(frozen=True)
class Packet:
    """One answer."""

    kind: Answer
    sequence: int
    data: bytes


def frame(kind: int, sequence: int, rest: bytes) -> bytes:
    """A packet ready for the wire."""
    body = bytes([kind, sequence]) + rest
    return bytes(cobs.encode(body + struct.pack("<I", zlib.crc32(body)))) + b"\0"


class Decoder:
    """Cuts bytes from the device into packets.

    Attributes:
        bad: packets that were none.
    """

    def __init__(self) -> None:
        self.bad = 0
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Packet]:
        self._pending += data
        while (end := self._pending.find(0)) >= 0:
            packet = bytes(self._pending[:end])
            del self._pending[: end + 1]
            try:
                body = cobs.decode(packet)
                (crc,) = struct.unpack("<I", body[-4:])
                if len(body) < 6 or crc != zlib.crc32(body[:-4]):
                    raise ValueError
                yield Packet(Answer(body[0]), body[1], body[2:-4])
            except (cobs.DecodeError, struct.error, ValueError):
                self.bad += 1 if packet else 0
