"""What each layer computes: shapes, multiply-accumulates, weights, and the kernel that will run it."""

from dataclasses import dataclass

from emojicam.model.graph import ABSENT, Graph, Operator
from emojicam.model.support import KERNELS


@dataclass(frozen=True)
class Layer:
    """One operator as a row of a report.

    Args:
        input_shape, output_shape: of the first activation in and out.
        macs: multiply-accumulates of int8 with int8; 0 for layers that have none.
        weight_bytes: constants that only this layer's operator reads, quantisation not counted.
        kernel: the C++ registration, or "" where the firmware has none.
    """

    index: int
    op: str
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    macs: int
    weight_bytes: int
    kernel: str


def macs(graph: Graph, operator: Operator) -> int:
    """Multiply-accumulates, padding included, as is the custom."""
    filters = graph.tensor(operator, 1)
    if filters is None:
        return 0
    if operator.name == "CONV_2D":
        outputs, height, width, inputs = filters.shape
        return graph.output(operator).elements // outputs * outputs * height * width * inputs
    if operator.name == "DEPTHWISE_CONV_2D":
        return graph.output(operator).elements * filters.shape[1] * filters.shape[2]
    if operator.name == "FULLY_CONNECTED":
        return graph.tensors[operator.inputs[0]].elements // filters.shape[1] * filters.elements
    return 0


def layers(graph: Graph) -> list[Layer]:
    rows = []
    for index, operator in enumerate(graph.operators):
        constants = [
            graph.tensors[i] for i in operator.inputs if i != ABSENT and graph.tensors[i].data is not None
        ]
        activations = [
            graph.tensors[i] for i in operator.inputs if i != ABSENT and graph.tensors[i].data is None
        ]
        kernel = KERNELS.get(operator.name)
        rows.append(
            Layer(
                index=index,
                op=operator.name,
                input_shape=activations[0].shape if activations else (),
                output_shape=graph.output(operator).shape,
                macs=macs(graph, operator),
                weight_bytes=sum(len(one.data or b"") for one in constants),
                kernel=kernel.registration(operator.name) if kernel else "",
            )
        )
    return rows
