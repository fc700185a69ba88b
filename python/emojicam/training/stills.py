"""Clips of photographs: a real hand, held before the camera for a while, that moves, shakes and is lit unevenly.

Rendered clips say how a gesture comes and goes; these say what the decision makes of real hands, of gestures as well as
of others.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam.config.settings import Model
from emojicam.console import step
from emojicam.data import photographs, poses
from emojicam.data.classes import CLASSES, SIZE, drawn_as
from emojicam.data.clip import Beat
from emojicam.parallel import HERE, Workers
from emojicam.training import predict
from emojicam.training.augment import warp
from emojicam.training.mixture import Mixture, compose
from emojicam.training.replay import Track, track_of

#: Frames of a room before the hand, of the hand, and after it; 25 a second.
BEFORE, HELD, AFTER = 10, 38, 16
#: Side of the picture that a clip's frames are taken from.
_SIDE = 120
#: The hand's size that is shown most, in picture heights, and how much it is turned and stretched, 0 to 1.
_EXTENT, _STRENGTH = 0.55, 0.5

#: How many photographs settings are chosen on, and how many they are measured on.
COUNT = 200

Bytes = npt.NDArray[np.uint8]


def photographed(folder: Path | None, classes: Sequence[str] = CLASSES, workers: Workers = HERE) -> Mixture | None:
    """What clips of photographs are made of.

    Args:
        folder: of photographs; by default those that the model is trained on.
        classes: the model's.
        workers: who cuts out hands.

    Returns:
        None where there are none by default.
    """
    there = folder or photographs.default_folder() / "train"
    if folder is None and not (there / photographs.PROVENANCE).is_file():
        step(f"no photographs in {there} (emojicam data photographs fetches them): rendered clips alone")
        return None
    return Mixture.of(
        photographs.load(there, classes, cut_out=True, workers=workers), np.empty((0, SIZE, SIZE), np.uint8)
    )


def _beats(label: int, classes: Sequence[str]) -> list[Beat]:
    """A room, and then the gesture that a class of the model is."""
    drawn = drawn_as(classes)
    kind = next(number for number, kind in enumerate(poses.KINDS) if drawn[kind.label] == label)
    return [Beat(None, 0, 0, 0, BEFORE), Beat(kind, 0, HELD, 0, AFTER)]


def moved(rng: np.random.Generator, room: Bytes, shown: Bytes) -> Bytes:
    """Frames in which a picture is seen for a while: (BEFORE + HELD + AFTER, 96, 96).

    Args:
        room: (S, S) what is seen before and after.
        shown: (S, S).
    """
    side = shown.shape[0]
    frames = np.empty((BEFORE + HELD + AFTER, SIZE, SIZE), np.uint8)
    phase, speed = rng.uniform(0, 2 * math.pi, 4), rng.uniform(0.08, 0.25, 4)
    sway, shake = rng.uniform(0.005, 0.03) * side, rng.uniform(0, 0.006) * side
    flicker, noise = rng.uniform(0, 0.15), rng.uniform(0.5, 3)
    frame = np.empty((SIZE, SIZE), np.float32)
    for number in range(len(frames)):
        waves = np.sin(number * speed + phase)
        zoom = 1 + 0.03 * waves[2]
        x, y = sway * waves[:2] + rng.normal(0, shake, 2)
        by = np.array([1 / zoom, 0, x, 0, 1 / zoom, y], np.float32)
        warp(shown if BEFORE <= number < BEFORE + HELD else room, frame, by)
        lit = frame * (1 + flicker * waves[3]) + rng.normal(0, noise, frame.shape)
        frames[number] = np.clip(lit, 0, 255) + 0.5
    return frames


def _track(scorer: predict.Scorer, work: tuple[Bytes, int]) -> Track:
    frames, label = work
    return track_of(scorer, frames, _beats(label, scorer.classes.names))


def tracks(
    model: Path,
    mixture: Mixture,
    seed: int,
    count: int,
    workers: Workers = HERE,
    classes: predict.Classes | None = None,
    said: Model | None = None,
) -> list[Track]:
    """Clips of photographs, scored.

    Args:
        model: an int8 .tflite for pictures.
        mixture: the photographs, which are drawn as a batch's are.
        count: how many.
        workers: who scores.
        classes: what the model's outputs are, those that it is drawn with by default.
        said: what emojicam.toml says of the model.

    Raises:
        EmojicamError: the model cannot be read, takes no pictures, or its outputs and the classes don't go together.
    """
    scorer = predict.Scorer(predict.read(model), classes or predict.Classes(CLASSES), said)
    rng = np.random.default_rng([seed, 5])
    shown = mixture.shown(swap=0.2, mirror=0.8, cut=1.0)
    rows, labels = shown.draw(rng, count)
    rooms = -1 - rng.integers(len(shown.shots.backgrounds), size=count)

    def pictures(of: npt.NDArray[np.int64]) -> Bytes:
        made = compose(shown.shots, of, _SIDE, int(rng.integers(1 << 31)), _STRENGTH, _EXTENT)
        return np.asarray(np.clip(made, 0, 255), np.uint8)

    first, last = pictures(rooms), pictures(rows)

    def clips() -> Iterator[tuple[Bytes, int]]:
        for room, picture, label in zip(first, last, labels, strict=True):
            yield moved(rng, room, picture), int(label)

    return list(workers.each(_track, clips(), "score photographs", common=(scorer,), count=count))
