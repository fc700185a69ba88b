"""The decision's settings: many are tried on the same tracks, and the best are chosen."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emojicam.data.classes import NONE
from emojicam.gesture import DecisionSettings
from emojicam.training.replay import Outcome, Track, replay

#: False firings an hour that are good enough: one in ten minutes.
FALSE_PER_HOUR = 6.0
#: Where clips of photographs are among them, how many late gestures a false firing counts as: it has to be deleted.
FALSE_WEIGHS = 3

#: Minutes of rendered clips below which settings of each gesture's own fit the clips and not the gestures: chosen on 20
#: minutes they made 5 false firings in 13 minutes of others, the same settings for all 2.
ENOUGH_MINUTES = 60

# What is tried. Activations go with margins in the first sweep: both say how sure a single frame must be.
# With a time constant under 265 ms some gesture hangs on single frames: one that is dropped costs it up to 0.4 s
# (tests/gesture/test_rates.py).
_TIME_CONSTANTS_MS = (650, 550, 480, 380, 310, 265)
_SURE = ((0.5, 0.1), (0.6, 0.2), (0.75, 0.4), (0.75, 0.6), (0.9, 0.6), (0.95, 0.8))
_ACTIVATIONS = tuple(sorted({activation for activation, _ in _SURE}))
_THRESHOLDS = (0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


@dataclass(frozen=True)
class Choice:
    """Settings with what they did.

    Attributes:
        outcome: on rendered clips. stills: on clips of photographs, if there are.
    """

    settings: DecisionSettings
    outcome: Outcome
    stills: Outcome | None = None


def outcomes(
    found: Sequence[Track], settings: Sequence[DecisionSettings], stills: Sequence[Track] = ()
) -> list[Choice]:
    """Try some settings on rendered clips and on clips of photographs."""
    rendered = replay(found, settings)
    real: Sequence[Outcome | None] = replay(stills, settings) if stills else [None] * len(settings)
    return [Choice(*one) for one in zip(settings, rendered, real, strict=True)]


def sweep(found: Sequence[Track], classes: int, stills: Sequence[Track] = ()) -> list[Choice]:
    """Try settings over the range that makes sense: time constant, margin, activation and threshold."""
    return outcomes(
        found,
        [
            DecisionSettings(
                constant, margin, (0.0, *[activation] * (classes - 1)), (0.55, *[threshold] * (classes - 1))
            )
            for constant, (activation, margin), threshold in itertools.product(_TIME_CONSTANTS_MS, _SURE, _THRESHOLDS)
        ],
        stills,
    )


def choose(tried: Sequence[Choice], delay_ms: float = 400.0) -> Choice:
    """The best of them: quick enough on rendered clips first, then likely at most one false firing in ten minutes, then
    the fewest errors; ties go to the quickest. Where clips of photographs are among them, errors alone decide, and a
    gesture that is late is one: a limit was kept to by settings that let every fifth gesture wait.

    Args:
        delay_ms: the longest median delay of any gesture; if none is as quick, the quickest is chosen.
    """
    return min(tried, key=lambda choice: _badness(choice, delay_ms))


def _likely_at_most(outcome: Outcome) -> float:
    """False firings an hour, and a standard deviation (of a Poisson count) more.

    Settings that are the best on some clips owe a part of it to chance, and the more of it the fewer the clips.
    """
    return outcome.false_per_hour * (1 + 1 / math.sqrt(max(1, outcome.false_firings)))


def _badness(choice: Choice, delay_ms: float) -> tuple[float, ...]:
    """What makes settings worse than others, the gravest first."""
    outcome, stills = choice.outcome, choice.stills
    if stills is None:
        limit, errors = max(_likely_at_most(outcome), FALSE_PER_HOUR), outcome.false_firings + outcome.missed
    else:
        false, late = outcome.false_firings + stills.false_firings, outcome.late + stills.late
        limit, errors = 0.0, FALSE_WEIGHS * false + late
    return (
        max(outcome.slowest_delay_ms, delay_ms),
        limit,
        errors,
        outcome.false_firings,
        outcome.median_delay_ms,
    )


def refine(
    found: Sequence[Track], choice: Choice, delay_ms: float = 400.0, stills: Sequence[Track] = ()
) -> list[Choice]:
    """Give each gesture that clips can show a threshold and an activation of its own, one after another, while that
    helps: some are mistaken for nothing more easily than others.

    Args:
        choice: where to begin.
        delay_ms: see `choose`.
        stills: clips of photographs.

    Returns:
        Everything that was tried, `choice` first.
    """
    drawn = sorted({label for track in found for label in track.drawn} - {NONE})
    tried, better = [choice], True
    while better:
        better = False
        for gesture in drawn:
            # Of equals the first is kept: begin with what changes the least.
            now = choice.settings.activation[gesture]
            activations = sorted(_ACTIVATIONS, key=lambda activation: abs(activation - now))
            options = [
                replace(
                    choice.settings,
                    activation=_changed(choice.settings.activation, gesture, activation),
                    threshold=_changed(choice.settings.threshold, gesture, threshold),
                )
                for activation, threshold in itertools.product(activations, _THRESHOLDS)
            ]
            known = {one.settings for one in tried}
            new = outcomes(found, [settings for settings in options if settings not in known], stills)
            tried += new
            best = choose([choice, *new], delay_ms)
            choice, better = best, better or best is not choice
    return tried


def _changed(values: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    return (*values[:index], value, *values[index + 1 :])
