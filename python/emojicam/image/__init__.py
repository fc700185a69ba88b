"""The image stage in Python: bit-exact twin of ``firmware/src/image``.

Everything that trains or measures a model goes through it, so that the board sees what the model has seen.
"""

from pathlib import Path

from emojicam.image import vectors, watch_vectors
from emojicam.image.exposure import Exposure, ExposureCheck, exposure_of
from emojicam.image.form import PixelForm
from emojicam.image.mirror import MIRROR_SLOT_MS, in_turn, mirrored, mirrored_at
from emojicam.image.motion import MotionGate, MotionSettings
from emojicam.image.stage import MAX_FRAME_SIDE, Rectangle, as_int8, centred_square, prepare, to_grey


def generate(directory: Path) -> None:
    """Write the stage's test vectors into the folder of generated headers."""
    vectors.generate(directory)
    watch_vectors.generate(directory)


__all__ = [
    "MAX_FRAME_SIDE",
    "MIRROR_SLOT_MS",
    "Exposure",
    "ExposureCheck",
    "MotionGate",
    "MotionSettings",
    "PixelForm",
    "Rectangle",
    "as_int8",
    "centred_square",
    "exposure_of",
    "generate",
    "in_turn",
    "mirrored",
    "mirrored_at",
    "prepare",
    "to_grey",
]
