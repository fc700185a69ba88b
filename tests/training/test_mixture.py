"""Photographs in training batches."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.data.classes import CLASSES, NONE
from emojicam.data.photographs import SIDE, Photographs
from emojicam.errors import EmojicamError
from emojicam.training import network, predict, restore, train
from emojicam.training.config import Cycle, TrainConfig
from emojicam.training.mixture import Mixture, Shots, compose
from emojicam.training.pipeline import batches, steps_an_epoch
from tests_training_models import bars, constant_model

pytestmark = pytest.mark.train

#: Grey levels of what is in the photographs made here; the noise of a seam lies between them.
HAND, SCENE, SMEAR, BEHIND = 250, 180, 100, 10


def shots(tight: bool, count: int = 10, sources: list[str] | None = None) -> Photographs:
    images = np.full((count, SIDE, SIDE), SMEAR if tight else SCENE, np.uint8)
    images[:, 48:144, 60:132] = HAND
    hands = np.tile(np.array([60, 48, 132, 144], np.float32), (count, 1))
    whole = np.tile(np.array([0, 0, SIDE, SIDE], np.float32), (count, 1))
    labels = np.arange(count) % len(CLASSES)
    return Photographs(
        images,
        labels,
        sources or ["a/b"] * count,
        hands,
        hands if tight else whole,
        "0",
        np.zeros((count, 96, 96), np.uint8),
    )


def mixture(found: Photographs, swap: float = 0.0, mirror: float = 0.0, cut: float = 0.0) -> Mixture:
    return Mixture.of(found, np.full((3, 96, 96), BEHIND, np.uint8)).shown(swap, mirror, cut)


def dark(found: Mixture) -> Shots:
    """Photographs that have no other background than BEHIND, not even one another's rooms."""
    return found.shots._replace(backgrounds=np.full((1, 96, 96), BEHIND, np.uint8))


def test_a_tight_cut_shows_nothing_of_its_smeared_edge() -> None:
    found = mixture(shots(tight=True))
    pictures = compose(found.shots, np.arange(10).repeat(6), 96, 1, 1.0)
    # A bilinear sample at the cut's edge mixes half a pixel in.
    assert (np.abs(pictures - SMEAR) < 3).mean() < 0.02
    assert (pictures > HAND - 5).mean((1, 2)).min() > 0.01, "the hand is there in each"
    assert (pictures < 20).any()


def test_a_whole_scene_is_kept_unless_its_hand_is_cut_out() -> None:
    def shares(swap: float, level: int) -> np.ndarray[Any, Any]:
        pictures = compose(mixture(shots(tight=False), swap).shots, np.arange(10).repeat(6), 96, 1, 1.0)
        return np.asarray((np.abs(pictures - level) < 3).mean((1, 2)))

    # Its scene is twice the hand's size: a hand under half of the picture needs another background around.
    assert (shares(0.0, SCENE) > 0.2).mean() > 0.7
    assert shares(0.0, SCENE).mean() > 3 * shares(1.0, SCENE).mean()


def test_a_scene_goes_on_as_its_mirror_image_but_no_hand_is_seen_upside_down() -> None:
    found = shots(tight=False)

    def composed(mirror: float) -> np.ndarray[Any, Any]:
        return compose(dark(mixture(found, 0.0, mirror)), np.arange(10).repeat(12), 96, 1, 0.0, 0.4)

    before, after = ((composed(mirror) < BEHIND + 20).mean((1, 2)) > 0.01 for mirror in (0.0, 1.0))
    assert after.mean() < before.mean() / 2, "fewer pictures show another background"
    for picture in composed(1.0):
        rows = np.flatnonzero((picture > HAND - 5).any(1))
        assert (np.diff(rows) <= 2).all(), "one above the other there are no two hands"


def test_a_hand_is_cut_out_along_its_outline_where_that_is_known() -> None:
    found = shots(tight=False)
    found.covers[:5, 24:72, 30:66] = 255
    pictures = compose(dark(mixture(found, swap=1.0, cut=1.0)), np.arange(10).repeat(6), 96, 1, 0.0)
    scene = (np.abs(pictures - SCENE) < 3).mean((1, 2))
    shown = (pictures > HAND - 5).mean((1, 2))
    assert shown.min() > 0.01, "the hand is there in each"
    assert scene[:30].max() < 0.02, "and nothing of its scene"
    assert scene[30:].mean() > 0.03, "but where no outline is known"


def test_hands_are_shown_from_a_quarter_of_the_picture_to_more_than_all() -> None:
    found = mixture(shots(tight=True))
    share = (compose(found.shots, np.zeros(300, np.int64), 96, 2, 0.0) > 200).mean((1, 2))
    # The hand's box is 3 : 4, so at extent e it covers 0.75 e^2, and shifted up to 1.
    assert share.min() < 0.75 * 0.33**2
    assert share.max() > 0.8


