"""Frames and what the image stage makes of them: the test vectors of both languages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam import codegen
from emojicam.image.form import PixelForm
from emojicam.image.mirror import mirrored_at
from emojicam.image.stage import Pixels, Rectangle, as_int8, centred_square, prepare

_FORMATS = {1: "kGrey8", 3: "kRgb888", 2: "kYuv422"}


@dataclass(frozen=True)
class Vector:
    """One frame, the part to take of it, and the expected int8 input of the model."""

    pixels: Pixels  # (height, width, bytes per pixel)
    crop: Rectangle
    size: tuple[int, int]
    channels: int
    expected: list[int]

    @property
    def format(self) -> str:
        return _FORMATS[self.pixels.shape[2]]


def all_vectors() -> list[Vector]:
    """Larger, smaller and equal sizes, odd ones, each pixel format, one and three channels, extremes."""
    random = np.random.default_rng(20261123)
    shapes = [
        (16, 20, 1, (8, 8), 1000, 1),
        (12, 12, 1, (12, 12), 1000, 1),
        (7, 13, 1, (5, 5), 1000, 1),
        (5, 4, 1, (9, 11), 1000, 1),
        (17, 11, 3, (6, 6), 800, 1),
        (10, 10, 3, (7, 7), 1000, 3),
        (10, 9, 1, (6, 4), 500, 3),
        (14, 18, 2, (8, 8), 1000, 1),
        (1, 1, 1, (3, 3), 1000, 1),
        (9, 9, 1, (1, 1), 1, 1),
    ]
    vectors = []
    for height, width, depth, size, permille, channels in shapes:
        for kind in ("random", "white", "edges"):
            pixels = random.integers(0, 256, (height, width, depth)).astype(np.uint8)
            if kind == "white":
                pixels[:] = 255
            elif kind == "edges":
                pixels = np.where(pixels > 127, 255, 0).astype(np.uint8)
            frame = pixels[:, :, 0] if depth != 3 else pixels
            crop = centred_square(width, height, permille)
            prepared = prepare(frame, size=size, crop=crop, channels=channels)
            expected = (prepared.astype(int) - 128).ravel().tolist()
            vectors.append(Vector(pixels, crop, size, channels, expected))
    return vectors


@dataclass(frozen=True)
class FormVector:
    """A picture as the image stage writes it, a form, and what that makes of it."""

    form: PixelForm
    channels: int
    picture: list[int]
    expected: list[int]


def form_vectors() -> list[FormVector]:
    """One and three channels, one table and three, both orders of colours, every level."""
    random = np.random.default_rng(20261128)
    one, three = (random.integers(-128, 128, (count, 256)).astype(np.int8) for count in (1, 3))
    vectors = []
    for channels, form in [
        (1, PixelForm(one)),
        (3, PixelForm(one)),
        (3, PixelForm(three)),
        (3, PixelForm(None, bgr=True)),
        (3, PixelForm(one, bgr=True)),
        (3, PixelForm(three, bgr=True)),
    ]:
        levels = np.concatenate([random.permutation(256) for _ in range(channels)]).astype(np.uint8)
        picture = levels.reshape((16, 16) if channels == 1 else (16, 16, 3))
        vectors.append(
            FormVector(form, channels, as_int8(picture).ravel().tolist(), form.apply(picture).ravel().tolist())
        )
    return vectors


#: Moments, in milliseconds, of which both languages must know whether they are mirrored.
MIRROR_MOMENTS = (0, 1, 63, 64, 65, 127, 128, 191, 192, 1000, 2**31 - 1, 2**31, 2**32 - 65, 2**32 - 64, 2**32 - 1)


def generate(directory: Path) -> Path:
    """Write ``image_vectors.h`` into the folder of generated headers."""
    path = directory / "image_vectors.h"
    rendered = codegen.render(
        "emojicam.image",
        "image_vectors.h.jinja",
        vectors=all_vectors(),
        form_vectors=form_vectors(),
        moments=[(moment, mirrored_at(moment)) for moment in MIRROR_MOMENTS],
    )
    codegen.write_if_changed(path, rendered)
    return path
