"""Figures by source, size and light, and what would be typed."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image

from emojicam import config
from emojicam.cli import main
from emojicam.cli.options import settings_said
from emojicam.config.settings import Model
from emojicam.data.classes import CLASSES
from emojicam.data.dataset import Labelled
from emojicam.gesture import DecisionSettings
from emojicam.training import evaluation, predict, steady
from emojicam.training.predict import Answers
from tests_training_models import constant_model, noise_set

pytestmark = pytest.mark.train

SURE = DecisionSettings(380, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.6, 0.6, 0.6, 0.6))


def answers(given: list[int], sure: int = 90) -> Answers:
    """int8 scores in which one class leads."""
    scores = np.full((len(given), len(CLASSES)), -60, np.int8)
    scores[np.arange(len(given)), given] = sure
    return Answers(scores.astype(np.float64) * 0.05, scores, 0, 0.05)


def pictures(labels: list[int]) -> Labelled:
    images = np.stack([np.full((96, 96), 20 + 40 * i % 200, np.uint8) for i in range(len(labels))])
    return Labelled(images, np.array(labels), [f"{i}.png" for i in range(len(labels))])


def test_each_source_counts_once_however_many_pictures_it_has() -> None:
    given = np.array([4] * 90 + [0] * 10)
    labels, sources = np.full(100, 4), np.array(["many"] * 90 + ["few"] * 10)
    found = evaluation.by_source(given, labels, sources)
    assert found["mean_recall"] == pytest.approx(0.5)
    assert found["sources"]["many"] == {"images": 90, "right": 1.0, "mean_recall": 1.0}
    assert found["interval_95"] == [0.0, 1.0]


def test_without_sources_each_picture_counts() -> None:
    found = evaluation.by_source(np.array([4] * 90 + [0] * 10), np.full(100, 4), np.full(100, ""))
    assert found["mean_recall"] == pytest.approx(0.9)
    low, high = found["interval_95"]
    assert 0.8 < low < 0.89 < 0.91 < high < 0.97
    assert "sources" not in found


def test_a_class_that_a_source_lacks_does_not_count_against_it() -> None:
    found = evaluation.by_source(np.array([1, 1, 4]), np.array([1, 1, 4]), np.array(["a", "b", "b"]))
    assert found["mean_recall"] == 1.0


def test_what_a_still_picture_types_is_what_the_decision_says() -> None:
    labels = np.array([1, 2, 3, 4, 0])
    typed = evaluation.held_still(answers([1, 2, 0, 3, 4]), SURE)
    assert typed.tolist() == [1, 2, 0, 3, 4]
    figures = evaluation.typing(typed, labels)
    assert (figures["right"], figures["wrong"], figures["nothing"], figures["none_typed"]) == (0.5, 0.25, 0.25, 1.0)
    assert figures["right_by_gesture"]["thumbs up"] == 0.0
    # Unsure frames, and frames for too short a time, type nothing.
    assert evaluation.held_still(answers([1], sure=-50), SURE).tolist() == [0]
    assert evaluation.held_still(answers([1]), SURE, seconds=0.2).tolist() == [0]


def test_what_a_still_picture_types_in_the_mirror_counts_half() -> None:
    both = evaluation.held_still(answers([1, 2, 0]), SURE, answers([1, 3, 4]))
    assert both.tolist() == [1, 0, 0]
    eager = DecisionSettings(40, 0.2, SURE.activation, (0.55, 0.5, 0.5, 0.5, 0.5))
    assert evaluation.held_still(answers([0]), eager, answers([4])).tolist() == [4]


def test_the_worst_failures_are_the_surest_wrong_answers(tmp_path: Path) -> None:
    given = answers([1, 2, 3, 4])
    scores = given.scores
    assert scores is not None
    scores[2, 3] = -40  # wrong, and hardly sure
    logits = scores.astype(np.float64) * 0.05
    shown = pictures([1, 1, 1, 1])
    about = evaluation.Known(np.array(["s"] * 4), np.zeros(4, np.float32))
    names = evaluation.sheet(Answers(logits, scores, 0, 0.05), shown, about, tmp_path / "worst.png")
    assert names == ["1.png", "3.png", "2.png"]
    with Image.open(tmp_path / "worst.png") as sheet:
        assert sheet.size[0] > 400


def run(*arguments: str | Path) -> int:
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder, rows = noise_set(tmp_path / "set"), []
    for name in CLASSES:
        for i in range(2):
            box = None if name == "none" else [0.25, 0.25, 0.75, 0.85]
            rows.append(json.dumps({"file": f"{name}/{i}.png", "label": name, "repo": f"owner/{i}", "box": box}))
    (folder / "provenance.jsonl").write_text("\n".join(rows) + "\n")
    return folder


def test_command_reports_by_source_extent_and_light(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fist.tflite").write_bytes(constant_model(4))
    target, sheet = tmp_path / "out.json", tmp_path / "worst.png"
    assert (
        run("evaluate", "--data", folder, "--model", tmp_path / "fist.tflite", "--json", target, "--sheet", sheet) == 0
    )
    found = json.loads(target.read_text())
    assert found["images"] == 10 and found["accuracy"] == pytest.approx(0.2)
    assert {"recall", "confusion", "by_source", "by_extent", "by_brightness", "still_picture_types"} <= set(found)
    assert found["mean_recall"] == pytest.approx(0.2)
    assert set(found["by_source"]["sources"]) == {"owner/0", "owner/1"}
    assert [(row["from"], row["images"]) for row in found["by_extent"]] == [(0.55, 8)]
    said = capsys.readouterr().out
    assert "each source counted once" in said and "owner/1: 20.0 % of 5" in said
    assert sheet.stat().st_size > 0


@pytest.mark.parametrize("in_turn", [True, False])
def test_command_shows_still_pictures_as_the_settings_have_the_board_show_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_turn: bool
) -> None:
    """A model that sees a fist where the left is bright, and is asked of fists whose left is."""
    (tmp_path / "set" / "fist").mkdir(parents=True)
    for number in range(3):
        pixels = np.full((96, 96), 10 + number, np.uint8)
        pixels[:, :48] = 200
        Image.fromarray(pixels).save(tmp_path / "set" / "fist" / f"{number}.png")

    def asked(model: Path, images: npt.NDArray[np.uint8], *_: object, **__: object) -> Answers:
        return answers([4 if one[:, 0].mean() > one[:, -1].mean() else 0 for one in images])

    monkeypatch.setattr(predict, "predict", asked)
    settings, target = tmp_path / "mine.toml", tmp_path / "out.json"
    text = config.default_path().read_text(encoding="utf-8")
    assert "mirror_in_turn = true" in text
    settings.write_text(text if in_turn else text.replace("mirror_in_turn = true", "mirror_in_turn = false"))
    # A model of another file's, too: what the board does with frames it does with any model's.
    named = ("--model", config.load().model_path) if in_turn else ("--config", settings)
    assert run("evaluate", "--data", tmp_path / "set", *named, "--json", target) == 0
    found = json.loads(target.read_text())
    assert found["accuracy"] == 1
    assert found["still_picture_types"]["right"] == (0 if in_turn else 1)


def test_what_is_said_of_another_model_is_how_the_board_shows_it_frames(tmp_path: Path) -> None:
    own, other = config.load(), tmp_path / "other.tflite"
    assert settings_said(own.model_path, None) == own.model
    assert settings_said(other, None) == Model(mirror_in_turn=own.model.mirror_in_turn)


def test_command_reports_what_stands_when_pictures_move(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "fist.tflite").write_bytes(constant_model(4))
    target = tmp_path / "out.json"
    assert run("evaluate", "--data", folder, "--model", tmp_path / "fist.tflite", "--moved", "3", "--json", target) == 0
    found = json.loads(target.read_text())
    assert found["moved"] == {"copies": 3, "mean_recall": pytest.approx(0.2), "always": 0.2, "never": 0.8}
    assert "moved a little, 3 times each: mean recall 20.0 %; right each time 20.0 %, never 80.0 %" in " ".join(
        capsys.readouterr().out.split()
    )


def test_copies_are_moved_a_little_and_differ_and_are_the_same_again() -> None:
    picture = np.zeros((1, 96, 96), np.uint8)
    picture[0, 40:56, 20:76] = 200  # wider than high, in the middle
    first, second = steady.copies(picture, 2)
    assert first.shape == picture.shape and first.dtype == np.uint8
    assert (first != second).any() and (first != picture).any()
    again, _ = steady.copies(picture, 2)
    assert (again == first).all()
    other, _ = steady.copies(picture, 2, seed=1)
    assert (other != first).any()
    for copy in (first[0], second[0]):
        rows, columns = np.nonzero(copy > 100)
        assert abs(rows.mean() - 47.5) < 5 and abs(columns.mean() - 47.5) < 5
        assert 45 < np.ptp(columns) < 68 and np.ptp(rows) < 32


def test_copies_are_never_mirrored() -> None:
    picture = np.zeros((30, 96, 96), np.uint8)
    picture[:, :, :40] = 200
    (copy,) = steady.copies(picture, 1)
    assert (copy[:, :, :30].mean((1, 2)) > 150).all() and (copy[:, :, 60:].mean((1, 2)) < 50).all()


def test_a_coloured_picture_moves_as_one() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (2, 48, 48, 1)).astype(np.uint8).repeat(3, axis=3)
    (copy,) = steady.copies(picture, 1)
    assert copy.shape == picture.shape
    assert (copy[..., 0] == copy[..., 1]).all() and (copy[..., 0] == copy[..., 2]).all()


def test_pictures_that_are_not_square_are_refused() -> None:
    with pytest.raises(ValueError, match="64x48 are not square"):
        list(steady.copies(np.zeros((1, 48, 64), np.uint8), 1))


def test_what_stands_counts_classes_alike_and_pictures_that_are_right_each_time_or_never() -> None:
    labels = np.array([0, 0, 0, 1])
    found = steady.report([np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])], labels)
    assert found == {"copies": 2, "mean_recall": pytest.approx((0.5 + 1) / 2), "always": 0.5, "never": 0.25}


def test_bad_input_is_one_line(folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "fist.tflite").write_bytes(constant_model(4))
    shared = ("evaluate", "--model", tmp_path / "fist.tflite")
    for arguments, status, complaint in (
        (("evaluate",), 2, "no pictures to measure on"),
        (("evaluate", "--card", "--data", folder), 2, "--card takes its model and pictures from the project"),
        (("evaluate", "--card", "--moved", "3"), 2, "--card takes its model and pictures from the project"),
        ((*shared, "--data", folder, "--moved", "0"), 2, "--moved"),
        ((*shared, "--data", folder, "--sheet", tmp_path / "fist.tflite" / "x.png"), 1, "can't be written"),
    ):
        assert run(*arguments) == status
        said = " ".join(capsys.readouterr().err.split())
        assert complaint in said and "Traceback" not in said
    (folder / "provenance.jsonl").write_text("{")
    assert run(*shared, "--data", folder) == 1
    assert "provenance.jsonl:1 cannot be read" in " ".join(capsys.readouterr().err.split())
