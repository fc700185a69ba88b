"""The gesture stage's Python twin; that the C++ agrees bit for bit is tested by decision_test.cc."""

import itertools
import math

import numpy as np
import pytest

from emojicam.frame_clock import FrameClock
from emojicam.gesture import (
    Decider,
    Decision,
    DecisionSettings,
    ScoreScale,
    decay_of,
    probabilities,
    vectors,
    weight_of,
)

SETTINGS = DecisionSettings(78, 0.1, (0.0, 0.6, 0.6), (0.5, 0.7, 0.7))


_clock = itertools.count(40, 40)


def _show(decider: Decider, gesture: int, frames: int) -> list[int]:
    seen = np.full(3, 0.05, np.float32)
    seen[gesture] = 0.9
    decisions = [decider.update(seen, next(_clock)) for _ in range(frames)]
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


def test_after_a_reset_it_is_as_new() -> None:
    seen = np.array([0.0, 1.0, 0.0], np.float32)
    used, new = Decider(SETTINGS), Decider(SETTINGS)
    used.update(seen, 0)
    used.reset()
    used.update(seen, 3000)
    new.update(seen, 3000)
    assert used.smoothed.tolist() == new.smoothed.tolist(), "the time before it is forgotten too"
    decider = Decider(DecisionSettings(1, 0.1, (0.0, 0.6, 0.6), (0.5, 0.7, 0.7)))
    assert decider.update(seen, 40) == Decision(1, fired=True)
    decider.reset()
    assert decider.update(seen, 80) == Decision(1, fired=True), "what was held is not held any more"


@pytest.mark.parametrize(
    ("frame", "smoothed", "decision"),
    [
        pytest.param([0.25, 0.5, 0.25], [0.25, 0.5, 0.25], Decision(1, fired=True), id="just enough of all three"),
        pytest.param([0.125, 0.4375, 0.125], [1, 0, 0], Decision(0, fired=False), id="below its activation"),
        pytest.param([0.0, 0.5, 0.375], [1, 0, 0], Decision(0, fired=False), id="too near to the second"),
        pytest.param([0.0, 0.375, 0.375], [1, 0, 0], Decision(0, fired=False), id="neither"),
    ],
)
def test_only_what_is_certain_counts(frame: list[float], smoothed: list[float], decision: Decision) -> None:
    # After a time constant of 1 ms nothing is left of what was before.
    decider = Decider(DecisionSettings(1, 0.25, (0.0, 0.5, 0.5), (0.5, 0.5, 0.5)))
    assert decider.update(np.array(frame, np.float32), 40) == decision
    assert decider.smoothed.tolist() == smoothed


def test_the_vectors_fire_and_do_not_fire() -> None:
    fired = [any(step.fired for step in stream.steps) for stream in vectors.all_streams()]
    assert any(fired)
    assert not all(fired)


@pytest.mark.parametrize("constant", [1, 2, 5, 40, 93, 551, 3000, 10000])
def test_a_frames_weight_is_that_of_an_exponential_in_time(constant: int) -> None:
    decay = decay_of(constant)
    for gap in (0, 1, 13, 40, 83, 250):
        assert float(weight_of(gap, decay)) == pytest.approx(-math.expm1(-gap / constant), rel=2e-6, abs=2e-7)


def test_many_short_gaps_weigh_as_much_as_one_long_one() -> None:
    decay = decay_of(551)
    left = np.prod([1 - float(weight_of(gap, decay)) for gap in (13, 13, 14, 40, 3, 37, 80)])
    assert 1 - left == pytest.approx(float(weight_of(200, decay)), rel=1e-5)


def test_the_first_frame_counts_as_one_of_25_a_second_and_a_stall_as_the_longest_gap() -> None:
    clock = FrameClock()
    assert [clock.gap(t) for t in (2**32 - 3, 10, 10, 2010, 5)] == [40, 13, 0, 250, 250]


def test_a_stall_neither_fires_with_a_single_frame_nor_fires_again_what_is_held() -> None:
    decider = Decider(DecisionSettings(551, 0.6, (0.0, 0.6, 0.6), (0.5, 0.45, 0.45)))
    seen = np.array([0.0, 1.0, 0.0], np.float32)
    assert not decider.update(seen, 0).fired
    assert not decider.update(seen, 2000).fired
    assert [decider.update(seen, t).fired for t in range(2040, 4000, 40)].count(True) == 1
    assert not any(decider.update(seen, t).fired for t in range(6000, 8000, 40))
