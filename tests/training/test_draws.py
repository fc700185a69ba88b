"""Which photographs a batch draws: classes as they are to be, sources by the square root of their number."""

import math

import numpy as np
import pytest

from emojicam.data.classes import CLASSES, NONE
from emojicam.data.photographs import SIDE, Photographs
from emojicam.training.mixture import Mixture

pytestmark = pytest.mark.train

#: Four of class none of one source and one of another, nine of the first gesture, one of the second.
LABELS = np.array([NONE] * 5 + [1] * 9 + [2])
SOURCES = ["a", "a", "a", "a", "b", *["a"] * 9, "c"]


def mixture() -> Mixture:
    count = len(LABELS)
    whole = np.tile(np.array([0, 0, SIDE, SIDE], np.float32), (count, 1))
    hands = np.where((LABELS == NONE)[:, None], np.float32(-1), whole / 2)
    images = np.arange(count, dtype=np.uint8)[:, None, None].repeat(SIDE, 1).repeat(SIDE, 2)
    covers = np.zeros((count, 96, 96), np.uint8)
    photographs = Photographs(images, LABELS, SOURCES, hands, whole, "digest", covers)
    return Mixture.of(photographs, np.full((3, 96, 96), 200, np.uint8))


def test_classes_are_drawn_as_they_are_to_be_and_sources_by_the_root_of_their_number() -> None:
    gesture = (1 - 0.28) / (len(CLASSES) - 1)
    drawn = 0.28 + 2 * gesture  # the other classes have no photographs
    chances = mixture().chances * drawn
    assert chances.sum() == pytest.approx(drawn)
    # Roots of 4 and of 1 in class none.
    assert chances[:4] == pytest.approx(np.full(4, 0.28 * 2 / 3 / 4))
    assert chances[4] == pytest.approx(0.28 / 3)
    assert chances[5:14] == pytest.approx(np.full(9, gesture / 9))
    assert chances[14] == pytest.approx(gesture)


def test_rows_are_drawn_by_their_chances_and_of_none_an_eighth_are_rooms_alone() -> None:
    found = mixture()
    rows, labels = found.draw(np.random.default_rng(4), 20_000)
    rooms = rows < 0
    assert (labels[rooms] == NONE).all() and (labels[~rooms] == LABELS[rows[~rooms]]).all()
    assert rooms.sum() / (labels == NONE).sum() == pytest.approx(0.12, abs=0.015)
    backgrounds = len(found.shots.backgrounds)
    assert set(-1 - rows[rooms]) == set(range(backgrounds)), "every background, and none that there is not"
    counts = np.bincount(labels, minlength=len(CLASSES)) / 20_000
    assert counts[NONE] == pytest.approx(found.chances[:5].sum(), abs=0.01)
    assert math.isclose(counts[1], counts[2], abs_tol=0.015)


def test_what_is_shown_is_as_asked_and_the_photographs_stay() -> None:
    found = mixture()
    assert (found.shots.swap, found.shots.mirror, found.shots.cut) == (0.3, 0.0, 0.0)
    shown = found.shown(0.1, 0.2, 0.4)
    assert (shown.shots.swap, shown.shots.mirror, shown.shots.cut) == (0.1, 0.2, 0.4)
    assert shown.digest == found.digest == "digest" and shown.labels is found.labels
    assert (shown.shots.backgrounds[:3] == 200).all(), "the rendered ones come first"
    assert len(shown.shots.backgrounds) > 3, "and rooms of the photographs behind them"
