"""A .tflite file as plain data: tensors, operators, and which feeds which."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from emojicam.errors import EmojicamError
from emojicam.model import flatbuffer
from emojicam.model.schema import (
    DTYPE_BYTES,
    DTYPE_NAMES,
    IDENTIFIER,
    OPERATOR_NAMES,
    OPTIONS_OF,
    PLACEHOLDER_FOR_GREATER_OP_CODES,
    TABLES,
)

#: The input that an operator leaves out ("no bias").
ABSENT = -1
#: Dimensions that a tensor of a sound file may have; kernels take four, few take five.
MAX_RANK = 8
#: What kernels take for granted of a constant in flash; converters align to 16 (schema.fbs, Buffer: force_align).
_CONSTANTS_AT = 4
_MISALIGNED = "its tensors lie at offsets that processors can't read at once: they were aligned"


@dataclass(frozen=True)
class Tensor:
    """One tensor.

    Args:
        shape: () is a scalar; a dimension of -1 is not known before run time.
        dtype: as in the schema, lower case ("int8").
        scales, zero_points: one for the whole tensor, one per index along `quantized_dimension`, or none.
        data: the constant's bytes, little-endian, row-major; None where the tensor is computed or fed.
        signature: the shape that the training framework knew, -1 where it was open; None if the same.
        is_variable: keeps its content from one inference to the next.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    quantized_dimension: int = 0
    data: bytes | None = None
    signature: tuple[int, ...] | None = None
    is_variable: bool = False

    @property
    def label(self) -> str:
        """The name, as far as it goes into one line: converters join the names of all that they fused."""
        name = self.name.split(";")[0] or "a tensor"
        return name if len(name) <= 60 else f"{name[:59]}…"

    @property
    def elements(self) -> int:
        """How many there are; an open dimension counts as one."""
        return math.prod(max(dimension, -dimension) for dimension in self.shape)

    @property
    def nbytes(self) -> int:
        return self.elements * DTYPE_BYTES.get(self.dtype, 0)

    @property
    def scale(self) -> float:
        """The (first) scale; 0 where the tensor is not quantised."""
        return self.scales[0] if self.scales else 0.0

    @property
    def zero_point(self) -> int:
        return self.zero_points[0] if self.zero_points else 0

    @property
    def quantisation(self) -> tuple[float, int]:
        return self.scale, self.zero_point

    def array(self) -> np.ndarray[Any, Any]:
        """The constant's values in its shape."""
        if self.data is None:
            raise ValueError(f"{self.name} is not a constant")
        return np.frombuffer(self.data, dtype=self.dtype).reshape(self.shape)


@dataclass(frozen=True)
class Operator:
    """One operator: name as in the schema ("CONV_2D", "CUSTOM:x"), tensor indices, options by field name."""

    name: str
    version: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Graph:
    """A model with one subgraph, its operators in the order in which they run.

    Args:
        source: the file's own bytes; None once something was changed (see `emojicam.model.write`).
        oddities: why the file cannot go to TFLM as it is, though it says the same as a file that can.
    """

    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    description: str = ""
    source: bytes | None = None
    oddities: tuple[str, ...] = ()

    def tensor(self, operator: Operator, index: int) -> Tensor | None:
        """An operator's input, or None where it is left out."""
        if index >= len(operator.inputs) or operator.inputs[index] == ABSENT:
            return None
        return self.tensors[operator.inputs[index]]

    def output(self, operator: Operator) -> Tensor:
        return self.tensors[operator.outputs[0]]

    def producer(self, index: int) -> int | None:
        """Which operator computes a tensor; None for constants and inputs of the model."""
        return next((i for i, op in enumerate(self.operators) if index in op.outputs), None)

    def consumers(self, index: int) -> list[int]:
        return [i for i, op in enumerate(self.operators) if index in op.inputs]

    @property
    def weight_bytes(self) -> int:
        """Bytes of all constants that an operator reads."""
        used = {i for op in self.operators for i in op.inputs if i != ABSENT}
        return sum(len(self.tensors[i].data or b"") for i in used)


