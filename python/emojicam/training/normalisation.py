"""Batch normalisation (Ioffe and Szegedy 2015) in one operation. Keras makes a dozen of it: two fifths of the
time of a step on a processor.

Importing this module imports TensorFlow, and lets Keras read saved networks that have the layer.
"""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable("emojicam")
class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]
    """Keras's, of pictures (N, H, W, C), with the same values but for rounding."""

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise by the batch's own mean and variance while training, by the running ones otherwise."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=inputs,
            scale=self.gamma,
            offset=self.beta,
            mean=tf.zeros_like(self.moving_mean),
            variance=tf.zeros_like(self.moving_variance),
            epsilon=self.epsilon,
            is_training=True,
        )
        # It divides by one less than the count, Keras by the count.
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), variance.dtype)
        for running, now in ((self.moving_mean, mean), (self.moving_variance, variance * (count - 1) / count)):
            running.assign(running * self.momentum + now * (1 - self.momentum))
        return outputs
