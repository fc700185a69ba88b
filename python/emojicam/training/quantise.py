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
from emojicam.data.classes import CLASSES
from emojicam.errors import EmojicamError
from emojicam.model import graph
from emojicam.model.slim import slim
from emojicam.model.write import serialise
from emojicam.training import network
from emojicam.training.network import Architecture
from emojicam.training.quiet import quiet
from emojicam.training.train import as_input

Bytes = npt.NDArray[np.uint8]


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

    fixed = network.build(len(CLASSES), architecture, side)
    fixed.set_weights(model.get_weights())
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


def interpreter(content: bytes) -> Any:
    """LiteRT's interpreter without its default delegate, which rounds otherwise than its kernels and the firmware."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    try:
        made = Interpreter(
            model_content=content,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
            num_threads=1,
        )
        made.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise EmojicamError(f"LiteRT cannot load the model: {error}", "another .tflite file") from None
    return made


def check_input(content: bytes) -> None:
    """Raise unless a frame's pixels minus 128 are the model's input."""
    detail = interpreter(content).get_input_details()[0]
    scale, zero = detail["quantization"]
    if detail["dtype"] is not np.int8 or abs(scale - 1 / 255) > 1e-7 or zero != -128:
        raise EmojicamError(
            f"the quantised input has scale {scale} and zero point {zero}",
            "representative pictures from 0 to 255",
        )


def predict_int8(content: bytes, images: Bytes) -> tuple[npt.NDArray[np.int8], float, int]:
    """Scores of an int8 model on LiteRT.

    Args:
        images: (N, H, W) grey levels.

    Returns:
        (N, C) int8 scores, and the scale and zero point that turn them into logits.
    """
    runner = interpreter(content)
    source, sink = runner.get_input_details()[0], runner.get_output_details()[0]
    if tuple(source["shape"][1:3]) != images.shape[1:3] or source["shape"][3] != 1:
        raise EmojicamError(
            f"the model takes pictures of {'x'.join(map(str, source['shape'][1:]))}, not "
            f"{images.shape[2]}x{images.shape[1]} grey",
            "another model",
        )
    scores = np.empty((len(images), sink["shape"][-1]), np.int8)
    for i, picture in enumerate(images):
        runner.set_tensor(source["index"], (picture.astype(np.int16) - 128).astype(np.int8)[None, :, :, None])
        runner.invoke()
        scores[i] = runner.get_tensor(sink["index"]).reshape(-1)
    return scores, float(sink["quantization"][0]), int(sink["quantization"][1])


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
