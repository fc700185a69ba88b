"""Whether an answer stands when the picture moves a little, as a hand and a board always do.

A few hundred photographs give a figure that chance moves by several points: which of them lie just on the right side.
The same ones turned, shifted and enlarged a little lie there as often as they really do.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.data.jit import njit
from emojicam.training.augment import Bytes, Floats, draw_warp, warp
from emojicam.training.predict import Answers

#: Of `augment.draw_warp`: turned by up to 4.5 degrees, 7 % larger or smaller, shifted by 2.7 %.
_STRENGTH = 0.3


@njit
def _moved(planes: Bytes, seed: int, strength: float) -> Floats:
    """Each picture (C, S, S) of (N, C, S, S) moved as one."""
    np.random.seed(seed)
    side = planes.shape[3]
    new = np.empty(planes.shape, np.float32)
    for row in range(len(planes)):
        by = draw_warp(side, strength, False)
        for channel in range(planes.shape[1]):
            warp(planes[row, channel], new[row, channel], by)
    return new


def copies(images: npt.NDArray[np.uint8], count: int, seed: int = 0) -> Iterator[npt.NDArray[np.uint8]]:
    """All pictures again and again, moved a little; never mirrored.

    Args:
        images: (N, S, S) or (N, S, S, channels).
        count: how often.
        seed: the same one gives the same copies.

    Raises:
        ValueError: the pictures are not square.
    """
    if images.shape[1] != images.shape[2]:
        raise ValueError(f"pictures of {images.shape[2]}x{images.shape[1]} are not square")
    planes = images[:, None] if images.ndim == 3 else np.moveaxis(images, 3, 1)
    for number in range(count):
        new = np.rint(_moved(np.ascontiguousarray(planes), seed * 1000 + number, _STRENGTH)).astype(np.uint8)
        yield new[:, 0] if images.ndim == 3 else np.moveaxis(new, 1, 3)


def report(answers: Sequence[npt.NDArray[np.int64]], labels: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What of the answers stands.

    Args:
        answers: of each copy, (N,) classes' numbers.
        labels: (N,).

    Returns:
        copies; mean_recall over classes, the mean of all copies; the shares of pictures that are right in each copy
        (always) and in none (never).
    """
    right = np.stack(answers) == labels
    recalls = [float(right[:, labels == label].mean()) for label in sorted(set(labels.tolist()))]
    return {
        "copies": len(answers),
        "mean_recall": float(np.mean(recalls)),
        "always": float(right.all(0).mean()),
        "never": float((~right.any(0)).mean()),
    }


def measure(
    answer: Callable[[npt.NDArray[np.uint8]], Answers],
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.int64],
    count: int,
) -> dict[str, Any]:
    """`report` of a model on `copies` of some pictures, one copy of all of them at a time.

    Args:
        answer: what the model says to pictures, as `predict.predict` gives it.
        images, count: see `copies`.
        labels: (N,).
    """
    return report([answer(one).logits.argmax(1) for one in copies(images, count)], labels)
