"""The zoo itself: what it holds, and that two independent interpreters agree on it."""

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.model.graph import parse
from emojicam.model.oracle import LiteRt, TfliteMicro, run_all
from models import known, zoo


def test_names_are_unique_and_many() -> None:
    assert len(set(zoo.names())) == len(zoo.names()) >= 25


def test_models_are_the_same_every_time() -> None:
    for name in ("conv_3x3_same_odd", "net_resnet"):
        first = zoo.RECIPES[name](np.random.default_rng(7))
        assert first == zoo.RECIPES[name](np.random.default_rng(7))
        assert first != zoo.RECIPES[name](np.random.default_rng(8))


@pytest.mark.parametrize("name", zoo.names())
def test_both_oracles_agree(name: str) -> None:
    model = zoo.model(name)
    expected = run_all(TfliteMicro(model.data), model.inputs)
    graph = parse(model.data)
    if known.litert_refuses(graph):
        with pytest.raises(EmojicamError, match="LiteRT refuses"):
            LiteRt(model.data)
        return
    found = run_all(LiteRt(model.data), model.inputs)
    tolerance = 1 if known.litert_rounds_once(graph) else 0
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == other.dtype == np.int8
        assert np.abs(one.astype(int) - other.astype(int)).max() <= tolerance


@pytest.mark.parametrize("name", zoo.names())
def test_outputs_are_alive(name: str) -> None:
    """A model that always says the same would let every wrong kernel pass."""
    model = zoo.model(name)
    outputs = run_all(TfliteMicro(model.data), model.inputs)
    assert len({one.tobytes() for one in outputs}) >= 3


def test_random_layers_agree_on_both_oracles() -> None:
    rng = np.random.default_rng(2026)
    kinds = set()
    for _ in range(150):
        data = zoo.random_layer(rng)
        graph = parse(data)
        kinds.add(graph.operators[0].name)
        inputs = zoo.inputs_for(data)[:3]
        expected = run_all(TfliteMicro(data), inputs)
        if known.litert_refuses(graph):
            continue
        tolerance = 1 if known.litert_rounds_once(graph) else 0
        for one, other in zip(run_all(LiteRt(data), inputs), expected, strict=True):
            assert np.abs(one.astype(int) - other.astype(int)).max() <= tolerance
    assert kinds == {
        "CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "MAX_POOL_2D",
    }  # fmt: skip
