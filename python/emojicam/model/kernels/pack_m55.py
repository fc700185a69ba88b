"""Constants as the Cortex-M55 kernels read them (firmware/src/inference/kernels/emojicam/m55_kernels.h)."""

import struct
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from emojicam.model.kernels.match import Convolution, Integers, NotOurs
from emojicam.model.kernels.requantise import requantise

_ZERO_POINT = -128
#: Columns of rows that have three windows with stride 1 (HasThreeWindows).
THREE_WINDOWS = (5, 6)
#: A factor of one half, the largest that needs no shift to the left.
_HALF = 1 << 30


#: A shift to the right beyond which the zero point doesn't fit into an addend.
_MOST_SHIFT = 22


def _channels(layer: Convolution) -> list[tuple[int, int, int]]:
    """Bias, for inputs as they are and not as q + 128, multiplier and negative shift of each channel.

    Both roundings are TFLM's own, but for negative values, which the zero point -128 clamps away.

    Raises:
        NotOurs: a channel's bias or scaling is none that the kernels compute.
    """
    biases = layer.bias + 128 * layer.weights.reshape(len(layer.bias), -1).sum(axis=1)
    low, high = layer.accumulator_bounds()
    found = []
    for n, (multiplier, right) in enumerate(layer.scaling):
        if low[n] == high[n]:
            # All weights are zero, as training leaves them in a channel that it has given up: a constant.
            value = min(max(requantise(int(low[n]), multiplier, right), 0), 255)
            found.append((2 * value, _HALF, 0))
            continue
        if max(abs(int(low[n])), abs(int(high[n])), abs(int(biases[n]))) >= 1 << 30:
            raise NotOurs(f"channel {n}'s bias does not fit")
        if right > _MOST_SHIFT and requantise(int(high[n]), multiplier, right) <= 0:
            # Never more than the zero point, which clamps what is below.
            found.append((0, 0, 0))
            continue
        if not 0 <= right <= _MOST_SHIFT:
            raise NotOurs(f"channel {n} scales up" if right < 0 else f"channel {n}'s factor is below 2^-{_MOST_SHIFT}")
        found.append((int(biases[n]), multiplier, -right))
    return found


def _addend(shift: int) -> int:
    """The zero point as a sum has it before the shift."""
    return _ZERO_POINT << -shift


def check(layer: Convolution) -> None:
    """Whether the kernels can compute a layer's scaling.

    Raises:
        NotOurs: they can't.
    """
    _channels(layer)


def _window(weights: Integers, row: int, column: int) -> bytes:
    """A 3x3 filter at this place of a window of 4 by 4."""
    window = np.zeros((4, 4), np.int8)
    window[row : row + 3, column : column + 3] = weights
    return window.tobytes()


def depthwise_channels(layer: Convolution) -> bytes:
    """M55WindowChannel of each channel."""
    packed = []
    places = [(0, 0), (0, 1), (1, 0), (1, 1)] if layer.stride == 1 else [(0, 0)] * 4
    for n, (bias, multiplier, shift) in enumerate(_channels(layer)):
        packed.append(struct.pack("<4i", bias, multiplier, _addend(shift), shift))
        packed += [_window(layer.weights[n, :, :, 0], *place) for place in places]
    return b"".join(packed)


def first_channels(layer: Convolution) -> bytes:
    """M55FirstChannels, or with three input channels M55First3Channels, of each four output channels."""
    channels = _channels(layer)
    packed = b""
    for n in range(0, len(channels), 4):
        for field in zip(*channels[n : n + 4], strict=True):
            packed += struct.pack("<4i", *field)
        if layer.weights.shape[3] == 1:
            packed += b"".join(_window(layer.weights[n + i, :, :, 0], 0, 0) for i in range(4))
        else:
            rows = np.zeros((3, 4, 16), np.int8)
            rows[:, :, :9] = layer.weights[n : n + 4].reshape(4, 3, 9).transpose(1, 0, 2)
            packed += rows.tobytes()
    return packed


def pointwise_pairs(layer: Convolution) -> bytes:
    """M55PointwisePair, with its weights, of each two output channels."""
    channels = _channels(layer)
    weights = layer.weights[:, 0, 0, :].astype(np.int8)
    packed = []
    for n in range(0, len(channels), 2):
        fields = [(bias, multiplier, _addend(shift), shift) for bias, multiplier, shift in channels[n : n + 2]]
        packed.append(struct.pack("<8i", *(value for field in zip(*fields, strict=True) for value in field)))
        a, b = weights[n], weights[n + 1]
        if len(a) == 8:
            none = bytes(8)
            packed += [a.tobytes(), none, b.tobytes(), none, none, a.tobytes(), none, b.tobytes()]
        else:
            packed.append(np.stack([a.reshape(-1, 16), b.reshape(-1, 16)], axis=1).tobytes())
    return b"".join(packed)


