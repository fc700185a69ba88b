"""A frame as messages: whole, or as differences to the one before where that takes fewer bytes."""

import numpy as np
import numpy.typing as npt

from emojicam.link.codec import encode
from emojicam.link.messages import MAX_PAYLOAD

Pixels = npt.NDArray[np.uint8]

#: Bytes of the frame in one message. A part that is coded has room left for its other fields.
_PLAIN = MAX_PAYLOAD - 64
_CODED = 2048


def encode_frame(number: int, time_ms: int, pixels: Pixels, before: Pixels | None = None) -> bytes:
    """The messages that carry a frame.

    Args:
        pixels: (height, width) grey or (height, width, 3) RGB.
        before: the frame that the board has received last, if it is known to have it.
    """
    height, width = pixels.shape[:2]
    wire = encode(
        "FrameBegin", frame=number, time_ms=time_ms, width=width, height=height,
        format=0 if pixels.ndim == 2 else 1,
    )  # fmt: skip
    data = pixels.reshape(-1)
    if before is None or before.shape != pixels.shape:
        return wire + _plain(data, 0, len(data))
    last = before.reshape(-1)
    for offset in range(0, len(data), _CODED):
        end = min(offset + _CODED, len(data))
        rice, bits = _rice(data[offset:end].astype(np.int16) - last[offset:end])
        if len(bits) < min(_PLAIN, end - offset):
            wire += encode("FrameDelta", offset=offset, count=end - offset, rice=rice, bits=bits)
        else:
            wire += _plain(data, offset, end)
    return wire


def _plain(data: Pixels, begin: int, end: int) -> bytes:
    return b"".join(
        encode("FrameData", offset=offset, pixels=data[offset : min(offset + _PLAIN, end)].tobytes())
        for offset in range(begin, end, _PLAIN)
    )


def _rice(differences: npt.NDArray[np.int16]) -> tuple[int, bytes]:
    """The shortest Rice code of differences (modulo 256): how many plain bits it has, and its bits."""
    wrapped = differences.astype(np.int8).astype(np.int64)
    zigzag = np.where(wrapped < 0, -2 * wrapped - 1, 2 * wrapped)
    rice = min(range(8), key=lambda low: int((zigzag >> low).sum()) + low * len(zigzag))
    high = zigzag >> rice
    lengths = high + 1 + rice
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    bits = np.zeros(int(lengths.sum()) + 1, np.int64)
    # Ones from each start to start + high: a running sum of +1 and -1.
    np.add.at(bits, starts, 1)
    np.add.at(bits, starts + high, -1)
    bits = np.cumsum(bits)
    for bit in range(rice):
        bits[starts + high + 1 + bit] = (zigzag >> (rice - 1 - bit)) & 1
    return rice, np.packbits(bits[:-1].astype(np.uint8)).tobytes()
