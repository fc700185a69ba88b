"""Layers by themselves: operators that run one layer on tensors that TFLM places.

What no chain of blocks takes. Mirrors firmware/src/inference/kernels/emojicam/layer_format.h.
"""

import struct
from typing import Any

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels import cost, depthwise_any, elementwise, pack_m7, pack_m55, plan_m7, tables
from emojicam.model.kernels.dense import dense_layer
from emojicam.model.kernels.layer import (
    CONVOLUTION,
    DEPTHWISE,
    DEPTHWISE_ANY,
    HEADER_WORDS,
    MAGIC,
    POOL,
    REGISTRATIONS,
    TABLE,
    TRANSPOSE,
    Layer,
    check_int8,
    encode_layer,
    gained,
)  # fmt: skip
from emojicam.model.kernels.match import Convolution, NotOurs, activation_range, any_convolution
from emojicam.model.kernels.requantise import quantize_multiplier
from emojicam.model.schema import ACTIVATION_NAMES
from emojicam.model.windows import axes

#: Scratch memory that a layer gets at most: longer strips of pixels save calls, but ever fewer.
MOST_SCRATCH = 16 * 1024
_LEAST_TILES = 2
#: Instructions that a layer has to save before a kernel's code and a strip's memory are worth it; more where there is
#: but one pixel, as at a model's end, and no other convolution.
WORTH = 1_500
_WORTH_ONE_PIXEL = 10_000


def match_layer(graph: Graph, index: int, core: int, *, worth: int = WORTH, company: bool = False) -> Layer:
    """The layer at `index`.

    Args:
        worth: instructions that it has to save over CMSIS-NN, by prediction.
        company: other layers need the kernel of a convolution anyway.

    Raises:
        NotOurs: no kernel of ours computes it; says why.
    """
    operator = graph.operators[index]
    if operator.name == "FULLY_CONNECTED":
        return dense_layer(graph, index, core, worth)
    if operator.name == "CONV_2D":
        try:
            return dense_layer(graph, index, core, worth)
        except NotOurs:
            pass
        return _convolution(any_convolution(graph, index), core, worth, company)
    if operator.name == "DEPTHWISE_CONV_2D":
        layer = any_convolution(graph, index)
        try:
            return _depthwise(layer, core, worth)
        except NotOurs:
            return _depthwise_any(layer, core, worth)
    if operator.name == "TRANSPOSE":
        return transpose(graph, operator, core)
    no_table = ""
    if operator.name in tables.OPERATORS:
        try:
            return table_layer(graph, index, core, worth)
        except NotOurs as error:
            no_table = str(error)
    if operator.name in ("ADD", "SUB"):
        return elementwise.sum_layer(graph, operator, core)
    if operator.name == "MUL":
        return elementwise.product_layer(graph, operator, core)
    if operator.name in ("AVERAGE_POOL_2D", "MAX_POOL_2D"):
        return _pool(graph, operator, core, worth)
    if operator.name == "MEAN":
        return _mean(graph, operator, core)
    raise NotOurs(no_table or f"no kernel of ours for {operator.name}")


#: Operators that TFLM July 2020 has no int8 kernel for, by what registers ours.
ONLY_OURS = {**dict.fromkeys(tables.ONLY_AS_TABLES, REGISTRATIONS[TABLE]), "TRANSPOSE": REGISTRATIONS[TRANSPOSE]}
_MOST_DIMENSIONS = 5


def only_ours(graph: Graph, index: int, core: int) -> Layer:
    """The layer at `index`, one of ONLY_OURS, by itself.

    Raises:
        NotOurs: not even we can.
    """
    operator = graph.operators[index]
    if operator.name == "TRANSPOSE":
        return transpose(graph, operator, core)
    return table_layer(graph, index, core, alone=True)


