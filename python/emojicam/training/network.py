"""Depthwise-separable networks for small grey pictures, in the shape that the firmware's kernels are made for."""

from dataclasses import dataclass
from pathlib import Path
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
        pool: what of each channel of the last block the classifier sees: "average" of all places, or their "max", in
            which a small hand counts as much as a large one.
    """

    stem: int
    blocks: tuple[tuple[int, int], ...]
    pool: str = "average"

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
    8, ((16, 1), (32, 2), (48, 1), (80, 2), (96, 1), (192, 2), (192, 1), (192, 1), (256, 1), (256, 1)), "max"
)


def as_input(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Grey levels (N, H, W) as the network's input (N, H, W, 1), 0 to 1."""
    return (images[..., None] / np.float32(255)).astype(np.float32)


def predict(model: Any, images: npt.NDArray[np.uint8], batch: int = 256) -> npt.NDArray[np.float64]:
    """Logits (N, C) of the float model."""
    parts = [np.asarray(model(as_input(images[i : i + batch]), training=False)) for i in range(0, len(images), batch)]
    return np.concatenate(parts).astype(np.float64)


def load(path: Path, compile: bool = False) -> Any:
    """A network that a run has saved (.keras).

    Args:
        compile: with its optimiser, to go on training.

    Raises:
        OSError, ValueError: it cannot be read, or is none.
    """
    import keras

    from emojicam.training import normalisation  # noqa: F401 -- Keras knows its layer from here on

    return keras.models.load_model(path, compile=compile)


def build(classes: int, architecture: Architecture, side: int | None = None, dropout: float = 0.0) -> Any:
    """A Keras model from grey pictures (N, side, side, 1), 0 to 1, to logits (N, classes).

    Padding is "same" inside each convolution, so that the converter needs no PAD op, and the classifier is a
    1x1 convolution after a pool, as in the original network.

    Args:
        side: None takes pictures of any size (for training); a number gives the fixed graph to convert, with
            AVERAGE_POOL_2D instead of MEAN, or MAX_POOL_2D instead of REDUCE_MAX. Weights fit from one to the other.
    """
    import keras
    from keras import layers

    from emojicam.training import normalisation

    def normalised(x: Any, name: str) -> Any:
        x = normalisation.BatchNormalization(momentum=0.98, name=f"{name}_norm")(x)
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
    everywhere, fixed = {
        "average": (layers.GlobalAveragePooling2D, layers.AveragePooling2D),
        "max": (layers.GlobalMaxPooling2D, layers.MaxPooling2D),
    }[architecture.pool]
    x = (everywhere(keepdims=True, name="pool") if side is None else fixed(x.shape[1], name="pool"))(x)
    if dropout > 0 and side is None:
        x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Conv2D(classes, 1, name="classifier")(x)
    return keras.Model(picture, layers.Reshape((classes,), name="logits")(x), name="gestures")
