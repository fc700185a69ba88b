"""Random chains of layers that our kernels take, and some that they nearly take."""

from typing import Any

import numpy as np

from emojicam.model.graph import Graph
from models import draw
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator

#: Widths that have kernels of their own, and their neighbours.
_WIDTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16, 18, 24, 25, 28, 48, 56, 63, 64)
#: Pixels a row of images that chains take: those of common models, and one whose rows have no kernel just as wide.
IMAGE_WIDTHS = (96, 100, 112, 128)
_DEPTHS = (4, 8, 8, 12, 16, 16, 16, 32, 32, 48, 64)


def random_chain(rng: Rng) -> Graph:
    """A first layer or an activation, one to three separable pairs, perhaps an average over the image."""
    with_first = rng.random() < 0.35
    if with_first:
        # Mostly even, so that nothing is padded above.
        height = 2 * int(rng.integers(2, 15)) - int(rng.random() < 0.15)
        size = (height, 4 * int(rng.integers(1, 7)))
        # The first layer takes any zero point.
        builder = ModelBuilder((1, *size, 1), draw.quant(rng, None if rng.random() < 0.5 else -128))
        x = draw.conv(rng, builder, builder.input, int(rng.choice([4, 8, 8, 16])), stride=2, **_style(rng, odd=0.0))
    else:
        size = (int(rng.integers(1, 20)), int(rng.choice(_WIDTHS)))
        zero_point = -128 if rng.random() < 0.95 else None
        builder = ModelBuilder((1, *size, int(rng.choice(_DEPTHS))), draw.quant(rng, zero_point))
        x = builder.input
    for _ in range(int(rng.integers(1, 4))):
        padding = "VALID" if rng.random() < 0.05 and min(builder.shape(x)[1:3]) >= 3 else "SAME"
        x = draw.depthwise(rng, builder, x, stride=int(rng.choice([1, 1, 2])), padding=padding, **_style(rng))
        x = draw.conv(rng, builder, x, int(rng.choice(_DEPTHS)), 1, **_style(rng))
    if rng.random() < 0.4:
        activation = str(rng.choice(["NONE", "RELU6"]))
        x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3], activation=activation)
    return builder.graph(x)


def _style(rng: Rng, odd: float = 0.04) -> dict[str, Any]:
    """How a layer ends: nearly always at the zero point -128, with sums from tiny to far beyond the range."""
    return {
        "activation": str(rng.choice(["NONE", "RELU", "RELU", "RELU6"])),
        "zero_point": None if rng.random() < odd else -128,
        "gain": float(rng.choice([0.25, 1.0, 1.0, 2.0, 2.0, 30.0])),
        "per_channel": bool(rng.random() < 0.85),
        "with_bias": bool(rng.random() < 0.85),
        "dead": bool(rng.random() < 0.15),
    }


def wide_chain(rng: Rng, width: int = 96) -> Graph:
    """MobileNet in small: of 96 pixels a row 48, 24, 12, 6, 3, of others as long as they can be halved."""
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, int(rng.integers(20, 50)), width, 1), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, 8, stride=2, **style)
    for depth, stride in ((8, 1), (16, 2), (16, 1), (32, 2), (16, 1), (32, 2), (32, 2)):
        even = builder.shape(x)[2] % 2 == 0  # or it would be padded on the left, which chains don't take
        x = draw.depthwise(rng, builder, x, stride=stride if even else 1, **style)
        x = draw.conv(rng, builder, x, depth, 1, **style)
    return builder.graph(builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3]))
