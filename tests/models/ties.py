"""Layers made so that one bit of the requantisation multiplier shows."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from models import draw
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator


def requantise(sums: npt.NDArray[np.int64], real_multiplier: float) -> npt.NDArray[np.int64]:
    """`MultiplyByQuantizedMultiplier` of gemmlowp (lite/kernels/internal/common.h): rounds twice."""
    significand, shift = math.frexp(real_multiplier)
    quantised = round(significand * (1 << 31))
    left, right = max(shift, 0), max(-shift, 0)
    product = (sums << left) * quantised
    nudged = product + np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    high = np.where(nudged >= 0, nudged >> 31, -(-nudged >> 31))
    mask = (1 << right) - 1
    return (high >> right) + ((high & mask) > (mask >> 1) + (high < 0))


def dense_product_in_double(rng: Rng) -> bytes:
    """Biases that come out differently if the product of two scales is rounded to float32 on the way.

    TFLM July 2020 rounds it in FULLY_CONNECTED (kernel_util.cc, GetQuantizedConvolutionMultipler); today's
    TFLM and LiteRT do not. In trained models it shows in one output of a million.
    """
    sums = np.arange(-(1 << 21), 1 << 21, dtype=np.int64)
    while True:
        source, output = draw.quant(rng, 0), draw.quant(rng, 0)
        weight = float(np.float32(output.scale * 100 / source.scale / (1 << 21)))
        rounded = float(np.float32(source.scale) * np.float32(weight)) / output.scale
        exact = source.scale * weight / output.scale
        telling = sums[requantise(sums, rounded) != requantise(sums, exact)]
        if telling.size >= 4:
            break
    builder = ModelBuilder((1, 16), Quant(source.scale, 0))
    filters = np.zeros((6, 16), np.int8)
    filters[4:] = draw.weights(rng, (2, 16))
    # Two outputs that follow the input, with a scale of their own making: their biases lift them into range.
    biases = np.concatenate([telling[:4], [0, 1 << 18]]).astype(np.int32)
    made = builder.fully_connected(builder.input, filters, [weight], biases, output)
    return builder.finish(made)


RECIPES: dict[str, Callable[[Rng], bytes]] = {"dense_product_in_double": dense_product_in_double}
