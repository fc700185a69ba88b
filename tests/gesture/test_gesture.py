"""The gesture stage's Python twin; that the C++ agrees bit for bit is tested by decision_test.cc."""

import numpy as np
import pytest

from emojicam.gesture import Decider, DecisionSettings, ScoreScale, probabilities, vectors

SETTINGS = DecisionSettings(0.4, 0.1, (0.0, 0.6, 0.6), (0.5, 0.7, 0.7))


def _show(decider: Decider, gesture: int, frames: int) -> list[int]:
    seen = np.full(3, 0.05, np.float32)
    seen[gesture] = 0.9
    decisions = [decider.update(seen) for _ in range(frames)]
    return [decision.gesture for decision in decisions if decision.fired]


def test_softmax_of_logits_matches_numpy() -> None:
    scale = ScoreScale(0.1, 5, np.exp(-np.arange(256) * 0.1).astype(np.float32))
    scores = [-128, 0, 50, 127, 90]
    real = (np.array(scores) - 5) * 0.1
    expected = np.exp(real) / np.exp(real).sum()
    assert probabilities(scores, scale) == pytest.approx(expected, rel=1e-5)


def test_a_softmax_inside_of_the_model_is_only_dequantised() -> None:
    assert probabilities([-128, 127, 0], ScoreScale(1 / 256, -128)).tolist() == [0, 255 / 256, 0.5]


def test_held_fires_once_and_again_after_release() -> None:
    decider = Decider(SETTINGS)
    assert _show(decider, 1, 50) == [1]
    assert _show(decider, 0, 50) == []
    assert _show(decider, 1, 50) == [1]
    assert _show(decider, 2, 50) == [2]


def test_reset_forgets() -> None:
    decider = Decider(SETTINGS)
    _show(decider, 1, 3)
    decider.reset()
    assert decider.smoothed.tolist() == [1, 0, 0]


def test_the_vectors_fire_and_do_not_fire() -> None:
    fired = [any(step.fired for step in stream.steps) for stream in vectors.all_streams()]
    assert any(fired)
    assert not all(fired)
