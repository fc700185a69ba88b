"""Depthwise layers of any window: geometry, constants and cost (firmware: any_kernels.h, depthwise_any_*.cc).

A layer's words and memory are DepthwiseAnyLayer's and DepthwiseAnyScratch...'s in layer_format.h.
"""

import struct

import numpy as np

from emojicam.model.kernels import pack_m7, pack_m55
from emojicam.model.kernels.match import Convolution, Integers, NotOurs

#: Of image_kernels.h: lines of a window (kM7MostLines), vectors (kM55MostVectors), and a window's side.
_MOST_LINES = 16
_MOST_VECTORS = 4
_MOST_SIDE = 64
#: kMostAnyChannels.
_MOST_CHANNELS = 9362
_LEAST_COLUMNS = 8
_WIDEST = 64


def check(layer: Convolution, core: int) -> None:
    """Whether the kernels take a window of this size.

    Raises:
        NotOurs: they don't.
    """
    channels, height, width, _ = layer.weights.shape
    if max(height, width, layer.stride, layer.stride_width) > _MOST_SIDE or channels > _MOST_CHANNELS:
        raise NotOurs(f"a window of {height}x{width} or its strides, too large")
    if core == 7:
        if max(_lines(layer), _odd_lines(layer)) > _MOST_LINES:
            raise NotOurs(f"a window of {height}x{width}, too large")
    elif -(-height * width // 16) > _MOST_VECTORS:
        raise NotOurs(f"a window of {height}x{width}, of more than {16 * _MOST_VECTORS} values")


def _first_taps(layer: Convolution) -> list[int]:
    """The first column of the window that each line of a pair of rows stands for; it has two more, a stride apart."""
    width, stride = layer.weights.shape[2], layer.stride_width
    return [tap for phase in range(min(stride, width)) for tap in range(phase, width, 3 * stride)]


def _lines(layer: Convolution) -> int:
    return int(-(-layer.weights.shape[1] // 2)) * len(_first_taps(layer))


def _odd_lines(layer: Convolution) -> int:
    """Lines of a window that begins with a pair's second row; 0 where none does."""
    if layer.stride % 2 == 0 or layer.height == 1:
        return 0
    return int(layer.weights.shape[1] // 2 + 1) * len(_first_taps(layer))


def scratch(layer: Convolution, core: int, rows: int, columns: int) -> int:
    """Bytes that a strip of so many output rows and columns is worked through in."""
    height, width = layer.weights.shape[1:3]
    if core == 7:
        pairs = ((rows - 1) * layer.stride + height + 1) // 2
        odd = _odd_lines(layer) if rows > 1 else 0
        return int(4 * (4 * pairs * len(_first_taps(layer)) * (max(columns, 3) + 2) + 3 * odd))
    row = ((columns - 1) * layer.stride_width + width) * height
    beyond = -columns % 8 * layer.stride_width * height
    return int(16 * (rows * row + beyond + 16 * -(-height * width // 16)))


def strip(layer: Convolution, core: int, room: int) -> tuple[int, int]:
    """Rows and columns of strips that fit into so many bytes, or the least that there can be."""
    parts = -(-layer.width // _WIDEST)
    least = min(2 if core == 7 else 1, layer.height)
    while True:
        columns = -(-layer.width // parts)
        if columns <= _LEAST_COLUMNS or scratch(layer, core, least, columns) <= room:
            break
        parts += 1
    rows = least
    while rows < layer.height and scratch(layer, core, rows + 1, columns) <= room:
        rows += 1
    if rows < layer.height and core == 7 and rows > 1:
        rows -= rows % 2
    return rows, columns


def constants(layer: Convolution, core: int) -> bytes:
    """M7AnyChannel or M55AnyChannel of each output channel, with its weights.

    Raises:
        NotOurs: a channel's sums or factor are none that the kernel computes.
    """
    if core == 7:
        return b"".join(_m7_channels(layer))
    packed = []
    height, width = layer.weights.shape[1:3]
    weights = pack_m55.any_weights(layer)
    for n, numbers in enumerate(pack_m55.any_channels(layer)):
        columns = weights[n, :, :, 0].T.reshape(-1)
        filled = np.pad(columns, (0, -height * width % 16))
        packed.append(struct.pack("<5i", *numbers, layer.output.zero_point) + filled.tobytes())
    return b"".join(packed)


def _m7_channels(layer: Convolution) -> list[bytes]:
    packed = []
    biases = layer.bias + 128 * layer.weights.reshape(len(layer.bias), -1).sum(axis=1)
    for n, form in enumerate(pack_m7.any_forms(layer)):
        words = [
            form.multiplier,
            form.minus,
            form.addend,
            form.shift,
            int(form.folds),
            pack_m7.scaled_bias(biases[n], form),
        ]
        packed.append(struct.pack("<6i", *words) + _in_lines(layer, layer.weights[n, :, :, 0] << form.scale))
    return packed


def _in_lines(layer: Convolution, weights: Integers) -> bytes:
    """A filter as the lines are read: (pair of rows, line, tap, row of the pair)."""
    height, width = weights.shape
    stride = layer.stride_width
    padded = np.zeros((height + height % 2, width + 2 * stride), "<i2")
    padded[:height, :width] = weights
    taps = [[first + i * stride for i in range(3)] for first in _first_taps(layer)]
    return bytes(padded.reshape(-1, 2, padded.shape[1])[:, :, taps].transpose(0, 2, 3, 1).astype("<i2").tobytes())


def words(layer: Convolution, core: int, room: int) -> list[int]:
    """What stands between a layer's header and the offset of its constants."""
    rows, columns = strip(layer, core, room)
    return [
        *layer.input.shape[1:], *layer.output.shape[1:], *layer.weights.shape[1:3], layer.stride, layer.stride_width,
        layer.padding_top, layer.padding_left, layer.padding_value - 128, rows, columns, *layer.activation,
    ]  # fmt: skip


def cost(layer: Convolution, core: int, room: int) -> int:
    """Instructions of an inference, about."""
    rows, columns = strip(layer, core, room)
    height, width = layer.weights.shape[1:3]
    outputs, inputs = len(layer.bias), layer.input.shape[3]
    across = -(-layer.width // columns)
    down = -(-layer.height // rows)
    if core == 7:
        sets, lines = len(_first_taps(layer)), _lines(layer)
        block = 12 * lines + 30
        # Lines of one stride's pixels are made once and copied.
        line = 5.2 * sets if layer.stride_width > 1 else 5.2 + 2.2 * (sets - 1)
        pairs = ((rows - 1) * layer.stride + height + 1) // 2
        made = down * pairs * across * (line * (columns + 2) + 15 * sets)
        calls = down * across * (350 + 16 * _odd_lines(layer))
        kernel = layer.height * across * (-(-columns // 3) * block + 35)
        return int(outputs * (kernel + calls) + inputs * made)
    vectors = -(-height * width // 16)
    block = 8 * (1 + 2 * vectors) + 30
    read = (columns - 1) * layer.stride_width + width
    made = layer.height * across * height * (0.44 * read + 1.5)
    return int(outputs * (layer.height * across * (-(-columns // 8) * block + 12) + down * across * 60) + inputs * made)
