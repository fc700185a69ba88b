"""Replays: firings are counted for the gesture that was held, and everything else is false."""

from pathlib import Path

import numpy as np
import pytest

from emojicam import paths
from emojicam.config.settings import Model
from emojicam.data.classes import CLASSES
from emojicam.errors import EmojicamError
from emojicam.gesture import Decider, DecisionSettings
from emojicam.image import mirrored_at
from emojicam.parallel import Workers
from emojicam.training import predict, replay, thresholds
from tests_training_models import beat, constant_model, track

pytestmark = pytest.mark.train

SETTINGS = DecisionSettings(57, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))


def test_held_gestures_fire_once_soon_after_they_are_made() -> None:
    names = ["raised hand", "thumbs down", None, "thumbs up", "fist"]
    found = track([beat(name) for name in names], [1, 2, 0, 3, 4])
    (outcome,) = replay.replay([found, found], [SETTINGS])
    assert (outcome.held, outcome.fired, outcome.missed, outcome.false_firings) == (8, 8, 0, 0)
    # Frames that weigh 0.5 pass 0.65 with the second of 0.96.
    assert sorted(set(outcome.delays)) == [(1, 40), (2, 40), (3, 40), (4, 40)]
    assert outcome.median_delay_ms == pytest.approx(40)


def test_hard_negative_taken_for_a_gesture_is_a_false_firing() -> None:
    (outcome,) = replay.replay([track([beat("victory"), beat(None)], [1, 0])], [SETTINGS])
    assert (outcome.held, outcome.false_firings) == (0, 1)
    assert outcome.false_per_hour == pytest.approx(3_600_000 / outcome.milliseconds)


def test_wrong_gesture_is_missed_and_false() -> None:
    (outcome,) = replay.replay([track([beat("fist")], [3])], [SETTINGS])
    assert (outcome.held, outcome.fired, outcome.missed, outcome.false_firings) == (1, 0, 1, 1)


def test_flicker_fires_twice_once_is_false() -> None:
    found = track([beat("fist", hold=40)], [4])
    found.probabilities[20:30] = np.array([0.96, 0.01, 0.01, 0.01, 0.01])
    (outcome,) = replay.replay([found], [SETTINGS])
    assert (outcome.held, outcome.fired, outcome.missed, outcome.false_firings) == (1, 0, 0, 1)


def test_firings_are_the_deciders_own_for_every_track_and_setting() -> None:
    rng = np.random.default_rng(5)
    found = []
    for frames in (300, 170):
        # Slow random walks: every gesture comes, wavers and goes.
        logits = np.cumsum(rng.normal(0, 0.6, (frames, 5)), axis=0)
        rows = np.exp(logits - logits.max(1, keepdims=True))
        times_ms = np.cumsum(rng.choice([0, 9, 13, 40, 83, 400], frames))
        found.append(replay.Track((rows / rows.sum(1, keepdims=True)).astype(np.float32), [], [], times_ms))
    settings = [
        DecisionSettings(constant, margin, (0.0, *[least] * 4), (0.55, 0.6, 0.7, 0.8, 0.9))
        for constant, margin, least in ((480, 0.0, 0.3), (180, 0.1, 0.5), (58, 0.4, 0.75), (1, 0.0, 0.0))
    ]
    fired = replay.firings(found, settings)
    for t, one in enumerate(found):
        for s, setting in enumerate(settings):
            decider = Decider(setting)
            decisions = [decider.update(*frame) for frame in zip(one.probabilities, one.times_ms.tolist(), strict=True)]
            expected = [decision.gesture if decision.fired else 0 for decision in decisions]
            assert fired[: len(expected), t, s].tolist() == expected
            assert s == 0 or any(expected)


def test_random_beats_hold_gestures_and_hard_negatives() -> None:
    beats = replay.random_beats(np.random.default_rng(1), 400)
    gestures = sum(beat.label != 0 for beat in beats)
    pauses = sum(beat.kind is None for beat in beats)
    assert 120 < gestures < 200
    assert 20 < pauses < 70


def test_clips_are_rendered_once_and_scored_by_any_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "BEATS_A_CLIP", 1)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    for answer in (1, 4):
        model = tmp_path / f"{answer}.tflite"
        model.write_bytes(constant_model(answer))
        found = replay.tracks(model, seed=3, minutes=0.001, workers=Workers(jobs=1))
        frames = sum(beat.frames for one in found for beat in one.beats)
        assert sum(len(one.probabilities) for one in found) == frames
        assert {int(row.argmax()) for one in found for row in one.probabilities} == {answer}
        kept = sorted((tmp_path / "build").rglob("clip-*.npz"))
        assert len(kept) == len(found)
        # Nothing is rendered again.
        monkeypatch.setattr(replay, "render_clip", None)
    kept[0].write_bytes(b"nothing")
    with pytest.raises(EmojicamError, match="is damaged"):
        replay.tracks(model, seed=3, minutes=0.001, workers=Workers(jobs=1))


def test_of_a_clip_every_other_turn_is_scored_mirrored_if_the_settings_say_so() -> None:
    half = np.zeros((1, 96, 96), np.uint8)
    half[:, 10:60, 48:] = np.random.default_rng(3).integers(0, 256, (50, 48))
    frames, times = np.repeat(half, 12, axis=0), np.arange(12) * 40
    content = constant_model(2, noise=3.0)
    plain = predict.Scorer(content, predict.Classes(CLASSES))
    turned = predict.Scorer(content, predict.Classes(CLASSES), Model(mirror_in_turn=True))
    as_it_is, in_mirror = (plain(np.ascontiguousarray(one)).probabilities()[0] for one in (half, half[:, :, ::-1]))
    assert not np.array_equal(as_it_is, in_mirror)
    for scorer, mirror in ((plain, False), (turned, True)):
        rows = replay.track_of(scorer, frames, [beat(None)]).probabilities
        for row, time_ms in zip(rows, times, strict=True):
            assert np.array_equal(row, in_mirror if mirror and mirrored_at(int(time_ms)) else as_it_is)


def test_scoring_with_a_file_that_is_no_model_is_refused_before_anything_is_rendered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    (tmp_path / "a.tflite").write_bytes(b"nothing")
    with pytest.raises(EmojicamError, match="not a TensorFlow Lite model"):
        replay.tracks(tmp_path / "a.tflite", seed=3, minutes=0.001, workers=Workers(jobs=1))
    assert not (tmp_path / "build").exists()


def test_rewritten_changes_the_values_and_nothing_else() -> None:
    text = (paths.project_root() / "emojicam.toml").read_text()
    settings = DecisionSettings(171, 0.41, (0.0, 0.71, 0.72, 0.73, 0.74), (0.51, 0.81, 0.82, 0.83, 0.84))
    changed = thresholds.rewritten(text, settings)
    before, after = text.splitlines(), changed.splitlines()
    assert len(before) == len(after)
    different = [b.split("=")[0].strip() for a, b in zip(before, after, strict=True) if a != b]
    assert set(different) <= {"time_constant_ms", "margin", "activation", "threshold"}
    assert "time_constant_ms = 171" in after
    assert [line for line in after if line.startswith("threshold")] == [
        f"threshold = {value:.2f}" for value in settings.threshold
    ]
    assert thresholds.rewritten(changed, settings) == changed


def test_rewritten_without_a_line_is_refused_by_name() -> None:
    text = (paths.project_root() / "emojicam.toml").read_text().replace("margin = ", "# margin = ")
    with pytest.raises(EmojicamError, match="no 'margin' in its table 'decision'"):
        thresholds.rewritten(text, SETTINGS)
