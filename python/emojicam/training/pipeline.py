"""Pictures in memory to batches for TensorFlow."""

from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.data.dataset import Labelled
from emojicam.training.augment import Paste, augment


def class_weights(labels: npt.NDArray[np.int64], classes: int, how: str) -> npt.NDArray[np.float32]:
    """A weight for each class, 1 on average over the pictures.

    Args:
        how: "balanced" or "none".
    """
    if how == "none":
        return np.ones(classes, np.float32)
    counts = np.bincount(labels, minlength=classes)
    weights = np.where(counts > 0, len(labels) / np.maximum(counts, 1) / max(1, (counts > 0).sum()), 0.0)
    return weights.astype(np.float32)


def batches(
    pictures: Labelled,
    weights: npt.NDArray[np.float32],
    *,
    side: int,
    batch: int,
    epoch: int,
    seed: int,
    strength: float,
    paste: float = 0.0,
    worker: int = 0,
    workers: int = 1,
) -> Any:
    """One epoch as a tf.data.Dataset of (pictures, one-hot labels, weights).

    The order, and what is done to each picture, follow from seed and epoch alone. With several workers each
    takes its share of every batch: the union is the batch that one worker would see.

    Args:
        weights: (classes,) from `class_weights`.
        paste: share of rendered hands that get another background.
    """
    import tensorflow as tf

    images, labels, covers = pictures.images, pictures.labels, pictures.covers
    # Backgrounds are the pictures without a hand.
    empty = np.flatnonzero(covers.max((1, 2), initial=0) == 0)
    if not len(empty) or len(empty) == len(covers):
        paste = 0.0
    order = np.random.default_rng([seed, epoch]).permutation(len(images))
    steps = len(images) // batch
    share = batch // workers
    one_hot = np.eye(len(weights), dtype=np.float32)

    def make(step: Any) -> tuple[Any, Any, Any]:
        rows = order[int(step) * batch :][:batch][worker * share : (worker + 1) * share]
        chance = int(np.random.default_rng([seed, epoch, int(step), worker]).integers(1 << 31))
        seen = augment(images, rows, side, chance, strength, Paste(covers, empty, paste))
        return seen, one_hot[labels[rows]], weights[labels[rows]]

    def shaped(step: Any) -> tuple[Any, Any, Any]:
        seen, truth, weight = tf.numpy_function(make, [step], [tf.float32, tf.float32, tf.float32])
        seen.set_shape((share, side, side, 1))
        truth.set_shape((share, len(weights)))
        weight.set_shape((share,))
        return seen, truth, weight

    return tf.data.Dataset.range(steps).map(shaped, num_parallel_calls=1).prefetch(6)
