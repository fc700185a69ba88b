"""A network with more channels that begins with what a narrower one has learnt.

Net2WiderNet (Chen, Goodfellow and Shlens 2016, "Net2Net: Accelerating Learning via Knowledge Transfer", section 2.2):
a new channel is a copy of one that is there, and what reads both shares the weight that read the one, so the wide
network begins by computing what the narrow one does. Copies are moved apart a little, as equal channels would learn
the same.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.training import network
from emojicam.training.network import Architecture

Floats = npt.NDArray[np.float32]
#: Standard deviation of what is added to the weights of a copy, as a share of theirs.
_APART = 0.03


def _sources(before: int, after: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Which channel of the narrow layer each of the wide one's begins as: its own first, then any."""
    return np.concatenate([np.arange(before), rng.permutation(np.resize(np.arange(before), after - before))])


def _shares(sources: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
    """What part of a channel's weight each of its copies gets: uneven ones, with a sum of one for each channel."""
    parts = rng.uniform(0.5, 1.5, len(sources))
    return (parts / np.bincount(sources, weights=parts)[sources]).astype(np.float32)


def _apart(kernel: Floats, axis: int, first: int, rng: np.random.Generator) -> Floats:
    """A kernel whose channels from `first` on are moved a little."""
    noise = rng.normal(0, _APART * float(kernel.std()), kernel.shape).astype(np.float32)
    old = [slice(None)] * kernel.ndim
    old[axis] = slice(0, first)
    noise[tuple(old)] = 0
    return kernel + noise


def widened(model: Any, architecture: Architecture, dropout: float = 0.0, seed: int = 1) -> Any:
    """A wide network that computes nearly what a narrow one does, if both have the same pool.

    Args:
        model: the narrow network, from `network.build`.
        architecture: the wide one: the same blocks and strides, no layer narrower.
        seed: of which channels are copied, and of how they are moved apart.

    Raises:
        EmojicamError: the wide network is not wider everywhere, or has other blocks.
    """
    rng = np.random.default_rng(seed)
    classes = model.output_shape[-1]
    wide = network.build(classes, architecture, None, dropout)
    old, new = ({layer.name: layer for layer in one.layers if layer.weights} for one in (model, wide))
    if list(old) != list(new):
        raise EmojicamError("a network can be widened, not made deeper", "as many blocks in its config")
    for name in (name for name in old if not name.endswith(("_norm", "_depthwise"))):
        if old[name].kernel.shape[-1] > new[name].kernel.shape[-1]:
            raise EmojicamError(
                f"{name} has fewer channels than the model to begin with", "stem and blocks of its config"
            )

    into, share = np.arange(1), np.ones(1, np.float32)
    for name in old:
        if name.endswith("_norm"):
            continue
        kernel = np.asarray(old[name].kernel)
        if name.endswith("_depthwise"):
            # (3, 3, C, 1): a channel each, which goes where its input goes.
            out = into
            kernel = _apart(kernel[:, :, into], 2, kernel.shape[2], rng)
        else:
            count = kernel.shape[-1]
            out = _sources(count, new[name].kernel.shape[-1], rng)
            kernel = kernel[:, :, into] * share[:, None]
            kernel = _apart(kernel[..., out], 3, count, rng)
        new[name].kernel.assign(kernel)
        if f"{name}_norm" not in old:
            new[name].bias.assign(np.asarray(old[name].bias))
            continue
        for before, after in zip(old[f"{name}_norm"].weights, new[f"{name}_norm"].weights, strict=True):
            after.assign(np.asarray(before)[out])
        if not name.endswith("_depthwise"):
            into, share = out, _shares(out, rng)
    return wide


def settled(model: Any, before: Any, pictures: npt.NDArray[np.uint8]) -> Any:
    """A network with another pool than the one that its weights are of, as sure of its answers as that: a channel's
    maximum is larger than its mean.

    Args:
        model: gets a scaled classifier, and is returned.
        before: the network with the other pool.
        pictures: (N, S, S), some hundred.
    """
    one, other = (float(network.predict(each, pictures).std(0).mean()) for each in (before, model))
    classifier = model.get_layer("classifier")
    classifier.kernel.assign(np.asarray(classifier.kernel) * (one / max(other, 1e-6)))
    return model
