"""Choosing the decision's settings: quick enough, few false firings, then fewest errors."""

import inspect

import pytest

from emojicam.gesture import DecisionSettings
from emojicam.training import replay
from emojicam.training.choice import Choice, choose, outcomes, refine, sweep
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


def test_exactly_four_hundred_milliseconds_are_quick() -> None:
    just, over = outcome(1, 0, 10), Choice(SETTINGS, replay.Outcome(600_000, 10, 10, 0, 0, ((1, 401),)))
    assert choose([over, just]) is just
    assert choose([over, just], 401) is over


def test_a_single_false_firing_may_be_one_of_two() -> None:
    # In 19 minutes it is three an hour, and as much again for luck: more than the six that are allowed.
    assert choose([outcome(1, 0, 5, 19), (none := outcome(0, 3, 5, 19))]) is none
    assert choose([(one := outcome(1, 0, 5, 20)), outcome(0, 3, 5, 20)]) is one


def test_of_equals_the_fewest_false_firings_then_the_quickest() -> None:
    slower, quicker = outcome(1, 0, 9), outcome(1, 0, 3)
    assert choose([slower, quicker]) is quicker
    false, missed = outcome(1, 0, 3, 60), outcome(0, 1, 9, 60)
    assert choose([false, missed]) is missed
    assert choose([outcome(2, 0, 3, 60), missed]) is missed


def on_stills(false: int, missed: int, stills_false: int, stills_missed: int, minutes: int = 600) -> Choice:
    return Choice(SETTINGS, outcome(false, missed, 5, minutes).outcome, outcome(stills_false, stills_missed, 5).outcome)


def test_on_photographs_a_false_firing_weighs_as_much_as_three_late_gestures() -> None:
    assert choose([on_stills(1, 0, 0, 0), (late := on_stills(0, 0, 0, 2))]) is late
    assert choose([(false := on_stills(0, 0, 1, 0)), on_stills(0, 0, 0, 4)]) is false
    assert choose([(missed := on_stills(0, 2, 0, 0)), on_stills(1, 0, 0, 0)]) is missed
    assert choose([on_stills(0, 1, 0, 3), (fewer := on_stills(0, 3, 0, 0))]) is fewer
    assert choose([on_stills(0, 5, 0, 0), (fewer := on_stills(0, 0, 0, 4))]) is fewer
    assert choose([on_stills(1, 0, 1, 0), (fewer := on_stills(1, 0, 0, 0))]) is fewer
    # A gesture that fires, but late, is one of them; and no limit of false firings is kept to at any price.
    delays = (1, 80), (1, 80), (1, 501)
    late = Choice(SETTINGS, replay.Outcome(3_600_000, 10, 10, 0, 0, delays), outcome(0, 0, 5).outcome)
    assert choose([late, (never := on_stills(0, 0, 0, 0))]) is never
    assert choose([(eager := on_stills(2, 0, 0, 0, 10)), on_stills(0, 8, 0, 0, 10)]) is eager


def test_refine_takes_as_long_for_quick_as_choose() -> None:
    assert {inspect.signature(one).parameters["delay_ms"].default for one in (choose, refine)} == {400.0}


def test_false_firings_on_all_clips_count_as_errors() -> None:
    # However few there are: else those that type least would win.
    few, many = on_stills(2, 9, 2, 9, 50), on_stills(2, 0, 3, 0, 50)
    assert choose([many, few]) is many
    most, idle = on_stills(60, 0, 20, 0, 60), on_stills(50, 10, 19, 10, 60)
    assert choose([most, idle]) is idle
    eager = on_stills(51, 0, 19, 0, 60)
    assert choose([idle, eager]) is eager


def test_a_sweep_tries_every_constant_with_every_certainty_and_threshold() -> None:
    shown = track([beat("thumbs up")], [3])
    tried = sweep([shown], 5, [shown])
    assert len({one.settings for one in tried}) == len(tried) == 6 * 6 * 10
    for one in tried:
        settings = one.settings
        assert settings.activation == (0.0, *[settings.activation[1]] * 4)
        assert settings.threshold == (0.55, *[settings.threshold[1]] * 4)
        assert one.outcome == one.stills
    (alone,) = outcomes([shown], [SETTINGS])
    assert (alone.outcome, alone.stills) == (replay.replay([shown], [SETTINGS])[0], None)


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
