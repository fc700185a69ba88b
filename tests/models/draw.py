"""Random layers whose outputs spread over the int8 range instead of sticking to its ends.

The output's quantisation is drawn first; weight scales follow from it, as they do in training.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.builder import ModelBuilder, Quant, pair

Rng = np.random.Generator

#: Fused activation -> the largest real value that it lets through, where there is one.
CEILINGS = {"NONE": None, "RELU": None, "RELU6": 6.0, "RELU_N1_TO_1": 1.0}
ACTIVATIONS = tuple(CEILINGS)

#: Root mean square of a uniform int8.
_RMS = 74.0


def quant(rng: Rng, zero_point: int | None = None) -> Quant:
    """A scale as they come out of training, and any zero point, often an extreme one."""
    if zero_point is None:
        zero_point = int(rng.choice([-128, 127, 0, int(rng.integers(-128, 128))]))
    return Quant(float(np.exp(rng.uniform(np.log(1e-3), np.log(0.3)))), zero_point)


def output_quant(rng: Rng, activation: str, zero_point: int | None) -> Quant:
    """A quantisation that has room on both sides of the activation's ends, or ends where it does."""
    drawn = quant(rng, zero_point)
    ceiling = CEILINGS[activation]
    if ceiling is None or drawn.zero_point == 127:
        return drawn
    above = (127 - drawn.zero_point) * rng.choice([1.0, 1.0, 0.7, 0.4])
    return Quant(ceiling / above, drawn.zero_point)


def weights(rng: Rng, shape: Sequence[int]) -> np.ndarray[Any, np.dtype[np.int8]]:
    """Uniform int8 weights, -128 among them (converters avoid it, kernels may not)."""
    return rng.integers(-128, 128, size=tuple(shape), dtype=np.int8)


def _accumulator(source: Quant, taps: int) -> float:
    """Root mean square of a sum of `taps` products of weight and (input - zero point)."""
    return float(_RMS * np.hypot(_RMS, source.zero_point + 0.5) * np.sqrt(taps))


def weight_scales(rng: Rng, source: Quant, output: Quant, taps: int, channels: int, per_channel: bool) -> list[float]:
    """Scales for which most sums lie in the output's range.

    By channel they differ by up to a factor of ten, now and then of a thousand.
    """
    reach = max(127 - output.zero_point, output.zero_point + 128)
    middle = output.scale * reach / (2.5 * source.scale * _accumulator(source, taps))
    if not per_channel:
        return [float(np.float32(middle * np.exp(rng.uniform(-0.7, 0.7))))]
    spread = np.log(1000 if rng.random() < 0.1 else 10)
    return [float(np.float32(middle * x)) for x in np.exp(rng.uniform(-0.7 * spread, 0.3 * spread, channels))]


def bias(rng: Rng, source: Quant, channels: int, taps: int) -> np.ndarray[Any, np.dtype[np.int32]]:
    limit = int(_accumulator(source, taps))
    return rng.integers(-limit, limit + 1, size=channels, dtype=np.int32)


def conv(
    rng: Rng,
    builder: ModelBuilder,
    source: int,
    channels: int,
    window: int | tuple[int, int] = 3,
    **options: Any,
) -> int:
    """A CONV_2D with random weights; options as `_windowed`."""
    filters = weights(rng, (channels, *pair(window), builder.shape(source)[3]))
    return _windowed(rng, builder, source, filters, channels, filters[0].size, **options)


def depthwise(
    rng: Rng,
    builder: ModelBuilder,
    source: int,
    window: int | tuple[int, int] = 3,
    *,
    multiplier: int = 1,
    **options: Any,
) -> int:
    """A DEPTHWISE_CONV_2D with random weights; options as `_windowed`."""
    channels = builder.shape(source)[3] * multiplier
    filters = weights(rng, (1, *pair(window), channels))
    taps = filters[..., 0].size
    return _windowed(rng, builder, source, filters, channels, taps, depth_multiplier=multiplier, **options)


def _windowed(
    rng: Rng,
    builder: ModelBuilder,
    source: int,
    filters: np.ndarray[Any, Any],
    channels: int,
    taps: int,
    *,
    per_channel: bool = True,
    with_bias: bool = True,
    zero_point: int | None = None,
    activation: str = "NONE",
    gain: float = 1.0,
    dead: bool = False,
    **options: Any,
) -> int:
    """Quantisation and bias for given weights; other options as `ModelBuilder.conv`.

    Args:
        zero_point: of the output; drawn if None.
        gain: above 1 for inputs that do not use their whole range.
        dead: make two channels what training leaves of those that it gives up: no weights, bias +-2^30.
    """
    output = output_quant(rng, activation, zero_point)
    own = builder.quant(source)
    scales = [gain * scale for scale in weight_scales(rng, own, output, taps, channels, per_channel)]
    added = bias(rng, own, channels, taps) // round(4 * gain) if with_bias else None
    if dead and added is not None:
        for value in (1 << 30, -(1 << 30)):
            channel = int(rng.integers(channels))
            filters[(..., channel) if "depth_multiplier" in options else channel] = 0
            added[channel] = value
    return builder.conv(source, filters, scales, added, output, activation=activation, **options)


def dense(
    rng: Rng,
    builder: ModelBuilder,
    source: int,
    outputs: int,
    *,
    with_bias: bool = True,
    zero_point: int | None = None,
    per_channel: bool = False,
    activation: str = "NONE",
    gain: float = 1.0,
) -> int:
    """A FULLY_CONNECTED with random weights."""
    inputs = int(np.prod(builder.shape(source)))
    output = output_quant(rng, activation, zero_point)
    own = builder.quant(source)
    scales = [gain * scale for scale in weight_scales(rng, own, output, inputs, outputs, per_channel)]
    added = bias(rng, own, outputs, inputs) // round(4 * gain) if with_bias else None
    filters = weights(rng, (outputs, inputs))
    return builder.fully_connected(source, filters, scales, added, output, activation=activation)
