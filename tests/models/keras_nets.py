"""Networks as people make them with Keras, weights drawn at random, through TensorFlow's own converter.

For tests that say what today's converter writes; they need TensorFlow, as training does.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Model = Any


def _mobilenet_v1(keras: Any) -> Model:
    return keras.applications.MobileNet((96, 96, 3), alpha=0.25, weights=None, classes=10)


def _mobilenet_v2(keras: Any) -> Model:
    return keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, weights=None, classes=10)


def _mobilenet_v3(keras: Any) -> Model:
    """Squeeze and excite, hard swish, 5x5 windows, and a Rescaling layer at its beginning."""
    return keras.applications.MobileNetV3Small((96, 96, 3), alpha=0.75, weights=None, classes=10)


def _efficientnet_lite(keras: Any) -> Model:
    layers = keras.layers
    x = source = keras.Input((96, 96, 3))

    def normalised(x: Any, filters: int, window: int, stride: int = 1, *, activation: bool = True) -> Any:
        x = layers.Conv2D(filters, window, stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization()(x)
        return layers.ReLU(6)(x) if activation else x

    x = normalised(x, 16, 3, 2)
    for filters, window, stride, expansion in (
        (8, 3, 1, 1),
        (16, 3, 2, 4),
        (16, 3, 1, 4),
        (24, 5, 2, 4),
        (24, 5, 1, 4),
    ):
        y = normalised(x, x.shape[-1] * expansion, 1) if expansion > 1 else x
        y = layers.DepthwiseConv2D(window, stride, padding="same", use_bias=False)(y)
        y = layers.ReLU(6)(layers.BatchNormalization()(y))
        y = normalised(y, filters, 1, activation=False)
        x = layers.Add()([x, y]) if stride == 1 and x.shape[-1] == filters else y
    x = layers.GlobalAveragePooling2D()(normalised(x, 64, 1))
    return keras.Model(source, layers.Dense(10, activation="softmax")(x))


def _resnet8(keras: Any) -> Model:
    layers = keras.layers
    x = source = keras.Input((32, 32, 3))

    def normalised(x: Any, filters: int, stride: int = 1, *, activation: bool = True) -> Any:
        x = layers.BatchNormalization()(layers.Conv2D(filters, 3, stride, padding="same")(x))
        return layers.ReLU()(x) if activation else x

    x = normalised(x, 16)
    for filters, stride in ((16, 1), (32, 2), (64, 2)):
        y = normalised(normalised(x, filters, stride), filters, activation=False)
        short = x if stride == 1 else layers.Conv2D(filters, 1, stride, padding="same")(x)
        x = layers.ReLU()(layers.Add()([short, y]))
    x = layers.Flatten()(layers.AveragePooling2D(8)(x))
    return keras.Model(source, layers.Dense(10, activation="softmax")(x))


def _squeezenet(keras: Any) -> Model:
    layers = keras.layers
    x = source = keras.Input((64, 64, 3))
    x = layers.MaxPooling2D(3, 2)(layers.Conv2D(24, 3, 2, activation="relu")(x))
    for squeezed, expanded in ((8, 16), (12, 24)):
        x = layers.Conv2D(squeezed, 1, activation="relu")(x)
        both = [
            layers.Conv2D(expanded, window, padding="same", activation="relu")(x)
            for window in (1, 3)
        ]  # fmt: skip
        x = layers.Concatenate()(both)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(6, 1, activation="relu")(x))
    return keras.Model(source, layers.Softmax()(x))


def _ds_cnn(keras: Any) -> Model:
    layers = keras.layers
    x = source = keras.Input((49, 10, 1))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(64, (10, 4), 2, padding="same")(x)))
    for _ in range(2):
        x = layers.ReLU()(layers.BatchNormalization()(layers.DepthwiseConv2D(3, padding="same")(x)))
        x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(64, 1)(x)))
    x = layers.Flatten()(layers.AveragePooling2D((25, 5))(x))
    return keras.Model(source, layers.Dense(12, activation="softmax")(x))


def _edge_impulse(keras: Any) -> Model:
    """Transfer learning's head: dense on each of 9 pixels."""
    base = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, weights=None, include_top=False)
    layers = keras.layers
    x = layers.Reshape((-1, base.output.shape[-1]))(base.output)
    x = layers.Flatten()(layers.Dense(16, activation="relu")(x))
    return keras.Model(base.input, layers.Dense(5, activation="softmax")(x))


def _fomo(keras: Any) -> Model:
    """Cut at block 6; the best cell of each class, so that it classifies."""
    base = keras.applications.MobileNetV2((96, 96, 3), alpha=0.35, weights=None, include_top=False)
    layers = keras.layers
    x = layers.Conv2D(32, 1, activation="relu")(base.get_layer("block_6_expand_relu").output)
    return keras.Model(base.input, layers.GlobalMaxPooling2D()(layers.Conv2D(3, 1)(x)))


def _swish(keras: Any) -> Model:
    """EfficientNet's own activation and gate, LeakyReLU, GELU, a Normalization layer, a dilated window."""
    layers = keras.layers
    x = source = keras.Input((32, 32, 3))
    x = layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[3000.0, 3100.0, 3200.0])(x)
    x = layers.Conv2D(16, 3, 2, padding="same", activation="swish")(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True)(x)
    gate = layers.Conv2D(16, 1, activation="sigmoid")(layers.Conv2D(4, 1, activation="swish")(gate))
    x = layers.Multiply()([x, gate])
    x = layers.LeakyReLU(negative_slope=0.1)(layers.Conv2D(16, 3, dilation_rate=2, padding="same")(x))
    x = layers.Conv2D(16, 3, activation="gelu")(x)
    return keras.Model(source, layers.Dense(1, activation="sigmoid")(layers.GlobalMaxPooling2D()(x)))


