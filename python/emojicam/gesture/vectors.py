"""Streams of scores and what the gesture stage makes of them: the test vectors of both languages."""

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam import codegen
from emojicam.gesture.decision import (
    Decider,
    DecisionSettings,
    Floats,
    ScoreScale,
    decay_of,
    probabilities,
    weight_of,
)


@dataclass(frozen=True)
class Step:
    """One frame: its scores, when it was taken, and everything that becomes of it."""

    scores: list[int]
    time_ms: int
    probabilities: Floats
    smoothed: Floats
    gesture: int
    fired: bool


@dataclass(frozen=True)
class Stream:
    """One run of a decider from its start."""

    settings: DecisionSettings
    scale: ScoreScale
    steps: list[Step]


def _run(settings: DecisionSettings, scale: ScoreScale, frames: list[list[int]], gaps_ms: list[int]) -> Stream:
    decider = Decider(settings)
    steps = []
    time_ms = 2**32 - 1000  # it wraps around
    for scores, gap_ms in zip(frames, itertools.cycle(gaps_ms), strict=False):
        time_ms = (time_ms + gap_ms) % 2**32
        probability = probabilities(scores, scale)
        decision = decider.update(probability, time_ms)
        steps.append(Step(scores, time_ms, probability, decider.smoothed.copy(), decision.gesture, decision.fired))
    return Stream(settings, scale, steps)


#: Pairs of time constant and gap, in milliseconds, whose weights both languages must agree on.
WEIGHTS = tuple(itertools.product((1, 2, 7, 40, 93, 551, 2500, 10000), (0, 1, 2, 13, 14, 20, 21, 40, 83, 84, 167, 250)))


def all_streams() -> list[Stream]:
    """Held and released gestures, uncertain frames, random scores, and a model that ends in a softmax; at 12 to 75
    frames a second, evenly, unevenly, with frames dropped, and after a stall."""
    random = np.random.default_rng(20261123)
    classes = 5
    ordinary = DecisionSettings(93, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))
    immediate = DecisionSettings(1, 0.0, (0.0,) * 5, (0.3,) * 5)
    slow = DecisionSettings(380, 0.5, (0.2,) * 5, (0.5,) * 5)
    logits = ScoreScale(0.11, 3, np.exp(-np.arange(256) * 0.11).astype(np.float32))
    softmax = ScoreScale(1 / 256, -128)

    def held(gesture: int, frames: int) -> list[list[int]]:
        return [[60 if index == gesture else -60 for index in range(classes)] for _ in range(frames)]

    clip = held(0, 3) + held(1, 8) + held(0, 8) + held(3, 8) + held(2, 8) + held(0, 2) + held(2, 6)
    uncertain = [[-128] * classes, [127] * classes, [10, 12, 9, 11, 10]] * 5
    noise = random.integers(-128, 128, (60, classes)).tolist()
    streams = [
        _run(settings, scale, frames, [40])
        for settings in (ordinary, immediate, slow)
        for scale in (logits, softmax)
        for frames in (clip, uncertain, noise)
    ]
    rates = ([13, 13, 14], [83, 84, 83], [20, 22, 9, 60, 21], [40, 40, 120, 40, 80], [40, 2000, 0, 1, 40, 251])
    streams += [_run(settings, logits, clip, gaps) for settings in (ordinary, slow) for gaps in rates]
    return streams


def generate(directory: Path) -> Path:
    """Write ``decision_vectors.h`` into the folder of generated headers."""
    path = directory / "decision_vectors.h"
    bits = {"bits": lambda values: [int(value) for value in np.asarray(values, np.float32).view(np.uint32)]}
    weights = [(constant, gap, decay_of(constant), weight_of(gap, decay_of(constant))) for constant, gap in WEIGHTS]
    codegen.write_if_changed(
        path,
        codegen.render("emojicam.gesture", "decision_vectors.h.jinja", streams=all_streams(), weights=weights, **bits),
    )
    return path
