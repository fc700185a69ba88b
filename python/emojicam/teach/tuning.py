"""Fine-tuning of all layers on captures and rendered hands: a step at a time, for so many steps or seconds."""

import math
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.data.classes import NONE
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError
from emojicam.training import replicas
from emojicam.training.augment import Bytes, Floats, Paste, augment
from emojicam.training.config import TrainConfig
from emojicam.training.pipeline import without_hand

#: The number of the first batch of `Batches.drawn`: more than a lesson has steps.
_APART = 1 << 30


@dataclass(frozen=True)
class Recipe:
    """How a lesson trains.

    Attributes:
        steps: batches at most.
        seconds: for how long at most, counted from the first step's end.
        batch: pictures a step.
        captured: share of each batch that is captures, each class as often as any other; the rest is rendered.
        rate: the highest learning rate, reached at the end of the warm-up; it then falls as a cosine.
        warmup: share of the training.
        strength: of what is done to the captures, see `augment`; of rendered hands' it is 0.6.
        blend: share of the first weights in the last ones (Wortsman et al. 2022): what the first could is kept.
        seed: of all that is drawn.
    """

    steps: int = 300
    seconds: float = 300.0
    batch: int = 64
    captured: float = 0.4
    rate: float = 6e-4
    warmup: float = 0.1
    strength: float = 0.8
    blend: float = 0.3
    seed: int = 1


@dataclass(frozen=True)
class Batches:
    """What batches are drawn from.

    Attributes:
        taught: the captures. rendered: hands with their covers.
        mirror: whether left and right may be swapped in pictures of these gestures.
    """

    taught: Labelled
    rendered: Labelled
    recipe: Recipe
    mirror: bool

    def dataset(self) -> Any:
        """An endless tf.data.Dataset of (pictures, one-hot labels, weights)."""
        import tensorflow as tf

        side, classes = self.taught.images.shape[1], len(self.taught.classes)
        chances, behind = self._chances(), self._behind()

        def make(step: Any) -> tuple[Floats, Floats, Floats]:
            pictures, labels = self._draw(int(step), chances, behind)
            return pictures, np.eye(classes, dtype=np.float32)[labels], np.ones(len(labels), np.float32)

        def shaped(step: Any) -> tuple[Any, Any, Any]:
            made = tf.numpy_function(make, [step], [tf.float32, tf.float32, tf.float32])
            batch = self.recipe.batch
            for one, shape in zip(made, ((batch, side, side, 1), (batch, classes), (batch,)), strict=True):
                one.set_shape(shape)
            return tuple(made)

        return tf.data.Dataset.range(1 << 31).map(shaped, num_parallel_calls=1).prefetch(4)

    def drawn(self, count: int) -> tuple[Floats, npt.NDArray[np.int64]]:
        """So many batches at once, other ones than those of `dataset`: (N, side, side, 1) pictures, (N,) labels."""
        chances, behind = self._chances(), self._behind()
        pictures, labels = zip(*(self._draw(_APART + step, chances, behind) for step in range(count)), strict=True)
        return np.concatenate(pictures), np.concatenate(labels)

    def _behind(self) -> Bytes:
        """What is put behind rendered hands: the captured room, too."""
        return np.concatenate([without_hand(self.rendered), self.taught.images[self.taught.labels == NONE]])

    def _chances(self) -> npt.NDArray[np.float64]:
        """(N,) how likely each capture is drawn: each class that has some as often as any other.

        But one that no rendered hand shows so often that all in all it is seen as often as the others; if there are
        several, they have three quarters of the captures at most.
        """
        counts, rendered = self.taught.counts(), self.rendered.counts()
        there = counts > 0
        new = there & (rendered == 0)
        share = min(0.75, new.sum() / len(counts) / self.recipe.captured) if new.any() and not new.all() else 0.0
        of_class = np.where(new, share / max(1, new.sum()), (1 - share) / max(1, (there & ~new).sum()))
        if not share:
            of_class = np.ones(len(counts))
        each = (of_class / np.maximum(counts, 1))[self.taught.labels]
        return np.asarray(each / each.sum())

    def _draw(self, step: int, chances: npt.NDArray[np.float64], behind: Bytes) -> tuple[Floats, npt.NDArray[np.int64]]:
        recipe, side = self.recipe, self.taught.images.shape[1]
        rng = np.random.default_rng([recipe.seed, step])
        captured = round(recipe.batch * recipe.captured)
        rows = rng.choice(len(self.taught), captured, p=chances)
        drawn = rng.integers(len(self.rendered), size=recipe.batch - captured)
        paste = Paste(self.rendered.covers, behind, 0.5 if len(behind) else 0.0)
        seeds = rng.integers(1 << 31, size=2)
        seen = augment(
            self.taught.images, rows, side, int(seeds[0]), recipe.strength, light=0.5, mirror=self.mirror
        )  # fmt: skip
        shown = augment(self.rendered.images, drawn, side, int(seeds[1]), 0.6, paste, light=0.5, mirror=self.mirror)
        # In turn, as a batch is cut into a part for each replica: all see both kinds.
        turn = np.argsort(np.r_[np.linspace(0, 1, len(rows)), np.linspace(0, 1, len(drawn))], kind="stable")
        labels = np.r_[self.taught.labels[rows], self.rendered.labels[drawn]][turn]
        return np.concatenate([seen, shown])[turn], labels


