"""A model's answers, wherever it runs: float in TensorFlow, int8 on LiteRT, int8 on an emulated board."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.training import quantise

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Answers:
    """What a model says to pictures.

    Attributes:
        logits: (N, C) float64.
        scores: (N, C) int8 as the model gives them; None from a float model.
        zero_point, scale: of the scores.
    """

    logits: npt.NDArray[np.float64]
    scores: npt.NDArray[np.int8] | None = None
    zero_point: int = 0
    scale: float = 1.0


def _float(model: Path, images: Bytes) -> Answers:
    if model.suffix != ".keras":
        raise EmojicamError(f"{model} is not a float model", "--model with the best.keras of a training run")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    from emojicam.training.train import predict as run

    try:
        loaded = keras.models.load_model(model, compile=False)
    except (OSError, ValueError) as error:
        raise EmojicamError(f"cannot load {model}: {error}", "the best.keras of a training run") from None
    return Answers(run(loaded, images))


def _answers(scores: npt.NDArray[np.int8], scale: float, zero_point: int) -> Answers:
    return Answers((scores.astype(np.float64) - zero_point) * scale, scores, zero_point, scale)


def _board(content: bytes, images: Bytes, name: str, pictures_a_job: int = 100) -> Answers:
    from emojicam.targets import boards, runner

    cores: dict[str, Any] = {board.name: core for core, board in boards.BOARD_OF_CORE.items()}
    if name not in cores:
        raise EmojicamError(f"{name!r} cannot run models", f"float, litert, {', '.join(cores)}")
    detail = quantise.interpreter(content).get_output_details()[0]
    inputs = [(picture.astype(np.int16) - 128).astype(np.int8) for picture in images]
    scores = []
    for start in range(0, len(inputs), pictures_a_job):
        result = runner.run(cores[name], content, inputs[start : start + pictures_a_job])
        scores += result.int8_outputs()
    scale, zero_point = detail["quantization"]
    return _answers(np.stack(scores), float(scale), int(zero_point))


def predict(model: Path, images: Bytes, on: str = "litert") -> Answers:
    """Run a model over pictures.

    Args:
        model: a .tflite, or a .keras for `on` "float".
        images: (N, H, W) grey levels, H x W the model's input.
        on: "float", "litert" (without delegate) or the name of a board that is emulated.

    Raises:
        EmojicamError: the model cannot be read or does not take such pictures.
    """
    if on == "float":
        return _float(model, images)
    try:
        content = model.read_bytes()
    except OSError as error:
        raise EmojicamError(f"cannot read {model}: {error.strerror}", "emojicam train --rebuild") from None
    if on == "litert":
        return _answers(*quantise.predict_int8(content, images))
    return _board(content, images, on)
