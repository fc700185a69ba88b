"""Whether a camera's pictures are any use; see ``firmware/src/image/exposure.h`` for the rules."""

from enum import Enum

import numpy as np

from emojicam.frame_clock import FrameClock
from emojicam.image.stage import Pixels

DARK_LEVEL, BLOWN_LEVEL = 20, 250
DARK_PERMILLE, BLOWN_PERMILLE = 980, 900
#: For how long pictures must have been alike before their verdict counts.
PATIENCE_MS = 2000


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
    """The verdict on a stream of pictures: it changes once another one has lasted for `PATIENCE_MS`."""

    def __init__(self) -> None:
        self.verdict = Exposure.FINE
        self._last = Exposure.FINE
        self._clock = FrameClock()
        self._alike_ms = 0

    def update(self, seen: Exposure, time_ms: int) -> bool:
        """One picture's verdict, and when it was taken; returns whether what counts has changed with it."""
        gap = self._clock.gap(time_ms)
        self._alike_ms = min(self._alike_ms + gap, PATIENCE_MS) if seen == self._last else 0
        self._last = seen
        if seen == self.verdict or self._alike_ms < PATIENCE_MS:
            return False
        self.verdict = seen
        return True
