"""What a model computes from its own shapes, computed here: converters leave it where the batch was open.

A frame is one picture, so every shape is known, and with it all that SHAPE, GATHER, PACK and their like make of
shapes. Where the converter could not tell a tensor's shape, it follows from there.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from emojicam.model.graph import ABSENT, Graph, Operator, Tensor

Array = np.ndarray[Any, Any]

#: Numbers that a shape has at most; what has more is data and stays.
_MOST = 64
_INTEGERS = ("int32", "int64")


def shape_arithmetic(graph: Graph) -> Graph:
    """Computed what the model computes from its own shapes."""
    tensors, operators = list(graph.tensors), []
    settled: set[int] = set()  # whose shape has been found here, whatever the converter knew of it
    for operator in graph.operators:
        given = [tensors[i] for i in operator.inputs if i != ABSENT]
        values = _evaluate(operator, given, settled) if len(operator.outputs) == 1 else None
        if values is not None and tensors[operator.outputs[0]].dtype not in _INTEGERS:
            values = None
        if values is not None and operator.outputs[0] not in graph.outputs:
            output = tensors[operator.outputs[0]]
            constant = np.ascontiguousarray(values, dtype=output.dtype)
            tensors[operator.outputs[0]] = replace(
                output, shape=constant.shape, data=constant.tobytes(), signature=None
            )
            continue
        operators.append(operator)
        if len(operator.outputs) != 1:
            continue
        output = tensors[operator.outputs[0]]
        shape = _follows(operator, given) if _unsure(operator, output, settled) else None
        if shape is not None and (shape != output.shape or -1 in (output.signature or ())[1:]):
            tensors[operator.outputs[0]] = replace(output, shape=shape, signature=None)
            settled.add(operator.outputs[0])
    if len(operators) == len(graph.operators) and not settled:
        return graph
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators))


def _unsure(operator: Operator, output: Tensor, settled: set[int]) -> bool:
    open_ended = -1 in output.shape or -1 in (output.signature or ())[1:]
    return open_ended or any(i in settled for i in operator.inputs)


def _evaluate(operator: Operator, given: list[Tensor], settled: set[int]) -> Array | None:
    """A small integer operator's value, where it is known."""
    if operator.name == "SHAPE":
        source = given[0]
        return None if -1 in source.shape or -1 in (source.signature or ())[1:] else np.array(source.shape, np.int32)
    compute = _COMPUTE.get(operator.name)
    if compute is None or any(one.data is None or one.dtype not in _INTEGERS or one.elements > _MOST for one in given):
        return None
    try:
        return compute(operator.options, [one.array() for one in given])
    except (ValueError, IndexError, KeyError, TypeError, OverflowError):  # np.exceptions.AxisError is both of the first
        return None


def _strided_slice(options: dict[str, Any], given: list[Array]) -> Array:
    source, begin, end, step = given
    if options["ellipsis_mask"] or options["new_axis_mask"] or options["offset"]:
        raise ValueError("not plain")
    index: list[slice | int] = []
    for axis, (start, stop, stride) in enumerate(zip(begin.tolist(), end.tolist(), step.tolist(), strict=True)):
        if options["shrink_axis_mask"] >> axis & 1:
            index.append(start)
            continue
        first = None if options["begin_mask"] >> axis & 1 else start
        last = None if options["end_mask"] >> axis & 1 else stop
        index.append(slice(first, last, stride))
    return np.asarray(source[tuple(index)])


_COMPUTE: dict[str, Callable[[dict[str, Any], list[Array]], Array]] = {
    "STRIDED_SLICE": _strided_slice,
    "PACK": lambda options, given: np.stack(given, axis=options["axis"]),
    "CONCATENATION": lambda options, given: np.concatenate(given, axis=options["axis"]),
    "GATHER": lambda options, given: np.take(given[0], given[1], axis=options["axis"]),
    "REDUCE_PROD": lambda options, given: np.asarray(
        np.prod(given[0], axis=tuple(np.ravel(given[1]).tolist()), keepdims=options["keep_dims"])
    ),
    "CAST": lambda _, given: given[0],
    "ADD": lambda _, given: given[0] + given[1],
    "SUB": lambda _, given: given[0] - given[1],
    "MUL": lambda _, given: given[0] * given[1],
    "MAXIMUM": lambda _, given: np.maximum(given[0], given[1]),
    "MINIMUM": lambda _, given: np.minimum(given[0], given[1]),
    "FLOOR_DIV": lambda _, given: given[0] // given[1] if given[1].all() else _refuse(),
    "EXPAND_DIMS": lambda _, given: np.expand_dims(given[0], int(np.ravel(given[1])[0])),
    "RESHAPE": lambda _, given: given[0].reshape(given[1].tolist()),
}


def _refuse() -> Array:
    raise ValueError


def _follows(operator: Operator, given: list[Tensor]) -> tuple[int, ...] | None:
    """The output's shape, by the operator's own rule; None where there is none here."""
    source = given[0].shape
    if -1 in source:
        return None
    if operator.name == "RESHAPE":
        constant = len(given) > 1 and given[1].data is not None and given[1].dtype in _INTEGERS
        wanted = given[1].array().ravel().tolist() if constant else None
        return _reshaped(given[0].elements, wanted if wanted is not None else operator.options.get("new_shape"))
    if operator.name == "FULLY_CONNECTED" and len(given) > 1 and len(given[1].shape) == 2:
        outputs, inputs = given[1].shape
        if operator.options.get("keep_num_dims"):
            return (*source[:-1], outputs)
        return (given[0].elements // inputs, outputs) if inputs and given[0].elements % inputs == 0 else None
    if operator.name in _BROADCASTING and len(given) == 2:
        try:
            return tuple(int(size) for size in np.broadcast_shapes(source, given[1].shape))
        except ValueError:
            return None
    return source if operator.name in _SAME_SHAPE else None


_BROADCASTING = ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM", "PRELU")
_SAME_SHAPE = (
    "RELU", "RELU6", "SOFTMAX", "LOG_SOFTMAX", "LOGISTIC", "TANH", "QUANTIZE", "DEQUANTIZE", "HARD_SWISH", "LEAKY_RELU",
    "GELU", "ELU", "L2_NORMALIZATION",
)  # fmt: skip


def _reshaped(elements: int, wanted: Any) -> tuple[int, ...] | None:
    if wanted is None:
        return None
    shape = [int(size) for size in wanted]
    known = int(np.prod([size for size in shape if size != -1]))
    if shape.count(-1) > 1 or known <= 0:
        return None
    if -1 in shape:
        shape[shape.index(-1)] = elements // known
    return tuple(shape) if int(np.prod(shape)) == elements else None
