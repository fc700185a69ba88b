"""A product whose model is a photometer: it tells gestures by how bright the picture is, for a hundredth of the work.

For tests of what surrounds the model - keys, USB, camera, storage - on the virtual board, where each frame of the
shipped model costs some ten million emulated instructions.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from emojicam import codegen, config, paths
from emojicam.config import boards
from emojicam.emulators.product import build_firmware
from emojicam.firmware.image import hex_of
from emojicam.frames import SourceFrame
from models.builder import ModelBuilder, Quant

#: What it takes means of 0, 150, 165, 180 and 220 to be, and more, in the order of their slopes: logits are lines, and
#: the uppermost counts. Walls, noise and black pictures are `none`.
_SLOPES = {"none": 0, "raised hand": 127, "thumbs down": 60, "thumbs up": 95, "fist": 30}
_BIASES = {"none": 0, "raised hand": -22790, "thumbs down": -9450, "thumbs up": -15750, "fist": -4500}
#: So many of these are a logit: at 200, `thumbs up` is three ahead of its neighbours.
_A_LOGIT = 213

#: The gesture that it sees in `bright()`.
GESTURE = "thumbs up"


def model() -> bytes:
    """The .tflite: 96x96 grey pictures in, a logit for each class of emojicam.toml out."""
    builder = ModelBuilder((1, 96, 96, 1), Quant(1 / 255, -128))
    mean = builder.pool("AVERAGE_POOL_2D", builder.input, 96)
    weights = np.array(list(_SLOPES.values()), np.int8).reshape(-1, 1, 1, 1)
    biases = np.array(list(_BIASES.values()), np.int32)
    logits = builder.conv(mean, weights, [255 / _A_LOGIT], biases, Quant(0.4))
    return builder.finish(builder.flatten(logits))


def settings() -> config.Settings:
    """emojicam.toml's, with this model."""
    path = paths.build_dir() / "tests" / "brightness.tflite"
    codegen.write_if_changed(path, model())
    shipped = config.load()
    assert shipped.class_names == list(_SLOPES)
    return shipped.model_copy(update={"model": shipped.model.model_copy(update={"file": str(path)})})


def product() -> Path:
    """Intel HEX of these settings for the OpenMV Cam H7; built where it isn't yet."""
    return hex_of(build_firmware(boards.find("openmv_h7"), settings()))


def bright() -> np.ndarray:
    """The gesture, as the camera sees it: (240, 320), 200 on average, no two rows alike."""
    return np.clip(200 + np.random.default_rng(7).normal(0, 12, (240, 320)), 0, 249).astype(np.uint8)


def held(count: int = 60) -> Iterator[SourceFrame]:
    """The gesture, held for so many frames."""
    picture = bright()
    return (SourceFrame(f"bright {n}", picture, GESTURE) for n in range(count))
