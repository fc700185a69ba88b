"""Which layers of a graph our kernels can take: their numbers in plain form, or why not."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels.requantise import quantize_multiplier
from emojicam.model.schema import ACTIVATION_NAMES, PADDING_NAMES

Integers = npt.NDArray[np.int64]


class NotOurs(Exception):
    """A layer that our kernels don't take; the text says why."""


@dataclass(frozen=True, eq=False)
class Convolution:
    """One convolution with everything folded that doesn't depend on the input.

    Attributes:
        index: of the operator.
        stride, stride_width: of rows, and of columns.
        activation: the int8 range that the fused activation leaves.
        pad: the operator PAD before it whose work its own padding does; `input` is what that one reads.
        weights: (output channels, ky, kx, input channels); depthwise: (channels, ky, kx, 1).
        bias: for inputs taken as q + 128: the input's zero point is in it.
        padding_value: of an input pixel outside of the image, as q + 128.
        scaling: Q31 multiplier and right shift of each output channel.
        multiplier: depthwise: output channels of each input channel.
    """

    index: int
    depthwise: bool
    input: Tensor
    output: Tensor
    stride: int
    stride_width: int
    padding_top: int
    padding_left: int
    weights: Integers
    bias: Integers
    padding_value: int
    scaling: tuple[tuple[int, int], ...]
    activation: tuple[int, int]
    pad: int | None = None
    multiplier: int = 1

    @property
    def height(self) -> int:
        return self.output.shape[1]

    @property
    def width(self) -> int:
        return self.output.shape[2]

    def accumulator_bounds(self) -> tuple[Integers, Integers]:
        """Least and greatest accumulator of each output channel over all inputs in 0..255."""
        flat = self.weights.reshape(len(self.bias), -1)
        return (
            self.bias + 255 * np.minimum(flat, 0).sum(axis=1),
            self.bias + 255 * np.maximum(flat, 0).sum(axis=1),
        )


def activation_range(output: Tensor, name: str) -> tuple[int, int]:
    """The int8 range that a fused activation leaves, as TFLM's CalculateActivationRangeQuantized.

    Raises:
        NotOurs: a bound is no int32, which TFLM refuses, too.
    """

    def quantize(value: float) -> int:
        # C's round: half away from zero, on float32.
        with np.errstate(over="ignore"):
            scaled = np.float32(value) / np.float32(output.scale)
        if not abs(scaled) < 2**31:
            raise NotOurs(f"its output's scale of {output.scale:g} is too small for its activation")
        return output.zero_point + int(np.copysign(np.floor(abs(float(scaled)) + 0.5), scaled))

    low, high = -128, 127
    if name in ("RELU", "RELU6"):
        low = max(low, quantize(0.0))
    if name == "RELU6":
        high = min(high, quantize(6.0))
    if name == "RELU_N1_TO_1":
        low, high = max(low, quantize(-1.0)), min(high, quantize(1.0))
    return low, high


def convolution(graph: Graph, index: int) -> Convolution:
    """The convolution at `index`, for kernels that keep what is between layers as q + 128.

    Raises:
        NotOurs: its kind, types, padding or quantisation are none that these kernels compute.
    """
    layer = any_convolution(graph, index)
    if layer.multiplier != 1:
        raise NotOurs(f"depth multiplier {layer.multiplier}")
    if layer.pad is not None:
        raise NotOurs("padded by a layer of its own")
    if layer.stride != layer.stride_width:
        raise NotOurs("different strides for rows and columns")
    low, high = layer.activation
    if low != layer.output.zero_point or low != -128:
        raise NotOurs("its outputs go below zero, where double rounding can be seen")
    if high != 127:
        raise NotOurs(f"its activation ends at {high}, not at 127")
    return layer


