"""Choosing the decision's settings: quick enough, few false firings, then fewest errors."""

import pytest

from emojicam.gesture import DecisionSettings
from emojicam.training import replay
from emojicam.training.choice import Choice, choose, refine
from tests_training_models import beat, track

pytestmark = pytest.mark.train

SETTINGS = DecisionSettings(57, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))


def outcome(false: int, missed: int, delay: int, minutes: int = 10) -> Choice:
    """Settings that did this in some minutes; the delay in frames of 25 a second."""
    return Choice(SETTINGS, replay.Outcome(minutes * 60_000, 10, 10 - missed, missed, false, ((1, delay * 40),)))


def test_choose_fewest_errors_among_the_quick_else_the_quickest() -> None:
    slow_and_clean, quick, quicker = outcome(0, 0, 20), outcome(1, 0, 8), outcome(5, 0, 2)
    assert choose([slow_and_clean, quick, quicker]) is quick
    assert choose([slow_and_clean, quick, quicker], 1000) is slow_and_clean
    assert choose([slow_and_clean, quick, quicker], 10) is quicker


def test_choose_every_gesture_must_be_quick_not_just_most_of_them() -> None:
    delays = tuple((1, 80) for _ in range(9)), tuple((1, 320) for _ in range(9))
    lame = Choice(SETTINGS, replay.Outcome(3_600_000, 10, 10, 0, 0, (*delays[0], (4, 1000))))
    even = Choice(SETTINGS, replay.Outcome(3_600_000, 10, 9, 1, 0, (*delays[1], (4, 320))))
    assert lame.outcome.median_delay_ms < even.outcome.median_delay_ms
    assert (lame.outcome.gesture_delays_ms(), lame.outcome.slowest_delay_ms) == ({1: 80.0, 4: 1000.0}, 1000.0)
    assert choose([lame, even]) is even


def test_choose_one_false_firing_in_ten_minutes_at_most_and_not_just_by_luck_before_fewer_errors() -> None:
    # Six in an hour are allowed: eager stays below that with less than a standard deviation to spare.
    eager, careful, timid = outcome(5, 0, 3, 60), outcome(4, 3, 5, 60), outcome(0, 8, 5, 60)
    assert choose([eager, careful, timid]) is careful
    # The same rates over ten hours are no luck.
    assert choose([outcome(50, 0, 3, 600), outcome(40, 30, 5, 600)]).outcome.false_firings == 50


def test_refine_raises_the_threshold_of_the_gesture_that_is_mistaken_and_of_no_other() -> None:
    mistaken = track([beat("victory", hold=3), beat("thumbs up")], [4, 3])
    begin = Choice(SETTINGS, *replay.replay([mistaken], [SETTINGS]))
    assert begin.outcome.false_firings == 1
    tried = refine([mistaken], begin)
    assert tried[0] is begin
    best = choose(tried)
    assert (best.outcome.false_firings, best.outcome.missed, best.outcome.fired) == (0, 0, 1)
    assert best.settings.threshold[4] > SETTINGS.threshold[4]
    # Thumbs up fires as surely with less, and sooner.
    assert best.settings.threshold[:4] == (*SETTINGS.threshold[:3], 0.45)
    assert best.settings.activation == SETTINGS.activation
