"""Scores -> probabilities -> smoothed evidence -> firings; see ``firmware/src/gesture/decision.h``.

Everything is float32 and in the order in which the firmware computes it: results are equal bit for bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from emojicam.config import Settings

Floats = npt.NDArray[np.float32]
_ZERO, _ONE = np.float32(0), np.float32(1)


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

    smoothing: float
    margin: float
    activation: tuple[float, ...]
    threshold: tuple[float, ...]

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Those of a settings file."""
        return cls(
            settings.decision.smoothing,
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


class Decider:
    """Keeps the smoothed evidence of a stream of frames."""

    def __init__(self, settings: DecisionSettings) -> None:
        self._activation = np.array(settings.activation, np.float32)
        self._threshold = np.array(settings.threshold, np.float32)
        self._smoothing = np.float32(settings.smoothing)
        self._margin = np.float32(settings.margin)
        self.smoothed: Floats = np.zeros(len(settings.activation), np.float32)
        self.reset()

    def reset(self) -> None:
        self.smoothed[:] = 0
        self.smoothed[0] = 1
        self._held = 0

    def update(self, frame: Floats) -> Decision:
        """One frame's probabilities."""
        best = int(np.argmax(frame))
        second = max([_ZERO, *(value for index, value in enumerate(frame) if index != best)])
        certain = frame[best] >= self._activation[best] and frame[best] - second >= self._margin
        for index in range(len(self.smoothed)):
            evidence = frame[index] if certain else (_ONE if index == 0 else _ZERO)
            self.smoothed[index] += self._smoothing * (evidence - self.smoothed[index])
        strongest = int(np.argmax(self.smoothed))
        fired = False
        if self.smoothed[strongest] >= self._threshold[strongest] and strongest != self._held:
            self._held = strongest
            fired = strongest != 0
        return Decision(self._held, fired)