def load(path: Path) -> Graph:
    """Read and check a .tflite file.

    Raises:
        EmojicamError: no such file, not a model, or corrupt.
    """
    if path.exists() and not path.is_file():
        raise EmojicamError(f"{path} is no regular file", "the path of a .tflite file")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EmojicamError(f"cannot read {path}: {error.strerror}", "the path of a .tflite file") from None
    return parse(data, name=str(path))


def parse(data: bytes, *, name: str = "the model") -> Graph:
    """Check a .tflite file's bytes and take them apart.

    Args:
        name: what to call it in errors.

    Raises:
        EmojicamError: not a model, corrupt, or with control flow (several subgraphs).
    """
    if len(data) < 8 or data[4:8] != IDENTIFIER:
        raise EmojicamError(
            f"{name} is not a TensorFlow Lite model (its bytes 4 to 7 are not {IDENTIFIER.decode()})",
            "a .tflite file made by tf.lite.TFLiteConverter",
        )
    try:
        return _build(flatbuffer.decode(data, "Model", IDENTIFIER), data)
    except flatbuffer.Corrupt as error:
        raise EmojicamError(f"{name} is corrupt: {error}", "copying or converting it again") from None


def _build(model: dict[str, Any], source: bytes) -> Graph:
    if model["version"] != 3:
        raise flatbuffer.Corrupt(f"schema version {model['version']} instead of 3")
    subgraphs = model["subgraphs"] or []
    if len(subgraphs) != 1:
        raise EmojicamError(
            f"the model has {len(subgraphs)} subgraphs; TFLM runs one",
            "converting it without control flow (tf.while_loop, tf.cond, recurrent layers)",
        )
    subgraph = subgraphs[0]
    oddities: list[str] = [_MISALIGNED] if model[flatbuffer.MISALIGNED] else []
    buffers = model["buffers"] or []
    codes = [_operator_code(code, oddities) for code in model["operator_codes"] or []]
    tensors = tuple(_tensor(i, one, buffers, oddities) for i, one in enumerate(subgraph["tensors"] or []))
    operators = tuple(
        _operator(i, one, codes, len(tensors), oddities) for i, one in enumerate(subgraph["operators"] or [])
    )
    inputs, outputs = tuple(subgraph["inputs"] or ()), tuple(subgraph["outputs"] or ())
    for what, indices in (("input", inputs), ("output", outputs)):
        for index in indices:
            if not 0 <= index < len(tensors):
                raise flatbuffer.Corrupt(f"{what} {index} of {len(tensors)} tensors")
    graph = Graph(
        tensors,
        operators,
        inputs,
        outputs,
        model["description"] or "",
        source,
        tuple(dict.fromkeys(oddities)),
    )
    _check_order(graph)
    return graph


def _operator_code(code: dict[str, Any], oddities: list[str]) -> tuple[str, int]:
    old, new = code["deprecated_builtin_code"], code["builtin_code"]
    number = max(old, new)
    name = OPERATOR_NAMES.get(number)
    if name is None or number == PLACEHOLDER_FOR_GREATER_OP_CODES or old < 0:
        raise flatbuffer.Corrupt(f"there is no operator number {number}")
    if name == "CUSTOM":
        name = f"CUSTOM:{code['custom_code'] or ''}"
    elif number < PLACEHOLDER_FOR_GREATER_OP_CODES and old != number:
        # TFLM July 2020 knows nothing of the field builtin_code and would read operator 0, ADD.
        oddities.append("operator codes are written in the field that TFLM July 2020 does not read")
    return name, code["version"]