def transpose(graph: Graph, operator: Operator, core: int) -> Layer:
    """TRANSPOSE by a constant order.

    Raises:
        NotOurs: the order is computed, or there are more than five dimensions.
    """
    source, order, output = graph.tensors[operator.inputs[0]], graph.tensor(operator, 1), graph.output(operator)
    if order is None or order.data is None or order.dtype != "int32" or source.dtype != "int8":
        raise NotOurs("its order is not constant")
    axes_of = [int(axis) for axis in order.array().ravel()]
    rank = len(source.shape)
    if rank > _MOST_DIMENSIONS or sorted(axes_of) != list(range(rank)):
        raise NotOurs(f"an order of {axes_of} for {rank} dimensions, five are possible")
    if tuple(source.shape[axis] for axis in axes_of) != output.shape or source.nbytes > 1 << 20:
        raise NotOurs("its output has another shape, or over a megabyte")
    strides = [int(np.prod(source.shape[axis + 1 :])) for axis in axes_of]
    missing = _MOST_DIMENSIONS - rank
    words = [*[1] * missing, *output.shape, *[0] * missing, *strides]
    encoded = encode_layer(core, 6, 0, (source, output), words)
    return Layer(
        TRANSPOSE, (0,), "emojicam transpose", f"in the order {axes_of}", lambda _: encoded,
        predicted=200 + 6 * output.elements,
    )  # fmt: skip


def table_layer(graph: Graph, index: int, core: int, worth: int = WORTH, *, alone: bool = False) -> Layer:
    """The layer at `index` as a table, with those before it that one table can do too.

    Args:
        worth: see `match_layer`.
        alone: leave those before it as they are.

    Raises:
        NotOurs: it depends on more than one value.
    """
    operator = graph.operators[index]
    found = tables.match_table(graph, index, alone=alone)
    output = graph.output(operator)
    each = 3.4 if core == 7 else 0.5
    predicted = 150 + int(output.elements * (each if len(found.values) == 1 else 9))
    if operator.name not in tables.ONLY_AS_TABLES and not found.covers:
        gained(predicted, cost.elsewhere(graph, operator, core) or 20 * output.elements, worth)
    # By the input's bits as an unsigned byte: 0 to 127 come first.
    packed = np.roll(found.values, 128, axis=1).astype(np.int8).tobytes()
    at = 4 * (HEADER_WORDS + 2)
    header = [MAGIC, core, 5, at + len(packed), 0, output.nbytes, output.nbytes, len(found.values), at]
    encoded = struct.pack(f"<{len(header)}I", *header) + packed
    together = f"with {len(found.covers)} before it" if found.covers else "by itself"
    return Layer(
        TABLE, (0,), "emojicam table", together, lambda _: encoded, predicted=predicted, covers=found.covers,
        source=found.source,
    )  # fmt: skip


def _image(tensor: Tensor) -> tuple[int, ...]:
    if len(tensor.shape) != 4 or tensor.shape[0] != 1:
        raise NotOurs(f"a tensor of shape {list(tensor.shape)}")
    return tensor.shape[1:]


def _pool(graph: Graph, operator: Operator, core: int, worth: int) -> Layer:
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    check_int8(source, output)
    height, width, _ = _image(source)
    options: dict[str, Any] = operator.options
    window = options["filter_height"], options["filter_width"]
    tall, wide = axes(operator, (height, width), window)
    low, high = activation_range(output, ACTIVATION_NAMES[options["fused_activation_function"]])
    average = operator.name == "AVERAGE_POOL_2D"
    words = [
        *_image(source), *_image(output), int(average), *window, options["stride_h"], options["stride_w"],
        tall.before, wide.before, 0, 0, 0, 0, low, high,
    ]  # fmt: skip
    encoded = encode_layer(core, 3, 0, (source, output), words)
    name = "average" if average else "maximum"
    pixels, channels = output.elements // output.shape[3], output.shape[3]
    predicted = cost.pool(pixels, channels, window, core, average=average)
    if average and worth > 0:
        gained(predicted, cost.cmsis_average(pixels, channels, window, core), 0)
    return Layer(
        POOL, (0,), f"emojicam {name}", f"over {window[0]}x{window[1]}", lambda _: encoded, predicted=predicted,
    )  # fmt: skip


