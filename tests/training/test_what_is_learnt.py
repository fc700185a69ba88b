"""What a change to training must not do in silence: other pictures, another loss, other weights kept."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from emojicam.training import network, train
from emojicam.training.augment import augment
from emojicam.training.config import Cycle, TrainConfig
from tests_training_models import bars

pytestmark = pytest.mark.train

SIDE = 96
DRAWS = 300


def tiny(**changes: Any) -> TrainConfig:
    values: dict[str, Any] = {
        "cycles": (Cycle(3, 1e-3, augmentation=0.0),), "size": 32, "batch": 10, "replicas": 1,
        "stem": 8, "blocks": ((8, 2), (16, 2)), "warmup": 1, "dropout": 0.0,
    }  # fmt: skip
    return TrainConfig(**{**values, **changes})


def ramps() -> npt.NDArray[np.float32]:
    """Augmented copies of a picture that is bright above and dark below."""
    ramp = np.linspace(230, 25, SIDE).astype(np.uint8)
    picture = np.repeat(ramp[:, None], SIDE, 1)[None]
    return augment(picture, np.zeros(DRAWS, np.int64), SIDE, 3, 1.0)[..., 0]


def directions(batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Degrees by which each picture's brightness points away from straight up."""
    centred = np.arange(SIDE) - (SIDE - 1) / 2
    down, right = (batch * centred[:, None]).sum((1, 2)), (batch * centred[None]).sum((1, 2))
    return np.degrees(np.arctan2(right, -down))


def test_no_picture_is_turned_upside_down() -> None:
    # Thumbs up would become thumbs down. The few that do point down are negatives.
    assert (np.abs(directions(ramps())) > 90).mean() < 0.06


def test_a_picture_is_turned_by_15_degrees_at_most() -> None:
    # Shear and a slope of light turn brightness some more.
    away = np.abs(directions(ramps()))
    upright = away[away < 90]
    assert np.quantile(upright, 0.95) < 30
    assert np.quantile(upright, 0.5) > 2


def test_the_weights_kept_are_those_of_the_lowest_validation_loss(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[npt.NDArray[np.float32]]] = []
    really = network.predict

    def watched(model: Any, *rest: Any) -> Any:
        seen.append(model.get_weights())
        return really(model, *rest)

    losses = iter([(1.0, 0.1), (0.5, 0.1), (0.8, 0.9)])
    monkeypatch.setattr(network, "predict", watched)
    monkeypatch.setattr(train, "_losses", lambda *_: next(losses))
    kept = train.train(tiny(), bars(20, 1), bars(10, 2), tmp_path / "run").get_weights()
    assert len(seen) == 3
    differs = [max(float(np.abs(a - b).max()) for a, b in zip(kept, one, strict=True)) for one in seen]
    assert differs[1] == 0
    assert differs[0] > 0 and differs[2] > 0


def test_a_run_that_gets_no_better_stops_early(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = iter([(1.0, 0.1), (0.5, 0.1), *[(0.6, 0.1)] * 8])
    monkeypatch.setattr(train, "_losses", lambda *_: next(losses))
    config = tiny(cycles=(Cycle(10, 1e-3, augmentation=0.0),), patience=2)
    train.train(config, bars(20, 1), bars(10, 2), tmp_path / "run")
    rows = json.loads((tmp_path / "run" / "history.json").read_text())
    assert [row["val_loss"] for row in rows] == [1.0, 0.5, 0.6, 0.6, 0.6]


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_smooths_labels_and_weighs_classes(smoothing: float) -> None:
    import keras
    import tensorflow as tf

    from emojicam.training.replicas import Stepper

    random = np.random.default_rng(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(5)])
    model.compile(optimizer=keras.optimizers.AdamW(0.0, weight_decay=0.0))
    pictures = random.normal(size=(10, 4)).astype(np.float32)
    truth = np.eye(5, dtype=np.float32)[np.arange(10) % 5]
    weights = random.uniform(0.2, 3.0, 10).astype(np.float32)
    logits = np.asarray(model(pictures)).astype(np.float64)
    log = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    wanted = truth * (1 - smoothing) + smoothing / 5
    loss, _ = Stepper(tf.distribute.get_strategy(), model, tiny(smoothing=smoothing)).epoch(
        tf.data.Dataset.from_tensors((pictures, truth, weights)), [0.0]
    )
    assert loss == pytest.approx(float((-(wanted * log).sum(1) * weights).sum() / 10), rel=1e-5)