def _shufflenet(keras: Any) -> Model:
    """Grouped convolutions, channels shuffled by reshapes and a transposition, a RELU behind a sum that others read."""
    layers = keras.layers
    x = source = keras.Input((64, 64, 3))
    x = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(24, 3, 2, padding="same")(x)))
    for filters, stride in ((24, 1), (48, 2)):
        y = layers.ReLU()(layers.BatchNormalization()(layers.Conv2D(24, 1, groups=3, use_bias=False)(x)))
        height, width, channels = y.shape[1:]
        y = layers.Permute((1, 2, 4, 3))(layers.Reshape((height, width, 3, channels // 3))(y))
        y = layers.DepthwiseConv2D(3, stride, padding="same")(layers.Reshape((height, width, channels))(y))
        y = layers.BatchNormalization()(layers.Conv2D(24, 1, groups=3, use_bias=False)(y))
        if stride == 1:
            x = layers.ReLU()(layers.Add()([x, y]))
        else:
            x = layers.ReLU()(layers.Concatenate()([layers.AveragePooling2D(3, 2, padding="same")(x), y]))
        assert x.shape[-1] == filters
    return keras.Model(source, layers.Dense(10, activation="softmax")(layers.GlobalAveragePooling2D()(x)))


def _lenet(keras: Any) -> Model:
    layers = keras.layers
    x = source = keras.Input((28, 28, 1))
    x = layers.AveragePooling2D(2)(layers.Conv2D(6, 5, padding="same", activation="tanh")(x))
    x = layers.AveragePooling2D(2)(layers.Conv2D(16, 5, activation="tanh")(x))
    x = layers.Dense(84, activation="tanh")(layers.Dense(120, activation="tanh")(layers.Flatten()(x)))
    return keras.Model(source, layers.Dense(10, activation="softmax")(x))


def _mnist(keras: Any) -> Model:
    """Dense layers alone, on rows of pixels."""
    layers = keras.layers
    source = keras.Input((28, 28))
    x = layers.Dense(128, activation="relu")(layers.Flatten()(source))
    return keras.Model(source, layers.Dense(10, activation="softmax")(x))


def _faces(keras: Any) -> Model:
    """PRELU behind each layer, as in MobileFaceNet, and a depthwise layer of the map's size at its end."""
    layers = keras.layers
    x = source = keras.Input((32, 32, 1))

    def sloped(x: Any) -> Any:
        slopes = keras.initializers.RandomUniform(0.1, 0.3)
        return layers.PReLU(shared_axes=[1, 2], alpha_initializer=slopes)(layers.BatchNormalization()(x))

    x = sloped(layers.Conv2D(16, 3, 2, padding="same", use_bias=False)(x))
    y = sloped(layers.DepthwiseConv2D(3, padding="same", use_bias=False)(sloped(layers.Conv2D(32, 1)(x))))
    x = layers.Add()([x, layers.BatchNormalization()(layers.Conv2D(16, 1, use_bias=False)(y))])
    return keras.Model(source, layers.Dense(6)(layers.Flatten()(layers.DepthwiseConv2D(16)(x))))


def _thousand(keras: Any) -> Model:
    """A thousand classes, of which many are alike."""
    return keras.applications.MobileNet((64, 64, 3), alpha=0.25, weights=None, classes=1000)


#: Name -> recipe, the range of its pixels, and the type of its input and output.
NETS: dict[str, tuple[Callable[[Any], Model], tuple[float, float], str]] = {
    "mobilenet_v1": (_mobilenet_v1, (-1, 1), "uint8"),
    "mobilenet_v2": (_mobilenet_v2, (-1, 1), "int8"),
    "mobilenet_v3": (_mobilenet_v3, (0, 255), "int8"),
    "efficientnet_lite": (_efficientnet_lite, (0, 1), "float32"),
    "resnet8": (_resnet8, (0, 255), "int8"),
    "squeezenet": (_squeezenet, (0, 1), "int8"),
    "ds_cnn": (_ds_cnn, (0, 1), "float32"),
    "edge_impulse": (_edge_impulse, (-1, 1), "int8"),
    "fomo": (_fomo, (-1, 1), "int8"),
    "swish": (_swish, (0, 255), "uint8"),
    "shufflenet": (_shufflenet, (0, 1), "int8"),
    "lenet": (_lenet, (0, 1), "int8"),
    "mnist": (_mnist, (0, 1), "int8"),
    "faces": (_faces, (-1, 1), "int8"),
    "thousand": (_thousand, (-1, 1), "float32"),
}


def convert(name: str) -> bytes:
    """A network's .tflite, the same bytes every time but for what the converter draws."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import keras
    import tensorflow as tf

    make, (low, high), dtype = NETS[name]
    keras.utils.set_random_seed(1)
    model = make(keras)
    rng = np.random.default_rng(2)
    for weights in model.weights:
        if "moving_variance" in weights.path or "gamma" in weights.path:
            weights.assign(rng.uniform(0.5, 1.5, weights.shape))
        elif any(part in weights.path for part in ("bias", "beta", "moving_mean")):
            weights.assign(rng.normal(0, 0.1, weights.shape))

    def pictures() -> Iterator[list[Any]]:
        for _ in range(4):
            picture = rng.random((1, *model.input_shape[1:])).astype(np.float32)
            picture[:, :2], picture[:, 2:4] = 0, 1
            yield [low + (high - low) * picture]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = pictures
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if dtype != "float32":
        converter.inference_input_type = converter.inference_output_type = getattr(tf, dtype)
    return bytes(converter.convert())