def _mean(graph: Graph, operator: Operator, core: int) -> Layer:
    source, axis, output = graph.tensors[operator.inputs[0]], graph.tensor(operator, 1), graph.output(operator)
    check_int8(source, output)
    height, width, channels = _image(source)
    if axis is None or axis.data is None or {int(one) % 4 for one in np.ravel(axis.array())} != {1, 2}:
        raise NotOurs("a mean over something else than the image")
    scale = float(np.float32(source.scale)) / float(np.float32(output.scale))
    multiplier, left = quantize_multiplier(scale)
    # 1 / count goes into the multiplier, rounded down (reduce.h, QuantizedMeanOrSum).
    count = height * width
    widen = min(count.bit_length() - 1, 31 + left)
    multiplier, left = (multiplier << widen) // count, left - widen
    if not -31 <= left <= 7 or count * 256 >= 1 << 23:
        raise NotOurs("a factor or an image too large")
    words = [
        height, width, channels, 1, 1, channels, 2, height, width, 1, 1, 0, 0, multiplier, left,
        source.zero_point, output.zero_point, -128, 127,
    ]  # fmt: skip
    encoded = encode_layer(core, 3, 0, (source, output), words)
    return Layer(
        POOL, (0,), "emojicam mean", "over the whole image", lambda _: encoded,
        predicted=cost.mean(source.elements, source.shape[3], core),
    )  # fmt: skip


