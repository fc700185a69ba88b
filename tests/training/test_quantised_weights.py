"""What a network's weights may be once it is quantised."""

from typing import Any

import numpy as np
import pytest

from emojicam.model import graph
from emojicam.training import network, quantise

pytestmark = pytest.mark.train

SMALL = network.Architecture(8, ((16, 1), (32, 2)))
PICTURES = np.random.default_rng(1).integers(0, 256, (40, 32, 32), dtype=np.uint8)


def factors(content: bytes) -> list[float]:
    """The largest factor of requantisation of each convolution."""
    parsed = graph.parse(content)
    found = []
    for operator in parsed.operators:
        if operator.name.endswith("CONV_2D"):
            source, weights = (parsed.tensors[tensor] for tensor in operator.inputs[:2])
            found.append(float(max(weights.scales)) * source.scale / parsed.output(operator).scale)
    return found


def hardly_ever_on(layer: str) -> Any:
    """A network one of whose channels has seen next to no variance, and so has a gain of a hundred and more."""
    import keras

    keras.utils.set_random_seed(1)
    model = network.build(5, SMALL)
    norm = model.get_layer(f"{layer}_norm")
    norm.moving_variance.assign(np.where(np.arange(norm.gamma.shape[0]) == 3, 1e-9, norm.moving_variance))
    norm.gamma.assign(np.where(np.arange(norm.gamma.shape[0]) == 3, 1e4, norm.gamma))
    return model


@pytest.mark.parametrize("layer", ["stem", "block1_depthwise", "block2_depthwise", "block2_pointwise"])
def test_no_channel_scales_up(layer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = hardly_ever_on(layer)
    content = quantise.quantise(model, PICTURES, SMALL, 32)
    assert max(factors(content)) < 1
    monkeypatch.setattr(quantise, "_limit", lambda model: None)
    assert max(factors(quantise.quantise(model, PICTURES, SMALL, 32))) >= 1


def test_weights_that_are_not_large_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    keras.utils.set_random_seed(1)
    model = network.build(5, SMALL)
    limited = quantise.quantise(model, PICTURES, SMALL, 32)
    monkeypatch.setattr(quantise, "_limit", lambda model: None)
    assert limited == quantise.quantise(model, PICTURES, SMALL, 32)
