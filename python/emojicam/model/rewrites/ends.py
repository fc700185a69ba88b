"""Both ends of a model as the firmware wants them: a picture in int8, one int8 score a class."""

from dataclasses import replace

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.rewrites import constants

#: What changes no order of scores, applied to all of them.
_ORDER_KEEPING = ("SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "DEQUANTIZE", "RESHAPE", "SQUEEZE", "CAST")


#: So many alike overflow a softmax in int8: gemmlowp divides by 2^32 then, and its assertion ends the process.
_SOFTMAX_OVERFLOWS = 256


def picture_input(graph: Graph) -> Graph:
    """Gave the input the shape of a picture: [1, height, width, channels]."""
    if len(graph.inputs) != 1:
        return graph
    index = graph.inputs[0]
    source = graph.tensors[index]
    if source.dtype != "int8" or index in graph.outputs:
        return graph
    if len(source.shape) == 4 and source.shape[1] in (1, 3) and source.shape[3] not in (1, 3):
        return _channels_last(graph, source)
    if len(source.shape) != 3 or source.shape[0] != 1:
        return graph
    shape = (*source.shape, 1)
    tensors = (*graph.tensors, replace(source, name=f"{source.name}/rows", signature=None))
    tensors = tuple(replace(one, shape=shape, signature=None) if i == index else one for i, one in enumerate(tensors))
    rows = len(tensors) - 1
    operators = (
        Operator("RESHAPE", 1, (index,), (rows,), {"new_shape": source.shape}),
        *(replace(op, inputs=tuple(rows if i == index else i for i in op.inputs)) for op in graph.operators),
    )
    return replace(graph, tensors=tensors, operators=operators)


def _channels_last(graph: Graph, source: Tensor) -> Graph:
    """Where all that reads the input turns it from channels first to channels last, it comes so."""
    readers = [graph.operators[i] for i in graph.consumers(graph.inputs[0])]
    for one in readers:
        if one.name != "TRANSPOSE" or constants(graph, one, 1) != [0, 2, 3, 1]:
            return graph
    if not readers or any(one.outputs[0] in graph.outputs for one in readers):
        return graph
    first = readers[0].outputs[0]
    same = {one.outputs[0]: first for one in readers}
    operators = tuple(
        replace(op, inputs=tuple(same.get(i, i) for i in op.inputs)) for op in graph.operators if op not in readers
    )
    tensors = tuple(
        replace(one, name=source.name, signature=None) if i == first else one for i, one in enumerate(graph.tensors)
    )
    return replace(graph, tensors=tensors, operators=operators, inputs=(first,))


def tail_that_keeps_the_order(graph: Graph) -> Graph:
    """Cut off what follows the int8 scores and changes nothing in their order.

    A softmax in float32, LOG_SOFTMAX, ARG_MAX: the firmware makes probabilities of the scores itself. SOFTMAX and
    LOGISTIC in int8 stay, but for a SOFTMAX of so many that its kernel may overflow.
    """
    if len(graph.outputs) != 1:
        return graph
    index, gone, worth = graph.outputs[0], set[int](), False
    while True:
        producer = graph.producer(index)
        if producer is None:
            return graph
        operator, tensor = graph.operators[producer], graph.tensors[index]
        source = graph.tensors[operator.inputs[0]]
        overflows = operator.name == "SOFTMAX" and bool(source.shape) and source.shape[-1] >= _SOFTMAX_OVERFLOWS
        of_int8 = tensor.dtype == "int8" and operator.name != "LOG_SOFTMAX" and not overflows
        if of_int8 or graph.consumers(index) not in ([], [_last(gone)]):
            break
        if operator.name == "ARG_MAX":
            axis, rank = constants(graph, operator, 1), len(source.shape)
            if axis is None or len(axis) != 1 or axis[0] not in (-1, rank - 1):
                return graph
        elif operator.name not in _ORDER_KEEPING or source.elements != tensor.elements:
            break
        worth = worth or operator.name != "DEQUANTIZE"
        gone.add(producer)
        index = operator.inputs[0]
    if not worth or graph.tensors[index].dtype != "int8":
        return graph
    operators = tuple(op for i, op in enumerate(graph.operators) if i not in gone)
    return replace(graph, operators=operators, outputs=(index,))


def _last(gone: set[int]) -> int:
    return min(gone, default=-1)


def flat_scores(graph: Graph) -> Graph:
    """Gave the output the shape [1, classes]."""
    if len(graph.outputs) != 1:
        return graph
    index = graph.outputs[0]
    output = graph.tensors[index]
    if output.dtype != "int8" or not output.shape or output.elements != output.shape[-1] or -1 in output.shape:
        return graph
    if len(output.shape) == 2 or graph.producer(index) is None:
        return graph
    flat = replace(output, name=f"{output.name}/scores", shape=(1, output.elements), signature=None)
    reshape = Operator("RESHAPE", 1, (index,), (len(graph.tensors),), {"new_shape": flat.shape})
    return replace(
        graph,
        tensors=(*graph.tensors, flat),
        operators=(*graph.operators, reshape),
        outputs=(len(graph.tensors),),
    )
