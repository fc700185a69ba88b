"""Layers that TFLM July 2020 has no kernel for, as layers that it has."""

from dataclasses import replace

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.rewrites import constants
from emojicam.model.schema import PADDING_CODES
from emojicam.model.windows import Axis

#: The version of CONV_2D that may be grouped.
_GROUPED = 6
#: Bytes of one layer's weights: more than any board has flash for.
_MOST_WEIGHTS = 1 << 22


def transpositions_of_ones(graph: Graph) -> Graph:
    """Made a RESHAPE of each TRANSPOSE that moves nothing but dimensions of 1."""
    operators = []
    for operator in graph.operators:
        order = constants(graph, operator, 1) if operator.name == "TRANSPOSE" else None
        shape = graph.tensors[operator.inputs[0]].shape
        if (
            order is not None
            and sorted(map(str, order)) == sorted(map(str, range(len(shape))))
            and [i for i in order if shape[i] > 1] == [i for i, size in enumerate(shape) if size > 1]
        ):
            options = {"new_shape": graph.output(operator).shape}
            operator = Operator("RESHAPE", 1, operator.inputs[:1], operator.outputs, options)
        operators.append(operator)
    same = all(a is b for a, b in zip(operators, graph.operators, strict=True))
    return graph if same else replace(graph, operators=tuple(operators))


def maxima_of_maps(graph: Graph) -> Graph:
    """Made MAX_POOL_2D of REDUCE_MAX over the whole map."""
    tensors, operators = list(graph.tensors), []
    for operator in graph.operators:
        source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
        axes = constants(graph, operator, 1) if operator.name == "REDUCE_MAX" else None
        over = {axis % 4 for axis in axes if isinstance(axis, int)} if axes is not None else set()
        if over != {1, 2} or len(source.shape) != 4 or source.quantisation != output.quantisation:
            operators.append(operator)
            continue
        _, height, width, channels = source.shape
        options = {
            "padding": PADDING_CODES["VALID"], "stride_h": 1, "stride_w": 1, "filter_height": height,
            "filter_width": width, "fused_activation_function": 0,
        }  # fmt: skip
        tensors.append(replace(output, shape=(1, 1, 1, channels), signature=None))
        pooled = len(tensors) - 1
        operators.append(Operator("MAX_POOL_2D", 2, operator.inputs[:1], (pooled,), options))
        operators.append(Operator("RESHAPE", 1, (pooled,), operator.outputs, {"new_shape": output.shape}))
    return _with(graph, tensors, operators)


def grouped_convolutions(graph: Graph) -> Graph:
    """Made one convolution over all channels of each grouped one, with weights of 0 for what a group doesn't see.

    Where each group is one channel it is a depthwise convolution. Weights have no zero point, so a 0 adds nothing.
    """
    tensors, operators = list(graph.tensors), []
    changed = False
    for operator in graph.operators:
        filters = graph.tensor(operator, 1) if operator.name == "CONV_2D" else None
        source = graph.tensors[operator.inputs[0]]
        if not _is_grouped(filters, source):
            # A file says one version for all of a kind, the highest.
            plain = filters is not None and filters.dtype == "int8" and filters.shape[3:] == source.shape[3:]
            if plain and operator.version == _GROUPED:
                changed, operator = True, replace(operator, version=3)
            operators.append(operator)
            continue
        assert filters is not None
        changed = True
        outputs, height, width, depth = filters.shape
        channels = source.shape[3]
        weights = filters.array()
        options, name, version = dict(operator.options), "CONV_2D", 3
        if depth == 1:
            name, options["depth_multiplier"] = "DEPTHWISE_CONV_2D", outputs // channels
            wide = weights.transpose(3, 1, 2, 0)
            made = replace(filters, shape=wide.shape, quantized_dimension=3)
        else:
            wide = np.zeros((outputs, height, width, channels), np.int8)
            each = outputs // (channels // depth)
            for output in range(outputs):
                first = output // each * depth
                wide[output, :, :, first : first + depth] = weights[output]
            made = replace(filters, shape=wide.shape)
        tensors.append(replace(made, data=np.ascontiguousarray(wide).tobytes(), signature=None))
        inputs = (operator.inputs[0], len(tensors) - 1, *operator.inputs[2:])
        operators.append(replace(operator, name=name, version=version, inputs=inputs, options=options))
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators)) if changed else graph


