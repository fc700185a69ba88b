"""Weights back into a network: from an int8 model, or from a file of float weights.

A network that was trained can so be trained further, where only what was shipped is left of it.
"""

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.model import graph
from emojicam.training import network
from emojicam.training.network import Architecture

Floats = npt.NDArray[np.float32]


def _folded(content: graph.Graph) -> list[tuple[Floats, Floats]]:
    """Kernel and bias of each convolution in order, as real numbers; shapes as the file has them."""
    found = []
    for operator in content.operators:
        if operator.name not in ("CONV_2D", "DEPTHWISE_CONV_2D"):
            continue
        kernel, bias = content.tensor(operator, 1), content.tensor(operator, 2)
        if kernel is None or bias is None or kernel.data is None or bias.data is None or not kernel.scales:
            raise EmojicamError("a convolution of the model has no constant int8 kernel and bias", "a shipped model")
        shape = [1] * len(kernel.shape)
        shape[kernel.quantized_dimension] = -1
        scales = np.array(kernel.scales, np.float32)
        into = content.tensors[operator.inputs[0]].scale
        found.append((kernel.array() * scales.reshape(shape), bias.array() * (scales * into)))
    return found


def beginning_missing(sha256: str, place: str) -> EmojicamError:
    """The error of a run whose settings name a model to begin with that is not in a place."""
    return EmojicamError(
        f"the weights to begin with, SHA-256 {sha256[:12]}…, are not {place}", "models/ of the same version"
    )


def _architecture(content: graph.Graph, folded: list[tuple[Floats, Floats]]) -> Architecture:
    """The channels and strides of a model that `network.build` made."""
    channels = [len(bias) for _, bias in folded]
    strides = [op.options["stride_h"] for op in content.operators if op.name == "DEPTHWISE_CONV_2D"]
    # The stem, then pairs of a depthwise and a pointwise convolution, then the classifier.
    if not strides or len(channels) != 2 + 2 * len(strides):
        raise EmojicamError(
            f"the model to begin with has {len(channels)} convolutions, {len(strides)} depthwise: none of ours",
            "a shipped model",
        )
    pool = "max" if any(op.name == "MAX_POOL_2D" for op in content.operators) else "average"
    return Architecture(channels[0], tuple(zip(channels[2:-1:2], strides, strict=True)), pool)


def from_int8(content: bytes, pictures: npt.NDArray[np.uint8], dropout: float = 0.0) -> tuple[Any, Architecture]:
    """A Keras network that computes what an int8 model does, but for the rounding of activations; and what it is.

    Normalisations were folded into the kernels; they get the means and variances that the layers have over some
    pictures, so that training goes on from where it was.

    Args:
        content: the .tflite; `network.build` made what it was.
        pictures: (N, S, S) as it was trained on; some hundred.

    Raises:
        EmojicamError: the model is of another kind.
    """
    import keras

    parsed = graph.parse(content)
    folded = _folded(parsed)
    architecture = _architecture(parsed, folded)
    model = network.build(len(folded[-1][1]), architecture, None, dropout)
    kernels = [
        layer for layer in model.layers if isinstance(layer, (keras.layers.Conv2D, keras.layers.DepthwiseConv2D))
    ]
    after = {layer.name: layer for layer in model.layers}
    seen = network.as_input(pictures)
    for layer, (kernel, bias) in zip(kernels, folded, strict=True):
        # (1, H, W, C) to (H, W, C, 1), and (O, H, W, I) to (H, W, I, O)
        right = kernel.transpose(1, 2, 3, 0)
        if tuple(right.shape) != tuple(layer.kernel.shape):
            raise EmojicamError(
                f"{layer.name} has a kernel of {tuple(layer.kernel.shape)}, the model's is {tuple(right.shape)}",
                "a shipped model",
            )
        layer.kernel.assign(right)
        if layer.use_bias:
            layer.bias.assign(bias)
            continue
        out = np.concatenate([np.asarray(layer(seen[i : i + 64])) for i in range(0, len(seen), 64)])
        norm = after[f"{layer.name}_norm"]
        mean, variance = out.mean((0, 1, 2)), out.var((0, 1, 2))
        norm.moving_mean.assign(mean)
        norm.moving_variance.assign(variance)
        norm.gamma.assign(np.sqrt(variance + norm.epsilon))
        norm.beta.assign(bias + mean)
        seen = np.clip(out + bias, 0, 6)
    return model, architecture


def save(model: Any, path: Path) -> str:
    """Write a network's weights; SHA-256 of the file, hexadecimal.

    The layout is numpy's .npz, an array a weight under its path in the network, float32; and "pool", text, unless that
    is "average": a pool has no weights that would tell one from another.
    """
    import keras

    stream = io.BytesIO()
    arrays: dict[str, Any] = {weight.path: np.asarray(weight) for weight in model.weights}
    if isinstance(model.get_layer("pool"), keras.layers.GlobalMaxPooling2D):
        arrays["pool"] = np.array("max")
    np.savez_compressed(stream, **arrays)
    path.write_bytes(stream.getvalue())
    return hashlib.sha256(stream.getvalue()).hexdigest()


def load(path: Path, architecture: Architecture) -> Any:
    """A Keras network with weights that `save` wrote.

    Raises:
        EmojicamError: the file cannot be read, or is of another network.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            found = {name: stored[name] for name in stored.files}
            pool = str(found.pop("pool", "average"))
    except Exception as error:  # zipfile, zlib and numpy each raise their own
        raise EmojicamError(f"cannot read the weights in {path}: {error}", "models/gestures.npz") from None
    # As many outputs as the file's last layer has: every other array is judged by its shape.
    model = network.build(max(1, found.get("classifier/bias", np.empty(0)).size), architecture)
    wanted = {weight.path: weight for weight in model.weights}
    shapes = {name: tuple(weight.shape) for name, weight in wanted.items()}
    if pool != architecture.pool or {name: array.shape for name, array in found.items()} != shapes:
        raise EmojicamError(f"{path} holds the weights of another network", "stem, blocks and pool of its config")
    for name, weight in wanted.items():
        weight.assign(found[name])
    return model
