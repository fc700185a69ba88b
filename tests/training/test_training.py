"""Training and quantising on tiny sets: every step, none of the quality."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam import image, paths
from emojicam.data.classes import CLASSES
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError
from emojicam.model.oracle import LiteRt
from emojicam.training import network, predict, quantise, rebuild, train
from emojicam.training.augment import Paste, augment
from emojicam.training.config import Cycle, TrainConfig
from emojicam.training.pipeline import batches, class_weights
from tests_training_models import bars

pytestmark = pytest.mark.train

#: Five blocks instead of thirteen: TensorFlow takes its time over each.
FEW_BLOCKS = ((16, 1), (32, 2), (32, 2), (64, 2), (64, 2))


def tiny(**changes: Any) -> TrainConfig:
    values = {
        "cycles": (Cycle(4, 1e-2, ((0.5, 48),), augmentation=0.0),),
        "batch": 20,
        "replicas": 1,  # more need a process of their own
        "blocks": FEW_BLOCKS,
        "smoothing": 0.0,
        "dropout": 0.0,
        "warmup": 2,
        "patience": 9,
    }
    return TrainConfig(**{**values, **changes})


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> rebuild.Built:
    done = rebuild.build(tiny(), bars(160, 1), bars(50, 2), tmp_path_factory.mktemp("run"), useful=False)
    assert done is not None
    return done


def test_run_leaves_everything_that_says_how_it_was_made(built: rebuild.Built) -> None:
    for name in (
        "config.json",
        "versions.json",
        "history.json",
        "report.json",
        "curves.png",
        "confusion.png",
        "calibration.png",
        "best.keras",
        "last.keras",
        "gestures.tflite",
    ):
        assert (built.run / name).stat().st_size > 0, name
    assert TrainConfig.from_json(built.run / "config.json") == tiny()
    history = json.loads((built.run / "history.json").read_text())
    assert [row["side"] for row in history] == [48, 48, 96, 96]
    # It learns at each size; a change of size unsettles the normalisation for a while.
    assert history[1]["loss"] < 0.8 * history[0]["loss"]
    assert history[3]["loss"] < 0.8 * history[2]["loss"]
    report = json.loads((built.run / "report.json").read_text())
    assert set(report["validation"]["int8"]["recall"]) == set(CLASSES)
    assert np.array(report["validation"]["int8"]["confusion"]).sum() == 50


def test_quantised_has_only_old_operators_and_pixel_minus128_as_input(built: rebuild.Built) -> None:
    content = built.tflite.read_bytes()
    allowed = {"CONV_2D": 3, "DEPTHWISE_CONV_2D": 3, "AVERAGE_POOL_2D": 2, "RESHAPE": 1}
    for name, version in quantise.operators(content):
        assert version <= allowed[name], name
    quantise.check_input(content)
    scores = LiteRt(content).output
    assert scores.dtype is np.int8
    assert scores.shape == (1, len(CLASSES))


def test_quantised_scores_follow_the_float_model(built: rebuild.Built) -> None:
    pictures = bars(50, 3)
    in_float = predict.predict(built.run / "best.keras", pictures.images, "float")
    in_int8 = predict.predict(built.tflite, pictures.images)
    assert in_int8.scores is not None
    assert in_int8.scores.dtype == np.int8
    # Within a tenth of the range of the logits, whatever the model has learnt.
    span = np.ptp(in_float.logits)
    assert np.abs(in_float.logits - in_int8.logits).mean() < 0.1 * span


def test_interrupted_goes_on_and_ends_like_an_uninterrupted_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, training, validation = (
        tiny(size=32, cycles=(Cycle(1, 1e-2, augmentation=0.0), Cycle(1, 5e-3, augmentation=0.5))),
        bars(40, 1),
        bars(10, 2),
    )
    whole = train.train(config, training, validation, tmp_path / "whole")
    save, saved = train._losses, []

    def stop_after_first(*arguments: Any) -> Any:
        if saved:
            raise KeyboardInterrupt
        saved.append(1)
        return save(*arguments)

    monkeypatch.setattr(train, "_losses", stop_after_first)
    with pytest.raises(KeyboardInterrupt):
        train.train(config, training, validation, tmp_path / "cut")
    monkeypatch.undo()
    resumed = train.train(config, training, validation, tmp_path / "cut")
    assert len(json.loads((tmp_path / "cut" / "history.json").read_text())) == 2
    for a, b in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_folder_of_another_configuration_is_refused(built: rebuild.Built) -> None:
    with pytest.raises(EmojicamError, match="another configuration"):
        train.train(tiny(seed=2), bars(40, 1), bars(20, 2), built.run)


def test_picture_in_both_sets_is_refused(tmp_path: Path) -> None:
    pictures = bars(20, 1)
    with pytest.raises(EmojicamError, match="in training and validation"):
        rebuild.build(tiny(), pictures, pictures, tmp_path)


def test_empty_class_is_refused(tmp_path: Path) -> None:
    pictures = bars(20, 1)
    four = Labelled(pictures.images[:4], pictures.labels[:4], pictures.names[:4])
    with pytest.raises(EmojicamError, match="training set has no picture of class 'fist'"):
        rebuild.build(tiny(), four, pictures, tmp_path)


def test_pictures_without_anything_to_learn_are_no_success_and_leave_no_model(tmp_path: Path) -> None:
    def noise(count: int, seed: int) -> Labelled:
        images = np.random.default_rng(seed).integers(0, 256, (count, 96, 96)).astype(np.uint8)
        return Labelled(images, np.arange(count) % 5, [f"{seed}:{i}" for i in range(count)])

    with pytest.raises(EmojicamError, match=r"learnt nothing|same scores|never answer|nothing but zeros"):
        rebuild.build(tiny(), noise(160, 1), noise(50, 2), tmp_path)
    assert not (tmp_path / "gestures.tflite").exists()
    assert not (tmp_path / "report.json").exists()


def test_too_few_pictures_for_a_batch_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="do not fill a batch"):
        train.train(tiny(batch=64), bars(20, 1), bars(20, 2), tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stem": 0}, {"blocks": ((8, 3),)}, {"size": 90}, {"schedule": "steps"}, {"smoothing": 0.6},
        {"validation_seed": 1}, {"class_weights": "some"}, {"cycles": ()}, {"cycles": (Cycle(0, 1e-3),)},
        {"cycles": (Cycle(1, 0.0),)}, {"cycles": (Cycle(1, 1e-3, ((0.8, 64), (0.4, 80))),)},
        {"cycles": (Cycle(1, 1e-3, augmentation=2),)}, {"cycles": (Cycle(1, 1e-3, paste=2),)},
    ],
)  # fmt: skip
def test_setting_out_of_range_is_refused_by_name(wrong: dict[str, Any]) -> None:
    with pytest.raises(EmojicamError, match=f"setting {next(iter(wrong))} = "):
        tiny(**wrong)


def test_a_run_may_begin_with_any_model_that_is_shipped() -> None:
    shipped = sorted(paths.models_dir().glob("*.tflite"))
    assert rebuild.MODEL in [path.name for path in shipped]
    for path in shipped:
        content = path.read_bytes()
        assert rebuild.beginning(paths.models_dir(), hashlib.sha256(content).hexdigest()) == content
    with pytest.raises(EmojicamError, match=f"SHA-256 {'0' * 12}…, are not in"):
        rebuild.beginning(paths.models_dir(), "0" * 64)


def test_each_cycle_begins_with_small_pictures() -> None:
    growing = ((0.5, 48), (0.25, 64))
    config = tiny(size=96, cycles=(Cycle(4, 1e-2, growing), Cycle(1, 1e-3), Cycle(4, 1e-3, growing)))
    assert [config.size_at(epoch) for epoch in range(config.epochs)] == [48, 48, 64, 96, 96, 48, 48, 64, 96]
    assert [config.cycle_at(epoch)[1] for epoch in range(config.epochs)] == [0] * 4 + [4] + [5] * 4


def test_saved_config_reads_back_as_it_was(tmp_path: Path) -> None:
    TrainConfig().save(tmp_path / "config.json")
    assert TrainConfig.from_json(tmp_path / "config.json") == TrainConfig()


@pytest.mark.parametrize("cycles", ["7", "[[24, 1.0, 3e-3]]", '[[1, "fast", [], 0.7, 0.5]]', "[[1, 1e-3, 5, 0.7, 0]]"])
def test_saved_config_whose_cycles_are_no_cycles_is_refused(tmp_path: Path, cycles: str) -> None:
    (tmp_path / "config.json").write_text(f'{{"cycles": {cycles}}}')
    with pytest.raises(EmojicamError, match=r"config\.json: cannot read cycles"):
        TrainConfig.from_json(tmp_path / "config.json")


def test_saved_config_with_unknown_setting_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"epochz": 3}')
    with pytest.raises(EmojicamError, match="unknown setting 'epochz'"):
        TrainConfig.from_json(tmp_path / "config.json")


def test_network_training_and_fixed_graph_have_the_same_weights() -> None:
    architecture = network.Architecture.mobilenet(0.25)
    free, fixed = network.build(5, architecture, None, 0.1), network.build(5, architecture, 96)
    assert [w.shape for w in free.get_weights()] == [w.shape for w in fixed.get_weights()]
    fixed.set_weights(free.get_weights())
    picture = np.random.default_rng(1).random((1, 96, 96, 1), np.float32)
    np.testing.assert_allclose(
        np.asarray(free(picture, training=False)), np.asarray(fixed(picture, training=False)), atol=1e-5
    )


def test_augment_same_seed_same_batch_strength_zero_only_resizes() -> None:
    images = bars(10, 4).images
    rows = np.arange(10)
    np.testing.assert_array_equal(augment(images, rows, 96, 7, 1.0), augment(images, rows, 96, 7, 1.0))
    assert (augment(images, rows, 96, 7, 1.0) != augment(images, rows, 96, 8, 1.0)).any()
    plain = augment(images, rows, 96, 7, 0.0)
    np.testing.assert_allclose(plain[1:-1, 1:-1, 1:-1, 0], images[1:-1, 1:-1, 1:-1] / 255, atol=0.003)
    strong = augment(images, rows, 64, 7, 1.0)
    assert strong.shape == (10, 64, 64, 1)
    assert strong.min() >= 0
    assert strong.max() <= 1


def test_paste_puts_the_hand_before_another_background_and_leaves_pictures_without_hands_alone() -> None:
    images = np.full((3, 96, 96), 50, np.uint8)
    covers = np.zeros_like(images)
    images[0, 30:60, 30:60], covers[0, 30:60, 30:60] = 200, 255  # a hand before dark grey
    images[2] = 120  # the one background
    paste = Paste(covers, images[2:], 1.0)
    seen = augment(images, np.arange(3), 96, 1, 0.0, paste)[..., 0] * 255
    np.testing.assert_allclose(seen[0, 32:58, 32:58], 200, atol=1)
    np.testing.assert_allclose(seen[0, :28], 120, atol=1)
    np.testing.assert_allclose(seen[1], 50, atol=1)
    unpasted = augment(images, np.arange(3), 96, 1, 0.0)[..., 0] * 255
    np.testing.assert_allclose(unpasted[0, :28], 50, atol=1)


def test_pipeline_workers_share_every_batch_without_overlap() -> None:
    pictures = bars(40, 5)
    weights = class_weights(pictures.labels, 5, "none")
    taken = []
    for worker in range(2):
        data = batches(
            pictures,
            weights,
            side=32,
            batch=20,
            epoch=3,
            seed=1,
            strength=0.0,
            worker=worker,
            workers=2,
        )
        parts = list(data.as_numpy_iterator())
        assert [part[0].shape for part in parts] == [(10, 32, 32, 1)] * 2
        taken.append(np.concatenate([part[0] for part in parts]).reshape(20, -1))
    both = np.concatenate(taken)
    assert len(np.unique(both, axis=0)) == 40


def test_class_weights_balanced_give_every_class_the_same_total() -> None:
    labels = np.array([0] * 6 + [1] * 2 + [2, 3, 4], np.int64)
    weights = class_weights(labels, 5, "balanced")
    totals = [weights[c] * (labels == c).sum() for c in range(5)]
    np.testing.assert_allclose(totals, totals[0], rtol=1e-6)
    assert weights[labels].mean() == pytest.approx(1, rel=1e-6)


def test_not_a_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tflite").write_bytes(b"nothing")
    with pytest.raises(EmojicamError, match="not a TensorFlow Lite model"):
        predict.predict(tmp_path / "a.tflite", bars(5, 1).images)
    with pytest.raises(EmojicamError, match="cannot read"):
        predict.predict(tmp_path / "b.tflite", bars(5, 1).images)
    with pytest.raises(EmojicamError, match="not a float model"):
        predict.predict(tmp_path / "a.tflite", bars(5, 1).images, "float")


def test_unknown_board_is_refused(built: rebuild.Built) -> None:
    with pytest.raises(EmojicamError, match="'moon' cannot run models"):
        predict.predict(built.tflite, bars(5, 1).images, "moon")


def test_pictures_of_another_size_are_made_the_models_by_the_boards_image_stage(built: rebuild.Built) -> None:
    small = np.random.default_rng(3).integers(0, 256, (1, 64, 64), np.uint8)
    whole = image.prepare(small[0], size=(96, 96))
    by_itself, made = (predict.predict(built.tflite, one).scores for one in (small, whole[None]))
    assert np.array_equal(by_itself, made)


def test_explain_difference_names_what_changed(built: rebuild.Built, tmp_path: Path) -> None:
    rebuild.publish(built, tmp_path)
    shipped = tmp_path / "gestures.json"
    assert "bit for bit" in rebuild.explain_difference(built, shipped)
    before = json.loads(shipped.read_text())
    before["sha256"] = "0" * 64
    before["versions"]["numpy"] = "0.1"
    before["versions"]["training"] = "1"
    shipped.write_text(json.dumps(before))
    assert "numpy 0.1 before" in rebuild.explain_difference(built, shipped)
    assert f"training 1 before, {train.versions()['training']} now" in rebuild.explain_difference(built, shipped)
