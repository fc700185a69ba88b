"""One optimiser step over several copies of the network: on this computer's cores, and on other computers.

TensorFlow's depthwise convolutions hardly use a second core, and sums over several threads round as they come. So each
replica computes on one thread, and a processor counts as several devices: twice as fast on two cores, and repeatable.

Weights are the same everywhere. Running means and variances of the normalisation are each replica's own, as Keras 3
declares them without aggregation; the first replica's are validated and saved.
"""

import ctypes
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from emojicam.console import progress
from emojicam.errors import EmojicamError
from emojicam.training.config import TrainConfig


def strategy(replicas: int, workers: int) -> Any:
    """How to distribute a run. To be called before anything else touches TensorFlow's runtime.

    Args:
        replicas: devices that this processor is split into.
        workers: processes in TF_CONFIG's cluster, 1 without; with more, each is one replica.

    Raises:
        EmojicamError: TensorFlow has already started, with fewer devices.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    _keep_freed_memory()
    import tensorflow as tf

    if workers > 1:
        return tf.distribute.MultiWorkerMirroredStrategy()
    if replicas == 1:
        return tf.distribute.get_strategy()
    try:
        processor = tf.config.list_physical_devices("CPU")[0]
        parts = [tf.config.LogicalDeviceConfiguration()] * replicas
        tf.config.set_logical_device_configuration(processor, parts)
        tf.config.threading.set_intra_op_parallelism_threads(1)
    except RuntimeError:
        pass  # Started already: what counts is how many devices there are.
    if (found := len(tf.config.list_logical_devices("CPU"))) < replicas:
        raise EmojicamError(f"TensorFlow runs with {found} device(s) in this process, not {replicas}", "a new process")
    return tf.distribute.MirroredStrategy(
        [f"CPU:{i}" for i in range(replicas)], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )


def _keep_freed_memory() -> None:
    """Stop glibc from giving every large tensor's pages back to the kernel, which costs a third of the time."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        trim_threshold, mmap_threshold, top_pad = -1, -3, -2  # malloc.h
        for parameter, size in ((trim_threshold, 1 << 30), (mmap_threshold, 1 << 30), (top_pad, 64 << 20)):
            mallopt(parameter, size)


def distributed(how: Any, data: Any, workers: int) -> Any:
    """A dataset for a strategy's replicas.

    Args:
        how: the strategy.
        data: tf.data.Dataset of this process's share of every batch.
    """
    if workers > 1:
        return how.distribute_datasets_from_function(lambda _: data)
    return how.experimental_distribute_dataset(data)


def _mixed(pictures: Any, truth: Any, share: float) -> tuple[Any, Any]:
    """A share of the pictures (B, S, S, 1) mixed with the one after, in any proportion, and their labels (B, C)."""
    import tensorflow as tf

    count = tf.shape(pictures)[0]
    other = tf.where(tf.random.uniform([count]) < share, tf.random.uniform([count]), 0.0)

    def mix(values: Any, part: Any) -> Any:
        return values + part * (tf.roll(values, 1, 0) - values)

    return mix(pictures, other[:, None, None, None]), mix(truth, other[:, None])


def _taught_by(teachers: Sequence[Any], pictures: Any) -> Any:
    """The mean of what networks say to pictures (B, S, S, 1) and to their mirror images: probabilities (B, C).

    A gesture is the same one mirrored, and what is said of both is right more often than either.
    """
    import tensorflow as tf

    both = tf.concat([pictures, pictures[:, :, ::-1]], 0)
    mean = tf.add_n([tf.nn.softmax(each(both, training=False)) for each in teachers]) / len(teachers)
    return tf.add_n(tf.split(mean, 2)) / 2


class Stepper:
    """Runs epochs of a compiled Keras model.

    Args:
        how: the strategy.
        model: the network that learns.
        teachers: those whose answers to the same pictures and their mirror images, on average, are `config.taught` of
            the loss.
    """

    def __init__(self, how: Any, model: Any, config: TrainConfig, teachers: Sequence[Any] = ()) -> None:
        import tensorflow as tf

        self._model = model

        def one(pictures: Any, truth: Any, weights: Any) -> tuple[Any, Any]:
            if config.mixup:
                pictures, truth = _mixed(pictures, truth, config.mixup)
            smoothed = truth * (1 - config.smoothing) + config.smoothing / truth.shape[-1]
            if teachers:
                theirs = _taught_by(teachers, pictures)
                smoothed = (1 - config.taught) * smoothed + config.taught * theirs
            with tf.GradientTape() as tape:
                logits = model(pictures, training=True)
                each = tf.nn.softmax_cross_entropy_with_logits(smoothed, logits) * weights
                # Of the whole batch: the optimiser adds the replicas' gradients up.
                loss = tf.reduce_sum(each) / config.batch
            gradients = tape.gradient(loss, model.trainable_variables)
            model.optimizer.apply(gradients, model.trainable_variables)
            right = tf.cast(tf.argmax(logits, 1) == tf.argmax(truth, 1), tf.float32)
            return loss, tf.reduce_sum(right) / config.batch

        @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
        def step(batches: Any) -> tuple[Any, Any]:
            losses, shares = how.run(one, args=next(batches))
            return how.reduce("SUM", losses, axis=None), how.reduce("SUM", shares, axis=None)

        self._step = step

    def epoch(self, data: Any, rates: list[float]) -> tuple[float, float]:
        """Train for one epoch.

        Args:
            data: from `distributed`.
            rates: learning rate of each step; their number is the number of steps.

        Returns:
            Mean loss and accuracy over the epoch's augmented pictures.
        """
        loss = accuracy = 0.0
        with progress("steps") as bar:
            task = bar.add_task("train", total=len(rates))
            for one, right in self.steps(data, rates):
                loss, accuracy = loss + one, accuracy + right
                bar.advance(task)
        return loss / len(rates), accuracy / len(rates)

    def steps(self, data: Any, rates: Iterable[float]) -> Iterator[tuple[float, float]]:
        """Train step by step: loss and accuracy of each. A rate is asked for when its step begins."""
        batches = iter(data)
        for rate in rates:
            self._model.optimizer.learning_rate.assign(rate)
            loss, right = self._step(batches)
            yield float(loss), float(right)
