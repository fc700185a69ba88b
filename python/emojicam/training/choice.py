"""The decision's settings: many are tried on the same tracks, and the best are chosen."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from emojicam.gesture import DecisionSettings
from emojicam.training.replay import Outcome, Track, each
from emojicam.training.replay import replay as run

#: False firings an hour that are good enough: one in ten minutes.
FALSE_PER_HOUR = 6.0

# What is tried. Activations go with margins in the first sweep: both say how sure a single frame must be.
_SMOOTHINGS = (0.08, 0.12, 0.16, 0.2, 0.25, 0.35, 0.5)
_SURE = ((0.5, 0.1), (0.6, 0.2), (0.75, 0.4), (0.9, 0.6))
_ACTIVATIONS = tuple(activation for activation, _ in _SURE)
_THRESHOLDS = (0.55, 0.65, 0.75, 0.85, 0.9)


@dataclass(frozen=True)
class Choice:
    """Settings with what they did."""

    settings: DecisionSettings
    outcome: Outcome


def _try(job: tuple[Sequence[Track], DecisionSettings]) -> Choice:
    found, settings = job
    return Choice(settings, run(found, settings))


def sweep(found: Sequence[Track], classes: int, jobs: int | None = None) -> list[Choice]:
    """Try settings over the range that makes sense: smoothing, margin, activation and threshold.

    Args:
        jobs: processes; one a processor by default.
    """
    settings = [
        DecisionSettings(smoothing, margin, (0.0, *[activation] * (classes - 1)), (0.55, *[threshold] * (classes - 1)))
        for smoothing, (activation, margin), threshold in itertools.product(_SMOOTHINGS, _SURE, _THRESHOLDS)
    ]
    return each(_try, [(found, one) for one in settings], "try settings", jobs)


def choose(tried: Sequence[Choice], delay_ms: float = 400.0) -> Choice:
    """Those that are quick enough, then of these those with few enough false firings, then of these the one with the
    fewest false and missed ones; ties go to the quickest.

    Args:
        delay_ms: the longest median delay; if none is as quick, the quickest is chosen.
    """
    return min(tried, key=lambda choice: _badness(choice.outcome, delay_ms))


def _badness(outcome: Outcome, delay_ms: float) -> tuple[float, ...]:
    """What makes an outcome worse than another, the gravest first."""
    return (
        max(outcome.median_delay_ms, delay_ms),
        max(outcome.false_per_hour, FALSE_PER_HOUR),
        outcome.false_firings + outcome.missed,
        outcome.false_firings,
        outcome.median_delay_ms,
    )


def refine(found: Sequence[Track], choice: Choice, delay_ms: float = 400.0, jobs: int | None = None) -> list[Choice]:
    """Give each gesture a threshold and an activation of its own, one after another, while that helps: some are
    mistaken for nothing more easily than others.

    Args:
        choice: where to begin.
        delay_ms: see `choose`.
        jobs: see `sweep`.

    Returns:
        Everything that was tried, `choice` first.
    """
    tried, better = [choice], True
    while better:
        better = False
        for gesture in range(1, len(choice.settings.threshold)):
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
            work = [(found, settings) for settings in options if settings not in known]
            new = each(_try, work, "refine settings", jobs)
            tried += new
            best = choose([choice, *new], delay_ms)
            choice, better = best, better or best is not choice
    return tried


def _changed(values: tuple[float, ...], index: int, value: float) -> tuple[float, ...]:
    return (*values[:index], value, *values[index + 1 :])
