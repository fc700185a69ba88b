"""Batch normalisation in one operation: the same as Keras's, and a part of what a run saves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.training import network

pytestmark = pytest.mark.train

#: Pictures of three channels that are neither centred nor of one spread; also one pixel, whose variance is 0.
PICTURES = {
    "several": np.random.default_rng(1).normal(2, [0.5, 1, 3], (4, 5, 6, 3)).astype(np.float32),
    "a single pixel": np.array([[[[1, -2, 3]]]], np.float32),
}


def both() -> tuple[Any, Any]:
    """Keras's layer and ours, with the same weights."""
    import keras

    from emojicam.training import normalisation

    layers = [
        kind(momentum=0.75, epsilon=0.01)
        for kind in (keras.layers.BatchNormalization, normalisation.BatchNormalization)
    ]
    for layer in layers:
        layer.build((None, None, None, 3))
        layer.set_weights([np.float32(values) for values in ([1, 2, 0.5], [0, -1, 1], [0.1, 0.2, 0.3], [1, 2, 4])])
    return layers[0], layers[1]


@pytest.mark.parametrize("pictures", PICTURES.values(), ids=PICTURES)
def test_values_gradients_and_running_statistics_are_those_of_keras(pictures: np.ndarray) -> None:
    import tensorflow as tf

    wanted = np.random.default_rng(2).normal(size=pictures.shape).astype(np.float32)
    results = []
    for layer in both():
        inputs = tf.constant(pictures)
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(outputs * wanted)
        gradients = tape.gradient(loss, [inputs, layer.gamma, layer.beta])
        results.append([outputs, *gradients, *layer.get_weights(), layer(inputs, training=False)])
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-4)


def test_a_layer_that_is_not_to_be_trained_uses_and_keeps_the_running_statistics() -> None:
    results = []
    for layer in both():
        layer.trainable = False
        before = layer.get_weights()
        results.append(np.asarray(layer(PICTURES["several"], training=True)))
        assert all((a == b).all() for a, b in zip(before, layer.get_weights(), strict=True))
    np.testing.assert_array_equal(*results)


def test_the_network_trains_with_one_operation_for_each_normalisation() -> None:
    import tensorflow as tf

    model = network.build(5, network.NARROW)
    graph = tf.function(lambda pictures: model(pictures, training=True)).get_concrete_function(
        tf.TensorSpec((2, 96, 96, 1))
    )
    kinds = [operation.type for operation in graph.graph.get_operations()]
    assert (kinds.count("FusedBatchNormV3"), kinds.count("SquaredDifference")) == (21, 0)


def test_a_saved_network_is_read_with_the_same_layer_and_answers(tmp_path: Path) -> None:
    model = network.build(5, network.NARROW)
    model.save(tmp_path / "last.keras")
    read = network.load(tmp_path / "last.keras")
    pictures = np.random.default_rng(3).random((2, 96, 96, 1), np.float32)
    np.testing.assert_array_equal(read(pictures), model(pictures))
    assert [type(layer) for layer in read.layers] == [type(layer) for layer in model.layers]
