"""Layers whose outputs depend on one input value each, as a table of 256: activations, factors, offsets, and chains
of them.

What TFLM, or LiteRT where it has no such kernel, computes for each of the 256 values is computed here once, so the
table is exact by its nature, and one look-up does the work of a whole chain: a Rescaling layer's MUL and ADD, or
LOGISTIC and the MUL that makes swish of it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels import fixed_point, sums
from emojicam.model.kernels.match import NotOurs, activation_range
from emojicam.model.kernels.requantise import quantize_multiplier
from emojicam.model.schema import ACTIVATION_NAMES

Array = np.ndarray[Any, np.dtype[np.int64]]

#: Operators that TFLM July 2020 has no int8 kernel for: a table is the only way to run them.
ONLY_AS_TABLES = ("HARD_SWISH", "LEAKY_RELU", "GELU", "ELU")
_VALUES = np.arange(-128, 128, dtype=np.int64)
#: Channels that may have a table each.
_MOST_CHANNELS = 64


@dataclass(frozen=True)
class Table:
    """A layer, or a chain that ends with it.

    Attributes:
        source: the tensor that it depends on.
        values: (1, 256) or (channels, 256): what int8 -128, -127, ... become.
        covers: operators before it whose work it does too.
    """

    source: int
    values: Array
    covers: tuple[int, ...] = ()


def match_table(graph: Graph, index: int, *, alone: bool = False) -> Table:
    """The layer at `index` and what comes before it and has no other reader.

    Args:
        alone: without what comes before it.

    Raises:
        NotOurs: it depends on more than one value.
    """
    operator = graph.operators[index]
    if operator.name not in _UNARY and operator.name not in _BINARY:
        raise NotOurs(f"no table for {operator.name}")
    output = graph.output(operator)
    tensors = [graph.tensors[i] for i in operator.inputs]
    for tensor in (*tensors, output):
        if tensor.dtype != "int8" or len(tensor.scales) != 1 or not -128 <= tensor.zero_point <= 127:
            raise NotOurs("not quantised as the int8 specification has it")
    if operator.name in _UNARY:
        before = _itself(operator.inputs[0]) if alone else _before(graph, operator.inputs[0])
        return Table(before.source, _unary(operator, tensors[0], output)[before.values + 128], before.covers)
    computed = [i for i, tensor in zip(operator.inputs, tensors, strict=True) if tensor.data is None]
    if not computed or len(tensors) != 2:
        raise NotOurs("two constants")
    if any(graph.tensors[i].shape != output.shape for i in computed):
        raise NotOurs("its inputs have different shapes")
    sides = [
        _before(graph, i) if tensor.data is None else _constant(tensor)
        for i, tensor in zip(operator.inputs, tensors, strict=True)
    ]
    sources = {side.source for side in sides if side.source >= 0}
    if len(sources) > 1:
        # x and what a table makes of x: as far back as both go.
        sides = [_own(graph, operator, side, i) for side, i in zip(sides, operator.inputs, strict=True)]
        sources = {side.source for side in sides if side.source >= 0}
    if len(sources) > 1:
        raise NotOurs("it depends on two values")
    values = _binary(operator, (tensors[0], tensors[1]), output, sides[0].values, sides[1].values)
    covers = tuple(sorted({i for side in sides for i in side.covers}))
    return Table(sources.pop(), values, covers)


def _constant(tensor: Tensor) -> Table:
    """A constant as a table that looks at nothing: one row, or one a channel."""
    values = tensor.array().astype(np.int64).ravel()
    if tensor.elements != 1 and (tensor.elements != tensor.shape[-1] or tensor.elements > _MOST_CHANNELS):
        raise NotOurs("its constant is no number, and none for each channel")
    return Table(-1, np.repeat(values[:, None], 256, axis=1))


def _itself(index: int) -> Table:
    return Table(index, _VALUES[None])


def _before(graph: Graph, index: int) -> Table:
    """How a tensor follows from an earlier one, where what computes it may go: nobody else reads it."""
    producer = graph.producer(index)
    if producer is None or index in graph.outputs or len(graph.consumers(index)) != 1:
        return _itself(index)
    try:
        table = match_table(graph, producer)
    except NotOurs:
        return _itself(index)
    return Table(table.source, table.values, (*table.covers, producer))


def _own(graph: Graph, operator: Operator, side: Table, index: int) -> Table:
    """A side of two that begin at different tensors: what another input of the operator is, stays as it is."""
    return _itself(index) if side.source not in operator.inputs and side.source >= 0 else side


def _clamped(values: Array, operator: Operator, output: Tensor) -> Array:
    name = ACTIVATION_NAMES.get(operator.options.get("fused_activation_function", 0), "?")
    low, high = activation_range(output, name)
    found: Array = np.clip(values, low, high)
    return found


def _scale(tensor: Tensor) -> float:
    return float(np.float32(tensor.scale))


def _sum(operator: Operator, tensors: tuple[Tensor, Tensor], output: Tensor, a: Array, b: Array) -> Array:
    first, second = (one.quantisation for one in tensors)
    every = sums.expected(first, second, output.quantisation, minus=operator.name == "SUB")
    return every[a + 128, b + 128]


def _product(_: Operator, tensors: tuple[Tensor, Tensor], output: Tensor, a: Array, b: Array) -> Array:
    """reference_integer_ops/mul.h."""
    multiplier, left = quantize_multiplier(_scale(tensors[0]) * _scale(tensors[1]) / _scale(output))
    raw = (a - tensors[0].zero_point) * (b - tensors[1].zero_point)
    scaled = np.vectorize(lambda value: fixed_point.multiply(int(value), multiplier, left), otypes=[np.int64])(raw)
    return np.asarray(scaled + output.zero_point)


def _prelu(_: Operator, tensors: tuple[Tensor, Tensor], output: Tensor, a: Array, b: Array) -> Array:
    """reference/prelu.h."""
    steep = quantize_multiplier(_scale(tensors[0]) / _scale(output))
    flat = quantize_multiplier(_scale(tensors[0]) * _scale(tensors[1]) / _scale(output))
    above, slopes = a - tensors[0].zero_point, b - tensors[1].zero_point

    def compute(value: int, slope: int) -> int:
        return fixed_point.multiply(value, *steep) if value >= 0 else fixed_point.multiply(value * slope, *flat)

    scaled = np.vectorize(lambda value, slope: compute(int(value), int(slope)), otypes=[np.int64])(above, slopes)
    return np.asarray(scaled + output.zero_point)


_BINARY: dict[str, Callable[[Operator, tuple[Tensor, Tensor], Tensor, Array, Array], Array]] = {
    "ADD": _sum,
    "SUB": _sum,
    "MUL": _product,
    "PRELU": _prelu,
}


def _binary(operator: Operator, tensors: tuple[Tensor, Tensor], output: Tensor, a: Array, b: Array) -> Array:
    wide = np.broadcast_arrays(a, b)
    return _clamped(_BINARY[operator.name](operator, tensors, output, wide[0], wide[1]), operator, output)


def _unary(operator: Operator, source: Tensor, output: Tensor) -> Array:
    compute = _UNARY[operator.name](operator, source, output)
    return np.clip(np.array([compute(int(value)) for value in _VALUES], np.int64), -128, 127)


Scalar = Callable[[int], int]


def _quantize(_: Operator, source: Tensor, output: Tensor) -> Scalar:
    """reference_ops::Requantize."""
    multiplier, left = quantize_multiplier(_scale(source) / _scale(output))
    return lambda value: fixed_point.multiply(value - source.zero_point, multiplier, left) + output.zero_point


def _leaky_relu(operator: Operator, source: Tensor, output: Tensor) -> Scalar:
    """reference_ops::QuantizeLeakyRelu; the factors are computed in float32 (activations.cc)."""
    scale = np.float32(source.scale)
    steep = quantize_multiplier(float(scale / np.float32(output.scale)))
    slope = float(scale * np.float32(operator.options["alpha"]) / np.float32(output.scale))
    if slope < 0:
        raise NotOurs("its slope is below zero")
    flat = quantize_multiplier(slope)

    def compute(value: int) -> int:
        above = value - source.zero_point
        return fixed_point.multiply(above, *(steep if above >= 0 else flat)) + output.zero_point

    return compute


def _int16(multiplier: int) -> int:
    """DownScaleInt32ToInt16Multiplier."""
    return 0x7FFF if multiplier >= (1 << 31) - (1 << 15) else (multiplier + (1 << 15)) >> 16


def _hard_swish(_: Operator, source: Tensor, output: Tensor) -> Scalar:
    """reference_ops::HardSwish, in int16."""
    fine = np.float32(1 / 128) * np.float32(source.scale)
    to_output, output_exponent = quantize_multiplier(float(fine / np.float32(output.scale)))
    to_gate, gate_exponent = quantize_multiplier(float(fine / np.float32(3.0 / 32768.0)))
    output_factor, gate_factor = _int16(to_output), _int16(to_gate)

    def saturated(value: int) -> int:
        return max(-0x8000, min(value, 0x7FFF))

    def compute(value: int) -> int:
        hires = (value - source.zero_point) << 7
        scaled = fixed_point.high_multiply(hires, output_factor, 15)
        gate = saturated(hires << (gate_exponent - 1)) if gate_exponent > 0 else hires
        gate = fixed_point.high_multiply(gate, gate_factor, 15)
        if gate_exponent > 0:
            gate = saturated(gate << 1)
        elif gate_exponent < 0:
            gate = fixed_point.divide(gate, -gate_exponent)
        gate = (gate + (1 << 15)) >> 1
        product = gate * scaled
        high = int(product / (1 << 15)) if gate != -0x8000 or scaled != -0x8000 else 0x7FFF
        return fixed_point.divide(high, -output_exponent) + output.zero_point

    if output_exponent > 0:
        raise NotOurs("its output is finer than its kernel can give")
    return compute


def _curve(
    source: Tensor, output: Tensor, quantisation: tuple[float, int], function: Callable[[int, int], int], bits: int
) -> Scalar:
    """A function of x in fixed point, int8 with so many bits behind the point (logistic.h, tanh.h)."""
    if output.quantisation != quantisation:
        raise NotOurs(f"its outputs are no {1 / quantisation[0]:g}ths")
    fraction, left = math.frexp(_scale(source) * (1 << 27))
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31 or not 0 <= left <= 30:
        raise NotOurs("an input scale that its kernel doesn't shift by")
    radius = math.floor(15.0 * (1 << 27) / (1 << left))

    def compute(value: int) -> int:
        centred = value - source.zero_point
        if abs(centred) >= radius:
            return -128 if centred < 0 else 127
        found = function(fixed_point.multiply(centred, multiplier, left), 4)
        return max(-128, min(fixed_point.divide(found, 31 - bits) + quantisation[1], 127))

    return compute


def _logistic(_: Operator, source: Tensor, output: Tensor) -> Scalar:
    """reference_integer_ops/logistic.h."""
    return _curve(source, output, (1 / 256, -128), fixed_point.logistic, 8)


def _tanh(_: Operator, source: Tensor, output: Tensor) -> Scalar:
    """reference_integer_ops/tanh.h."""
    return _curve(source, output, (1 / 128, 0), fixed_point.tanh, 7)


def _relu(operator: Operator, source: Tensor, output: Tensor) -> Scalar:
    """activations.cc clamps, and converts nothing."""
    if source.quantisation != output.quantisation:
        raise NotOurs("it would change the scale")
    low, high = activation_range(output, operator.name)
    return lambda value: max(low, min(value, high))


def _by_float(function: Callable[[Operator, float], float]) -> Callable[[Operator, Tensor, Tensor], Scalar]:
    """LiteRT's own table: the function in float32 at each value (lut.h, LUTPopulateInt8)."""

    def scalar(operator: Operator, source: Tensor, output: Tensor) -> Scalar:
        inverse = np.float32(1) / np.float32(output.scale)

        def compute(value: int) -> int:
            real = np.float32(source.scale) * np.float32(value - source.zero_point)
            scaled = float(np.float32(function(operator, float(real))) * inverse)
            return int(math.copysign(math.floor(abs(scaled) + 0.5), scaled)) + output.zero_point

        return compute

    return scalar


def _gelu(operator: Operator, x: float) -> float:
    if operator.options["approximate"]:
        return 0.5 * x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    return 0.5 * x * math.erfc(-x * math.sqrt(0.5))


_UNARY: dict[str, Callable[[Operator, Tensor, Tensor], Scalar]] = {
    "QUANTIZE": _quantize,
    "LEAKY_RELU": _leaky_relu,
    "HARD_SWISH": _hard_swish,
    "LOGISTIC": _logistic,
    "TANH": _tanh,
    "RELU": _relu,
    "RELU6": _relu,
    "GELU": _by_float(_gelu),
    "ELU": _by_float(lambda _, x: math.expm1(x) if x < 0 else x),
}

#: Every operator that may become a table.
OPERATORS = frozenset((*_UNARY, *_BINARY))
