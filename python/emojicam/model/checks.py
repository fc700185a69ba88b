"""What each TFLM kernel demands of its tensors and options, from the sources of July 2020.

Each check gives None, or what is wrong as (complaint, what to try). It covers what the kernel's Prepare
refuses, what its Eval takes for granted without looking, and where it would run but compute something
else than LiteRT. Files are under tensorflow/lite/micro/kernels/ unless said otherwise.
"""

from collections.abc import Callable

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels import layers, tables
from emojicam.model.kernels.match import NotOurs
from emojicam.model.schema import ACTIVATION_NAMES, PADDING_NAMES
from emojicam.model.windows import axes

Complaint = tuple[str, str]
Check = Callable[[Graph, Operator], Complaint | None]

#: Fused activations that CalculateActivationRangeQuantized (kernel_util.cc) clamps for.
ACTIVATIONS = {"NONE", "RELU", "RELU_N1_TO_1", "RELU6"}
#: Products of int8 with (int8 - zero point) that surely fit a 32-bit accumulator (integer_ops/conv.h).
MAX_ACCUMULATED = 1 << 16

CONVERT_AGAIN = "converting it again with int8 quantisation"


def _activation(operator: Operator) -> Complaint | None:
    name = ACTIVATION_NAMES.get(operator.options["fused_activation_function"], "?")
    if name not in ACTIVATIONS:
        return f"fuses the activation {name}", "RELU or RELU6, or the activation as a layer of its own"
    return None


def _window(graph: Graph, operator: Operator, window: tuple[int, int]) -> Complaint | None:
    """Strides, dilation and padding, and the output size that follows from them."""
    options = operator.options
    numbers = [options["stride_h"], options["stride_w"], *window]
    numbers += [options.get("dilation_h_factor", 1), options.get("dilation_w_factor", 1)]
    if min(numbers) < 1:
        return "has a stride, dilation or window below 1", CONVERT_AGAIN
    if options["padding"] not in PADDING_NAMES:
        return f"has padding number {options['padding']}", "padding SAME or VALID"
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    if len(source.shape) != 4 or len(output.shape) != 4:
        return (
            f"has an input of shape {list(source.shape)}",
            "four dimensions: batch, height, width, channels",
        )
    expected = tuple(axis.outputs for axis in axes(operator, source.shape[1:3], window))
    if output.shape[0] != source.shape[0] or output.shape[1:3] != expected or min(expected) < 1:
        return f"has an output of shape {list(output.shape)} where {list(expected)} follows", CONVERT_AGAIN
    return None


def _weights(graph: Graph, operator: Operator, filters: Tensor | None, axis: int) -> Complaint | None:
    """Constant int8 weights without zero point, a scale for all or for each output channel; bias int32."""
    if filters is None or filters.dtype != "int8":
        return f"has {filters.dtype if filters else 'no'} weights", CONVERT_AGAIN
    if filters.data is None:
        return "has weights that are computed by the model", "constant weights"
    if not filters.scales or any(filters.zero_points):
        return "has weights with a zero point", "symmetric int8 weights, as TFLiteConverter makes them"
    channels = filters.shape[axis]
    if len(filters.scales) not in (1, channels) or (len(filters.scales) > 1 and filters.quantized_dimension != axis):
        return f"has {len(filters.scales)} weight scales for {channels} output channels", CONVERT_AGAIN
    bias = graph.tensor(operator, 2)
    if len(operator.inputs) not in (2, 3):
        return f"has {len(operator.inputs)} inputs", CONVERT_AGAIN
    if bias is not None and (bias.dtype != "int32" or bias.elements != channels or bias.data is None):
        return f"has a bias of {bias.elements} x {bias.dtype}", CONVERT_AGAIN
    return None


def conv_2d(graph: Graph, operator: Operator) -> Complaint | None:
    """conv.cc; reference/integer_ops/conv.h."""
    filters, source = graph.tensor(operator, 1), graph.tensors[operator.inputs[0]]
    if filters is None or len(filters.shape) != 4:
        return "has weights that are not [outputs, height, width, inputs]", CONVERT_AGAIN
    if complaint := _weights(graph, operator, filters, 0) or _window(graph, operator, filters.shape[1:3]):
        return complaint
    if filters.shape[3] != source.shape[3]:
        return (
            f"is a grouped convolution ({source.shape[3]} channels in, {filters.shape[3]} a filter)",
            "DEPTHWISE_CONV_2D, or a convolution over all channels",
        )
    if graph.output(operator).shape[3] != filters.shape[0]:
        return "has another number of channels than its weights", CONVERT_AGAIN
    if filters.elements // filters.shape[0] > MAX_ACCUMULATED:
        return (
            "adds up over 65536 products, too many for a 32-bit accumulator",
            "a smaller window or fewer channels",
        )
    return _activation(operator)


