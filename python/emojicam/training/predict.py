"""A model's answers, wherever it runs: float in TensorFlow, int8 on LiteRT, int8 on an emulated board."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam import image
from emojicam.config.settings import Model
from emojicam.errors import EmojicamError
from emojicam.model import degenerate, graph, pixels
from emojicam.model.fold import fold
from emojicam.model.oracle import LiteRt, Tensor
from emojicam.model.write import serialise
from emojicam.training import network, restore

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
    if model.suffix not in (".keras", ".npz"):
        raise EmojicamError(f"{model} is not a float model", "--model models/gestures.npz, or a run's best.keras")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras

    if model.suffix == ".npz":
        return Answers(network.predict(restore.load(model, network.GESTURES), images))
    try:
        loaded = keras.models.load_model(model, compile=False)
    except (OSError, ValueError) as error:
        raise EmojicamError(f"cannot load {model}: {error}", "the best.keras of a training run") from None
    return Answers(network.predict(loaded, images))


def read(model: Path) -> bytes:
    """A .tflite file, checked: interpreters trust what they are given.

    Raises:
        EmojicamError: it cannot be read, is no model, or one that an interpreter would abort on.
    """
    try:
        content = model.read_bytes()
    except OSError as error:
        raise EmojicamError(f"cannot read {model}: {error.strerror}", "--model with an int8 .tflite") from None
    degenerate.check_numbers(graph.parse(content, name=str(model)))
    return content


def on_litert(content: bytes, images: Bytes, said: Model | None = None) -> Answers:
    """Run an int8 model on LiteRT's reference kernels, which round as the firmware's do.

    Args:
        images: (N, H, W) grey levels, of any size: the board's image stage makes the model's of them.
        said: what emojicam.toml says of the model.
    """
    folded, inputs = _inputs(content, images, said)
    runner = LiteRt(folded)
    return _answers(np.stack([runner.run(one).reshape(-1) for one in inputs]), runner.output)


def _inputs(content: bytes, images: Bytes, said: Model | None) -> tuple[bytes, list[npt.NDArray[np.int8]]]:
    """The model with int8 ends, and each picture as the board would give it to that."""
    folded = fold(graph.parse(content)).graph
    source = folded.tensors[folded.inputs[0]]
    if source.dtype != "int8" or len(source.shape) != 4 or source.shape[0] != 1 or source.shape[3] not in (1, 3):
        takes = f"{'x'.join(map(str, source.shape[1:]))} {source.dtype}"
        raise EmojicamError(f"the model takes {takes}, not a picture in int8", "an int8 model for pictures")
    form = pixels.read(folded, said).form
    _, height, width, channels = source.shape
    seen = (image.prepare(picture, size=(height, width), channels=channels) for picture in images)
    return serialise(folded), [form.apply(picture).reshape(source.shape) for picture in seen]


def _answers(scores: npt.NDArray[np.int8], output: Tensor) -> Answers:
    logits = (scores.astype(np.float64) - output.zero_point) * output.scale
    return Answers(logits, scores, output.zero_point, output.scale)


def _board(content: bytes, images: Bytes, name: str, said: Model | None, pictures_a_job: int = 100) -> Answers:
    from emojicam.config import boards
    from emojicam.emulators import runner

    cores: dict[str, Any] = {board.name: core for core, board in boards.BOARD_OF_CORE.items()}
    if name not in cores:
        raise EmojicamError(f"{name!r} cannot run models", f"float, litert, {', '.join(cores)}")
    folded, inputs = _inputs(content, images, said)
    scores = []
    for start in range(0, len(inputs), pictures_a_job):
        result = runner.run(cores[name], folded, inputs[start : start + pictures_a_job])
        scores += result.int8_outputs()
    return _answers(np.stack(scores), LiteRt(folded).output)


def predict(model: Path, images: Bytes, on: str = "litert", said: Model | None = None) -> Answers:
    """Run a model over pictures.

    Args:
        model: a .tflite, or a .keras for `on` "float".
        images: (N, H, W) grey levels; for a float model of its input's size.
        said: what emojicam.toml says of the model; None leaves what a pixel means to the file.
        on: "float", "litert" (reference kernels) or the name of a board that is emulated.

    Raises:
        EmojicamError: the model cannot be read or does not take such pictures.
    """
    if on == "float":
        return _float(model, images)
    content = read(model)
    if on == "litert":
        return on_litert(content, images, said)
    return _board(content, images, on, said)
