"""Whether a camera's pictures are any use; see ``firmware/src/image/exposure.h`` for the rules."""

from enum import Enum

import numpy as np

from emojicam.image.stage import Pixels

DARK_LEVEL, BLOWN_LEVEL = 20, 250
DARK_PERMILLE, BLOWN_PERMILLE = 980, 900
#: Pictures alike before their verdict counts.
PATIENCE = 50


class Exposure(Enum):
    FINE = 0
    DARK = 1
    BLOWN = 2


def exposure_of(picture: Pixels) -> Exposure:
    """The verdict on one picture of 0 to 255, as `prepare` makes it."""
    if picture.size == 0:
        return Exposure.FINE
    if int(np.count_nonzero(picture <= DARK_LEVEL)) * 1000 >= picture.size * DARK_PERMILLE:
        return Exposure.DARK
    if int(np.count_nonzero(picture >= BLOWN_LEVEL)) * 1000 >= picture.size * BLOWN_PERMILLE:
        return Exposure.BLOWN
    return Exposure.FINE


class ExposureCheck:
    """The verdict on a stream of pictures: it changes once another one has lasted for `PATIENCE` of them."""

    def __init__(self) -> None:
        self.verdict = Exposure.FINE
        self._last = Exposure.FINE
        self._alike = 0

    def update(self, seen: Exposure) -> bool:
        """One picture's verdict; returns whether what counts has changed with it."""
        self._alike = self._alike + 1 if seen == self._last else 1
        self._last = seen
        if seen == self.verdict or self._alike < PATIENCE:
            return False
        self.verdict = seen
        return True
