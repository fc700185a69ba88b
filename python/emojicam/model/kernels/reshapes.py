"""RESHAPEs that need not run: TFLM copies byte by byte, and most kernels look at bytes, not at shapes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from emojicam.model.graph import Graph, Operator

#: Besides ours: it goes by its weights' shape, both CMSIS-NN's and the reference kernel.
_BY_BYTES = ("FULLY_CONNECTED",)


def unneeded(
    graph: Graph, layers: Mapping[int, Any], chains: Iterable[list[int]]
) -> tuple[frozenset[int], dict[int, int]]:
    """Which operators can go.

    Args:
        layers: those that one layer of ours runs, by index.
        chains: the operators of each chain of blocks.

    Returns:
        The RESHAPEs, and for each tensor that goes with them the one in whose place it is.
    """
    ends = {chain[-1] for chain in chains}

    def by_bytes(index: int) -> bool:
        return index in layers or graph.operators[index].name in _BY_BYTES

    gone: set[int] = set()
    instead: dict[int, int] = {}
    for index, operator in enumerate(graph.operators):
        if operator.name != "RESHAPE" or not _copies(graph, operator):
            continue
        source, output = operator.inputs[0], operator.outputs[0]
        if source in instead or output in instead.values():
            continue
        producer, readers = graph.producer(source), graph.consumers(output)
        written_so = producer is not None and (by_bytes(producer) or producer in ends)
        if written_so and graph.consumers(source) == [index] and source not in graph.outputs:
            instead[source] = output
        elif readers and output not in graph.outputs and all(by_bytes(one) for one in readers):
            instead[output] = source
        else:
            continue
        gone.add(index)
    return frozenset(gone), instead


def _copies(graph: Graph, operator: Operator) -> bool:
    source, output = graph.tensors[operator.inputs[0]], graph.output(operator)
    return source.data is None and source.dtype == output.dtype == "int8" and source.quantisation == output.quantisation


def renamed(operator: Operator, instead: Mapping[int, int]) -> Operator:
    """The operator on the tensors that are left."""
    inputs = tuple(instead.get(i, i) for i in operator.inputs)
    return replace(operator, inputs=inputs, outputs=tuple(instead.get(i, i) for i in operator.outputs))
