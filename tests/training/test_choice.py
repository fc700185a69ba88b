"""Choosing the decision's settings: quick enough, few false firings, then fewest errors."""

import pytest

from emojicam.gesture import DecisionSettings
from emojicam.training import replay
from emojicam.training.choice import Choice, choose, refine, sweep
from tests_training_models import beat, track

pytestmark = pytest.mark.train

SETTINGS = DecisionSettings(0.5, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))


def outcome(false: int, missed: int, delay: int) -> Choice:
    """Settings that did this in ten minutes."""
    return Choice(SETTINGS, replay.Outcome(10 * 60 * 25, 10, 10 - missed, missed, false, (delay,)))


def test_Choose_FewestErrorsAmongTheQuick_ElseTheQuickest() -> None:
    slow_and_clean, quick, quicker = outcome(0, 0, 20), outcome(1, 0, 8), outcome(5, 0, 2)
    assert choose([slow_and_clean, quick, quicker]) is quick
    assert choose([slow_and_clean, quick, quicker], 1000) is slow_and_clean
    assert choose([slow_and_clean, quick, quicker], 10) is quicker


def test_Choose_AtMostOneFalseFiringInTenMinutes_BeforeFewerErrors() -> None:
    eager, careful, timid = outcome(2, 0, 3), outcome(1, 3, 5), outcome(0, 5, 5)
    assert choose([eager, careful, timid]) is careful


def test_Refine_RaisesTheThresholdOfTheGestureThatIsMistaken_AndOfNoOther() -> None:
    mistaken = track([beat("victory", hold=3), beat("thumbs up")], [4, 3])
    begin = Choice(SETTINGS, replay.replay([mistaken], SETTINGS))
    assert begin.outcome.false_firings == 1
    tried = refine([mistaken], begin, jobs=1)
    assert tried[0] is begin
    best = choose(tried)
    assert (best.outcome.false_firings, best.outcome.missed, best.outcome.fired) == (0, 0, 1)
    assert best.settings.threshold[4] > SETTINGS.threshold[4]
    assert best.settings.threshold[:4] == SETTINGS.threshold[:4]
    assert best.settings.activation == SETTINGS.activation


def test_Sweep_SharedByProcesses_IsTheSameAsInOne() -> None:
    found = [track([beat("victory", hold=4), beat("fist")], [2, 4])]
    assert sweep(found, 5, jobs=2) == sweep(found, 5, jobs=1)
