"""Constants as the Cortex-M7 kernels read them (firmware/src/inference/kernels/emojicam/m7_kernels.h)."""

import struct
from functools import lru_cache

import numpy as np

from emojicam.model.kernels.match import Convolution, NotOurs
from emojicam.model.kernels.requantise import Channel, Folded, fold


@lru_cache(maxsize=256)
def folded_channels(layer: Convolution) -> list[tuple[Folded | None, Folded]]:
    """For each output channel its form for the "Fold" kernel, if it has one, and for the "Any" kernel.

    Raises:
        NotOurs: a channel has neither.
    """
    low, high = layer.accumulator_bounds()
    forms = []
    for n, (multiplier, right) in enumerate(layer.scaling):
        fixed, free = fold(Channel(multiplier, right, int(low[n]), int(high[n])))
        if free is None:
            raise NotOurs(f"channel {n}'s rounding cannot be folded")
        forms.append((fixed, free))
    return forms


def check(layer: Convolution) -> None:
    """Whether the kernels can compute a layer's scaling.

    Raises:
        NotOurs: a channel's rounding cannot be folded.
    """
    folded_channels(layer)


def window_channels(layer: Convolution) -> bytes:
    """M7WindowChannel of each channel of a 3x3 layer with one input channel each; M7First3Channel with three."""
    packed = b""
    for n, (fixed, free) in enumerate(folded_channels(layer)):
        form = fixed or free
        # Row by row, and in a row input channel by input channel.
        rows = (layer.weights[n] << form.scale).transpose(0, 2, 1)[:, :, [0, 1, 1, 2]].astype("<i2")
        packed += rows.tobytes() + struct.pack(
            "<4i", int(layer.bias[n]) << form.scale, form.multiplier, form.addend, 0 if fixed else form.shift
        )
    return packed


def pointwise_pairs(layer: Convolution) -> bytes:
    """M7PointwisePair, with its weights, of each two output channels."""
    packed = []
    forms = folded_channels(layer)
    weights = layer.weights[:, 0, 0, :]
    for a in range(0, len(forms), 2):
        both = forms[a : a + 2]
        folds = all(fixed for fixed, _ in both)
        chosen = [fixed if folds and fixed else free for fixed, free in both]
        biases = [int(layer.bias[a + i]) << form.scale for i, form in enumerate(chosen)]
        packed.append(
            struct.pack(
                "<10i",
                *(form.multiplier for form in chosen),
                *(form.addend for form in chosen),
                *(0 if folds else form.shift for form in chosen),
                biases[0], biases[0], biases[1], biases[1],
            )
        )  # fmt: skip
        scaled = np.stack([weights[a + i] << form.scale for i, form in enumerate(chosen)])
        # (channel, group of 4, half, 2) -> (group, half, channel, 2)
        packed.append(scaled.reshape(2, -1, 2, 2).transpose(1, 2, 0, 3).astype("<i2").tobytes())
    return b"".join(packed)