def _tensor(index: int, tensor: dict[str, Any], buffers: list[Any], oddities: list[str]) -> Tensor:
    dtype = DTYPE_NAMES.get(tensor["type"])
    if dtype is None:
        raise flatbuffer.Corrupt(f"tensor {index} has type number {tensor['type']}")
    shape = tuple(tensor["shape"] or ())
    if any(dimension < -1 for dimension in shape):
        raise flatbuffer.Corrupt(f"tensor {index} has a dimension of {min(shape)}")
    if len(shape) > MAX_RANK or len(tensor["shape_signature"] or ()) > MAX_RANK:
        raise flatbuffer.Corrupt(f"tensor {index} has over {MAX_RANK} dimensions")
    if tensor["buffer"] >= max(len(buffers), 1):
        raise flatbuffer.Corrupt(f"tensor {index} has buffer {tensor['buffer']} of {len(buffers)}")
    if not buffers:
        oddities.append("it has no list of buffers")
        contents = None
    else:
        buffer = buffers[tensor["buffer"]]
        if buffer["offset"] > 1:
            raise EmojicamError(
                "the model keeps its weights behind the flatbuffer (a file of over 2 GB)", "a smaller model"
            )
        contents = buffer["data"].view if buffer["data"] is not None and buffer["data"].view else None
        if contents is not None and buffer["data"].offset % _CONSTANTS_AT and _MISALIGNED not in oddities:
            oddities.append(_MISALIGNED)
    quantisation = tensor["quantization"] or {}
    scales, zero_points = tuple(quantisation.get("scale") or ()), tuple(quantisation.get("zero_point") or ())
    if len(zero_points) != len(scales):
        if len(zero_points) > 1 or not scales:
            raise flatbuffer.Corrupt(f"tensor {index} has {len(scales)} scales and {len(zero_points)} zero points")
        zero_points = (zero_points or (0,)) * len(scales)
        oddities.append("zero points are left out")
    if any(not math.isfinite(scale) or scale < 0 for scale in scales):
        raise flatbuffer.Corrupt(f"tensor {index} has a scale that is not a positive number")
    made = Tensor(
        name=tensor["name"] or "",
        shape=shape,
        dtype=dtype,
        scales=scales,
        zero_points=zero_points,
        quantized_dimension=quantisation.get("quantized_dimension", 0),
        data=None if contents is None else bytes(contents),
        signature=tuple(tensor["shape_signature"]) if tensor["shape_signature"] else None,
        is_variable=tensor["is_variable"],
    )
    if contents is not None and dtype in DTYPE_BYTES and len(contents) != made.nbytes:
        raise flatbuffer.Corrupt(f"tensor {index} of shape {list(shape)} has {len(contents)} bytes of data")
    return made


def _operator(
    index: int, operator: dict[str, Any], codes: list[tuple[str, int]], tensors: int, oddities: list[str]
) -> Operator:
    if operator["opcode_index"] >= len(codes):
        raise flatbuffer.Corrupt(f"operator {index} has code {operator['opcode_index']} of {len(codes)}")
    name, version = codes[operator["opcode_index"]]
    inputs, outputs = tuple(operator["inputs"] or ()), tuple(operator["outputs"] or ())
    where = f"operator {index} ({name})"
    if not outputs or not inputs or inputs[0] == ABSENT:
        raise flatbuffer.Corrupt(f"{where} has no {'input' if outputs else 'output'}")
    for i in (*outputs, *(i for i in inputs if i != ABSENT)):
        if not 0 <= i < tensors:
            raise flatbuffer.Corrupt(f"{where} has tensor {i} of {tensors}")
    expected = OPTIONS_OF.get(name)
    options: dict[str, Any] = {}
    if expected is not None:
        given, options = operator["builtin_options"] or (None, {})
        if given is None:
            options = {key: spec.default for key, spec in TABLES[expected].items()}
            if options and name != "RESHAPE":
                oddities.append(f"{name} comes without its options")
        elif given != expected:
            raise flatbuffer.Corrupt(f"{where} has options of type {given}")
    return Operator(name, version, inputs, outputs, options)


def _check_order(graph: Graph) -> None:
    """Each tensor is computed once, and before it is read."""
    ready = set(graph.inputs) | {i for i, one in enumerate(graph.tensors) if one.data is not None or one.is_variable}
    ready.add(ABSENT)
    for index, operator in enumerate(graph.operators):
        for i in operator.inputs:
            if i not in ready:
                raise flatbuffer.Corrupt(f"operator {index} ({operator.name}) reads tensor {i} before it is computed")
        for i in operator.outputs:
            if i in ready:
                raise flatbuffer.Corrupt(f"operator {index} ({operator.name}) computes tensor {i} a second time")
            ready.add(i)
    for i in graph.outputs:
        if i not in ready:
            raise flatbuffer.Corrupt(f"nothing computes its output, tensor {i}")