def test_the_same_seed_composes_the_same() -> None:
    found = mixture(shots(tight=False), 0.5)
    first, again, other = (compose(found.shots, np.arange(10), 64, seed, 0.7) for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_sources_weigh_by_the_square_root_of_their_number() -> None:
    sources = ["many"] * 400 + ["few"] * 100
    found = shots(tight=False, count=500, sources=sources)
    chances = mixture(found).chances
    fists = found.labels == 4
    many = chances[fists & (np.array(sources) == "many")].sum()
    few = chances[fists & (np.array(sources) == "few")].sum()
    assert many / few == pytest.approx(2.0, rel=1e-6)
    assert chances.sum() == pytest.approx(1.0)
    assert chances[found.labels == NONE].sum() == pytest.approx(0.28)


def test_batches_hold_both_kinds_in_turn() -> None:
    rendered = bars(40, 1)
    found = mixture(shots(tight=False))
    given = batches(
        rendered, np.ones(5, np.float32), side=96, batch=8, epoch=0, seed=1, strength=0.0,
        mixture=found, photographs=0.5,
    )  # fmt: skip
    seen = [(images.numpy(), truth.numpy()) for images, truth, _ in given]
    assert len(seen) == steps_an_epoch(40, 8, 0.5) == 10
    for images, truth in seen:
        assert images.shape == (8, 96, 96, 1)
        assert (truth.sum(1) == 1).all()
        # Rendered ones have noise in each pixel, photographs here are flat: every half of a batch has both.
        flat = np.abs(np.diff(images[..., 0], axis=2)).mean((1, 2)) < 0.02
        assert 1 <= flat[:4].sum() <= 3 and 1 <= flat[4:].sum() <= 3


def settings(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {
        "cycles": (Cycle(3, 1e-3, augmentation=0.0),), "size": 32, "batch": 10, "replicas": 1, "photographs": 0.4,
        "stem": 8, "blocks": ((8, 2), (16, 2)), "warmup": 1, "dropout": 0.0, "patience": 0,
    }  # fmt: skip
    return TrainConfig(**{**values, **changes})


def test_a_run_with_photographs_goes_to_its_end_and_keeps_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = iter([(0.5, 0.1), (0.9, 0.1), (0.8, 0.1)])
    monkeypatch.setattr(train, "_losses", lambda *_: next(losses))
    kept = train.train(settings(), bars(24, 1), bars(10, 2), tmp_path, shots(tight=False))
    last = network.load(tmp_path / "last.keras")
    assert all((a == b).all() for a, b in zip(kept.get_weights(), last.get_weights(), strict=True))
    assert next(losses, None) is None


def test_a_run_begins_only_with_the_weights_that_its_settings_name(tmp_path: Path) -> None:
    config = settings(start="0" * 64)
    for given in (None, b"another"):
        with pytest.raises(EmojicamError, match="SHA-256 000000000000…, are not there"):
            train.train(config, bars(24, 1), bars(10, 2), tmp_path / str(given), shots(tight=False), given)


def test_restored_weights_answer_as_the_int8_model() -> None:
    content = constant_model(2, noise=0.6)
    pictures = np.random.default_rng(5).integers(0, 256, (24, 96, 96)).astype(np.uint8)
    model, architecture = restore.from_int8(content, pictures)
    assert architecture == network.Architecture.mobilenet(0.125)
    logits, wanted = network.predict(model, pictures), predict.on_litert(content, pictures).logits
    assert np.abs(logits - wanted).mean() < 0.1 * max(1.0, wanted.std())
    # In training mode the same pictures give about the same: normalisations got what they measure.
    trained = np.asarray(model(network.as_input(pictures), training=True))
    assert np.abs(trained - logits).mean() < 0.2 * max(1.0, logits.std())


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    small = network.Architecture(8, ((8, 2), (16, 2)))
    model = network.build(len(CLASSES), small)
    digest = restore.save(model, tmp_path / "w.npz")
    assert digest == restore.save(model, tmp_path / "again.npz"), "the same weights are the same bytes"
    back = restore.load(tmp_path / "w.npz", small)
    assert all((a == b).all() for a, b in zip(model.get_weights(), back.get_weights(), strict=True))
    with pytest.raises(EmojicamError, match="another network"):
        restore.load(tmp_path / "w.npz", network.Architecture(8, ((8, 2), (24, 2))))
    (tmp_path / "w.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(EmojicamError, match="cannot read the weights"):
        restore.load(tmp_path / "w.npz", small)


@pytest.mark.parametrize("share", [0.0, 0.25])
def test_a_run_ends_between_its_first_and_last_weights(tmp_path: Path, share: float) -> None:
    architecture = network.Architecture.mobilenet(0.125)
    content = constant_model(2, noise=0.6)
    config = settings(
        stem=architecture.stem, blocks=architecture.blocks, size=96, blend=share,
        start=hashlib.sha256(content).hexdigest(), cycles=(Cycle(1, 1e-3, ((1.0, 32),), augmentation=0.0),),
    )  # fmt: skip
    rendered = bars(24, 1)
    ended = train.train(config, rendered, bars(10, 2), tmp_path, shots(tight=False), content).get_weights()
    last = network.load(tmp_path / "last.keras").get_weights()
    first = restore.from_int8(content, rendered.images)[0].get_weights()
    for one, a, b in zip(ended, last, first, strict=True):
        assert np.allclose(one, (1 - share) * a + share * b, atol=1e-5)
    assert max(float(np.abs(a - b).max()) for a, b in zip(last, first, strict=True)) > 1e-3
