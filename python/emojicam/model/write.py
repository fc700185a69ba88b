"""A graph written back as a .tflite file."""

from dataclasses import replace
from typing import Any

from emojicam.model import flatbuffer
from emojicam.model.graph import ABSENT, Graph
from emojicam.model.schema import (
    DTYPE_CODES,
    IDENTIFIER,
    OPERATOR_CODES,
    OPTIONS_CODES,
    OPTIONS_OF,
    PLACEHOLDER_FOR_GREATER_OP_CODES,
)


def serialise(graph: Graph) -> bytes:
    """The graph as a .tflite file: the source's own bytes if nothing was changed.

    Otherwise a canonical form that TFLM July 2020, today's TFLM and LiteRT all read: operator codes in
    both fields, constants aligned to 16 bytes, tensors and operator codes that nothing uses left out.
    """
    if graph.source is not None and not graph.oddities:
        return graph.source
    graph = without_unused_tensors(graph)
    codes = sorted({(op.name, op.version) for op in graph.operators})
    buffers: list[dict[str, Any]] = [{"data": None}]
    tensors = []
    for tensor in graph.tensors:
        if tensor.data is not None:
            buffers.append({"data": tensor.data})
        quantisation = {
            "scale": tensor.scales,
            "zero_point": tensor.zero_points,
            "quantized_dimension": tensor.quantized_dimension,
        }
        tensors.append(
            {
                "shape": tensor.shape,
                "type": DTYPE_CODES[tensor.dtype],
                "buffer": len(buffers) - 1 if tensor.data is not None else 0,
                "name": tensor.name or None,
                "quantization": quantisation if tensor.scales else None,
                "is_variable": tensor.is_variable,
                "shape_signature": tensor.signature,
            }
        )
    operators = []
    for operator in graph.operators:
        table = OPTIONS_OF.get(operator.name)
        operators.append(
            {
                "opcode_index": codes.index((operator.name, operator.version)),
                "inputs": operator.inputs,
                "outputs": operator.outputs,
                "builtin_options_type": OPTIONS_CODES[table or "NONE"],
                "builtin_options": (table, operator.options) if table else None,
                "custom_options": None if table else operator.options.get("custom"),
            }
        )
    subgraph = {
        "tensors": tensors,
        "inputs": graph.inputs,
        "outputs": graph.outputs,
        "operators": operators,
        "name": "main",
    }
    model = {
        "version": 3,
        "operator_codes": [_encoded_code(name, version) for name, version in codes],
        "subgraphs": [subgraph],
        "description": graph.description,
        "buffers": buffers,
    }
    return flatbuffer.encode(model, "Model", IDENTIFIER)


def _encoded_code(name: str, version: int) -> dict[str, Any]:
    builtin, _, custom = name.partition(":")
    number = OPERATOR_CODES[builtin]
    return {
        "deprecated_builtin_code": min(number, PLACEHOLDER_FOR_GREATER_OP_CODES),
        "builtin_code": number,
        "custom_code": custom or None,
        "version": version,
    }


def without_unused_tensors(graph: Graph) -> Graph:
    """Drop the tensors that no operator touches, and renumber the rest."""
    used = set(graph.inputs) | set(graph.outputs)
    for operator in graph.operators:
        used |= {*operator.inputs, *operator.outputs} - {ABSENT}
    if len(used) == len(graph.tensors):
        return graph
    number = {old: new for new, old in enumerate(sorted(used))} | {ABSENT: ABSENT}

    def renumber(indices: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(number[i] for i in indices)

    return replace(
        graph,
        tensors=tuple(graph.tensors[i] for i in sorted(used)),
        operators=tuple(
            replace(op, inputs=renumber(op.inputs), outputs=renumber(op.outputs)) for op in graph.operators
        ),
        inputs=renumber(graph.inputs),
        outputs=renumber(graph.outputs),
        source=None,
    )
