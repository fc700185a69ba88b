"""Streams of pictures and what the exposure check and the motion gate say of them, for both languages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam import codegen
from emojicam.image.exposure import BLOWN_LEVEL, DARK_LEVEL, Exposure, ExposureCheck, exposure_of
from emojicam.image.motion import MotionGate, MotionSettings
from emojicam.image.stage import Pixels


@dataclass(frozen=True)
class Picture:
    """One picture on its own, and how it is exposed."""

    pixels: Pixels  # (height, width, channels)
    exposure: Exposure

    @property
    def values(self) -> list[int]:
        """As the model's int8 input."""
        return (self.pixels.astype(int) - 128).ravel().tolist()


@dataclass(frozen=True)
class Look:
    """One picture of a stream, when it was taken, and whether the board is awake with it."""

    picture: Picture
    time_ms: int
    awake: bool


@dataclass(frozen=True)
class Stream:
    """One run of a gate from its start."""

    settings: MotionSettings
    looks: list[Look]


def pictures() -> list[Picture]:
    """Black, white and ordinary ones, and those on either side of each bound."""
    random = np.random.default_rng(20261125)
    found = [np.full((5, 8, 1), level, np.uint8) for level in (0, DARK_LEVEL, DARK_LEVEL + 1, BLOWN_LEVEL - 1,
                                                               BLOWN_LEVEL, 255)]  # fmt: skip
    for level, bound in ((0, 20), (255, 100)):  # thousandths that may be otherwise
        for other in (bound, bound + 1):
            pixels = np.full(1000, level, np.uint8)
            pixels[:other] = 128
            found.append(pixels.reshape(25, 40, 1))
    found.append(random.integers(0, 256, (7, 9, 3)).astype(np.uint8))
    return [Picture(pixels, exposure_of(pixels)) for pixels in found]


@dataclass(frozen=True)
class ExposureLook:
    """One picture's verdict, when it was taken, and whether what counts has changed with it."""

    seen: Exposure
    time_ms: int
    changed: bool


def exposures() -> list[list[ExposureLook]]:
    """Dark, blown and fine pictures for different times: at 75, 25 and 12 a second, uneven, and with stalls."""
    made = []
    for gaps in ((13, 13, 14), (40,), (83, 84), (20, 60, 9, 0), (40, 3000)):
        check, time_ms, looks = ExposureCheck(), 2**32 - 3000, list[ExposureLook]()
        for seen, for_ms in ((Exposure.FINE, 500), (Exposure.DARK, 1900), (Exposure.FINE, 90), (Exposure.DARK, 4000),
                             (Exposure.BLOWN, 2600), (Exposure.FINE, 2600)):  # fmt: skip
            begin = time_ms
            while time_ms - begin < for_ms:
                time_ms += gaps[len(looks) % len(gaps)]
                looks.append(ExposureLook(seen, time_ms % 2**32, check.update(seen, time_ms % 2**32)))
        made.append(looks)
    return made


def streams() -> list[Stream]:
    """Nothing moves, one block does, all drift slowly; sizes that the grid does not divide, time that wraps."""
    random = np.random.default_rng(20261125)
    made = []
    for settings in (MotionSettings(True, 6, 300), MotionSettings(True, 1, 1), MotionSettings(False, 6, 300)):
        for height, width, channels in ((16, 16, 1), (9, 13, 1), (5, 6, 3)):
            gate = MotionGate(settings)
            base = random.integers(40, 200, (height, width, channels)).astype(np.uint8)
            time_ms = 2**32 - 250
            looks = []
            for n in range(24):
                pixels = base.copy()
                if 12 <= n < 14:  # a hand in one corner
                    pixels[: height // 4, : width // 4] += 6
                elif n == 18:
                    pixels[0, 0] += 3  # noise
                elif n > 19:
                    pixels += 2 * (n - 19)  # drift
                time_ms = (time_ms + 50) % 2**32
                looks.append(Look(Picture(pixels, exposure_of(pixels)), time_ms, gate.update(pixels, time_ms)))
            made.append(Stream(settings, looks))
    return made


def generate(directory: Path) -> Path:
    """Write ``watch_vectors.h`` into the folder of generated headers."""
    path = directory / "watch_vectors.h"
    codegen.write_if_changed(
        path,
        codegen.render(
            "emojicam.image", "watch_vectors.h.jinja", pictures=pictures(), exposures=exposures(), streams=streams()
        ),
    )
    return path
