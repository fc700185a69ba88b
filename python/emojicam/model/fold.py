"""Rewrites that make a model TFLM July 2020 can run out of one that says the same in another way.

Each pass gives the graph back unchanged (the same object) where it finds nothing. All are exact: the int8
values of the body and of the scores are those of the original, bit for bit.
"""

from dataclasses import dataclass, replace

from emojicam.model.constants import shape_arithmetic
from emojicam.model.graph import ABSENT, Graph, Operator, Tensor
from emojicam.model.rewrites import dense, ends, layers
from emojicam.model.write import without_unused_tensors


@dataclass(frozen=True)
class Folded:
    """A graph and what was done to it, one sentence each, for the report."""

    graph: Graph
    notes: tuple[str, ...]


def fold(graph: Graph) -> Folded:
    """All passes in their order."""
    notes: list[str] = list(graph.oddities)
    for rewrite in (
        shape_arithmetic,
        _input_wrapper,
        ends.picture_input,
        ends.tail_that_keeps_the_order,
        _output_wrapper,
        ends.flat_scores,
        _static_reshapes,
        _absent_inputs,
        layers.grouped_convolutions,
        layers.rescaling_relus,
        layers.transpositions_of_ones,
        dense.without_transpositions,
        dense.as_convolutions,
        layers.maxima_of_maps,
        layers.dilations,
        merge_reshapes,
        _dead,
    ):
        rewritten = rewrite(graph)
        if rewritten is not graph:
            notes.append((rewrite.__doc__ or "").split("\n")[0].rstrip("."))
            graph = replace(rewritten, source=None)
    # TFLM looks for the beginning and the end of every tensor's life, and gives up without.
    cleaned = without_unused_tensors(graph)
    if cleaned is not graph and not notes:
        notes.append("Dropped tensors that no operator touches")
    return Folded(cleaned, tuple(notes))


def _same_values(float_or_uint8: Tensor, int8: Tensor) -> bool:
    """Whether QUANTIZE or DEQUANTIZE between the two only changes how values are written."""
    if int8.dtype != "int8" or len(int8.scales) != 1 or float_or_uint8.shape != int8.shape:
        return False
    if float_or_uint8.dtype == "float32":
        return True
    shifted = (int8.scale, int8.zero_point + 128)
    return float_or_uint8.dtype == "uint8" and float_or_uint8.quantisation == shifted


def _input_wrapper(graph: Graph) -> Graph:
    """Folded the QUANTIZE at the input away: the input is int8."""
    if len(graph.inputs) != 1:
        return graph
    old = graph.inputs[0]
    readers = graph.consumers(old)
    if len(readers) != 1 or graph.operators[readers[0]].name != "QUANTIZE" or old in graph.outputs:
        return graph
    wrapper = graph.operators[readers[0]]
    new = wrapper.outputs[0]
    if not _same_values(graph.tensors[old], graph.tensors[new]) or new in graph.outputs:
        return graph
    operators = tuple(op for op in graph.operators if op is not wrapper)
    return replace(graph, operators=operators, inputs=(new,))


def _output_wrapper(graph: Graph) -> Graph:
    """Folded the conversion at the output away: the output is int8."""
    if len(graph.outputs) != 1:
        return graph
    old = graph.outputs[0]
    producer = graph.producer(old)
    if producer is None or graph.operators[producer].name not in ("DEQUANTIZE", "QUANTIZE") or graph.consumers(old):
        return graph
    wrapper = graph.operators[producer]
    new = wrapper.inputs[0]
    if not _same_values(graph.tensors[old], graph.tensors[new]) or graph.producer(new) is None:
        return graph
    operators = tuple(op for op in graph.operators if op is not wrapper)
    return replace(graph, operators=operators, outputs=(new,))


def _static_reshapes(graph: Graph) -> Graph:
    """Took the shapes of RESHAPE from its output: what computed them is gone.

    The kernel reads only the output tensor's shape (reshape.cc), which is static here; converters compute
    it with SHAPE, STRIDED_SLICE and PACK where the batch was open, and TFLM has no kernel for SHAPE.
    """
    operators = []
    for operator in graph.operators:
        if operator.name in ("RESHAPE", "SQUEEZE", "EXPAND_DIMS") and operator.outputs:
            shape = graph.output(operator).shape
            shape_tensor = graph.tensor(operator, 1)
            computed = shape_tensor is not None and shape_tensor.data is None
            if (computed or operator.name != "RESHAPE") and -1 not in shape:
                options = {"new_shape": shape}
                operator = Operator("RESHAPE", 1, operator.inputs[:1], operator.outputs, options)
        operators.append(operator)
    if all(a is b for a, b in zip(operators, graph.operators, strict=True)):
        return graph
    return _without_dead(replace(graph, operators=tuple(operators)))


def _absent_inputs(graph: Graph) -> Graph:
    """Cut absent inputs off ("no bias" as input -1), for which TFLM July 2020 writes out of bounds.

    micro_allocator.cc, AllocationInfoBuilder::AddTensors, takes every input for an index.
    """
    operators = []
    for operator in graph.operators:
        inputs = operator.inputs
        while inputs and inputs[-1] == ABSENT:
            inputs = inputs[:-1]
        operators.append(replace(operator, inputs=inputs) if inputs != operator.inputs else operator)
    if all(a is b for a, b in zip(operators, graph.operators, strict=True)):
        return graph
    return replace(graph, operators=tuple(operators))


def merge_reshapes(graph: Graph) -> Graph:
    """Made one of RESHAPE of RESHAPE, and none of what changes no shape."""
    for index, operator in enumerate(graph.operators):
        if operator.name != "RESHAPE":
            continue
        source = operator.inputs[0]
        producer = graph.producer(source)
        if producer is None or graph.operators[producer].name != "RESHAPE":
            continue
        operators = list(graph.operators)
        operators[index] = replace(operator, inputs=graph.operators[producer].inputs[:1])
        return merge_reshapes(_without_dead(replace(graph, operators=tuple(operators))))
    for operator in graph.operators:
        if operator.name == "RESHAPE" and operator.outputs[0] not in graph.outputs:
            source = operator.inputs[0]
            if graph.tensors[source].shape == graph.output(operator).shape:
                return merge_reshapes(_bypass(graph, operator, source))
    return graph


def _bypass(graph: Graph, gone: Operator, source: int) -> Graph:
    """Let the readers of an operator's output read `source` instead."""
    operators = tuple(
        replace(op, inputs=tuple(source if i == gone.outputs[0] else i for i in op.inputs))
        for op in graph.operators
        if op is not gone
    )
    return replace(graph, operators=operators)


def _dead(graph: Graph) -> Graph:
    """Dropped operators that nothing reads."""
    return _without_dead(graph)


def _without_dead(graph: Graph) -> Graph:
    needed, kept = set(graph.outputs), []
    for operator in reversed(graph.operators):
        if needed & set(operator.outputs):
            kept.append(operator)
            needed |= set(operator.inputs)
    if len(kept) == len(graph.operators):
        return graph
    return replace(graph, operators=tuple(reversed(kept)))
