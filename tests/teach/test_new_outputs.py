"""A gesture that the shipped model lacks: its first weights, how cautious the lesson makes it, what is said of it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emojicam import config
from emojicam.config import Gesture
from emojicam.data.classes import CLASSES
from emojicam.data.dataset import Labelled
from emojicam.teach import begin

SETTINGS = config.load()


def labelled(labels: list[int], kinds: list[str], classes: tuple[str, ...] = CLASSES) -> Labelled:
    count = len(labels)
    images, values = np.zeros((count, 1, 1), np.uint8), np.zeros(count, np.float32)
    return Labelled(images, np.array(labels), kinds, kinds, values, values, [], images, classes)


def test_the_known_part_of_the_odds_is_left_to_itself() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal([3, -2, 0], [0.1, 5, 1], (4000, 3))
    offset = rng.normal(0, 1, 4000)
    odds = 8 * features[:, 0] - 0.3 * features[:, 1] - 24 + offset
    wanted = (rng.random(4000) < 1 / (1 + np.exp(-odds))).astype(float)
    weights, bias = begin.logistic(features, offset, wanted, ridge=1e-3)
    assert weights == pytest.approx([8, -0.3, 0], abs=0.8)
    assert bias == pytest.approx(-24, abs=2.5)


def test_what_can_be_told_apart_for_sure_gets_weights_that_are_finite() -> None:
    features = np.linspace(-1, 1, 40)[:, None]
    wanted = (features[:, 0] > 0).astype(float)
    weights, bias = begin.logistic(features, np.zeros(40), wanted)
    assert 1 < weights[0] < 100
    assert abs(bias) < 1
    assert ((features @ weights + bias > 0) == (wanted > 0)).all()


@pytest.mark.train
def test_a_new_output_knows_its_captures_before_anything_else_is_trained() -> None:
    from emojicam.teach.shipped import Shipped
    from emojicam.training import network

    gestures = [*SETTINGS.gesture, Gesture(name="stripes", emoji="🦓"), Gesture(name="bars", emoji="🍫")]
    shipped = Shipped.of()
    outputs = shipped.outputs(gestures)
    assert outputs == [0, 1, 2, 3, 4, None, None]
    rng = np.random.default_rng(1)
    pixels = rng.uniform(0.2, 0.4, (72, 96, 96, 1)).astype(np.float32)
    labels = np.arange(72) % 3
    pixels[labels == 1, ::8] = 1.0
    pixels[labels == 2, :, ::8] = 1.0
    labels[labels > 0] += 4
    model = shipped.network(outputs)
    before = network.predict(model, (255 * pixels[..., 0]).astype(np.uint8))
    weights = model.get_weights()
    begin.fit(model, [5, 6], pixels[:48], labels[:48])
    for now, was in zip(model.get_weights()[:-2], weights[:-2], strict=True):
        np.testing.assert_array_equal(now, was)
    after = network.predict(model, (255 * pixels[..., 0]).astype(np.uint8))
    np.testing.assert_allclose(after[:, :5], before[:, :5], atol=1e-4)
    unseen = labels[48:]
    given = after[48:].argmax(1)
    assert not np.isin(before.argmax(1), [5, 6]).any()  # the outputs began as those of no gesture
    assert (given[unseen > 0] == unseen[unseen > 0]).all()
    assert not np.isin(given[unseen == 0], [5, 6]).any()


@pytest.mark.train
def test_a_new_output_is_lowered_until_no_class_loses_more_than_it_may() -> None:
    from emojicam.teach import caution

    # A hundred of none and fifty of a gesture; the new output leads on so many of them, by 0.01 to 0.20.
    labels = np.r_[np.zeros(100, int), np.ones(50, int)]
    logits = np.tile([0.0, 0.0, -9.0], (150, 1))
    logits[np.arange(150), labels] = 5.0
    logits[:20, 2] = 5 + np.arange(1, 21) / 100
    logits[100:104, 2] = 5 + np.arange(1, 5)
    right = np.ones(150, bool)
    by = caution.wanted(logits, labels, right, 2)
    lowered = logits - [0, 0, by]
    answers = lowered.argmax(1)
    assert (answers[:100] == 0).mean() >= 0.99
    assert (answers[100:] == 1).mean() >= 0.98
    assert by == pytest.approx(3.1)  # of four of the gesture one may go
    assert caution.wanted(logits[:100], labels[:100], right[:100], 2) == pytest.approx(0.29)  # of twenty of none, one
    # What was wrong before is nobody's loss, and what takes nothing is left as it is.
    right[:20] = False
    assert caution.wanted(logits[:100], labels[:100], right[:100], 2) == 0
    assert caution.wanted(logits[20:100], labels[20:100], right[20:100], 2) == 0


@pytest.mark.train
def test_a_new_gesture_is_not_lowered_so_far_that_its_own_captures_are_not_typed() -> None:
    from emojicam.teach import caution

    decision = SETTINGS.decision.model_copy(update={"margin": 0.6})
    wider = SETTINGS.model_copy(update={"decision": decision, "gesture": [*SETTINGS.gesture, SETTINGS.gesture[1]]})
    logits = np.zeros((10, 6))
    logits[:, 5] = np.log(5 * 0.8 / 0.2) + np.arange(10)  # sure by 0.8, as a margin of 0.6 asks for, and more
    assert caution.spared(logits, 5, wider) == pytest.approx(0.9)
    assert caution.spared(logits - [0, 0, 0, 0, 0, 8], 5, wider) == 0


@pytest.mark.train
def test_what_a_class_has_lost_is_said_by_how_it_is_drawn() -> None:
    from emojicam.teach import caution, figures

    classes = ("none", "fist", "wave")
    kinds = ["no hand"] * 90 + ["open hand turned"] * 10 + ["fist"] * 50
    pictures = labelled([0] * 100 + [1] * 50, kinds, classes)
    before = pictures.labels.copy()
    before[0] = 1
    after = pictures.labels.copy()
    after[90:94] = 2
    after[100] = 2  # one of fifty is what a gesture may lose
    (loss,) = figures.losses(before, after, pictures, caution.may_lose)
    assert (loss.name, loss.before, loss.after) == ("none", 0.99, 0.96)
    assert loss.mistaken == (("open hand turned", "wave", 4, 10),)
    assert str(loss) == (
        "none: 99% of rendered pictures before, 96% after; now mistaken: open hand turned, for wave (4 of 10)"
    )
    assert figures.losses(before, before, pictures, caution.may_lose) == ()


@pytest.mark.train
def test_the_card_and_the_result_say_what_was_lost(tmp_path: Path) -> None:
    from emojicam.teach import files, lesson
    from emojicam.teach.figures import Figures, Loss

    names = SETTINGS.class_names
    nothing = Figures(dict.fromkeys(names), dict.fromkeys(names))
    lost = Loss("none", 0.95, 0.89, (("open hand turned", "fist", 4, 6), ("no hand", "fist", 1, 32)))
    taught = lesson.Taught(b"model", dict.fromkeys(names, 4), 5, 0, nothing, nothing, {}, (lost,))
    where = files.Files.beside(tmp_path / "mine.tflite")
    files.write(taught, config.default_path(), SETTINGS, where, b"begun")
    said = (
        "none: 95% of rendered pictures before, 89% after; now mistaken: open hand turned, for fist (4 of 6); no hand,"
    )
    assert f"It has forgotten something:\n\n- {said}" in where.card.read_text(encoding="utf-8")
    (line,) = files.as_json(taught, where)["losses"]
    assert line.startswith(said)
    files.write(replace(taught, losses=()), config.default_path(), SETTINGS, where, b"begun")
    assert "It has forgotten" not in where.card.read_text(encoding="utf-8")