def any_convolution(graph: Graph, index: int) -> Convolution:
    """The convolution at `index`, whatever its window, strides, zero points and activation.

    Raises:
        NotOurs: its kind, types, dilation or quantisation are none that any of our kernels computes.
    """
    operator = graph.operators[index]
    if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
        raise NotOurs(f"no kernel of ours for {operator.name}")
    depthwise = operator.name == "DEPTHWISE_CONV_2D"
    source, filters, bias = (graph.tensor(operator, i) for i in range(3))
    output = graph.output(operator)
    assert source is not None and filters is not None
    _check_types(source, filters, bias, output)
    options: dict[str, Any] = operator.options
    if options["dilation_w_factor"] != 1 or options["dilation_h_factor"] != 1:
        raise NotOurs("dilated")
    assert filters.data is not None
    weights = filters.array().astype(np.int64)
    if depthwise:
        weights = np.moveaxis(weights, 3, 0).reshape(filters.shape[3], filters.shape[1], filters.shape[2], 1)
    constant: Integers = np.zeros(len(weights), np.int64)
    if bias is not None:
        constant = bias.array().astype(np.int64)
    top = _padding(options, "stride_h", source.shape[1], output.shape[1], weights.shape[1])
    left = _padding(options, "stride_w", source.shape[2], output.shape[2], weights.shape[2])
    pad = _pad_before(graph, operator, (weights.shape[1], weights.shape[2]))
    if pad is not None:
        source = graph.tensors[graph.operators[pad].inputs[0]]
        top, left = _pad_amounts(graph, graph.operators[pad])
    offset = source.zero_point + 128
    constant = constant - offset * weights.reshape(len(weights), -1).sum(axis=1)
    return Convolution(
        index=index, depthwise=depthwise, input=source, output=output, stride=options["stride_h"],
        stride_width=options["stride_w"],
        padding_top=top, padding_left=left,
        weights=weights, bias=constant, padding_value=offset,
        scaling=_scaling(source, filters, output, len(weights)),
        activation=activation_range(output, ACTIVATION_NAMES[options["fused_activation_function"]]), pad=pad,
        multiplier=len(weights) // source.shape[3] if depthwise else 1,
    )  # fmt: skip


def _pad_before(graph: Graph, operator: Operator, window: tuple[int, int]) -> int | None:
    """The PAD that only this operator reads, if its zeros are what the operator's own padding would be."""
    index = graph.producer(operator.inputs[0])
    if index is None or graph.operators[index].name != "PAD" or operator.inputs[0] in graph.outputs:
        return None
    if PADDING_NAMES[operator.options["padding"]] != "VALID" or len(graph.consumers(operator.inputs[0])) != 1:
        return None
    pad = graph.operators[index]
    source, output = graph.tensors[pad.inputs[0]], graph.output(pad)
    if source.quantisation != output.quantisation or source.dtype != "int8" or len(source.shape) != 4:
        return None
    amounts = graph.tensors[pad.inputs[1]]
    if amounts.data is None or amounts.shape != (4, 2) or amounts.dtype not in ("int32", "int64"):
        return None
    rows = amounts.array().tolist()
    inside = all(0 <= side < reach for row, reach in zip(rows[1:3], window, strict=True) for side in row)
    return index if inside and not any(rows[0] + rows[3]) else None


def _pad_amounts(graph: Graph, pad: Operator) -> tuple[int, int]:
    """Rows above and columns before."""
    rows = graph.tensors[pad.inputs[1]].array()
    return int(rows[1][0]), int(rows[2][0])


def _check_types(source: Tensor, filters: Tensor, bias: Tensor | None, output: Tensor) -> None:
    if source.dtype != "int8" or output.dtype != "int8" or filters.dtype != "int8":
        raise NotOurs("not int8")
    if len(source.shape) != 4 or source.shape[0] != 1:
        raise NotOurs(f"input of shape {list(source.shape)}")
    if filters.data is None or (bias is not None and (bias.data is None or bias.dtype != "int32")):
        raise NotOurs("weights or bias are computed")
    if not source.scales or not output.scales or not filters.scales or any(filters.zero_points):
        raise NotOurs("not quantised as the int8 specification has it")
    if not all(-128 <= one.zero_point <= 127 for one in (source, output)):
        raise NotOurs("its zero point is none of int8")


def _padding(options: dict[str, Any], stride: str, size: int, outputs: int, window: int) -> int:
    """Pixels before the first one, as TFLM's ComputePadding."""
    if PADDING_NAMES[options["padding"]] == "VALID":
        return 0
    total = (outputs - 1) * int(options[stride]) + window - size
    return max(total, 0) // 2


def _scaling(source: Tensor, filters: Tensor, output: Tensor, channels: int) -> tuple[tuple[int, int], ...]:
    # TFLM multiplies the float32 scales as doubles (PopulateConvolutionQuantizationParams).
    scales = np.asarray(filters.scales, np.float32).astype(np.float64)
    if len(scales) == 1:
        scales = np.repeat(scales, channels)
    if len(scales) != channels:
        raise NotOurs(f"{len(scales)} scales for {channels} channels")
    real = float(np.float32(source.scale)) * scales / float(np.float32(output.scale))
    return tuple((multiplier, -left) for multiplier, left in map(quantize_multiplier, real.tolist()))


def is_global_average(graph: Graph, operator: Operator) -> bool:
    """AVERAGE_POOL_2D over the whole image, to one pixel."""
    if operator.name != "AVERAGE_POOL_2D":
        return False
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    window = (operator.options["filter_height"], operator.options["filter_width"])
    return (
        source.dtype == "int8"
        and len(source.shape) == 4
        and source.shape[0] == 1
        and source.shape[1:3] == window
        and output.shape[1:3] == (1, 1)
    )
