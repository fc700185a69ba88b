"""The zoo: one small model for each thing that a kernel can get wrong.

    for one in zoo.models():          # the same bytes every time
        outputs = run(one.data, one.inputs)

`random_layer(rng)` gives any number of further models of one layer, for fuzzing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from emojicam.model.graph import parse
from models import layers, nets, ties

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class ZooModel:
    """A model and what to feed it.

    Args:
        name: says what it covers; unique.
        inputs: int8 in the model's input shape: noise, all -128, all 127, alternating, and a ramp.
    """

    name: str
    data: bytes
    inputs: list[Array]


def inputs_for(data: bytes, seed: int = 0) -> list[Array]:
    """Inputs that reach the ends of the range and what lies between."""
    graph = parse(data)
    shape = graph.tensors[graph.inputs[0]].shape
    rng = np.random.default_rng(seed)
    count = int(np.prod(shape))
    alternating = np.where(np.arange(count) % 2, -128, 127)
    flat = [
        rng.integers(-128, 128, size=count),
        rng.normal(0, 40, size=count).clip(-128, 127),
        np.full(count, -128),
        np.full(count, 127),
        alternating,
        np.arange(count) % 256 - 128,
    ]
    return [values.astype(np.int8).reshape(shape) for values in flat]


#: Name -> recipe. A recipe draws what it does not fix from its generator.
RECIPES: dict[str, Callable[[np.random.Generator], bytes]] = {
    **layers.RECIPES,
    **ties.RECIPES,
    **nets.RECIPES,
}


@lru_cache
def model(name: str) -> ZooModel:
    """One model by its name."""
    # Seeded by its own name: a new model changes none of the others.
    seed = int.from_bytes(name.encode(), "little") % (1 << 63)
    data = RECIPES[name](np.random.default_rng(seed))
    return ZooModel(name, data, inputs_for(data, seed))


def names() -> list[str]:
    """For pytest.mark.parametrize, without building anything."""
    return list(RECIPES)


def models() -> list[ZooModel]:
    """All of them."""
    return [model(name) for name in RECIPES]


def random_layer(rng: np.random.Generator) -> bytes:
    """A model of one random layer that every interpreter takes: see `models.layers.random_layer`."""
    return layers.random_layer(rng)
