"""Pictures in memory to batches for TensorFlow."""

from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.data.dataset import Labelled
from emojicam.training.augment import Bytes, Paste, augment, finish_all
from emojicam.training.mixture import Mixture, compose


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


def without_hand(pictures: Labelled) -> Bytes:
    """Those rendered pictures that show no hand: backgrounds."""
    empty = pictures.covers.max((1, 2), initial=0) == 0
    return np.asarray(pictures.images[: len(pictures.covers)][empty])


def steps_an_epoch(rendered: int, batch: int, photographs: float) -> int:
    """How many batches show every rendered picture once.

    Args:
        photographs: share of each batch that is not rendered.
    """
    return rendered // (batch - round(batch * photographs))


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
    light: float = 0.0,
    mixture: Mixture | None = None,
    photographs: float = 0.0,
    extent: float = 0.65,
    worker: int = 0,
    workers: int = 1,
) -> Any:
    """One epoch as a tf.data.Dataset of (pictures, one-hot labels, weights).

    The order, and what is done to each picture, follow from seed and epoch alone. With several workers each
    takes its share of every batch: the union is the batch that one worker would see.

    Args:
        weights: (classes,) from `class_weights`.
        paste: share of rendered hands that get another background.
        light: see `augment.finish`.
        mixture: photographs; None for rendered pictures alone.
        photographs: share of each batch that is drawn from them.
        extent: the hand's size in picture heights that they mostly have.
    """
    import tensorflow as tf

    images, labels, covers = pictures.images, pictures.labels, pictures.covers
    behind = without_hand(pictures) if mixture is None else mixture.shots.backgrounds
    if not len(behind) or not covers.any():
        paste = 0.0
    order = np.random.default_rng([seed, epoch]).permutation(len(images))
    photographed = round(batch * photographs) if mixture is not None else 0
    rendered = batch - photographed
    steps = steps_an_epoch(len(images), batch, photographed / batch)
    share = batch // workers
    one_hot = np.eye(len(weights), dtype=np.float32)

    def make(step: Any) -> tuple[Any, Any, Any]:
        chosen = order[int(step) * rendered :][:rendered]
        rows = chosen[worker * rendered // workers : (worker + 1) * rendered // workers]
        rng = np.random.default_rng([seed, epoch, int(step), worker])
        seen = augment(images, rows, side, int(rng.integers(1 << 31)), strength, Paste(covers, behind, paste), light)
        truth = labels[rows]
        if mixture is not None and photographed:
            drawn, theirs = mixture.draw(rng, share - len(rows))
            composed = compose(mixture.shots, drawn, side, int(rng.integers(1 << 31)), strength, extent)
            shot = finish_all(composed, int(rng.integers(1 << 31)), strength, light)
            # In turn, as a batch is cut into a part for each replica: all see both kinds.
            turn = np.argsort(np.r_[np.linspace(0, 1, len(rows)), np.linspace(0, 1, len(theirs))], kind="stable")
            seen, truth = np.concatenate([seen, shot])[turn], np.r_[truth, theirs][turn]
        return seen, one_hot[truth], weights[truth]

    def shaped(step: Any) -> tuple[Any, Any, Any]:
        seen, truth, weight = tf.numpy_function(make, [step], [tf.float32, tf.float32, tf.float32])
        seen.set_shape((share, side, side, 1))
        truth.set_shape((share, len(weights)))
        weight.set_shape((share,))
        return seen, truth, weight

    return tf.data.Dataset.range(steps).map(shaped, num_parallel_calls=1).prefetch(6)
