"""Whether anything moves in front of the camera; see ``firmware/src/image/motion.h`` for the rules."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emojicam.image.stage import Pixels

GRID = 8


@dataclass(frozen=True)
class MotionSettings:
    """As ``[motion]`` in emojicam.toml."""

    gate: bool = False
    difference: int = 6
    still_after_ms: int = 3000


class MotionGate:
    """Tells a stream of pictures of one size whether they need be classified."""

    def __init__(self, settings: MotionSettings) -> None:
        self._settings = settings
        self._sums: npt.NDArray[np.int64] | None = None
        self._moved_ms = 0
        self.resting = False

    def update(self, picture: Pixels, time_ms: int) -> bool:
        """One picture of 0 to 255, as `prepare` makes it, and when it was taken.

        Returns:
            whether the board is awake: False where this picture need not be classified.
        """
        if not self._settings.gate:
            return True
        height, width = picture.shape[:2]
        values = picture.reshape(height, width, -1).astype(np.int64) - 128
        rows = (np.arange(height) * GRID // height)[:, None]
        blocks = np.broadcast_to(rows * GRID + np.arange(width) * GRID // width, (height, width))
        sums = np.zeros(GRID * GRID, np.int64)
        counts = np.zeros(GRID * GRID, np.int64)
        np.add.at(sums, blocks, values.sum(axis=2))
        np.add.at(counts, blocks, values.shape[2])
        if self._sums is None or bool(
            np.any((counts > 0) & (np.abs(sums - self._sums) >= self._settings.difference * counts))
        ):
            self._sums = sums
            self._moved_ms = time_ms
        self.resting = (time_ms - self._moved_ms) % 2**32 >= self._settings.still_after_ms
        return not self.resting
