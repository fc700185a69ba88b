"""Float Keras model to an int8 .tflite whose input is simply pixel - 128.

Post-training quantisation with representative pictures: per-channel weights, per-tensor activations, int8
logits out, softmax left to the decision. Input scale is 1/255 and its zero point -128, so that no arithmetic
is needed to feed a frame.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam import image
from emojicam.errors import EmojicamError
from emojicam.model import graph
from emojicam.model.oracle import LiteRt
from emojicam.model.slim import slim
from emojicam.model.write import serialise
from emojicam.training import network
from emojicam.training.network import Architecture, as_input
from emojicam.training.quiet import quiet

Bytes = npt.NDArray[np.uint8]

#: What a weight may be at most, its normalisation included. Where activations are 0 to 6, a channel with one above 127
#: has a factor above 1: requantisation would have to shift left, which the firmware's kernels don't. It happens to
#: channels that are nearly always 0, as their variance is; half of it leaves room for outputs that reach less far.
_MOST_WEIGHT = 64.0


def representative(images: Bytes, count: int, seed: int) -> Bytes:
    """Pictures that the activations' ranges are measured on.

    The first is half black and half white, so that the input's range is 0 to 1 whatever the others hold.
    """
    rng = np.random.default_rng(seed)
    chosen = images[np.sort(rng.permutation(len(images))[: max(1, count - 1)])]
    extremes = np.zeros_like(chosen[:1])
    extremes[:, :, extremes.shape[2] // 2 :] = 255
    return np.concatenate([extremes, chosen])


def quantise(
    model: Any, images: Bytes, architecture: Architecture, side: int, *, count: int = 400, seed: int = 1
) -> bytes:
    """Convert a trained model.

    Args:
        model: from `network.build`, trained at any size.
        images: (N, H, W) training pictures to choose representatives from, resized if they are not side x side.

    Returns:
        The .tflite file, without names and other bytes that no kernel reads.

    Raises:
        EmojicamError: the converter gave another input than pixel - 128.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow as tf

    fixed = network.build(model.output_shape[-1], architecture, side)
    fixed.set_weights(model.get_weights())
    _limit(fixed)
    few = representative(images, count, seed)
    chosen = as_input(np.stack([image.prepare(picture, size=(side, side)) for picture in few]))

    def samples() -> Any:
        for picture in chosen:
            yield [picture[None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = samples
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    with quiet():
        content = serialise(slim(graph.parse(bytes(converter.convert()))))
    check_input(content)
    return content


def _limit(model: Any) -> None:
    """Lower the gain of each normalised channel whose weights would be above `_MOST_WEIGHT` to what just isn't."""
    import keras

    names = {layer.name for layer in model.layers}
    for layer in model.layers:
        if f"{layer.name}_norm" not in names:
            continue
        norm = model.get_layer(f"{layer.name}_norm")
        kernel = np.abs(np.asarray(layer.kernel))
        # (H, W, channels, 1) of a depthwise layer, (H, W, inputs, channels) of any other.
        most = kernel.max((0, 1, 3) if isinstance(layer, keras.layers.DepthwiseConv2D) else (0, 1, 2))
        gamma = np.asarray(norm.gamma)
        gain = np.abs(gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        norm.gamma.assign(gamma * np.minimum(1, _MOST_WEIGHT / np.maximum(most * gain, 1e-12)))


def check_input(content: bytes) -> None:
    """Raise unless a frame's pixels minus 128 are the model's input."""
    source = LiteRt(content).input
    if source.dtype is not np.int8 or abs(source.scale - 1 / 255) > 1e-7 or source.zero_point != -128:
        raise EmojicamError(
            f"the quantised input has scale {source.scale} and zero point {source.zero_point}",
            "representative pictures from 0 to 255",
        )


def operators(content: bytes) -> list[tuple[str, int]]:
    """The operators of a .tflite file with their versions, in order of execution."""
    import tflite

    names = {value: name for name, value in vars(tflite.BuiltinOperator).items() if isinstance(value, int)}
    model = tflite.Model.GetRootAs(content, 0)
    graph, found = model.Subgraphs(0), []
    for i in range(graph.OperatorsLength()):
        code = model.OperatorCodes(graph.Operators(i).OpcodeIndex())
        found.append((names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())], int(code.Version())))
    return found


def save(content: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
