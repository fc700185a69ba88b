"""A network that has seen a million photographs, to teach ours: EfficientNet-Lite0 (Tan and Le 2019, "EfficientNet",
table 1, without squeeze and excitation, with ReLU6: tensorflow/tpu, models/official/efficientnet/lite).

Its first five stages with the weights of `data.imagenet`, and the 672 channels that the sixth begins with: a hand of a
quarter of 96 pixels is hardly seen at the 3x3 that come after. Far too large for the board (46 M multiplications), it
is never converted.
"""

from typing import Any

import numpy.typing as npt

from emojicam.data.imagenet import Weights

#: Repeats, stride of the first, and whether channels are expanded, of each stage; the weights say the rest.
_STAGES = ((1, 1, False), (2, 2, True), (2, 2, True), (3, 2, True), (3, 1, True))
#: Mean and deviation of ImageNet's grey levels, as its pictures were fed to it.
_MEAN, _DEVIATION = 0.449, 0.226


class _Builder:
    """Layers that begin with given weights."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def _layer(self, layer: Any, x: Any, *begin: npt.NDArray[Any]) -> Any:
        x = layer(x)
        layer.set_weights(begin)
        return x

    def _normalised(self, x: Any, name: str, bounded: bool = True) -> Any:
        from keras import layers

        from emojicam.training import normalisation

        parts = (self._weights[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var"))
        x = self._layer(normalisation.BatchNormalization(momentum=0.98, epsilon=1e-3), x, *parts)
        return layers.ReLU(6.0)(x) if bounded else x

    def convolution(self, x: Any, name: str, norm: str, stride: int = 1, bounded: bool = True) -> Any:
        """A convolution, its normalisation, and ReLU6 unless it is not bounded."""
        from keras import layers

        # (O, I, H, W) to (H, W, I, O)
        kernel = self._weights[f"{name}.weight"].transpose(2, 3, 1, 0)
        if x.shape[-1] == 1:  # grey: the three colours' weights see the same
            kernel = kernel.sum(2, keepdims=True)
        layer = layers.Conv2D(kernel.shape[3], kernel.shape[0], stride, "same", use_bias=False)
        return self._normalised(self._layer(layer, x, kernel), norm, bounded)

    def depthwise(self, x: Any, name: str, norm: str, stride: int) -> Any:
        from keras import layers

        # (C, 1, H, W) to (H, W, C, 1)
        kernel = self._weights[f"{name}.weight"].transpose(2, 3, 0, 1)
        layer = layers.DepthwiseConv2D(kernel.shape[0], stride, "same", use_bias=False)
        return self._normalised(self._layer(layer, x, kernel), norm)


def build(classes: int, weights: Weights, dropout: float = 0.2) -> Any:
    """A Keras model from grey pictures (N, side, side, 1), 0 to 1, to logits (N, classes); its classifier is random.

    Args:
        weights: of `data.imagenet`.
    """
    import keras
    from keras import layers

    made = _Builder(weights)
    picture = keras.Input((None, None, 1), name="picture")
    x = layers.Rescaling(1 / _DEVIATION, -_MEAN / _DEVIATION)(picture)
    x = made.convolution(x, "_conv_stem", "_bn0", 2)
    number = 0
    for repeats, first, expanded in _STAGES:
        for repeat in range(repeats):
            name, before, stride = f"_blocks.{number}", x, first if repeat == 0 else 1
            if expanded:
                x = made.convolution(x, f"{name}._expand_conv", f"{name}._bn0")
            x = made.depthwise(x, f"{name}._depthwise_conv", f"{name}._bn1", stride)
            x = made.convolution(x, f"{name}._project_conv", f"{name}._bn2", bounded=False)
            if before.shape[-1] == x.shape[-1] and stride == 1:
                x = layers.Add()([x, before])
            number += 1
    x = made.convolution(x, f"_blocks.{number}._expand_conv", f"_blocks.{number}._bn0")
    # The most of each channel as well as its mean, in which a small hand's few places hardly count.
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), layers.GlobalMaxPooling2D()(x)])
    logits = layers.Dense(classes, name="logits")(layers.Dropout(dropout)(x))
    return keras.Model(picture, logits, name="teacher")
