"""The gesture stage in Python: bit-exact twin of ``firmware/src/gesture``."""

from emojicam.gesture.decision import (
    Decider,
    Decision,
    DecisionSettings,
    ScoreScale,
    decay_of,
    probabilities,
    weight_of,
)
from emojicam.gesture.holding import hold
from emojicam.gesture.vectors import generate

__all__ = [
    "Decider",
    "Decision",
    "DecisionSettings",
    "ScoreScale",
    "decay_of",
    "generate",
    "hold",
    "probabilities",
    "weight_of",
]
