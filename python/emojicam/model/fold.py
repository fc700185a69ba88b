"""Rewrites that make a model TFLM July 2020 can run out of one that says the same in another way.

Each pass gives the graph back unchanged (the same object) where it finds nothing. All are exact: the int8
values of the body and of the scores are those of the original, bit for bit.
"""

from dataclasses import dataclass, replace

from emojicam.model.graph import ABSENT, Graph, Operator, Tensor
from emojicam.model.schema import PADDING_CODES
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
        _input_wrapper,
        _output_wrapper,
        _static_reshapes,
        _absent_inputs,
        _scales_by_output,
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


def _scales_by_output(graph: Graph) -> Graph:
    """Made a 1x1 CONV_2D of each FULLY_CONNECTED that has a scale for each output.

    The kernel of July 2020 takes the first scale for all and says nothing. A 1x1 convolution over one pixel
    computes the same sums and requantises by channel, with the same multipliers (kernel_util.cc,
    PopulateConvolutionQuantizationParams, serves both in today's TFLM and LiteRT).
    """
    tensors, operators = list(graph.tensors), []
    for operator in graph.operators:
        filters = graph.tensor(operator, 1) if operator.name == "FULLY_CONNECTED" else None
        source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
        if filters is None or len(filters.scales) <= 1 or len(filters.shape) != 2 or filters.quantized_dimension != 0:
            operators.append(operator)
            continue
        outputs, inputs = filters.shape
        if source.elements != inputs or output.elements != outputs:
            operators.append(operator)
            continue
        tensors += [
            replace(source, name=f"{source.name}/pixel", shape=(1, 1, 1, inputs), signature=None),
            replace(filters, shape=(outputs, 1, 1, inputs), signature=None),
            replace(output, name=f"{output.name}/pixel", shape=(1, 1, 1, outputs), signature=None),
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
            Operator("RESHAPE", 1, operator.inputs[:1], (pixel_in,), {"new_shape": (1, 1, 1, inputs)}),
            convolution,
            Operator("RESHAPE", 1, (pixel_out,), operator.outputs, {"new_shape": output.shape}),
        ]
    if len(operators) == len(graph.operators):
        return graph
    return _merge_reshapes(replace(graph, tensors=tuple(tensors), operators=tuple(operators)))


def _merge_reshapes(graph: Graph) -> Graph:
    """A RESHAPE of a RESHAPE is one; a RESHAPE to the shape that is already there is none."""
    for index, operator in enumerate(graph.operators):
        if operator.name != "RESHAPE":
            continue
        source = operator.inputs[0]
        producer = graph.producer(source)
        if producer is None or graph.operators[producer].name != "RESHAPE":
            continue
        operators = list(graph.operators)
        operators[index] = replace(operator, inputs=graph.operators[producer].inputs[:1])
        return _merge_reshapes(_without_dead(replace(graph, operators=tuple(operators))))
    for operator in graph.operators:
        if operator.name == "RESHAPE" and operator.outputs[0] not in graph.outputs:
            source = operator.inputs[0]
            if graph.tensors[source].shape == graph.output(operator).shape:
                return _merge_reshapes(_bypass(graph, operator, source))
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
