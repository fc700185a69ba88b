"""Dense layers, and convolutions of one pixel whose window is the whole image (firmware: dense.cc)."""

import struct
from dataclasses import dataclass

import numpy as np

from emojicam.model.graph import Graph, Tensor
from emojicam.model.kernels import cost
from emojicam.model.kernels.layer import DENSE, HEADER_WORDS, MAGIC, Layer, check_int8, gained
from emojicam.model.kernels.match import Integers, NotOurs, activation_range, any_convolution
from emojicam.model.kernels.requantise import quantize_multiplier, requantise
from emojicam.model.schema import ACTIVATION_NAMES

#: As far as zero point and rounding fit into one addend (M7), and a factor below it counts for nothing.
_MOST_SHIFT = 22


@dataclass(frozen=True, eq=False)
class _Dense:
    """One layer.

    Attributes:
        weights: (outputs, values).
        bias: for inputs as they are: the input's zero point is in it.
        scaling: Q31 multiplier and right shift of each output.
    """

    source: Tensor
    output: Tensor
    weights: Integers
    bias: Integers
    scaling: tuple[tuple[int, int], ...]
    activation: tuple[int, int]


def dense_layer(graph: Graph, index: int, core: int, worth: int) -> Layer:
    """The layer at `index`, FULLY_CONNECTED or CONV_2D.

    Raises:
        NotOurs: it has several pixels, or is quantised otherwise.
    """
    operator = graph.operators[index]
    if operator.name == "CONV_2D":
        found, theirs = _of_one_pixel(graph, index, core)
    else:
        found, theirs = _fully_connected(graph, index), cost.elsewhere(graph, operator, core) or 0
    outputs, depth = found.weights.shape
    steps = -(-depth // (8 if core == 7 else 16))
    packed = (_m7_quads if core == 7 else _m55_quads)(found, steps)
    scratch = 16 * steps if core == 7 else 0
    words = [depth, outputs, steps, found.output.zero_point, *found.activation]
    at = 4 * (HEADER_WORDS + len(words) + 1)
    header = [MAGIC, core, 9, at + len(packed), scratch, found.source.nbytes, found.output.nbytes]
    every = [word & 0xFFFFFFFF for word in (*header, *words, at)]
    encoded = struct.pack(f"<{len(every)}I", *every) + packed
    predicted = cost.dense(outputs, depth, core)
    saves = gained(predicted, theirs, worth)
    return Layer(
        DENSE, (0,), "emojicam dense", f"from {depth} values", lambda _: encoded, lambda _: scratch, predicted, saves
    )


def _of_one_pixel(graph: Graph, index: int, core: int) -> tuple[_Dense, int]:
    layer = any_convolution(graph, index)
    if layer.height * layer.width != 1 or layer.pad is not None or layer.weights.shape[1:] != layer.input.shape[1:]:
        raise NotOurs("more than one pixel, or a part of the image")
    flat = layer.weights.reshape(len(layer.bias), -1)
    bias = layer.bias + 128 * flat.sum(axis=1)
    theirs = cost.cmsis_convolution(layer, core)
    return _Dense(layer.input, layer.output, flat, bias, layer.scaling, layer.activation), theirs


def _fully_connected(graph: Graph, index: int) -> _Dense:
    operator = graph.operators[index]
    source, filters, added = (graph.tensor(operator, i) for i in range(3))
    output = graph.output(operator)
    check_int8(source, filters, output)
    assert source is not None and filters is not None
    if filters.data is None or any(filters.zero_points) or operator.options["weights_format"] != 0:
        raise NotOurs("weights that are computed, have a zero point or are shuffled")
    if len(filters.shape) != 2 or source.elements != filters.shape[1] or output.shape != (1, filters.shape[0]):
        raise NotOurs("on several rows")
    if added is not None and (added.data is None or added.dtype != "int32"):
        raise NotOurs("a bias that is computed")
    weights = filters.array().astype(np.int64)
    bias = np.zeros(len(weights), np.int64) if added is None else added.array().astype(np.int64)
    # fully_connected.cc: the float32 scales, multiplied and divided as doubles.
    real = float(np.float32(source.scale)) * float(np.float32(filters.scale)) / float(np.float32(output.scale))
    multiplier, left = quantize_multiplier(real)
    activation = activation_range(output, ACTIVATION_NAMES[operator.options["fused_activation_function"]])
    bias = bias - source.zero_point * weights.sum(axis=1)
    return _Dense(source, output, weights, bias, ((multiplier, -left),) * len(weights), activation)


def _scaled(layer: _Dense) -> list[tuple[int, int, int, int | None]]:
    """Bias, multiplier and right shift of each output, and its value where that is always the same.

    Raises:
        NotOurs: sums or factor are beyond what the kernels compute.
    """
    found: list[tuple[int, int, int, int | None]] = []
    offset = 128 * np.abs(layer.weights).sum(axis=1)
    for n, (multiplier, right) in enumerate(layer.scaling):
        bias = int(layer.bias[n])
        if multiplier == 0 or not layer.weights[n].any():
            found.append((0, 0, 0, min(max(requantise(bias, multiplier, right), -512), 511)))
            continue
        if abs(bias) + int(offset[n]) >= 1 << 30:
            raise NotOurs(f"output {n}'s sums reach beyond 30 bits")
        if not 0 <= right <= _MOST_SHIFT:
            raise NotOurs(f"output {n}'s factor is 1 and more, or below 2^-{_MOST_SHIFT}")
        found.append((bias, multiplier, right, None))
    return found + [(0, 0, 0, 0)] * (-len(found) % 4)


def _quads(layer: _Dense, depth: int) -> Integers:
    """Weights, filled up: (quads, 4, depth); 0 where an output is always the same."""
    outputs, values = layer.weights.shape
    kept = layer.weights * np.array([[multiplier != 0] for multiplier, _ in layer.scaling])
    return np.pad(kept, ((0, -outputs % 4), (0, depth - values))).reshape(-1, 4, depth)


def _m7_quads(layer: _Dense, steps: int) -> bytes:
    """The quads of dense_kernels.h."""
    zero_point = layer.output.zero_point
    weights = _quads(layer, 8 * steps)
    channels = _scaled(layer)
    packed = []
    for number, quad in enumerate(weights):
        four = channels[4 * number : 4 * number + 4]
        words = [2 * bias for bias, _, _, _ in four]
        packed.append(struct.pack("<4i", *words))
        packed.append(quad.reshape(4, -1, 4).transpose(1, 0, 2).astype(np.int8).tobytes())
        constants = [
            [multiplier for _, multiplier, _, _ in four],
            [int(right > 0) for _, _, right, _ in four],
            [
                (zero_point << right) + ((1 << right) >> 1) if value is None else zero_point + value
                for _, _, right, value in four
            ],
            [right for _, _, right, _ in four],
        ]
        packed += [struct.pack("<4i", *row) for row in constants]
    return b"".join(packed)


def _m55_quads(layer: _Dense, steps: int) -> bytes:
    """M55DenseQuad of each four outputs, with its weights."""
    weights = _quads(layer, 16 * steps)
    channels = _scaled(layer)
    packed = []
    for number, quad in enumerate(weights):
        four = channels[4 * number : 4 * number + 4]
        # A constant's double times one half.
        packed.append(struct.pack("<4i", *(bias if value is None else 2 * value for bias, _, _, value in four)))
        packed.append(struct.pack("<4i", *(one[1] if one[3] is None else 1 << 30 for one in four)))
        packed.append(struct.pack("<4i", *(-right for _, _, right, _ in four)))
        packed.append(struct.pack("<4i", *(-int(right > 0) for _, _, right, _ in four)))
        packed.append(quad.reshape(4, -1, 16).transpose(1, 0, 2).astype(np.int8).tobytes())
    return b"".join(packed)