def tune(
    begin: Callable[[], Any],
    batches: Batches,
    tell: Callable[[float, str], object],
    now: Callable[[], float] = time.monotonic,
) -> Any:
    """Train all layers.

    Args:
        begin: makes the network to begin with; called once TensorFlow is set up.
        tell: is given the share that is done, 0 to 1, and how it goes.
        now: a clock, in seconds.

    Returns:
        The trained Keras network.

    Raises:
        EmojicamError: training diverges.
    """
    recipe = batches.recipe
    copies = min(2, os.cpu_count() or 1)
    try:
        strategy = replicas.strategy(copies, 1)
    except EmojicamError:  # a process in which TensorFlow runs already, on one device
        copies, strategy = 1, replicas.strategy(1, 1)
    config = TrainConfig(batch=recipe.batch, replicas=copies)
    import keras

    keras.utils.set_random_seed(recipe.seed)
    with strategy.scope():
        model = begin()
        first = model.get_weights()
        optimiser = keras.optimizers.AdamW(recipe.rate, weight_decay=0.01)
        optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        optimiser.build(model.trainable_variables)
        model.compile(optimizer=optimiser)
    stepper = replicas.Stepper(strategy, model, config)
    started, done = now(), 0.0

    def rates() -> Iterator[float]:
        nonlocal done, started
        for step in range(recipe.steps):
            done = max(step / recipe.steps, (now() - started) / recipe.seconds) if step else 0.0
            if done >= 1:
                return
            # At least one step is made, however short the time; it compiles what the others run.
            yield recipe.rate * _schedule(done, recipe.warmup)
            started = now() if step == 0 else started

    data = replicas.distributed(strategy, batches.dataset(), 1)
    right = 0.0
    for number, (loss, accuracy) in enumerate(stepper.steps(data, rates())):
        if not math.isfinite(loss):
            raise EmojicamError(f"training has diverged: the loss of step {number + 1} is {loss}", "other captures")
        right += (accuracy - right) * max(0.05, 1 / (number + 1))
        tell(min(1.0, done), f"step {number + 1}: {right:.0%} of what it is shown are right")
    cut = "" if number + 1 == recipe.steps else f" of the {recipe.steps} wanted: the time was up, --seconds gives more"
    tell(1.0, f"{number + 1} steps in {now() - started:.0f} seconds{cut}")
    pairs = zip(model.get_weights(), first, strict=True)
    model.set_weights([(1 - recipe.blend) * last + recipe.blend * before for last, before in pairs])
    return model


def _schedule(done: float, warmup: float) -> float:
    """The share of the highest rate: up over the warm-up, down as a cosine."""
    if done < warmup:
        return (done + 0.01) / (warmup + 0.01)
    return 0.01 + 0.99 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup))) / 2
