"""Depthwise-separable networks for small grey pictures, in the shape that the firmware's kernels are made for."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

#: Output channels at width 1 and stride of each depthwise-separable block (Howard et al. 2017,
#: "MobileNets", table 1).
_MOBILENET = (
    (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2),
    (512, 1), (512, 1), (512, 1), (512, 1), (512, 1), (1024, 2), (1024, 1),
)  # fmt: skip


@dataclass(frozen=True)
class Architecture:
    """A 3x3 convolution with stride 2, then blocks of a depthwise 3x3 and a pointwise convolution.

    Attributes:
        stem: output channels of the first convolution.
        blocks: output channels and stride of each block.
    """

    stem: int
    blocks: tuple[tuple[int, int], ...]

    @classmethod
    def mobilenet(cls, alpha: float) -> Self:
        """MobileNetV1 of this width."""
        return cls(int(32 * alpha), tuple((int(channels * alpha), stride) for channels, stride in _MOBILENET))

    def stride(self) -> int:
        """Pixels of the input for one of the last block's."""
        total = 2
        for _, stride in self.blocks:
            total *= stride
        return total


#: What `emojicam search` found within the original's instructions, arena and flash: the last blocks stay at 6x6
#: pixels, where MobileNet goes on to 3x3.
NARROW = Architecture(
    8, ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (144, 2), (144, 1), (144, 1), (192, 1), (192, 1))
)
#: The shipped model's: half as much again, which photographs need and rendered hands do not.
GESTURES = Architecture(
    8, ((16, 1), (32, 2), (48, 1), (80, 2), (96, 1), (192, 2), (192, 1), (192, 1), (256, 1), (256, 1))
)


def as_input(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Grey levels (N, H, W) as the network's input (N, H, W, 1), 0 to 1."""
    return (images[..., None] / np.float32(255)).astype(np.float32)


def predict(model: Any, images: npt.NDArray[np.uint8], batch: int = 256) -> npt.NDArray[np.float64]:
    """Logits (N, C) of the float model."""
    parts = [np.asarray(model(as_input(images[i : i + batch]), training=False)) for i in range(0, len(images), batch)]
    return np.concatenate(parts).astype(np.float64)


def build(classes: int, architecture: Architecture, side: int | None = None, dropout: float = 0.0) -> Any:
    """A Keras model from grey pictures (N, side, side, 1), 0 to 1, to logits (N, classes).

    Padding is "same" inside each convolution, so that the converter needs no PAD op, and the classifier is a
    1x1 convolution after an average pool, as in the original network.

    Args:
        side: None takes pictures of any size (for training); a number gives the fixed graph to convert, with
            AVERAGE_POOL_2D instead of MEAN. Weights fit from one to the other.
    """
    import keras
    from keras import layers

    def normalised(x: Any, name: str) -> Any:
        x = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm")(x)
        return layers.ReLU(6.0, name=f"{name}_relu")(x)

    # The fixed graph has a fixed batch of 1 too: otherwise the reshape drags SHAPE and PACK along.
    batch = None if side is None else 1
    picture = keras.Input((side, side, 1), batch_size=batch, name="picture")
    x = layers.Conv2D(architecture.stem, 3, 2, "same", use_bias=False, name="stem")(picture)
    x = normalised(x, "stem")
    for number, (channels, stride) in enumerate(architecture.blocks, 1):
        name = f"block{number}"
        x = layers.DepthwiseConv2D(3, stride, "same", use_bias=False, name=f"{name}_depthwise")(x)
        x = normalised(x, f"{name}_depthwise")
        x = layers.Conv2D(channels, 1, use_bias=False, name=f"{name}_pointwise")(x)
        x = normalised(x, f"{name}_pointwise")
    if side is None:
        x = layers.GlobalAveragePooling2D(keepdims=True, name="pool")(x)
    else:
        x = layers.AveragePooling2D(x.shape[1], name="pool")(x)
    if dropout > 0 and side is None:
        x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Conv2D(classes, 1, name="classifier")(x)
    return keras.Model(picture, layers.Reshape((classes,), name="logits")(x), name="gestures")
