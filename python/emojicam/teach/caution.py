"""How much surer of a new gesture a model has to be: so much that what it could, it still can.

A new output has never been wrong before. What it takes of the others is seen on rendered hands that nothing was learnt
from, and given back by its bias, as far as its own captures can spare it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.config import Settings
from emojicam.data.classes import NONE
from emojicam.data.dataset import Labelled
from emojicam.training import network

Doubles = npt.NDArray[np.float64]

#: Share of its pictures that a class may lose: a keyboard that types by itself is worse than a gesture shown twice.
MAY_LOSE, NONE_MAY_LOSE = 0.02, 0.01
#: Share of a new gesture's captures that need not be typed any more for it.
_SPARED = 0.1


def may_lose(label: int) -> float:
    """The share of its pictures that a class may lose."""
    return NONE_MAY_LOSE if label == NONE else MAY_LOSE


def wanted(logits: Doubles, labels: npt.NDArray[np.int64], right_before: npt.NDArray[np.bool_], new: int) -> float:
    """By how much a new output is to be lowered, so that no class loses more than `may_lose` by it.

    Args:
        logits: (N, C) of pictures of the other classes. labels: (N,).
        right_before: (N,) what was right before the lesson.
        new: the output.
    """
    others = np.delete(logits, new, axis=1)
    lowered = 0.0
    for label in np.unique(labels):
        mine = labels == label
        right = others[mine].max(1) <= logits[mine, label]
        taken = np.sort((logits[mine, new] - logits[mine, label])[right])[::-1]
        most = right_before[mine].sum() - may_lose(int(label)) * mine.sum()
        spare = max(0, int(np.floor(right.sum() - most + 1e-9)))
        if spare < len(taken):
            # The int8 model's steps are a few hundredths of this.
            lowered = max(lowered, float(taken[spare]) + 0.1)
    return lowered


def spared(logits: Doubles, new: int, settings: Settings) -> float:
    """By how much a new output can be lowered, so that a frame of most of its captures still counts.

    Args:
        logits: (N, C) of its captures.
    """
    others = np.logaddexp.reduce(np.delete(logits, new, axis=1), axis=1)
    # Who has so much leads every other by the margin.
    enough = max(settings.gesture[new].activation, (1 + settings.decision.margin) / 2)
    enough = min(enough, 0.99)
    sure = logits[:, new] - others - np.log(enough / (1 - enough))
    return max(0.0, float(np.quantile(sure, _SPARED)))


def lower(
    model: Any,
    new: Sequence[int],
    taught: Labelled,
    kept: Labelled,
    right_before: npt.NDArray[np.bool_],
    settings: Settings,
) -> dict[int, float]:
    """Lower a network's new outputs as far as is wanted and can be spared.

    Args:
        model: a Keras network, changed in place.
        taught: captures. kept: pictures of the other classes that nothing was learnt from.
        right_before: (N,) which of those kept the model before the lesson knew.

    Returns:
        By how much each was lowered, in logits.
    """
    # A capture counts as it is and, where the board sees that in turn, mirrored.
    views = [taught.images, taught.images[:, :, ::-1]] if settings.model.mirror_in_turn else [taught.images]
    labels = np.tile(taught.labels, len(views))
    logits, own = network.predict(model, kept.images), network.predict(model, np.concatenate(views))
    head = model.get_layer("classifier")
    kernel, bias = head.get_weights()
    lowered = {}
    for output in new:
        by = wanted(logits, kept.labels, right_before, output)
        by = min(by, spared(own[labels == output], output, settings))
        lowered[output] = by
        bias[output] -= by
        logits[:, output] -= by
        own[:, output] -= by
    head.set_weights([kernel, bias])
    return lowered
