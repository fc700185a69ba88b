"""A model's answers, wherever it runs: float in TensorFlow, int8 on LiteRT, int8 on an emulated board."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam import image
from emojicam.config.settings import Model
from emojicam.data import dataset
from emojicam.errors import EmojicamError
from emojicam.gesture import ScoreScale, probabilities
from emojicam.image import mirrored, mirrored_at
from emojicam.model import degenerate, export, graph, pixels
from emojicam.model.fold import fold
from emojicam.model.heads import Head, head
from emojicam.model.oracle import LiteRt, Tensor
from emojicam.model.write import serialise
from emojicam.training import network, restore

Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Answers:
    """What a model says to pictures.

    Attributes:
        logits: (N, C) float64; a probability's logarithm where the model gives probabilities.
        scores: (N, C) int8, one a class (`heads.Head`); None from a float model.
        zero_point, scale: of the scores.
        probability: scores are probabilities: the model ends in a softmax or sigmoid of its own.
    """

    logits: npt.NDArray[np.float64]
    scores: npt.NDArray[np.int8] | None = None
    zero_point: int = 0
    scale: float = 1.0
    probability: bool = False

    @property
    def score_scale(self) -> ScoreScale:
        """How the scores become probabilities, as the firmware computes it."""
        return ScoreScale(self.scale, self.zero_point, None if self.probability else export.softmax_table(self.scale))

    def probabilities(self) -> npt.NDArray[np.float32]:
        """(N, C), bit for bit the firmware's.

        Raises:
            ValueError: the answers are of a float model; the decision takes an int8 model's scores.
        """
        if self.scores is None:
            raise ValueError("the decision takes the scores of an int8 model")
        scale = self.score_scale
        rows = [probabilities(scores, scale) for scores in self.scores]
        return np.array(rows, np.float32).reshape(self.scores.shape)


@dataclass(frozen=True)
class Classes:
    """What a model's outputs are to be: the gestures of emojicam.toml.

    Attributes:
        names: of the classes.
        outputs: which of the model's each has, as emojicam.toml says; None or all empty is one each.
    """

    names: Sequence[str]
    outputs: Sequence[Sequence[int]] | None = None


@dataclass(frozen=True)
class Scorer:
    """A model that scores pictures as the board would.

    Attributes:
        content: a .tflite, as `read` gives it.
        classes: what its outputs are to be.
        said: what emojicam.toml says of it; None leaves what a pixel means to the file.
    """

    content: bytes
    classes: Classes
    said: Model | None = None

    def __call__(self, images: Bytes) -> Answers:
        """See `on_litert`."""
        return on_litert(self.content, images, self.said, self.classes)

    def film(self, frames: Bytes, times_ms: npt.NDArray[np.int64]) -> Answers:
        """Frames that were taken at these times: some are seen mirrored, if emojicam.toml says so."""
        if self.said is not None and self.said.mirror_in_turn:
            turned = [
                mirrored(frame) if mirrored_at(int(time_ms)) else frame
                for frame, time_ms in zip(frames, times_ms, strict=True)
            ]
            frames = np.stack(turned)
        return self(frames)


def of_mirror_images(ask: Callable[[Bytes], Answers], images: Bytes, said: Model | None) -> Answers | None:
    """What a model says to the mirror images of pictures, (N, H, W) or (N, H, W, 3); None if it never sees them.

    Args:
        said: what emojicam.toml says of it.
    """
    return ask(np.ascontiguousarray(images[:, :, ::-1])) if said is not None and said.mirror_in_turn else None


def _float(model: Path, images: Bytes) -> Answers:
    if model.suffix not in (".keras", ".npz"):
        raise EmojicamError(f"{model} is not a float model", "--model models/gestures.npz, or a run's best.keras")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if model.suffix == ".npz":
        return Answers(network.predict(restore.load(model, network.GESTURES), images))
    try:
        loaded = network.load(model)
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


def takes(model: Path) -> tuple[int, int, int]:
    """Height, width and channels of the pictures that a .tflite takes; our models' for any other file.

    Raises:
        EmojicamError: it cannot be read, or is no model.
    """
    if model.suffix in (".keras", ".npz"):
        return dataset.FORM
    folded = fold(graph.parse(read(model))).graph
    shape = folded.tensors[folded.inputs[0]].shape if folded.inputs else ()
    if len(shape) != 4 or shape[3] not in (1, 3) or not all(1 <= side <= image.MAX_FRAME_SIDE for side in shape[1:3]):
        return dataset.FORM  # running it will say what is wrong
    return shape[1], shape[2], shape[3]


def on_litert(content: bytes, images: Bytes, said: Model | None = None, classes: Classes | None = None) -> Answers:
    """Run an int8 model on LiteRT's reference kernels, which round as the firmware's do.

    Args:
        images: (N, H, W) grey levels or (N, H, W, 3), of any size: the board's image stage makes the model's of them,
            unless it has already (`takes`).
        said: what emojicam.toml says of the model.
        classes: what its outputs are to be; None leaves them as they are.

    Raises:
        EmojicamError: the model takes no pictures, or its outputs and the classes don't go together.
    """
    folded, inputs, made = _inputs(content, images, said, classes)
    runner = LiteRt(serialise(folded))
    return _answers(np.stack([runner.run(one).reshape(-1) for one in inputs]), runner.output, folded, made)


def _inputs(
    content: bytes, images: Bytes, said: Model | None, classes: Classes | None
) -> tuple[graph.Graph, list[npt.NDArray[np.int8]], Head | None]:
    """The model with int8 ends, each picture as the board would give it to that, and what becomes of its outputs."""
    folded = fold(graph.parse(content)).graph
    source = folded.tensors[folded.inputs[0]]
    if source.dtype != "int8" or len(source.shape) != 4 or source.shape[0] != 1 or source.shape[3] not in (1, 3):
        takes = f"{'x'.join(map(str, source.shape[1:]))} {source.dtype}"
        raise EmojicamError(f"the model takes {takes}, not a picture in int8", "an int8 model for pictures")
    made = None
    if classes is not None:
        shape = folded.tensors[folded.outputs[0]].shape
        if len(folded.outputs) != 1 or len(shape) != 2:
            raise EmojicamError(f"the model gives {list(shape)}, not one score a class", "an image classifier")
        made = head(folded, export.is_probability(folded), classes.names, classes.outputs)
    form = pixels.read(folded, said).form
    _, height, width, channels = source.shape
    there = images.shape[1:] == ((height, width) if channels == 1 else (height, width, channels))
    seen = (picture if there else image.prepare(picture, size=(height, width), channels=channels) for picture in images)
    return folded, [form.apply(picture).reshape(source.shape) for picture in seen], made


def _answers(outputs: npt.NDArray[np.int8], output: Tensor, folded: graph.Graph, made: Head | None) -> Answers:
    scores = outputs if made is None else np.stack([made.scores(one) for one in outputs])
    reals = (scores.astype(np.float64) - output.zero_point) * output.scale
    probability = export.is_probability(folded)
    # A chance of 0 in 256ths is one of less than half a step.
    logits = np.log(np.maximum(reals, output.scale / 2)) if probability else reals
    return Answers(logits, scores, output.zero_point, output.scale, probability)


def _board(
    content: bytes,
    images: Bytes,
    name: str,
    said: Model | None,
    classes: Classes | None,
    pictures_a_job: int = 100,
) -> Answers:
    from emojicam.config import boards
    from emojicam.emulators import runner

    cores: dict[str, Any] = {board.name: core for core, board in boards.BOARD_OF_CORE.items()}
    if name not in cores:
        raise EmojicamError(f"{name!r} cannot run models", f"float, litert, {', '.join(cores)}")
    folded, inputs, made = _inputs(content, images, said, classes)
    model = serialise(folded)
    scores = []
    for start in range(0, len(inputs), pictures_a_job):
        result = runner.run(cores[name], model, inputs[start : start + pictures_a_job])
        scores += result.int8_outputs()
    outputs = np.stack([one.reshape(-1) for one in scores])
    return _answers(outputs, LiteRt(model).output, folded, made)


def predict(
    model: Path, images: Bytes, on: str = "litert", said: Model | None = None, classes: Classes | None = None
) -> Answers:
    """Run a model over pictures.

    Args:
        model: a .tflite, or a .keras for `on` "float".
        images: (N, H, W) grey levels or (N, H, W, 3); for a float model of its input's size.
        said: what emojicam.toml says of the model; None leaves what a pixel means to the file.
        classes: what an int8 model's outputs are to be; None leaves them as they are.
        on: "float", "litert" (reference kernels) or the name of a board that is emulated.

    Raises:
        EmojicamError: the model cannot be read, does not take such pictures, or has other outputs.
    """
    if on == "float":
        return _float(model, images)
    content = read(model)
    if on == "litert":
        return on_litert(content, images, said, classes)
    return _board(content, images, on, said, classes)
