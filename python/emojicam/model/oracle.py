"""The two interpreters on this computer that say what a model's right answer is.

Both compute int8 as TFLM's reference kernels do, double rounding included (gemmlowp). LiteRT does so only
with its reference kernels: its default delegate, XNNPACK, rounds once and differs by up to 2.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from emojicam import extras
from emojicam.errors import EmojicamError, ToolMissing

Array = npt.NDArray[Any]

#: Far above what any model for the board needs.
_ARENA_BYTES = 4 << 20


@dataclass(frozen=True)
class Tensor:
    """What a model takes or gives: its shape, and the scale and zero point of its integers."""

    shape: tuple[int, ...]
    dtype: npt.DTypeLike
    scale: float
    zero_point: int

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Self:
        """From an interpreter's description."""
        scale, zero_point = detail["quantization"]
        return cls(tuple(int(size) for size in detail["shape"]), detail["dtype"], float(scale), int(zero_point))


class Oracle(Protocol):
    """An interpreter that holds one model with one input and one output.

    Not for untrusted files: neither checks a flatbuffer. Give it what `emojicam.model.graph` has parsed.
    """

    def run(self, frame: Array) -> Array:
        """The output for one input of the model's own shape and type."""
        ...


class LiteRt:
    """LiteRT (PyPI `ai-edge-litert`) with its reference kernels and no delegate.

    Attributes:
        input, output: of the model.
    """

    def __init__(self, model: bytes) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter, OpResolverType
        except ImportError:
            raise ToolMissing("LiteRT (ai-edge-litert) is not installed", extras.hint("train")) from None
        try:
            self._interpreter = Interpreter(
                model_content=model, experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1
            )
            self._interpreter.allocate_tensors()
        except (RuntimeError, ValueError) as error:
            raise EmojicamError(f"LiteRT refuses the model: {error}", "emojicam inspect on it") from None
        source, sink = self._interpreter.get_input_details()[0], self._interpreter.get_output_details()[0]
        self.input, self.output = Tensor.of(source), Tensor.of(sink)
        self._input, self._output = source["index"], sink["index"]

    def run(self, frame: Array) -> Array:
        self._interpreter.set_tensor(self._input, frame)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_tensor(self._output))


class TfliteMicro:
    """Google's own x86-64 build of today's TFLM (PyPI `tflite-micro`)."""

    def __init__(self, model: bytes) -> None:
        try:
            from tflite_micro import runtime  # type: ignore[import-untyped]
        except ImportError:
            raise ToolMissing("tflite-micro is not installed", extras.hint("test")) from None
        try:
            # Its own guess is ten times the file, too little for a small model with large activations.
            self._interpreter = runtime.Interpreter.from_bytes(model, arena_size=_ARENA_BYTES + 8 * len(model))
        except (RuntimeError, ValueError) as error:
            raise EmojicamError(f"tflite-micro refuses the model: {error}", "emojicam inspect on it") from None

    def run(self, frame: Array) -> Array:
        self._interpreter.set_input(frame, 0)
        self._interpreter.invoke()
        return np.array(self._interpreter.get_output(0))


def run_all(oracle: Oracle, frames: Iterable[Array]) -> list[Array]:
    """The outputs for several inputs, in their order."""
    return [oracle.run(frame) for frame in frames]
