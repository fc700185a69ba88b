"""FULLY_CONNECTED as the kernel of July 2020 takes it: one row, one scale; anything else is a 1x1 convolution."""

from dataclasses import replace

import numpy as np

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.rewrites import constants
from emojicam.model.schema import PADDING_CODES


def as_convolutions(graph: Graph) -> Graph:
    """Made a 1x1 CONV_2D of each FULLY_CONNECTED that has a scale for each output, or several rows.

    The kernel of July 2020 takes the first scale for all and the rows for one, and says nothing. A 1x1 convolution
    over a row of pixels computes the same sums and requantises by channel, with the same multipliers
    (kernel_util.cc, PopulateConvolutionQuantizationParams, serves both in today's TFLM and LiteRT).
    """
    tensors, operators = list(graph.tensors), []
    changed = False
    for operator in graph.operators:
        filters = graph.tensor(operator, 1) if operator.name == "FULLY_CONNECTED" else None
        source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
        if filters is None or len(filters.shape) != 2 or filters.quantized_dimension != 0 or not filters.scales:
            operators.append(operator)
            continue
        outputs, inputs = filters.shape
        rows = source.elements // max(inputs, 1)
        plain = len(filters.scales) == 1 and output.shape == (1, outputs)
        if plain or rows * inputs != source.elements or output.elements != rows * outputs or source.dtype != "int8":
            operators.append(operator)
            continue
        changed = True
        tensors += [
            replace(source, name=f"{source.name}/pixel", shape=(1, 1, rows, inputs), signature=None),
            replace(filters, shape=(outputs, 1, 1, inputs), signature=None),
            replace(output, name=f"{output.name}/pixel", shape=(1, 1, rows, outputs), signature=None),
        ]
        pixel_in, weights, pixel_out = range(len(tensors) - 3, len(tensors))
        bias = operator.inputs[2:]
        if not bias:
            # LiteRT takes no CONV_2D without one (conv.cc, has_bias).
            tensors.append(Tensor(f"{output.name}/bias", (outputs,), "int32", data=bytes(4 * outputs)))
            bias = (len(tensors) - 1,)
        convolution = Operator(
            "CONV_2D",
            3,
            (pixel_in, weights, *bias),
            (pixel_out,),
            {
                "padding": PADDING_CODES["VALID"],
                "stride_w": 1,
                "stride_h": 1,
                "fused_activation_function": operator.options["fused_activation_function"],
                "dilation_w_factor": 1,
                "dilation_h_factor": 1,
            },
        )
        operators += [
            Operator("RESHAPE", 1, operator.inputs[:1], (pixel_in,), {"new_shape": (1, 1, rows, inputs)}),
            convolution,
            Operator("RESHAPE", 1, (pixel_out,), operator.outputs, {"new_shape": output.shape}),
        ]
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators)) if changed else graph


def without_transpositions(graph: Graph) -> Graph:
    """Sorted the weights of dense layers behind a TRANSPOSE and a RESHAPE, which is then none.

    What comes from frameworks with channels first turns the map back before it is flattened.
    """
    for operator in graph.operators:
        found = _turned(graph, operator)
        if found is None:
            continue
        turn, flatten, weights = found
        tensors = (*graph.tensors, weights)
        made = {
            id(flatten): replace(flatten, inputs=turn.inputs[:1]),
            id(operator): replace(operator, inputs=(operator.inputs[0], len(graph.tensors), *operator.inputs[2:])),
        }
        operators = tuple(made.get(id(one), one) for one in graph.operators if one is not turn)
        return without_transpositions(replace(graph, tensors=tensors, operators=operators))
    return graph


def _turned(graph: Graph, operator: Operator) -> tuple[Operator, Operator, Tensor] | None:
    """The TRANSPOSE and the RESHAPE before a dense layer that nobody else reads, and the layer's sorted weights."""
    filters = graph.tensor(operator, 1) if operator.name == "FULLY_CONNECTED" else None
    if filters is None or filters.data is None or filters.dtype != "int8" or len(filters.shape) != 2:
        return None
    before = []
    index = operator.inputs[0]
    for name in ("RESHAPE", "TRANSPOSE"):
        producer = graph.producer(index)
        if producer is None or graph.operators[producer].name != name or len(graph.consumers(index)) != 1:
            return None
        before.append(graph.operators[producer])
        index = before[-1].inputs[0]
    flatten, turn = before
    order, shape = constants(graph, turn, 1), graph.output(turn).shape
    if order is None or sorted(map(str, order)) != sorted(map(str, range(len(shape)))) or -1 in shape:
        return None
    if graph.output(turn).elements != filters.shape[1]:
        return None
    back = np.argsort(order)
    sorted_weights = filters.array().reshape(filters.shape[0], *shape).transpose(0, *(1 + back))
    return turn, flatten, replace(filters, data=np.ascontiguousarray(sorted_weights).tobytes())
