"""Streams of scores and what the gesture stage makes of them: the test vectors of both languages."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam.firmware import codegen
from emojicam.gesture.decision import Decider, DecisionSettings, Floats, ScoreScale, probabilities


@dataclass(frozen=True)
class Step:
    """One frame: its scores, and everything that becomes of them."""

    scores: list[int]
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


def _run(settings: DecisionSettings, scale: ScoreScale, frames: list[list[int]]) -> Stream:
    decider = Decider(settings)
    steps = []
    for scores in frames:
        probability = probabilities(scores, scale)
        decision = decider.update(probability)
        steps.append(Step(scores, probability, decider.smoothed.copy(), decision.gesture, decision.fired))
    return Stream(settings, scale, steps)


def all_streams() -> list[Stream]:
    """Held and released gestures, uncertain frames, random scores, and a model that ends in a softmax."""
    random = np.random.default_rng(20261123)
    classes = 5
    ordinary = DecisionSettings(0.35, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))
    immediate = DecisionSettings(1.0, 0.0, (0.0,) * 5, (0.3,) * 5)
    slow = DecisionSettings(0.1, 0.5, (0.2,) * 5, (0.5,) * 5)
    logits = ScoreScale(0.11, 3, np.exp(-np.arange(256) * 0.11).astype(np.float32))
    softmax = ScoreScale(1 / 256, -128)

    def held(gesture: int, frames: int) -> list[list[int]]:
        return [[60 if index == gesture else -60 for index in range(classes)] for _ in range(frames)]

    clip = held(0, 3) + held(1, 8) + held(0, 8) + held(3, 8) + held(2, 8) + held(0, 2) + held(2, 6)
    uncertain = [[-128] * classes, [127] * classes, [10, 12, 9, 11, 10]] * 5
    noise = random.integers(-128, 128, (60, classes)).tolist()
    return [
        _run(settings, scale, frames)
        for settings in (ordinary, immediate, slow)
        for scale in (logits, softmax)
        for frames in (clip, uncertain, noise)
    ]


def generate(directory: Path) -> Path:
    """Write ``decision_vectors.h`` into the folder of generated headers."""
    path = directory / "decision_vectors.h"
    bits = {"bits": lambda values: [int(value) for value in np.asarray(values, np.float32).view(np.uint32)]}
    codegen.write_if_changed(
        path, codegen.render("emojicam.gesture", "decision_vectors.h.jinja", streams=all_streams(), **bits)
    )
    return path
