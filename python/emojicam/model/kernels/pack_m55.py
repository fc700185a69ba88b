"""Constants as the Cortex-M55 kernels read them (firmware/src/inference/kernels/emojicam/m55_kernels.h)."""

import struct
from collections.abc import Iterator

import numpy as np

from emojicam.model.kernels.match import Convolution, Integers, NotOurs

_ZERO_POINT = -128


def _signed_bias(layer: Convolution) -> list[int]:
    """The bias for inputs as they are, not as q + 128."""
    bias = layer.bias + 128 * layer.weights.reshape(len(layer.bias), -1).sum(axis=1)
    if np.abs(bias).max(initial=0) >= 1 << 30:
        raise NotOurs("its bias does not fit")
    return [int(one) for one in bias]


def _scaling(layer: Convolution) -> list[tuple[int, int]]:
    """Multiplier and negative shift of each channel.

    Both roundings are TFLM's own, but for negative values, which the zero point -128 clamps away.
    """
    if any(not 0 <= right <= 31 for _, right in layer.scaling):
        raise NotOurs("it scales up")
    return [(multiplier, -right) for multiplier, right in layer.scaling]


def _window(weights: Integers, row: int, column: int) -> bytes:
    """A 3x3 filter at this place of a window of 4 by 4."""
    window = np.zeros((4, 4), np.int8)
    window[row : row + 3, column : column + 3] = weights
    return window.tobytes()


def depthwise_channels(layer: Convolution) -> bytes:
    """M55WindowChannel of each channel."""
    packed = []
    places = [(0, 0), (0, 1), (1, 0), (1, 1)] if layer.stride == 1 else [(0, 0)] * 4
    for n, (bias, (multiplier, shift)) in enumerate(zip(_signed_bias(layer), _scaling(layer), strict=True)):
        packed.append(struct.pack("<4i", bias, multiplier, shift, _ZERO_POINT))
        packed += [_window(layer.weights[n, :, :, 0], *place) for place in places]
    return b"".join(packed)


def first_channels(layer: Convolution) -> bytes:
    """M55FirstChannels, or with three input channels M55First3Channels, of each four output channels."""
    biases, scaling = _signed_bias(layer), _scaling(layer)
    packed = b""
    for n in range(0, len(biases), 4):
        packed += struct.pack("<4i", *biases[n : n + 4])
        packed += struct.pack("<4i", *(multiplier for multiplier, _ in scaling[n : n + 4]))
        packed += struct.pack("<4i", *(shift for _, shift in scaling[n : n + 4]))
        if layer.weights.shape[3] == 1:
            packed += b"".join(_window(layer.weights[n + i, :, :, 0], 0, 0) for i in range(4))
        else:
            rows = np.zeros((3, 4, 16), np.int8)
            rows[:, :, :9] = layer.weights[n : n + 4].reshape(4, 3, 9).transpose(1, 0, 2)
            packed += rows.tobytes()
    return packed


def pointwise_pairs(layer: Convolution) -> bytes:
    """M55PointwisePair, with its weights, of each two output channels."""
    biases, scaling = _signed_bias(layer), _scaling(layer)
    weights = layer.weights[:, 0, 0, :].astype(np.int8)
    packed = []
    for n in range(0, len(biases), 2):
        (multiplier_a, shift_a), (multiplier_b, shift_b) = scaling[n : n + 2]
        packed.append(
            struct.pack("<7i", biases[n], biases[n + 1], multiplier_a, multiplier_b, shift_a, shift_b, _ZERO_POINT)
        )
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
        if layer.stride == 1:
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
