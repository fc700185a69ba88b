"""Small int8 classifiers, sets of pictures and tracks made for tests."""

import functools
from pathlib import Path

import numpy as np
from PIL import Image

from emojicam.data import poses
from emojicam.data.classes import CLASSES, SIZE
from emojicam.data.clip import Beat
from emojicam.data.dataset import Labelled
from emojicam.training import network, quantise, replay


@functools.cache
def constant_model(answer: int, noise: float = 0.0) -> bytes:
    """A narrow network with random weights whose classifier prefers one class.

    Args:
        noise: how much the picture still matters; 0 for not at all.
    """
    architecture = network.Architecture.mobilenet(0.125)
    model = network.build(len(CLASSES), architecture)
    rng = np.random.default_rng(1)
    values = [rng.normal(0, 0.3, w.shape) if w.ndim > 1 else w for w in model.get_weights()]
    values[-2] = rng.normal(0, noise, values[-2].shape) if noise else np.full_like(values[-2], 1e-3)
    values[-1] = np.eye(len(CLASSES))[answer] * 4.0
    model.set_weights(values)
    pictures = rng.integers(0, 256, (8, SIZE, SIZE)).astype(np.uint8)
    return quantise.quantise(model, pictures, architecture, SIZE, count=8)


def bars(count: int, seed: int) -> Labelled:
    """Five patterns that a small network learns at once: a bar whose place is its class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 5
    images = rng.integers(60, 120, (count, 96, 96)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[int(label) * 19 : int(label) * 19 + 16] += 110
    return Labelled(images, labels.astype(np.int64), [f"{seed}:{i}" for i in range(count)])


def noise_set(folder: Path) -> Path:
    """Two pictures of noise for each class, NAME/0.png and NAME/1.png, in a new folder."""
    for number, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for i in range(2):
            pixels = np.random.default_rng(number * 2 + i).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def beat(name: str | None, hold: int = 20) -> Beat:
    if name is None:
        return Beat(None, 0, 0, 0, 20)
    return Beat(poses.kind_named(name), 5, hold, 5, 10)


def track(beats: list[Beat], seen: list[int]) -> replay.Track:
    """A track in which the model sees class `seen[i]` while beat i's hand is held, else none."""
    rows = []
    for one, label in zip(beats, seen, strict=True):
        for frame in range(one.frames):
            shown = label if one.rise <= frame < one.rise + one.hold else 0
            rows.append(np.where(np.arange(5) == shown, 0.96, 0.01))
    return replay.Track.even(np.array(rows, np.float32), beats)
