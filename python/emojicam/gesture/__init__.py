"""The gesture stage in Python: bit-exact twin of ``firmware/src/gesture``."""

from emojicam.gesture.decision import Decider, Decision, DecisionSettings, ScoreScale, probabilities
from emojicam.gesture.vectors import generate

__all__ = ["Decider", "Decision", "DecisionSettings", "ScoreScale", "generate", "probabilities"]
