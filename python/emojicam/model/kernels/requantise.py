"""Requantisation in fewer instructions, with the proof that no output changes.

TFLM scales an accumulator with two roundings (tensorflow/lite/kernels/internal/common.h,
MultiplyByQuantizedMultiplier)::

    y = (acc * multiplier + 2^30) >> 31              SaturatingRoundingDoublingHighMul
    q = y / 2^right, rounded half away from zero     RoundingDivideByPOT

Where the activation's lower bound is the output's zero point, what is below zero can't be seen, and one
floor gives the same: ``q = ((acc << scale) * multiplier >> 32) + addend >> shift``. Both sides grow with the
accumulator, so they are equal everywhere if each of the 255 steps lies at the same accumulator: that is
what is checked here, for each channel by itself, and what the addend is solved from.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

#: Bits that the "Fold" kernels shift by (kM7FoldShift).
FOLD_SHIFT = 12
#: The most bits to the right with which every step fits into 64 bits.
_FITS = 23
#: int8 weights times 2^8 still fit into a halfword.
MAX_SCALE = 8
_STEPS: Integers = np.arange(1, 256)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """A positive factor as (Q31 multiplier, left shift), as TFLM's QuantizeMultiplier rounds it."""
    if real == 0.0:
        return 0, 0
    fraction, exponent = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier //= 2
        exponent += 1
    if exponent < -31:
        return 0, 0
    return multiplier, exponent


@dataclass(frozen=True)
class Channel:
    """One output channel's accumulators.

    Attributes:
        multiplier, right: the scaling, ``right`` bits to the right after the doubling high multiply.
        low, high: the least and the greatest accumulator that any input can give, bias included.
    """

    multiplier: int
    right: int
    low: int
    high: int


@dataclass(frozen=True)
class Folded:
    """``clamp((((acc << scale) * multiplier >> 32) + addend) >> shift, 0, 255)``."""

    scale: int
    multiplier: int
    addend: int
    shift: int


def requantise(accumulator: int, multiplier: int, right: int) -> int:
    """What TFLM's MultiplyByQuantizedMultiplier makes of an accumulator; `right` may be negative."""
    high = (accumulator * multiplier * (1 << max(-right, 0)) + (1 << 30)) >> 31
    half = (1 << right) >> 1 if right > 0 else 0
    return (high + half - int(high < 0)) >> right if right > 0 else high


def first_accumulators(channel: Channel) -> Integers:
    """For each output step k = 1..255 above the zero point the least accumulator that reaches it."""
    # Python's own integers where 255 * 2^right * 2^31 does not fit into 64 bits.
    steps = _STEPS if channel.right <= _FITS else _STEPS.astype(object)
    # q >= k  <=>  y >= k * 2^right - 2^(right - 1)  (half rounds away from zero, and y > 0 here)
    least_y = (steps << channel.right) - ((1 << channel.right) >> 1)
    firsts: Integers = (-((-((least_y << 31) - (1 << 30))) // channel.multiplier)).astype(np.int64)
    return firsts


def solve(channel: Channel, scale: int, shift: int, firsts: Integers | None = None) -> Folded | None:
    """The addend with which the folded form equals TFLM's for every accumulator from low to high; None if
    there is none, or an intermediate value would not fit into 32 bits.

    Args:
        firsts: the channel's `first_accumulators`, where they are at hand.
    """
    limit = 1 << 31
    if max(abs(channel.low), abs(channel.high)) << scale >= limit:
        return None
    firsts = first_accumulators(channel) if firsts is None else firsts

    def product(accumulator: int) -> int:
        return ((accumulator << scale) * channel.multiplier) >> 32

    def addends(accumulators: Integers) -> Integers:
        """What takes the product of each to its step. No accumulator times 2^scale needs more than 32 bits."""
        between = np.clip(accumulators, channel.low, channel.high)
        return (_STEPS << shift) - (((between << scale) * channel.multiplier) >> 32)

    # From `first` on the output is at least k, and one below it isn't.
    least = int(np.max(addends(firsts), where=firsts <= channel.high, initial=-limit))
    greatest = int(np.min(addends(firsts - 1) - 1, where=firsts > channel.low, initial=limit - 1))
    if least > greatest:
        return None
    # Any addend in between is exact; the middle keeps it small where only few steps can be reached.
    addend = min(max((1 << shift) >> 1, least), greatest)
    if not (-limit < product(channel.low) + addend and product(channel.high) + addend < limit):
        return None
    return Folded(scale, channel.multiplier, addend, shift)


def fold(channel: Channel, *, max_scale: int = MAX_SCALE) -> tuple[Folded | None, Folded | None]:
    """The two folded forms of a channel: with FOLD_SHIFT, and with whatever shift is exact.

    Args:
        max_scale: how far the weights can be scaled (int16 holds them).
    """
    if channel.multiplier == 0 or channel.low == channel.high:
        # All weights are zero, as training leaves them in a channel that it has given up: a constant.
        value = requantise(channel.low, channel.multiplier, channel.right)
        constant = Folded(0, 0, min(max(value, 0), 255) << FOLD_SHIFT, FOLD_SHIFT)
        return constant, constant
    if channel.right < 0:
        return None, None
    # acc << scale, high half of a product with 2 * 2^31: shift = scale + right - 1.
    fixed = None
    firsts = first_accumulators(channel)
    scale = FOLD_SHIFT + 1 - channel.right
    if 0 <= scale <= max_scale:
        fixed = solve(channel, scale, FOLD_SHIFT, firsts)
    for scale in range(max_scale, -1, -1):
        shift = scale + channel.right - 1
        if 1 <= shift <= 31 and (free := solve(channel, scale, shift, firsts)):
            return fixed, free
    return fixed, fixed
