"""Small whole networks: several layers, and shapes as real classifiers have them."""

from collections.abc import Callable

import numpy as np

from emojicam.model.graph import Graph
from models import draw
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator

_RELU6 = {"activation": "RELU6", "zero_point": -128, "gain": 2.0}


def mobilenet(rng: Rng, size: int = 24, alpha: int = 4, classes: int = 5, channels: int = 1) -> bytes:
    """A MobileNet of three blocks with logits at its end, as the shipped model in small."""
    builder = ModelBuilder((1, size, size, channels), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, alpha, stride=2, **_RELU6)
    for block, stride in enumerate((1, 2, 2)):
        x = draw.depthwise(rng, builder, x, stride=stride, **_RELU6)
        x = draw.conv(rng, builder, x, alpha << (block + 1), 1, **_RELU6)
    x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3])
    x = draw.conv(rng, builder, x, classes, 1, zero_point=12, gain=4.0)
    return builder.finish(builder.reshape(x, (1, classes)))


def resnet(rng: Rng) -> bytes:
    """Two residual blocks, one with a strided shortcut, and a softmax."""
    builder = ModelBuilder((1, 16, 16, 3), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, 8, activation="RELU", zero_point=-128, gain=2.0)
    for channels, stride in ((8, 1), (12, 2)):
        inner = draw.conv(rng, builder, x, channels, stride=stride, activation="RELU", zero_point=-128, gain=2.0)
        inner = draw.conv(rng, builder, inner, channels)
        shortcut = x if stride == 1 else draw.conv(rng, builder, x, channels, 1, stride=stride)
        widest = max(builder.quant(inner).scale, builder.quant(shortcut).scale)
        options = {"fused_activation_function": 1}
        x = builder.op("ADD", [inner, shortcut], builder.shape(inner), Quant(widest, -128), 2, **options)
    x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3])
    x = draw.dense(rng, builder, builder.flatten(x), 4, gain=4.0)
    return builder.finish(builder.op("SOFTMAX", [x], (1, 4), Quant(1 / 256, -128), 2, beta=1.0))


def autoencoder(rng: Rng) -> bytes:
    """Dense layers only, down to a bottleneck and up again."""
    builder = ModelBuilder((1, 64), draw.quant(rng))
    x = builder.input
    for width in (32, 8, 32):
        x = draw.dense(rng, builder, x, width, activation="RELU", zero_point=-128, gain=2.0)
    return builder.finish(draw.dense(rng, builder, x, 64))


def max_pooling(rng: Rng) -> bytes:
    """Convolutions and maximum pooling, dense classifier: the first network of every tutorial."""
    builder = ModelBuilder((1, 15, 13, 1), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, 4, padding="VALID", activation="RELU", zero_point=-128, gain=2.0)
    x = builder.pool("MAX_POOL_2D", x, 2, stride=2)
    x = draw.conv(rng, builder, x, 6, padding="VALID", activation="RELU", zero_point=-128, gain=2.0)
    x = builder.pool("MAX_POOL_2D", x, 2, stride=2)
    x = draw.dense(rng, builder, builder.flatten(x), 16, activation="RELU", zero_point=-128, gain=2.0)
    return builder.finish(draw.dense(rng, builder, x, 3))


def dense_by_output(layers: int = 1, *, with_bias: bool = True) -> Graph:
    """A FULLY_CONNECTED with a scale for each output, as TensorFlow 2.21 converts a Dense layer.

    Not in the zoo: TFLM July 2020 computes it wrongly, export rewrites it.
    """
    rng = np.random.default_rng(11)
    builder = ModelBuilder((1, 6, 6, 3), Quant(1 / 255, -128))
    x = builder.flatten(draw.conv(rng, builder, builder.input, 4, stride=2))
    for outputs in (7, 5)[:layers]:
        options = {"activation": "RELU", "zero_point": -100, "with_bias": with_bias}
        x = draw.dense(rng, builder, x, outputs, per_channel=True, **options)
    return builder.graph(x)


RECIPES: dict[str, Callable[[Rng], bytes]] = {
    "net_mobilenet": mobilenet,
    "net_resnet": resnet,
    "net_autoencoder": autoencoder,
    "net_max_pooling": max_pooling,
}
