"""Clips of photographs, and what they weigh when settings are chosen."""

import numpy as np
import pytest

from emojicam.data.classes import NONE, THUMBS_UP
from emojicam.data.photographs import SIDE, Photographs
from emojicam.gesture import DecisionSettings
from emojicam.parallel import Workers
from emojicam.training import choice, replay, stills
from emojicam.training.choice import Choice, choose
from emojicam.training.mixture import Mixture
from tests_training_models import constant_model

pytestmark = pytest.mark.train

SETTINGS = DecisionSettings(57, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))


def test_a_picture_is_held_for_a_while_and_never_quite_still() -> None:
    room, shown = np.full((120, 120), 20, np.uint8), np.full((120, 120), 120, np.uint8)
    shown[:, 60:] = 200
    frames = stills.moved(np.random.default_rng(1), room, shown)
    assert frames.shape == (stills.BEFORE + stills.HELD + stills.AFTER, 96, 96)
    level = frames.mean((1, 2))
    held = slice(stills.BEFORE, stills.BEFORE + stills.HELD)
    assert level[held].min() > 100 and max(level[: stills.BEFORE].max(), level[-stills.AFTER :].max()) < 40
    edges = [int((row > 160).argmax()) for row in frames[held, 48]]
    assert len(set(edges)) > 1, "it moves"
    assert len({round(float(one), 1) for one in level[held]}) > 10, "and its light changes"


def test_clips_show_the_class_of_their_photograph_and_are_scored(tmp_path) -> None:  # type: ignore[no-untyped-def]
    images = np.full((10, SIDE, SIDE), 90, np.uint8)
    hands = np.tile(np.array([48, 48, 144, 144], np.float32), (10, 1))
    whole = np.tile(np.array([0, 0, SIDE, SIDE], np.float32), (10, 1))
    covers = np.zeros((10, 96, 96), np.uint8)
    found = Photographs(images, np.arange(10) % 5, ["a/b"] * 10, hands, whole, "0", covers)
    mixture = Mixture.of(found, np.full((2, 96, 96), 30, np.uint8))
    model = tmp_path / "m.tflite"
    model.write_bytes(constant_model(answer=THUMBS_UP))
    clips = stills.tracks(model, mixture, 3, 12, workers=Workers(jobs=1))
    assert len(clips) == 12
    labels = {clip.beats[1].label for clip in clips}
    assert NONE in labels and len(labels) > 2
    for clip in clips:
        assert clip.probabilities.argmax(1).tolist() == [THUMBS_UP] * (stills.BEFORE + stills.HELD + stills.AFTER)


def outcome(held: int = 10, missed: int = 0, false: int = 0, delays: tuple[int, ...] = ()) -> replay.Outcome:
    return replay.Outcome(600_000, held, held - missed, missed, false, tuple((1, delay) for delay in delays))


def test_a_gesture_is_late_if_it_fires_after_half_a_second_or_never() -> None:
    assert outcome(missed=2, delays=(0, 480, 500, 520, 900)).late == 4


def test_photographs_decide_between_settings_that_are_as_good_on_rendered_clips() -> None:
    rendered = outcome(delays=(200,))
    # One false firing in twenty minutes, of both kinds of clips, and a standard deviation: six an hour are allowed.
    eager = Choice(SETTINGS, rendered, outcome(missed=2, false=1))
    careful = Choice(SETTINGS, rendered, outcome(missed=4, false=0))
    assert choose([eager, careful]) is careful, "a false firing has to be deleted again"
    timid = Choice(SETTINGS, rendered, outcome(missed=6, false=0))
    assert choose([eager, timid]) is eager
    slow = Choice(SETTINGS, rendered, outcome(delays=(600,) * 9))
    assert choose([eager, slow]) is eager
    assert choice.FALSE_WEIGHS == 3


def test_errors_on_both_kinds_of_clips_decide_and_not_who_types_least() -> None:
    rendered = outcome(delays=(200,))
    often, never = Choice(SETTINGS, rendered, outcome(false=3)), Choice(SETTINGS, rendered, outcome(missed=10))
    assert choose([often, never]) is often
    assert choose([Choice(SETTINGS, outcome(false=4, delays=(200,)), outcome()), never]) is never
    seldom = Choice(SETTINGS, outcome(false=2, delays=(200,)), outcome(missed=9))
    late = Choice(SETTINGS, outcome(delays=(200, 200, 200, 501, 502)), outcome(missed=6))
    assert choose([often, seldom, late]) is late
