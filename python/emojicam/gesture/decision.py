"""Scores -> probabilities -> smoothed evidence -> firings; see ``firmware/src/gesture/decision.h``.

Everything is float32 and in the order in which the firmware computes it: results are equal bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from emojicam.config import Settings
from emojicam.frame_clock import FrameClock

Floats = npt.NDArray[np.float32]
_ZERO, _ONE = np.float32(0), np.float32(1)
#: One, in the fixed point of `decay_of`.
_FIXED_ONE = 1 << 31


@dataclass(frozen=True)
class ScoreScale:
    """How a model's int8 scores become probabilities.

    Attributes:
        exponential: exp(-k * scale) for k = 0 to 255; None where the model ends in a softmax of its own.
    """

    scale: float
    zero_point: int
    exponential: Floats | None = None


@dataclass(frozen=True)
class DecisionSettings:
    """See emojicam.toml; ``activation`` and ``threshold`` have one value a class."""

    time_constant_ms: int
    margin: float
    activation: tuple[float, ...]
    threshold: tuple[float, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of a settings file."""
        return cls(
            settings.decision.time_constant_ms,
            settings.decision.margin,
            tuple(gesture.activation for gesture in settings.gesture),
            tuple(gesture.threshold for gesture in settings.gesture),
        )


@dataclass(frozen=True)
class Decision:
    """The class that is held after a frame, and whether it became so with it."""

    gesture: int
    fired: bool


def probabilities(scores: Sequence[int] | npt.NDArray[np.int8], scale: ScoreScale) -> Floats:
    """Probability of each class."""
    values = [int(score) for score in scores]
    if scale.exponential is None:
        factor = np.float32(scale.scale)
        return np.array([np.float32(value - scale.zero_point) * factor for value in values], np.float32)
    exponentials = [scale.exponential[max(values) - value] for value in values]
    total = _ZERO
    for exponential in exponentials:
        total += exponential
    return np.array([exponential / total for exponential in exponentials], np.float32)


def decay_of(time_constant_ms: int) -> int:
    """What is left of a share after a millisecond, exp(-1 / time_constant_ms), in 2**-31."""
    x, total, term, k = _FIXED_ONE // time_constant_ms, _FIXED_ONE, _FIXED_ONE, 0
    while term:
        k += 1
        term = (term * x >> 31) // k
        total += -term if k % 2 else term
    return total


def weight_of(gap_ms: int, decay: int) -> np.float32:
    """Weight of a frame so long after the one before: 1 - decay**gap_ms."""
    left = _FIXED_ONE
    while gap_ms:
        if gap_ms & 1:
            left = left * decay >> 31
        decay = decay * decay >> 31
        gap_ms >>= 1
    return np.float32(_FIXED_ONE - left) / np.float32(_FIXED_ONE)


class Decider:
    """Keeps the smoothed evidence of a stream of frames."""

    def __init__(self, settings: DecisionSettings) -> None:
        self._activation = np.array(settings.activation, np.float32)
        self._threshold = np.array(settings.threshold, np.float32)
        self._decay = decay_of(settings.time_constant_ms)
        self._clock = FrameClock()
        self._margin = np.float32(settings.margin)
        self.smoothed: Floats = np.zeros(len(settings.activation), np.float32)
        self.reset()

    def reset(self) -> None:
        self.smoothed[:] = 0
        self.smoothed[0] = 1
        self._clock.reset()
        self._held = 0

    def update(self, frame: Floats, time_ms: int) -> Decision:
        """One frame's probabilities, and when it was taken."""
        weight = weight_of(self._clock.gap(time_ms), self._decay)
        best = int(np.argmax(frame))
        second = max([_ZERO, *(value for index, value in enumerate(frame) if index != best)])
        certain = frame[best] >= self._activation[best] and frame[best] - second >= self._margin
        for index in range(len(self.smoothed)):
            evidence = frame[index] if certain else (_ONE if index == 0 else _ZERO)
            self.smoothed[index] += weight * (evidence - self.smoothed[index])
        strongest = int(np.argmax(self.smoothed))
        fired = False
        if self.smoothed[strongest] >= self._threshold[strongest] and strongest != self._held:
            self._held = strongest
            fired = strongest != 0
        return Decision(self._held, fired)
