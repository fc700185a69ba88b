"""What a lesson has changed: recall of each class before and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from emojicam.config import Settings
from emojicam.data.dataset import Labelled
from emojicam.gesture import DecisionSettings
from emojicam.training import evaluation, metrics, predict

Recall = dict[str, float | None]


@dataclass(frozen=True)
class Figures:
    """Recall of each class, 0 to 1; None where there is no picture of it.

    Attributes:
        kept_aside: on captures that were kept aside.
        validation: on rendered hands of the shipped model's validation set.
    """

    kept_aside: Recall
    validation: Recall

    def as_json(self) -> dict[str, Recall]:
        return {"kept_aside": self.kept_aside, "validation": self.validation}


def measure(
    content: bytes, aside: Labelled, validation: Labelled, outputs: Sequence[int | None] | None = None
) -> Figures:
    """Run an int8 model over both sets.

    Args:
        content: the .tflite.
        outputs: which of its outputs each class is, None for a class that it lacks; by default they are the classes.
    """
    return Figures(_recall(content, aside, outputs), _recall(content, validation, outputs))


def _recall(content: bytes, pictures: Labelled, outputs: Sequence[int | None] | None) -> Recall:
    if not len(pictures):
        return dict.fromkeys(pictures.classes)
    logits = predict.on_litert(content, pictures.images).logits
    if outputs is not None:
        # What the settings have no class for is no gesture to them.
        given = logits.argmax(1)
        seen = np.array([outputs.index(one) if one in outputs else 0 for one in range(logits.shape[1])])[given]
        logits = np.eye(len(pictures.classes))[seen]
    return metrics.measure(logits, pictures.labels, pictures.classes).recall()


def typed(content: bytes, pictures: Labelled, settings: Settings) -> Recall:
    """The share of each gesture's pictures that type its emoji, held still for a second; None where there is none.

    Args:
        content: the .tflite.
        settings: of the decision.
    """
    if not len(pictures):
        return dict.fromkeys(pictures.classes[1:])
    answers = predict.on_litert(content, pictures.images)
    found = evaluation.held_still(answers, DecisionSettings.of(settings))
    return dict(evaluation.typing(found, pictures.labels, pictures.classes)["right_by_gesture"])


def mean(recall: Recall) -> float | None:
    """Over the classes that have pictures."""
    there = [one for one in recall.values() if one is not None]
    return float(np.mean(there)) if there else None
