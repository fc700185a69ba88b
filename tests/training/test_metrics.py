"""Figures: confusion, recall, precision, calibration, groups."""

import numpy as np
import pytest

from emojicam.data.classes import CLASSES
from emojicam.errors import EmojicamError
from emojicam.training import metrics

LABELS = np.array([0, 0, 1, 1, 2, 3, 3, 3])
ANSWERS = np.array([0, 1, 1, 1, 0, 3, 3, 4])


def logits(answers: np.ndarray, sure: float = 20.0) -> np.ndarray:
    return np.eye(5)[answers] * sure


def test_confusion_rows_are_truth_columns_are_answers() -> None:
    figures = metrics.measure(logits(ANSWERS), LABELS)
    assert figures.confusion.tolist() == [
        [1, 1, 0, 0, 0], [0, 2, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 2, 1], [0, 0, 0, 0, 0],
    ]  # fmt: skip
    assert figures.images == 8
    assert figures.accuracy == pytest.approx(5 / 8)


def test_recall_and_precision_by_name_none_without_pictures() -> None:
    figures = metrics.measure(logits(ANSWERS), LABELS)
    recall, precision = figures.recall(), figures.precision()
    assert set(recall) == set(CLASSES)
    assert recall["none"] == 0.5
    assert recall["raised hand"] == 1.0
    assert recall["thumbs up"] == pytest.approx(2 / 3)
    assert recall["fist"] is None
    assert precision["raised hand"] == pytest.approx(2 / 3)
    assert precision["thumbs down"] is None


def test_calibration_sure_and_right_is_perfect_sure_and_wrong_is_not() -> None:
    assert metrics.measure(logits(LABELS), LABELS).calibration_error == pytest.approx(0, abs=1e-6)
    assert metrics.measure(logits((LABELS + 1) % 5), LABELS).calibration_error == pytest.approx(1, abs=1e-6)
    even = metrics.measure(np.zeros((10, 5)), np.arange(10) % 5)
    assert even.calibration_error == pytest.approx(0, abs=1e-6)


def test_groups_are_half_open_and_count_their_own() -> None:
    values = np.array([0.1, 0.5, 0.5, 0.9, 0.9, 0.1, 0.5, 0.9], np.float32)
    rows = metrics.by_group(logits(ANSWERS), LABELS, values, (0.0, 0.5, 1.0, 2.0))
    assert [row["images"] for row in rows] == [2, 6]
    assert rows[0]["accuracy"] == 1.0
    assert rows[1]["accuracy"] == pytest.approx(3 / 6)


def test_softmax_sums_to_one_even_for_large_logits() -> None:
    found = metrics.softmax(np.array([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]]))
    np.testing.assert_allclose(found.sum(1), 1)
    np.testing.assert_allclose(found[1], 1 / 3)


def test_calibration_error_weighs_each_bin_by_its_pictures() -> None:
    # Nine pictures, sure and right; one, half sure and wrong: 0.1 of its confidence is the whole error.
    answers = np.zeros(10, np.int64)
    labels = np.array([0] * 9 + [1])
    scores = logits(answers)
    scores[9] = [np.log(4.0), 0, 0, 0, 0]  # a half, and an eighth for each other class
    assert metrics.measure(scores, labels).calibration_error == pytest.approx(0.1 * 0.5, abs=1e-6)


def test_gesture_recall_leaves_out_pictures_without_a_gesture() -> None:
    labels = np.array([0, 0, 0, 1, 2])
    answers = np.array([1, 1, 1, 1, 2])
    (row,) = metrics.by_group(logits(answers), labels, np.zeros(5, np.float32), (0.0, 1.0))
    assert row["gesture_recall"] == 1.0
    assert row["accuracy"] == pytest.approx(2 / 5)


def test_classes_with_enough_pictures_that_are_never_the_answer_are_named() -> None:
    enough = metrics.WORTH_SAYING
    labels = np.array([0] * 30 + [1] * enough + [2] * (enough - 1) + [3] * 30)
    answers = np.where(labels == 3, 3, 0)
    assert metrics.measure(logits(answers), labels).never_answered() == ["raised hand"]
    # The answer to a picture of another class is one, too.
    answers[0] = 1
    assert metrics.measure(logits(answers), labels).never_answered() == []


@pytest.mark.parametrize(("labels", "accuracy"), [([], 0.0), ([2], 1.0)])
def test_accuracy_of_few_pictures(labels: list[int], accuracy: float) -> None:
    given = np.array(labels, np.int64)
    figures = metrics.measure(logits(given), given)
    assert figures.accuracy == accuracy
    assert figures.calibration_error == pytest.approx(0, abs=1e-6)
    assert (figures.images, figures.as_json()["images"]) == (len(labels), len(labels))


def test_calibration_has_fifteen_bins_of_confidence_share_and_number() -> None:
    scores = logits(np.array([0, 0, 0]))
    scores[1:] = [np.log(4.0), 0, 0, 0, 0]  # a half
    figures = metrics.measure(scores, np.array([0, 0, 1]))
    assert figures.calibration.shape == (15, 3)
    assert figures.calibration[7] == pytest.approx([0.5, 0.5, 2])
    assert figures.calibration[14] == pytest.approx([1, 1, 1], abs=1e-6)
    assert np.delete(figures.calibration, [7, 14], 0).sum() == 0
    certain = metrics.measure(logits(np.array([0]), 1e4), np.array([0]))
    assert certain.calibration[14].tolist() == [1, 1, 1], "there is no bin behind the last"
    # One miss of three, by a confidence that was right about the two.
    (one,) = metrics.measure(scores[2:], np.array([1])).calibration[7:8]
    assert one == pytest.approx([0.5, 0, 1])
    assert metrics.measure(scores[2:], np.array([1])).calibration_error == pytest.approx(0.5)


def test_a_model_with_other_outputs_than_classes_is_refused() -> None:
    with pytest.raises(EmojicamError, match="5 outputs, and there are 2 classes: a, b"):
        metrics.measure(logits(np.array([0])), np.array([0]), ("a", "b"))


def test_groups_say_their_range_and_have_no_recall_without_a_gesture() -> None:
    labels = np.array([0, 0, 1, 1, 4])
    rows = metrics.by_group(logits(np.array([0, 1, 1, 0, 4])), labels, np.array([0, 0, 1, 1, 1], np.float32), (0, 1, 2))
    assert rows == [
        {"from": 0, "to": 1, "images": 2, "accuracy": 0.5, "gesture_recall": None},
        {"from": 1, "to": 2, "images": 3, "accuracy": pytest.approx(2 / 3), "gesture_recall": 0.75},
    ]