def stream_offset(pixel: int, depth: int) -> int:
    """Where channel 0 of a pixel stands in the stream layout."""
    group = min(depth, 16)
    return pixel // 4 * 4 * depth + pixel % 4 * group


def window_table(layer: Convolution, rows: int, spare: int) -> bytes:
    """Scatter offsets of a strip of `rows` output rows: depthwise kernel to the stream layout.

    Args:
        spare: offset for lanes that are no pixel.
    """
    width, depth = layer.width, len(layer.bias)

    def lanes() -> Iterator[tuple[int, int]]:
        if layer.stride == 1 and width in THREE_WINDOWS:
            # Window by window, two a block, the last one perhaps of no row.
            for window in range(-(-3 * -(-rows // 2) // 2) * 2):
                row, column = window // 3 * 2, window % 3 * 2
                yield from ((row + i % 2, column + i // 2) for i in range(4))
        elif layer.stride == 1:
            for top in range(0, rows, 2):
                for block in range(-(-width // 4)):
                    yield from ((top + i % 2, 4 * block + i // 2) for i in range(8))
        else:
            for row in range(rows):
                for block in range(-(-width // 8)):
                    yield from ((row, 8 * block + i // 2 + i % 2 * 4) for i in range(8))

    offsets = [
        stream_offset(row * width + column, depth) if column < width and row < rows else spare
        for row, column in lanes()
    ]
    return _halfwords(offsets)


def tile_table(width: int, rows: int, row_pitch: int, channel_pitch: int, spare: int) -> bytes:
    """Scatter offsets of a strip: pointwise kernel to the layout in rows, for both channels of a pair."""
    offsets = []
    for pixel in range(-(-rows * width // 4) * 4):
        at = pixel // width * row_pitch + pixel % width if pixel < rows * width else spare
        offsets += [at, at + channel_pitch]
    return _halfwords(offsets)


def _halfwords(offsets: list[int]) -> bytes:
    if max(offsets) > 0xFFFF:
        raise NotOurs("a strip of it has more than 64 KiB")
    return struct.pack(f"<{len(offsets)}H", *offsets)


def any_channels(layer: Convolution) -> list[tuple[int, int, int, int]]:
    """Bias, multiplier, negative shift and minus of each channel, whatever the output's zero point.

    Raises:
        NotOurs: a channel's sums or factor are none that the kernels compute.
    """
    count = len(layer.bias)
    lows, highs = layer.accumulator_bounds()
    biases = layer.bias + 128 * layer.weights.reshape(count, -1).sum(axis=1)
    channels = []
    for n, (multiplier, right) in enumerate(layer.scaling):
        low, high, bias = int(lows[n]), int(highs[n]), int(biases[n])
        if low == high or multiplier == 0:
            value = requantise(low, multiplier, right)
            channels.append((2 * min(max(value, -512), 511), _HALF, 0, 0))
            continue
        if max(abs(low), abs(high)) >= 1 << 31:
            raise NotOurs(f"channel {n}'s sums reach beyond 32 bits")
        if not 0 <= right <= 31:
            raise NotOurs(f"channel {n} scales up")
        channels.append((bias, multiplier, -right, int(right > 0)))
    return channels


def any_weights(layer: Convolution) -> npt.NDArray[np.int8]:
    """A layer's weights, 0 where a factor too small to count makes a channel a constant."""
    weights = layer.weights.astype(np.int8)
    weights[[multiplier == 0 for multiplier, _ in layer.scaling]] = 0
    return weights


def patch_pairs(layer: Convolution) -> bytes:
    """M55Pair, with its weights, of each two output channels; the last one's partner may be none.

    Raises:
        NotOurs: a channel's sums or factor are none that the kernel computes.
    """
    channels = any_channels(layer)
    count = len(channels)
    weights = any_weights(layer).reshape(count, -1)
    weights = np.pad(weights, ((0, count % 2), (0, -weights.shape[1] % 16)))
    if count % 2:
        channels.append((0, 0, 0, 0))
    packed = []
    for n in range(0, len(channels), 2):
        both = [value for field in zip(*channels[n : n + 2], strict=True) for value in field]
        packed.append(struct.pack("<9i", *both, layer.output.zero_point))
        packed.append(np.stack([weights[n].reshape(-1, 16), weights[n + 1].reshape(-1, 16)], axis=1).tobytes())
    return b"".join(packed)
