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
    """Multiply-accumulates of any model's layer, padding included, as is the custom."""
    filters = graph.tensor(operator, 1)
    if filters is None or not filters.elements:
        return 0
    if operator.name == "CONV_2D":
        return graph.output(operator).elements * (filters.elements // max(filters.shape[:1], default=1))
    if operator.name == "DEPTHWISE_CONV_2D":
        return graph.output(operator).elements * (filters.elements // max(filters.shape[-1:], default=1))
    if operator.name == "FULLY_CONNECTED":
        source = graph.tensor(operator, 0)
        return (source.elements if source else 0) // max(filters.shape[-1:], default=1) * filters.elements
    return 0


def layers(graph: Graph) -> list[Layer]:
    rows = []
    for index, operator in enumerate(graph.operators):
        constants = [graph.tensors[i] for i in operator.inputs if i != ABSENT and graph.tensors[i].data is not None]
        activations = [graph.tensors[i] for i in operator.inputs if i != ABSENT and graph.tensors[i].data is None]
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