def _is_grouped(filters: Tensor | None, source: Tensor) -> bool:
    """Whether it is a grouped convolution in int8 whose numbers go together."""
    if filters is None or filters.data is None or filters.dtype != "int8" or source.dtype != "int8":
        return False
    if len(filters.shape) != 4 or len(source.shape) != 4 or any(filters.zero_points) or filters.quantized_dimension:
        return False
    outputs, height, width, depth = filters.shape
    channels = source.shape[3]
    if min(filters.shape) < 1 or depth >= channels or channels % depth or outputs % (channels // depth):
        return False
    return outputs * height * width * channels <= _MOST_WEIGHTS


def rescaling_relus(graph: Graph) -> Graph:
    """Made a LEAKY_RELU without a slope of each RELU that changes the scale too.

    The kernel of July 2020 only clamps. Both take their factor from the scales' quotient in float32 (activations.cc).
    """
    tensors, operators = list(graph.tensors), []
    for operator in graph.operators:
        source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
        rescales = {source.dtype, output.dtype} == {"int8"} and source.quantisation != output.quantisation
        if operator.name not in ("RELU", "RELU6") or not rescales or not (source.scales and output.scales):
            operators.append(operator)
            continue
        target = operator.outputs
        if operator.name == "RELU6":
            tensors.append(replace(output, name=f"{output.name}/rescaled", signature=None))
            target = (len(tensors) - 1,)
        operators.append(Operator("LEAKY_RELU", 2, operator.inputs, target, {"alpha": 0.0}))
        if operator.name == "RELU6":
            operators.append(replace(operator, inputs=target))
    same = all(a is b for a, b in zip(operators, graph.operators, strict=False))
    return graph if same else replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _with(graph: Graph, tensors: list[Tensor], operators: list[Operator]) -> Graph:
    if len(operators) == len(graph.operators):
        return graph
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def dilations(graph: Graph) -> Graph:
    """Made dilated convolutions of those between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND.

    Which is how TensorFlow writes them where the batch is open; batches of blocks are no picture's.
    """
    for index, operator in enumerate(graph.operators):
        dilated = _dilated(graph, index) if operator.name == "SPACE_TO_BATCH_ND" else None
        if dilated is not None:
            operators = (*graph.operators[:index], dilated, *graph.operators[index + 3 :])
            return dilations(replace(graph, operators=operators))
    return graph


def _dilated(graph: Graph, index: int) -> Operator | None:
    if index + 2 >= len(graph.operators):
        return None
    apart, inner, together = graph.operators[index : index + 3]
    if inner.name not in ("CONV_2D", "DEPTHWISE_CONV_2D") or together.name != "BATCH_TO_SPACE_ND":
        return None
    for first, second in ((apart, inner), (inner, together)):
        if second.inputs[0] != first.outputs[0] or graph.consumers(first.outputs[0]) != [graph.operators.index(second)]:
            return None
    blocks = constants(graph, apart, 1), constants(graph, together, 1)
    pads, crops = constants(graph, apart, 2), constants(graph, together, 2)
    filters = graph.tensor(inner, 1)
    source, output = graph.tensors[apart.inputs[0]], graph.output(together)
    if blocks[0] is None or blocks[0] != blocks[1] or len(blocks[0]) != 2 or pads is None or crops is None:
        return None
    if filters is None or {len(source.shape), len(output.shape), len(filters.shape)} != {4}:
        return None
    if any(np.shape(one) != (2, 2) for one in (pads, crops)) or np.shape(blocks[0]) != (2,) or min(blocks[0]) < 1:
        return None
    options = dict(inner.options)
    steps = [options[name] for name in ("stride_h", "stride_w", "dilation_h_factor", "dilation_w_factor")]
    if steps != [1, 1, 1, 1] or options["padding"] != PADDING_CODES["VALID"]:
        return None
    options["dilation_h_factor"], options["dilation_w_factor"] = blocks[0]
    for padding in ("SAME", "VALID"):
        sides = [
            Axis(size, window, 1, dilation, padding)
            for size, window, dilation in zip(source.shape[1:3], filters.shape[1:3], blocks[0], strict=True)
        ]
        before = [side.before if padding == "SAME" else 0 for side in sides]
        fits = tuple(side.outputs for side in sides) == output.shape[1:3]
        if fits and before == [pad[0] for pad in pads] and not any(crop[0] for crop in crops):
            options["padding"] = PADDING_CODES[padding]
            return replace(
                inner, inputs=(apart.inputs[0], *inner.inputs[1:]), outputs=together.outputs, options=options
            )
    return None