def depthwise_conv_2d(graph: Graph, operator: Operator) -> Complaint | None:
    """depthwise_conv.cc; reference/integer_ops/depthwise_conv.h."""
    filters, source = graph.tensor(operator, 1), graph.tensors[operator.inputs[0]]
    if filters is None or len(filters.shape) != 4 or filters.shape[0] != 1:
        return "has weights that are not [1, height, width, outputs]", CONVERT_AGAIN
    if complaint := _weights(graph, operator, filters, 3) or _window(graph, operator, filters.shape[1:3]):
        return complaint
    multiplier, output = operator.options["depth_multiplier"], graph.output(operator)
    if filters.shape[3] != output.shape[3] or source.shape[3] * multiplier != output.shape[3]:
        return (
            f"makes {output.shape[3]} channels of {source.shape[3]} with depth multiplier {multiplier}",
            CONVERT_AGAIN,
        )
    return _activation(operator)


def fully_connected(graph: Graph, operator: Operator) -> Complaint | None:
    """fully_connected.cc: one scale for all weights (`fold` makes the others a convolution)."""
    filters, source = graph.tensor(operator, 1), graph.tensors[operator.inputs[0]]
    if filters is None or len(filters.shape) != 2:
        return "has weights that are not [outputs, inputs]", CONVERT_AGAIN
    if complaint := _weights(graph, operator, filters, 0):
        return complaint
    output, bias = graph.output(operator), graph.tensor(operator, 2)
    if operator.options["weights_format"] != 0:
        return "has shuffled weights", "converting it again without the shuffled weights format"
    if len(filters.scales) > 1:
        return (
            "has a scale for each output, which this kernel ignores",
            "emojicam export, which makes a CONV_2D of it",
        )
    if source.elements != filters.shape[1] or output.shape != (1, filters.shape[0]):
        return (
            f"has an output of shape {list(output.shape)}",
            f"[1, {filters.shape[0]}]: flatten its input first",
        )
    if filters.shape[1] > MAX_ACCUMULATED:
        return "adds up over 65536 products, too many for a 32-bit accumulator", "fewer inputs"
    if bias is not None and abs(source.scale * filters.scale - bias.scale) > 0.02 * output.scale:
        return "has a bias in another scale than its products", CONVERT_AGAIN
    return _activation(operator)


def pooling(graph: Graph, operator: Operator) -> Complaint | None:
    """pooling.cc: no requantisation."""
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    window = (operator.options["filter_height"], operator.options["filter_width"])
    if complaint := _window(graph, operator, window) or same_quantisation(graph, operator):
        return complaint
    if source.shape[3] != output.shape[3]:
        return "changes the number of channels", CONVERT_AGAIN
    return _activation(operator)


def same_quantisation(graph: Graph, operator: Operator) -> Complaint | None:
    """For kernels that copy or compare bytes: all activations in one scale and zero point."""
    sources = [graph.tensors[i] for i in operator.inputs if i >= 0]
    quantised = [one for one in [*sources, graph.output(operator)] if one.dtype == "int8"]
    if len({one.quantisation for one in quantised}) > 1:
        return (
            "has inputs and outputs in different scales, which this kernel does not convert",
            CONVERT_AGAIN,
        )
    return None


def _broadcast(graph: Graph, operator: Operator) -> Complaint | None:
    sources = [graph.tensors[i] for i in operator.inputs]
    if len(sources) != 2 or max(len(one.shape) for one in sources) > 4:
        return "does not have two inputs of at most four dimensions", "fewer dimensions"
    try:
        expected = np.broadcast_shapes(*(one.shape for one in sources))
    except ValueError:
        expected = ()
    if expected != graph.output(operator).shape:
        return (
            f"has inputs of shapes {[list(one.shape) for one in sources]}, which do not fit",
            CONVERT_AGAIN,
        )
    return None


def add_or_sub(graph: Graph, operator: Operator) -> Complaint | None:
    """add.cc and sub.cc: the factor to the output's scale is below 1, rounded too, or quantization_util.cc aborts."""
    if complaint := _broadcast(graph, operator) or _activation(operator):
        return complaint
    widest = max(graph.tensors[i].scale for i in operator.inputs)
    if 2 * widest / ((1 << 20) * graph.output(operator).scale) >= 1 - 2.0**-31:
        return "has an output scale that is too fine for its inputs", CONVERT_AGAIN
    return None


