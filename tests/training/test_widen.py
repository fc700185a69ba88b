"""A wide network that begins as a narrow one."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.training import network, restore, train, widen
from emojicam.training.config import Cycle, TrainConfig
from tests_training_models import bars, constant_model

pytestmark = pytest.mark.train
SMALL = network.Architecture(8, ((8, 2), (16, 2), (16, 1)))
WIDE = network.Architecture(12, ((16, 2), (24, 2), (40, 1)))
PICTURES = np.random.default_rng(5).integers(0, 256, (24, 64, 64)).astype(np.uint8)


def settled(architecture: network.Architecture) -> Any:
    """A network whose normalisations have seen something, and channels that differ."""
    model = network.build(5, architecture)
    rng = np.random.default_rng(3)
    for weight in model.weights:
        value = np.asarray(weight)
        weight.assign(
            np.abs(value + rng.normal(0, 0.2, value.shape))
            if "variance" in weight.path
            else value + rng.normal(0, 0.2, value.shape)
        )
    return model


def test_a_widened_network_answers_as_the_narrow_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widen, "_APART", 0.0)
    narrow = settled(SMALL)
    wide = widen.widened(narrow, WIDE)
    assert np.allclose(network.predict(wide, PICTURES), network.predict(narrow, PICTURES), atol=1e-4)


def test_copied_channels_are_moved_apart_and_old_ones_are_kept() -> None:
    narrow = settled(SMALL)
    wide = widen.widened(narrow, WIDE)
    before, after = (np.asarray(model.get_layer("stem").kernel) for model in (narrow, wide))
    assert (after[..., :8] == before).all()
    copies = np.abs(after[..., 8:, None] - before[..., None, :]).max((0, 1, 2)).min(1)
    assert (copies > 0).all() and (copies < 0.2).all(), "each is near one of the old, none is the same"
    logits, wanted = network.predict(wide, PICTURES), network.predict(narrow, PICTURES)
    assert np.abs(logits - wanted).mean() < 0.2 * wanted.std()


@pytest.mark.parametrize(
    ("architecture", "message"),
    [
        (network.Architecture(4, SMALL.blocks), "stem has fewer channels"),
        (network.Architecture(8, ((8, 2), (16, 2), (8, 1))), "block3_pointwise has fewer channels"),
        (network.Architecture(8, SMALL.blocks[:2]), "not made deeper"),
    ],
)
def test_what_is_not_wider_is_refused(architecture: network.Architecture, message: str) -> None:
    with pytest.raises(EmojicamError, match=message):
        widen.widened(network.build(5, SMALL), architecture)


def test_a_run_widens_the_model_that_it_begins_with(tmp_path: Path) -> None:
    content = constant_model(2, noise=0.6)
    rendered = bars(24, 1)
    begun, narrow = restore.from_int8(content, rendered.images)
    wide = network.Architecture(8, tuple((channels + 8, stride) for channels, stride in narrow.blocks))
    config = TrainConfig(
        stem=wide.stem, blocks=wide.blocks, start=hashlib.sha256(content).hexdigest(), replicas=1, batch=8,
        cycles=(Cycle(1, 1e-9, augmentation=0.0),),
    )  # fmt: skip
    ended = train.train(config, rendered, bars(10, 2), tmp_path, None, content)
    assert ended.get_layer("block1_pointwise").kernel.shape[-1] == narrow.blocks[0][0] + 8
    assert ended.count_params() > begun.count_params()
    logits, wanted = network.predict(ended, rendered.images), network.predict(begun, rendered.images)
    assert np.abs(logits - wanted).mean() < 0.5 * wanted.std()


def test_a_run_may_end_with_the_mean_of_its_cycles_ends(tmp_path: Path) -> None:
    config = TrainConfig(
        stem=8, blocks=((8, 2), (16, 2)), size=32, replicas=1, batch=8, average=True,
        cycles=(Cycle(2, 1e-2, augmentation=0.0), Cycle(1, 1e-2, augmentation=0.0)),
    )  # fmt: skip
    assert config.ends == [2, 3]
    ended = train.train(config, bars(24, 1), bars(10, 2), tmp_path).get_weights()
    first, last = (network.load(tmp_path / f"epoch{epoch}.keras").get_weights() for epoch in (2, 3))
    for mean, one, other in zip(ended, first, last, strict=True):
        assert np.allclose(mean, (one + other) / 2, atol=1e-6)
    assert any((one != other).any() for one, other in zip(first, last, strict=True))


def test_a_model_that_is_none_of_ours_has_no_architecture(monkeypatch: pytest.MonkeyPatch) -> None:
    content = constant_model(1)
    whole = restore._folded
    monkeypatch.setattr(restore, "_folded", lambda parsed: whole(parsed)[:-1])
    with pytest.raises(EmojicamError, match=r"has \d+ convolutions, \d+ depthwise: none of ours"):
        restore.from_int8(content, PICTURES)
