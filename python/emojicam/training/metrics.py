"""How good a model is: confusion, recall, precision, calibration."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.data.classes import CLASSES
from emojicam.errors import EmojicamError

Floats = npt.NDArray[np.float64]

#: With fewer pictures of a class, it may be by chance that none of them was told.
WORTH_SAYING = 20


@dataclass(frozen=True)
class Metrics:
    """Figures over a set.

    Attributes:
        confusion: (C, C) pictures by true class (rows) and predicted class (columns).
        calibration: (B, 3) bins of confidence: mean confidence, share that was right, pictures.
        calibration_error: expected calibration error (Guo et al. 2017), 0 to 1.
        classes: (C) their names.
    """

    confusion: npt.NDArray[np.int64]
    calibration: Floats
    calibration_error: float
    classes: tuple[str, ...] = CLASSES

    @property
    def images(self) -> int:
        return int(self.confusion.sum())

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / max(1, self.images))

    def recall(self) -> dict[str, float | None]:
        """Share of each class that was found; None for a class without pictures."""
        return self._shares(1)

    def never_answered(self) -> list[str]:
        """Classes that have WORTH_SAYING pictures and were the answer to none of all."""
        given, answered = self.confusion.sum(1), self.confusion.sum(0)
        return [name for i, name in enumerate(self.classes) if given[i] >= WORTH_SAYING and not answered[i]]

    def precision(self) -> dict[str, float | None]:
        """Share of right answers among those that named each class; None if none did."""
        return self._shares(0)

    def as_json(self) -> dict[str, Any]:
        """The form that `emojicam evaluate --json` writes."""
        return {
            "images": self.images,
            "accuracy": self.accuracy,
            "recall": self.recall(),
            "precision": self.precision(),
            "confusion": self.confusion.tolist(),
            "calibration_error": self.calibration_error,
        }

    def _shares(self, axis: int) -> dict[str, float | None]:
        totals, right = self.confusion.sum(axis), np.diag(self.confusion)
        return {
            name: float(hits / total) if total else None
            for name, hits, total in zip(self.classes, right, totals, strict=True)
        }


def softmax(logits: Floats) -> Floats:
    """Probabilities (N, C) from logits (N, C)."""
    shifted = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def measure(logits: Floats, labels: npt.NDArray[np.int64], classes: Sequence[str] = CLASSES, bins: int = 15) -> Metrics:
    """Figures of a model's answers.

    Args:
        logits: (N, C). labels: (N,).
        classes: the C names.
        bins: of the calibration, equally wide.

    Raises:
        EmojicamError: the model has more or fewer outputs than there are classes.
    """
    if logits.shape[1] != len(classes):
        raise EmojicamError(
            f"the model has {logits.shape[1]} outputs, and there are {len(classes)} classes: {', '.join(classes)}",
            "--config with the settings that it is for",
        )
    probabilities = softmax(logits)
    answers, confidence = probabilities.argmax(1), probabilities.max(1)
    confusion = np.zeros((len(classes), len(classes)), np.int64)
    np.add.at(confusion, (labels, answers), 1)
    calibration = np.zeros((bins, 3))
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    for i in range(bins):
        mine = place == i
        if mine.any():
            calibration[i] = confidence[mine].mean(), (answers == labels)[mine].mean(), mine.sum()
    error = float((calibration[:, 2] * np.abs(calibration[:, 0] - calibration[:, 1])).sum() / max(1, len(labels)))
    return Metrics(confusion, calibration, error, tuple(classes))


def by_group(
    logits: Floats, labels: npt.NDArray[np.int64], values: npt.NDArray[np.float32], edges: tuple[float, ...]
) -> list[dict[str, Any]]:
    """Accuracy and mean recall of the gestures over ranges of a property (hand size, skin tone).

    Args:
        values: (N,) the property.
        edges: of the ranges, rising.
    """
    answers, rows = logits.argmax(1), []
    for low, high in itertools.pairwise(edges):
        mine = (values >= low) & (values < high)
        recalls = [
            float((answers[mine & (labels == c)] == c).mean())
            for c in range(1, logits.shape[1])
            if (mine & (labels == c)).any()
        ]
        if mine.any():
            rows.append(
                {
                    "from": low,
                    "to": high,
                    "images": int(mine.sum()),
                    "accuracy": float((answers == labels)[mine].mean()),
                    "gesture_recall": float(np.mean(recalls)) if recalls else None,
                }
            )
    return rows