def _convolution(layer: Convolution, core: int, worth: int, company: bool) -> Layer:
    outputs, rows, columns, depth = layer.weights.shape
    row = columns * depth
    if core == 7:
        pairs = pack_m7.patch_pairs(layer)
        patch, pixels, tile = rows * (-(-row // 4) * 4), 2, 4 * rows * (-(-row // 4) * 4)
        extra = 0
    else:
        pairs = pack_m55.patch_pairs(layer)
        patch, pixels = -(-rows * row // 16) * 16, 4
        as_it_is = (rows, columns, layer.stride, layer.stride_width) == (1, 1, 1, 1)
        tile, extra = (0, 0) if as_it_is else (4 * patch, 16)
    spare = (2 * ((row + 19) // 4 * 4) if (rows, columns) != (1, 1) else 0) + extra
    every = -(-layer.height * layer.width // pixels)

    def tiles_in(room: int) -> int:
        return min(max((min(room, MOST_SCRATCH) - spare) // tile, _LEAST_TILES), every) if tile else 1

    def encode(room: int) -> bytes:
        tiles = tiles_in(room)
        scratch = tiles * tile + spare
        words = [
            *layer.input.shape[1:], *layer.output.shape[1:], rows, columns, layer.stride, layer.stride_width,
            layer.padding_top, layer.padding_left, layer.padding_value - 128, patch, tiles,
            len(pairs) // -(-outputs // 2), *layer.activation,
        ]  # fmt: skip
        at = 4 * (HEADER_WORDS + len(words) + 1)
        header = [MAGIC, core, 1, at + len(pairs), scratch, layer.input.nbytes, layer.output.nbytes]
        every_word = [word & 0xFFFFFFFF for word in (*header, *words, at)]
        return struct.pack(f"<{len(every_word)}I", *every_word) + pairs

    ours = cost.convolution(layer, core, MOST_SCRATCH)
    least = max(worth, _WORTH_ONE_PIXEL) if every == 1 and worth > 0 and not company else worth
    saves = gained(ours, cost.cmsis_convolution(layer, core), least)
    return Layer(
        CONVOLUTION, (0,), "emojicam convolution", f"{rows}x{columns} on {depth} channels", encode,
        lambda room: tiles_in(room) * tile + spare, ours, saves, layer.pad,
    )  # fmt: skip


def _depthwise(layer: Convolution, core: int, worth: int) -> Layer:
    if layer.weights.shape[1:3] != (3, 3) or layer.multiplier != 1:
        raise NotOurs("its window is not 3x3, or there are several filters a channel")
    if layer.stride != layer.stride_width or layer.stride not in (1, 2):
        raise NotOurs(f"different strides for rows and columns, or beyond 2 ({layer.stride}, {layer.stride_width})")
    if layer.activation[0] != -128 or layer.output.zero_point != -128:
        raise NotOurs("its outputs go below zero, where double rounding can be seen")
    if core == 7:
        constants = pack_m7.window_channels(layer, signed=True)
        columns = min(layer.width, plan_m7.WIDEST // layer.stride)
    else:
        constants, columns = pack_m55.depthwise_channels(layer), min(layer.width, 96 // layer.stride)
    scratch = _depthwise_m7 if core == 7 else _depthwise_m55

    def rows_in(room: int) -> int:
        step = 1 if core == 7 else 2
        rows = step
        while rows < layer.height and scratch(layer, rows + step, columns) <= min(room, MOST_SCRATCH):
            rows += step
        return rows

    def encode(room: int) -> bytes:
        rows = rows_in(room)
        words = [
            *layer.input.shape[1:], *layer.output.shape[1:], layer.stride, layer.padding_top, layer.padding_left,
            layer.padding_value - 128, rows, columns, layer.activation[1],
        ]  # fmt: skip
        at = 4 * (HEADER_WORDS + len(words) + 1)
        sizes = at + len(constants), scratch(layer, rows, columns), layer.input.nbytes, layer.output.nbytes
        header = [MAGIC, core, 4, *sizes]
        every = [word & 0xFFFFFFFF for word in (*header, *words, at)]
        return struct.pack(f"<{len(every)}I", *every) + constants

    strips = -(-layer.height // rows_in(MOST_SCRATCH)) * -(-layer.width // columns)
    ours = cost.depthwise(layer, core, strips)
    saves = gained(ours, cost.cmsis_depthwise(layer, core), worth)
    return Layer(
        DEPTHWISE, (0,), "emojicam depthwise 3x3", f"stride {layer.stride}, by itself", encode,
        lambda room: scratch(layer, rows_in(room), columns), ours, saves, layer.pad,
    )  # fmt: skip


def _depthwise_any(layer: Convolution, core: int, worth: int) -> Layer:
    depthwise_any.check(layer, core)
    packed = depthwise_any.constants(layer, core)

    def scratch(room: int) -> int:
        return depthwise_any.scratch(layer, core, *depthwise_any.strip(layer, core, min(room, MOST_SCRATCH)))

    def encode(room: int) -> bytes:
        words = depthwise_any.words(layer, core, min(room, MOST_SCRATCH))
        at = 4 * (HEADER_WORDS + len(words) + 1)
        header = [MAGIC, core, 7, at + len(packed), scratch(room), layer.input.nbytes, layer.output.nbytes]
        every = [word & 0xFFFFFFFF for word in (*header, *words, at)]
        return struct.pack(f"<{len(every)}I", *every) + packed

    ours = depthwise_any.cost(layer, core, MOST_SCRATCH)
    saves = gained(ours, cost.cmsis_depthwise(layer, core), worth)
    height, width = layer.weights.shape[1:3]
    return Layer(
        DEPTHWISE_ANY, (0,), f"emojicam depthwise {height}x{width}",
        f"stride {layer.stride}x{layer.stride_width}, by itself", encode, scratch, ours, saves, layer.pad,
    )  # fmt: skip


def _depthwise_m7(layer: Convolution, rows: int, _columns: int) -> int:
    """DepthwiseScratchM7."""
    tiles = -(-plan_m7.WIDEST // 6) * 3
    return 4 * ((rows - 1) * layer.stride + 4) * plan_m7.WIDE_PITCH + rows * tiles * 16


def _depthwise_m55(layer: Convolution, rows: int, columns: int) -> int:
    """DepthwiseScratchM55."""
    rows = min(rows, layer.height)
    blocks = -(-columns // (4 if layer.stride == 1 else 8))
    pitch = (4 if layer.stride == 1 else 16) * blocks + 2
    windows = -(-rows // 2) if layer.stride == 1 else rows
    return (2 * windows + 2) * 16 * pitch + 4 + (rows * columns + 1) * 16 + 16 * blocks * windows
