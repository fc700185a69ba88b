"""ADD and SUB as one linear form of integers, with the proof that no output changes.

TFLM (reference_integer_ops/add.h) scales both inputs and their sum with two roundings each. An int8 pair has only
65,536 values, so the proof is to look at all of them:

    clamp((a * factor_a + b * factor_b + addend) >> shift, -128, 127)

Halves are rounded away from zero, which a plain floor can't do on both sides; factors a little too large do.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from emojicam.model.kernels.requantise import quantize_multiplier

Array = np.ndarray[Any, np.dtype[np.int64]]
Quantisation = tuple[float, int]

#: Bits that the kernels can shift by (kLeastSumShift, kMostSumShift).
_SHIFTS = range(24, 16, -1)
#: How far factors may be from the exact ones, nearest first.
_NEAR = sorted(range(-3, 9), key=lambda step: abs(step - 1))
_VALUES = np.arange(-128, 128, dtype=np.int64)


@dataclass(frozen=True)
class Sum:
    """The linear form."""

    factors: tuple[int, int]
    addend: int
    shift: int

    def of(self, a: Array, b: Array) -> Array:
        found: Array = np.clip((a * self.factors[0] + b * self.factors[1] + self.addend) >> self.shift, -128, 127)
        return found


def _scaled(values: Array, multiplier: int, left: int) -> Array:
    """MultiplyByQuantizedMultiplierSmallerThanOneExp."""
    high = (values * multiplier + (1 << 30)) >> 31
    return (high + (((1 << -left) >> 1) - (high < 0)) >> -left) if left < 0 else high


def expected(a: Quantisation, b: Quantisation, output: Quantisation, *, minus: bool) -> Array:
    """What TFLM computes for each a (rows) and b (columns), clamped to int8.

    Args:
        minus: SUB instead of ADD.
    """
    scales = [float(np.float32(one[0])) for one in (a, b, output)]
    most = 2 * max(scales[:2])
    terms = [
        _scaled((_VALUES - one[1]) << 20, *quantize_multiplier(scale / most))
        for one, scale in zip((a, b), scales[:2], strict=True)
    ]
    total = terms[0][:, None] + (-1 if minus else 1) * terms[1][None, :]
    found = _scaled(total, *quantize_multiplier(most / ((1 << 20) * scales[2]))) + output[1]
    return np.clip(found, -128, 127)


def solve(a: Quantisation, b: Quantisation, output: Quantisation, *, minus: bool = False) -> Sum | None:
    """A linear form that equals TFLM's for every pair; None if there is none near the exact factors."""
    wanted = expected(a, b, output, minus=minus)
    reals = [float(np.float32(one[0])) / float(np.float32(output[0])) for one in (a, b)]
    for shift in _SHIFTS:
        exact = [round(real * (1 << shift)) * sign for real, sign in zip(reals, (1, -1 if minus else 1), strict=True)]
        if 130 * sum(map(abs, exact)) + 260 * (1 << shift) >= 1 << 31:
            continue
        for near_a in _NEAR:
            for near_b in _NEAR:
                factors = exact[0] + near_a, exact[1] + (-near_b if minus else near_b)
                addend = _addend(wanted, factors, shift)
                if addend is not None and _fits(factors, addend):
                    return Sum(factors, addend, shift)
        break  # fewer bits are no closer to the exact factors
    return None


def _addend(wanted: Array, factors: tuple[int, int], shift: int) -> int | None:
    sums = _VALUES[:, None] * factors[0] + _VALUES[None, :] * factors[1]
    least = ((wanted << shift) - sums)[wanted > -128].max(initial=-(1 << 40))
    most = (((wanted + 1) << shift) - 1 - sums)[wanted < 127].min(initial=1 << 40)
    if least > most:
        return None
    if least == -(1 << 40):
        return int(most)
    return int(least) if most == 1 << 40 else int(least + most) // 2


def _fits(factors: tuple[int, int], addend: int) -> bool:
    # What the M55 takes off the addend has room too.
    return abs(addend) + 128 * (abs(factors[0]) + abs(factors[1])) + (1 << 24) < 1 << 31
