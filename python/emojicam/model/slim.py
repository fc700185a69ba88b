"""Leave out of a model what no kernel reads: it costs flash, and TFLM keeps a copy in the arena.

Measured on the model of the original device: 303,504 to 261,424 bytes of flash, 132,752 to 110,208 bytes of
arena on the Cortex-M7, and the same scores.
"""

from dataclasses import replace

from emojicam.model.graph import ABSENT, Graph, Operator, Tensor

#: Kernels that take the bias's scale for granted (kernel_util.cc, PopulateConvolutionQuantizationParams).
#: FULLY_CONNECTED checks it.
_BIAS_SCALE_UNREAD = ("CONV_2D", "DEPTHWISE_CONV_2D")


def slim(graph: Graph) -> Graph:
    """The same computation with fewer bytes; the same object if there is nothing to leave out."""
    biases, read = set[int](), set[int]()
    for operator in graph.operators:
        unread = operator.inputs[2:3] if operator.name in _BIAS_SCALE_UNREAD else ()
        biases |= set(unread)
        read |= set(operator.inputs) - set(unread)
    biases -= read
    ends = {*graph.inputs, *graph.outputs}
    tensors = tuple(_tensor(one, i in biases, i in ends) for i, one in enumerate(graph.tensors))
    operators = tuple(_operator(graph, one) for one in graph.operators)
    if tensors == graph.tensors and operators == graph.operators:
        return graph
    return replace(graph, tensors=tensors, operators=operators, source=None)


def _tensor(tensor: Tensor, is_bias: bool, is_end: bool) -> Tensor:
    if is_bias:
        tensor = replace(tensor, scales=(), zero_points=(), quantized_dimension=0)
    return tensor if is_end else replace(tensor, name="", signature=None)


def _operator(graph: Graph, operator: Operator) -> Operator:
    """RESHAPE takes its shape from the output (reshape.cc); LiteRT takes it from the option."""
    if operator.name != "RESHAPE" or len(operator.inputs) < 2 or operator.inputs[1] == ABSENT:
        return operator
    options = {"new_shape": graph.output(operator).shape}
    return replace(operator, inputs=operator.inputs[:1], options=options)