def mul(graph: Graph, operator: Operator) -> Complaint | None:
    """mul.cc."""
    return _broadcast(graph, operator) or _activation(operator)


def maximum_minimum(graph: Graph, operator: Operator) -> Complaint | None:
    """maximum_minimum.cc compares the bytes."""
    return _broadcast(graph, operator) or same_quantisation(graph, operator)


def _fixed_output(scale: float, zero_point: int) -> Check:
    def check(graph: Graph, operator: Operator) -> Complaint | None:
        if graph.output(operator).quantisation != (scale, zero_point):
            return f"has another output scale than {scale} with zero point {zero_point}", CONVERT_AGAIN
        if graph.output(operator).shape != graph.tensors[operator.inputs[0]].shape:
            return "changes the shape", CONVERT_AGAIN
        if len(graph.output(operator).shape) > 4:
            return "has more than four dimensions", "fewer dimensions"
        return None

    return check


#: softmax.cc and logistic.cc (probabilities), tanh.cc and l2norm.cc (from -1 to 1).
probability = _fixed_output(1 / 256, -128)
signed_unit = _fixed_output(1 / 128, 0)


def l2_normalization(graph: Graph, operator: Operator) -> Complaint | None:
    """l2norm.cc leaves a fused activation out."""
    if operator.options["fused_activation_function"] != 0:
        return "fuses an activation", "the activation as a layer of its own"
    return signed_unit(graph, operator)


def relu(graph: Graph, operator: Operator) -> Complaint | None:
    """activations.cc clamps without requantisation."""
    if graph.output(operator).shape != graph.tensors[operator.inputs[0]].shape:
        return "changes the shape", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def prelu(graph: Graph, operator: Operator) -> Complaint | None:
    """prelu.cc."""
    slopes = graph.tensor(operator, 1)
    if slopes is None or slopes.dtype != "int8" or slopes.data is None:
        return "has slopes that are not constant int8", CONVERT_AGAIN
    return _broadcast(graph, operator)


def as_table(graph: Graph, operator: Operator) -> Complaint | None:
    """No kernel of TFLM's: export computes what each of 256 values becomes (kernels/tables.py)."""
    if graph.output(operator).shape != graph.tensors[operator.inputs[0]].shape:
        return "changes the shape", CONVERT_AGAIN
    try:
        tables.match_table(graph, graph.operators.index(operator))
    except NotOurs as error:
        return f"can't be made a table of: {error}", CONVERT_AGAIN
    return None


def transpose(graph: Graph, operator: Operator) -> Complaint | None:
    """Ours, emojicam/transpose.cc."""
    try:
        layers.transpose(graph, operator, 7)
    except NotOurs as error:
        return f"can't be run: {error}", "channels-last layout from the start"
    return same_quantisation(graph, operator)


def mean(graph: Graph, operator: Operator) -> Complaint | None:
    """Ours, added/mean.cc: over constant axes of at most four dimensions."""
    source, axes_tensor = graph.tensors[operator.inputs[0]], graph.tensor(operator, 1)
    rank = len(source.shape)
    if axes_tensor is None or axes_tensor.data is None or axes_tensor.dtype != "int32" or rank > 4:
        return "has axes that are not constant, or more than four dimensions", CONVERT_AGAIN
    reduced = axes_tensor.array().reshape(-1).tolist()
    if any(not -rank <= axis < rank for axis in reduced):
        return f"is taken over the axes {reduced} of {rank}", CONVERT_AGAIN
    dropped = {axis % rank for axis in reduced}
    sizes = [1 if axis in dropped else size for axis, size in enumerate(source.shape)]
    if not operator.options["keep_dims"]:
        sizes = [size for axis, size in enumerate(source.shape) if axis not in dropped]
    if tuple(sizes) != graph.output(operator).shape:
        return (
            f"has an output of shape {list(graph.output(operator).shape)} where {sizes} follows",
            CONVERT_AGAIN,
        )
    return None


def quantize(graph: Graph, operator: Operator) -> Complaint | None:
    """Ours, added/quantize.cc: from int8 to int8. What is at the ends of a model, `fold` has taken away."""
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    if source.dtype != "int8" or len(source.scales) != 1:
        return f"converts {source.dtype} inside of the model", "int8 throughout"
    if source.shape != output.shape:
        return "changes the shape", CONVERT_AGAIN
    return None
