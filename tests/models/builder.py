"""Write int8 .tflite models layer by layer, with every scale, zero point and option chosen by hand.

No converter is involved: it would pick scales itself, and never the awkward ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.schema import ACTIVATION_CODES, PADDING_CODES
from emojicam.model.windows import axes
from emojicam.model.write import serialise

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Quant:
    """real = (int8 - zero_point) * scale."""

    scale: float
    zero_point: int = 0

    def __post_init__(self) -> None:
        # The file has float32: make what a test computes with the same number.
        object.__setattr__(self, "scale", float(np.float32(self.scale)))


def pair(value: int | tuple[int, int]) -> tuple[int, int]:
    """(height, width) of a number for both."""
    return value if isinstance(value, tuple) else (value, value)


class ModelBuilder:
    """One model. Layer methods take and give tensor indices.

    Args:
        shape: of the int8 input.
    """

    def __init__(self, shape: Sequence[int], quant: Quant) -> None:
        self.tensors: list[Tensor] = []
        self.operators: list[Operator] = []
        self.input = self.activation(shape, quant, "input")

    def activation(self, shape: Sequence[int], quant: Quant, name: str = "", dtype: str = "int8") -> int:
        scales = (quant.scale,) if dtype != "float32" else ()
        points = (quant.zero_point,) if dtype != "float32" else ()
        return self._add(Tensor(name or f"t{len(self.tensors)}", tuple(shape), dtype, scales, points))

    def constant(self, values: Array, scales: Sequence[float] = (), zero_point: int = 0, axis: int = 0) -> int:
        return self._add(
            Tensor(
                f"c{len(self.tensors)}",
                values.shape,
                values.dtype.name,
                tuple(scales),
                (zero_point,) * len(scales),
                axis if len(scales) > 1 else 0,
                np.ascontiguousarray(values).tobytes(),
            )
        )

    def _add(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def shape(self, index: int) -> tuple[int, ...]:
        return self.tensors[index].shape

    def op(
        self,
        name: str,
        inputs: Sequence[int],
        shape: Sequence[int],
        quant: Quant,
        version: int = 1,
        **options: Any,
    ) -> int:
        """Any operator with one output."""
        output = self.activation(shape, quant)
        self.operators.append(Operator(name, version, tuple(inputs), (output,), options))
        return output

    def conv(
        self,
        source: int,
        weights: Array,
        scales: Sequence[float],
        bias: Array | None,
        quant: Quant,
        *,
        stride: int | tuple[int, int] = 1,
        dilation: int | tuple[int, int] = 1,
        padding: str = "SAME",
        activation: str = "NONE",
        depth_multiplier: int | None = None,
    ) -> int:
        """CONV_2D, or DEPTHWISE_CONV_2D if a depth multiplier is given.

        Args:
            weights: int8, [outputs, height, width, inputs], depthwise [1, height, width, outputs].
            scales: one, or one an output channel.
            bias: int32, one an output channel.
        """
        axis = 0 if depth_multiplier is None else 3
        options: dict[str, Any] = {
            "padding": PADDING_CODES[padding],
            "stride_h": pair(stride)[0],
            "stride_w": pair(stride)[1],
            "dilation_h_factor": pair(dilation)[0],
            "dilation_w_factor": pair(dilation)[1],
            "fused_activation_function": ACTIVATION_CODES[activation],
        }
        if depth_multiplier is not None:
            options["depth_multiplier"] = depth_multiplier
        inputs = [source, self.constant(weights, scales, axis=axis)]
        if bias is not None:
            source_scale = self.tensors[source].scale
            bias_scales = [float(np.float32(source_scale * scale)) for scale in scales]
            inputs.append(self.constant(bias.astype(np.int32), bias_scales))
        name = "CONV_2D" if depth_multiplier is None else "DEPTHWISE_CONV_2D"
        probe = Operator(name, 3, tuple(inputs), (), options)
        size = [one.outputs for one in axes(probe, self.shape(source)[1:3], weights.shape[1:3])]
        shape = (self.shape(source)[0], *size, weights.shape[axis])
        return self.op(name, inputs, shape, quant, version=3, **options)

    def fully_connected(
        self,
        source: int,
        weights: Array,
        scales: Sequence[float],
        bias: Array | None,
        quant: Quant,
        *,
        activation: str = "NONE",
    ) -> int:
        """FULLY_CONNECTED, weights int8 [outputs, inputs]."""
        inputs = [source, self.constant(weights, scales)]
        if bias is not None:
            bias_scales = [float(np.float32(self.tensors[source].scale * scale)) for scale in scales]
            inputs.append(self.constant(bias.astype(np.int32), bias_scales))
        code = ACTIVATION_CODES[activation]
        options = {"fused_activation_function": code, "weights_format": 0, "keep_num_dims": False}
        return self.op("FULLY_CONNECTED", inputs, (1, weights.shape[0]), quant, version=4, **options)

    def pool(
        self,
        kind: str,
        source: int,
        window: int | tuple[int, int],
        *,
        stride: int | tuple[int, int] = 1,
        padding: str = "VALID",
        activation: str = "NONE",
    ) -> int:
        """AVERAGE_POOL_2D or MAX_POOL_2D; the quantisation stays."""
        options = {
            "padding": PADDING_CODES[padding],
            "stride_h": pair(stride)[0],
            "stride_w": pair(stride)[1],
            "filter_height": pair(window)[0],
            "filter_width": pair(window)[1],
            "fused_activation_function": ACTIVATION_CODES[activation],
        }
        batch, height, width, channels = self.shape(source)
        probe = Operator(kind, 2, (source,), (), options)
        size = [one.outputs for one in axes(probe, (height, width), pair(window))]
        return self.op(kind, [source], (batch, *size, channels), self.quant(source), version=2, **options)

    def quant(self, index: int) -> Quant:
        return Quant(*self.tensors[index].quantisation)

    def reshape(self, source: int, shape: Sequence[int]) -> int:
        return self.op("RESHAPE", [source], shape, self.quant(source), new_shape=tuple(shape))

    def flatten(self, source: int) -> int:
        return self.reshape(source, (1, int(np.prod(self.shape(source)))))

    def graph(self, *outputs: int, inputs: Sequence[int] | None = None) -> Graph:
        inputs = (self.input,) if inputs is None else tuple(inputs)
        return Graph(tuple(self.tensors), tuple(self.operators), inputs, outputs, "emojicam test model")

    def finish(self, *outputs: int, inputs: Sequence[int] | None = None) -> bytes:
        """The .tflite file."""
        return serialise(self.graph(*outputs, inputs=inputs))
