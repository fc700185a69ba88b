"""A classifier that sees the most of each channel instead of its mean."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.model.oracle import LiteRt
from emojicam.training import network, predict, quantise, restore, train, widen
from emojicam.training.config import Cycle, TrainConfig
from tests_training_models import bars

pytestmark = pytest.mark.train
MAX = network.Architecture(8, ((8, 2), (16, 2), (16, 1)), "max")
PICTURES = bars(40, 1).images


def seen(architecture: network.Architecture) -> Any:
    """A network with weights that differ."""
    model = network.build(5, architecture)
    rng = np.random.default_rng(3)
    model.set_weights([value + np.abs(rng.normal(0, 0.2, value.shape)) for value in model.get_weights()])
    return model


def test_a_hand_in_one_place_counts_as_much_as_in_all() -> None:
    model = seen(MAX)
    small = np.zeros((1, 192, 192), np.uint8)
    small[:, 88:104, 48:64] = PICTURES[:1, 8:24, 8:24]
    twice = small.copy()
    twice[:, 88:104, 112:128] = small[:, 88:104, 48:64]
    assert np.allclose(network.predict(model, small), network.predict(model, twice), atol=1e-5)
    mean = seen(network.Architecture(MAX.stem, MAX.blocks))
    assert not np.allclose(network.predict(mean, small), network.predict(mean, twice), atol=1e-2)


@pytest.mark.parametrize(("pool", "operator"), [("average", "AVERAGE_POOL_2D"), ("max", "MAX_POOL_2D")])
def test_a_network_is_quantised_with_its_pool_and_restored_with_it(pool: str, operator: str) -> None:
    architecture = network.Architecture(MAX.stem, MAX.blocks, pool)
    model = seen(architecture)
    content = quantise.quantise(model, PICTURES, architecture, 96, count=24)
    assert [name for name, _ in quantise.operators(content) if "POOL" in name] == [operator]
    wanted = network.predict(model, PICTURES)
    again, found = restore.from_int8(content, PICTURES)
    assert found == architecture
    for answers in (predict.on_litert(content, PICTURES).logits, network.predict(again, PICTURES)):
        assert np.abs(answers - wanted).max() < 0.1 * np.ptp(wanted) + LiteRt(content).output.scale


@pytest.mark.parametrize("pool", ["average", "max"])
def test_float_weights_are_read_with_their_own_pool_alone(tmp_path: Path, pool: str) -> None:
    architecture = network.Architecture(MAX.stem, MAX.blocks, pool)
    model = seen(architecture)
    restore.save(model, tmp_path / "w.npz")
    again = restore.load(tmp_path / "w.npz", architecture)
    np.testing.assert_array_equal(network.predict(again, PICTURES), network.predict(model, PICTURES))
    other = network.Architecture(MAX.stem, MAX.blocks, "max" if pool == "average" else "average")
    with pytest.raises(EmojicamError, match="another network"):
        restore.load(tmp_path / "w.npz", other)


def test_a_run_with_another_pool_begins_as_sure_as_the_model_that_it_begins_with(tmp_path: Path) -> None:
    average, rendered = network.Architecture(MAX.stem, MAX.blocks), bars(24, 1)
    content = quantise.quantise(seen(average), PICTURES, average, 96, count=24)
    begun, _ = restore.from_int8(content, rendered.images)
    config = TrainConfig(
        stem=MAX.stem, blocks=MAX.blocks, pool="max", start=hashlib.sha256(content).hexdigest(), replicas=1, batch=8,
        cycles=(Cycle(1, 1e-9, augmentation=0.0),),
    )  # fmt: skip
    ended = train.train(config, rendered, bars(10, 2), tmp_path, None, content)
    wanted, unscaled, found = (
        network.predict(model, rendered.images).std(0).mean() for model in (begun, widen.widened(begun, MAX), ended)
    )
    assert unscaled > 1.1 * wanted
    assert found == pytest.approx(wanted, rel=0.02)
