"""Chance is not success: a model that has learnt nothing is refused, and says why."""

import numpy as np
import pytest

from emojicam.data.classes import CLASSES
from emojicam.errors import EmojicamError
from emojicam.training import metrics, verdict


def _figures(answers: list[int], labels: list[int]) -> metrics.Metrics:
    return metrics.measure(np.eye(len(CLASSES))[answers] * 4, np.array(labels))


LABELS = list(range(5)) * 40
RIGHT = _figures(LABELS, LABELS)
ALL_FISTS = _figures([4] * 200, LABELS)
GUESSED = _figures(np.random.default_rng(1).integers(0, 5, 200).tolist(), LABELS)


def test_one_class_for_all_is_nothing_learnt_and_names_it() -> None:
    with pytest.raises(
        EmojicamError,
        match=r"it says fist to every picture, 20\.0% of 200 .* 200 pictures in 90 steps are too few",
    ):
        verdict.refuse_nothing_learnt(ALL_FISTS, ALL_FISTS, 200, 90)


def test_guessing_is_nothing_learnt() -> None:
    with pytest.raises(
        EmojicamError, match=r"learnt nothing: mean recall is 0\.\d+.*guessing gives .* 0\.200"
    ) as caught:
        verdict.refuse_nothing_learnt(GUESSED, GUESSED, 50_000, 1000)
    assert "too few" not in caught.value.message  # 50,000 are not


def test_always_the_commonest_class_is_nothing_learnt_however_accurate() -> None:
    labels = [0] * 180 + [1, 2, 3, 4] * 5
    mostly = _figures([0] * 200, labels)
    assert mostly.accuracy == pytest.approx(0.9)
    with pytest.raises(EmojicamError, match="it says none to every picture"):
        verdict.refuse_nothing_learnt(mostly, mostly, 200, 90)


def test_better_than_chance_passes_and_so_does_a_little_better_on_many_pictures() -> None:
    verdict.refuse_nothing_learnt(RIGHT, RIGHT, 200, 90)
    labels = LABELS * 20
    some = [label if i % 10 == 0 else (7 * i + i // 5) % 5 for i, label in enumerate(labels)]
    little = _figures(some, labels)
    assert 0.25 < little.accuracy < 0.35
    verdict.refuse_nothing_learnt(little, little, 200, 90)


def test_lost_in_quantising_is_told_apart() -> None:
    with pytest.raises(EmojicamError, match=r"quantising has lost .* 1\.000 in float, 0\.200 in int8"):
        verdict.refuse_nothing_learnt(ALL_FISTS, RIGHT, 200, 90)


def test_never_answered_names_classes_with_pictures_and_no_others() -> None:
    assert RIGHT.never_answered() == []
    assert ALL_FISTS.never_answered() == list(CLASSES[:4])
    assert _figures([4] * 10, [0, 4] * 5).never_answered() == []  # five of "none" may be chance
