"""What a lesson has changed: recall of each class before and after, and what is taken for something else now."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emojicam.config import Settings
from emojicam.data.dataset import Labelled
from emojicam.gesture import DecisionSettings
from emojicam.training import evaluation, metrics, predict

Recall = dict[str, float | None]
Answers = npt.NDArray[np.int64]
#: Of what is taken for something else now, so many kinds are named.
_NAMED = 3


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


@dataclass(frozen=True)
class Loss:
    """A class that has lost more of its rendered pictures than it may.

    Attributes:
        before, after: recall.
        mistaken: what was told right and no longer is: how it is drawn, what it is taken for, how many of how many.
    """

    name: str
    before: float
    after: float
    mistaken: tuple[tuple[str, str, int, int], ...]

    def __str__(self) -> str:
        """In a line for a user."""
        kinds = "; ".join(f"{kind}, for {taken} ({count} of {all_})" for kind, taken, count, all_ in self.mistaken)
        return (
            f"{self.name}: {self.before:.0%} of rendered pictures before, {self.after:.0%} after; now mistaken: {kinds}"
        )


def answers(content: bytes, pictures: Labelled, outputs: Sequence[int | None] | None = None) -> Answers:
    """An int8 model's answers, (N,) classes of the settings.

    Args:
        content: the .tflite.
        outputs: which of its outputs each class is, None for a class that it lacks; by default they are the classes.
    """
    if not len(pictures):
        return np.zeros(0, np.int64)
    logits = predict.on_litert(content, pictures.images).logits
    given = logits.argmax(1)
    if outputs is None:
        return np.asarray(given)
    # What the settings have no class for is no gesture to them.
    to = np.array([outputs.index(one) if one in outputs else 0 for one in range(logits.shape[1])])
    return np.asarray(to[given])


def recall(given: Answers, pictures: Labelled) -> Recall:
    """Of each class, None where there is no picture of it."""
    if not len(pictures):
        return dict.fromkeys(pictures.classes)
    return metrics.measure(np.eye(len(pictures.classes))[given], pictures.labels, pictures.classes).recall()


def losses(before: Answers, after: Answers, pictures: Labelled, may_lose: Callable[[int], float]) -> tuple[Loss, ...]:
    """Classes that have lost more than they may.

    Args:
        pictures: with how they are drawn (`kinds`).
        may_lose: the share of its pictures that a class may lose.
    """
    found = []
    for label, name in enumerate(pictures.classes):
        mine = pictures.labels == label
        if not mine.any():
            continue
        was, now = (float((given[mine] == label).mean()) for given in (before, after))
        # What is allowed is to a picture: one of fifty is not more than 2 %.
        if was - now <= may_lose(label) + 1e-9:
            continue
        rows = np.flatnonzero(mine & (before == label) & (after != label))
        drawn = Counter(pictures.kinds[row] for row in np.flatnonzero(mine))
        pairs = Counter((pictures.kinds[row], pictures.classes[after[row]]) for row in rows.tolist())
        mistaken = tuple((kind, taken, count, drawn[kind]) for (kind, taken), count in pairs.most_common(_NAMED))
        found.append(Loss(name, was, now, mistaken))
    return tuple(found)


def typed(content: bytes, pictures: Labelled, settings: Settings) -> Recall:
    """The share of each gesture's pictures that type its emoji, held still for a second; None where there is none.

    Args:
        content: the .tflite.
        settings: of the decision.
    """
    if not len(pictures):
        return dict.fromkeys(pictures.classes[1:])

    def ask(images: predict.Bytes) -> predict.Answers:
        return predict.on_litert(content, images)

    answers = ask(pictures.images)
    mirrored = predict.of_mirror_images(ask, pictures.images, settings.model)
    found = evaluation.held_still(answers, DecisionSettings.of(settings), mirrored)
    return dict(evaluation.typing(found, pictures.labels, pictures.classes)["right_by_gesture"])


def mean(recall: Recall) -> float | None:
    """Over the classes that have pictures."""
    there = [one for one in recall.values() if one is not None]
    return float(np.mean(there)) if there else None
