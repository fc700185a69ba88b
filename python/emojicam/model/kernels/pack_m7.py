"""Constants as the Cortex-M7 kernels read them (firmware/src/inference/kernels/emojicam/m7_kernels.h)."""

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from emojicam.model.kernels.match import Convolution, NotOurs
from emojicam.model.kernels.requantise import FOLD_SHIFT, Channel, Folded, fold, requantise


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


def scaled_bias(bias: Any, form: "Folded | _Form") -> int:
    """A channel's bias as the sums begin with it; a constant channel's doesn't matter, however large."""
    return int(bias) << form.scale if form.multiplier else 0


def check(layer: Convolution) -> None:
    """Whether the kernels can compute a layer's scaling.

    Raises:
        NotOurs: a channel's rounding cannot be folded.
    """
    folded_channels(layer)


def window_channels(layer: Convolution, *, signed: bool = False) -> bytes:
    """M7WindowChannel of each channel of a 3x3 layer with one input channel each; M7First3Channel with three.

    Args:
        signed: the kernel reads pixels as they are, not as q + 128.
    """
    packed = b""
    biases = layer.bias + (128 * layer.weights.reshape(len(layer.bias), -1).sum(axis=1) if signed else 0)
    for n, (fixed, free) in enumerate(folded_channels(layer)):
        form = fixed or free
        # Row by row, and in a row input channel by input channel.
        rows = (layer.weights[n] << form.scale).transpose(0, 2, 1)[:, :, [0, 1, 1, 2]].astype("<i2")
        packed += rows.tobytes() + struct.pack(
            "<4i", scaled_bias(biases[n], form), form.multiplier, form.addend, 0 if fixed else form.shift
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
        biases = [scaled_bias(layer.bias[a + i], form) for i, form in enumerate(chosen)]
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


@dataclass(frozen=True)
class _Form:
    """One output channel as M7Pair has it; weights and bias are to be scaled by 2^scale."""

    multiplier: int
    minus: int
    addend: int
    shift: int
    scale: int
    folds: bool


#: A shift to the right beyond which zero point and rounding don't fit into one addend.
_MOST_SHIFT = 22


def any_forms(layer: Convolution) -> list[_Form]:
    """How each channel is requantised to int8 with the output's zero point.

    Raises:
        NotOurs: a channel's sums or factor are beyond what 32 bits hold.
    """
    zero_point = layer.output.zero_point
    lows, highs = layer.accumulator_bounds()
    forms = []
    for n, (multiplier, right) in enumerate(layer.scaling):
        low, high = int(lows[n]), int(highs[n])
        if low == high or multiplier == 0:
            value = min(max(requantise(low, multiplier, right) + zero_point, -128), 127)
            forms.append(_Form(0, 0, value << FOLD_SHIFT, FOLD_SHIFT, 0, True))
            continue
        if zero_point == -128 and layer.activation[0] == -128:
            fixed, _ = fold(Channel(multiplier, right, low, high)) if right >= 0 else (None, None)
            if fixed is not None:
                least = ((low << fixed.scale) * multiplier >> 32) + fixed.addend - (128 << FOLD_SHIFT)
                if least >= -(1 << 31):
                    addend = fixed.addend - (128 << FOLD_SHIFT)
                    forms.append(_Form(multiplier, 0, addend, FOLD_SHIFT, fixed.scale, True))
                    continue
        scale = 1 + max(-right, 0)
        if max(abs(low), abs(high)) << scale >= 1 << 30 or scale > 8:
            raise NotOurs(f"channel {n}'s sums reach beyond 30 bits")
        if right > _MOST_SHIFT:
            raise NotOurs(f"channel {n}'s factor is below 2^-{_MOST_SHIFT}")
        shift = max(right, 0)
        addend = (zero_point << shift) + ((1 << shift) >> 1)
        forms.append(_Form(multiplier, int(shift > 0), addend, shift, scale, False))
    return forms


def patch_pairs(layer: Convolution) -> bytes:
    """M7Pair, with its weights, of each two output channels; the last one's partner may be none.

    Raises:
        NotOurs: a channel's sums or factor are beyond what 32 bits hold.
    """
    forms = any_forms(layer)
    count, rows, columns, depth = layer.weights.shape
    # Each row of the window is filled up to a multiple of 4 values.
    by_row = layer.weights.reshape(count, rows, columns * depth)
    weights = np.pad(by_row, ((0, count % 2), (0, 0), (0, -(columns * depth) % 4))).reshape(count + count % 2, -1)
    biases = [int(one) for one in layer.bias + 128 * layer.weights.reshape(count, -1).sum(axis=1)]
    if count % 2:
        forms.append(_Form(0, 0, 0, 0, 0, True))
        biases.append(0)
    packed = []
    for a in range(0, len(forms), 2):
        both = forms[a : a + 2]
        folds = all(one.folds for one in both)
        if not folds:
            both = [_unfolded(layer, a + i, one) for i, one in enumerate(both)]
        words: list[int] = []
        for one in both:
            words += [one.multiplier, one.minus, one.addend, one.shift]
        words.append(int(folds))
        words += [scaled_bias(biases[a + i], one) for i, one in enumerate(both) for _ in range(2)]
        packed.append(struct.pack("<13i", *words))
        scaled = np.stack([weights[a + i] << one.scale for i, one in enumerate(both)])
        # (channel, group of 4, 2, half) -> (group, half, channel, 2): k0 k2 and k1 k3 are pairs.
        packed.append(scaled.reshape(2, -1, 2, 2).transpose(1, 3, 0, 2).astype("<i2").tobytes())
    return b"".join(packed)


def _unfolded(layer: Convolution, n: int, form: _Form) -> _Form:
    """A channel whose partner does not fold, without folding."""
    if not form.folds:
        return form
    if form.multiplier == 0:  # a constant
        return _Form(0, 0, form.addend >> FOLD_SHIFT, 0, 0, False)
    _, right = layer.scaling[n]
    addend = (layer.output.zero_point << right) + ((1 << right) >> 1)
    return _Form(form.multiplier, int(right > 0), addend, right, 1, False)
