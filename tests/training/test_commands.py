"""The commands: what they print and write, and one line for what is wrong."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from emojicam import config, paths
from emojicam.cli import main
from emojicam.data import generate
from emojicam.data.classes import CLASSES
from emojicam.gesture import DecisionSettings
from emojicam.parallel import Workers
from emojicam.training import card, quantise, replay
from tests_training_models import bars, constant_model, noise_set

pytestmark = pytest.mark.train


def run(*arguments: str | Path) -> int:
    """Exit status of the CLI, as a shell would see it."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return noise_set(tmp_path / "set")


def test_data_make_then_preview_counts_the_classes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generate, "BLOCK", 7)
    for shard in ("0/2", "1/2"):
        assert run("data", "make", "--count", 14, "--seed", 3, "--shard", shard, "--jobs", 1, "-o", tmp_path) == 0
    assert run("data", "preview", tmp_path, "--columns", 4) == 0
    assert "none: 3\nraised hand: 3\nthumbs down: 3\nthumbs up: 3\nfist: 2\n" in capsys.readouterr().out
    with Image.open(tmp_path / "preview.png") as preview:
        assert preview.size[0] == 4 * 98


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["data", "make", "--shard", "4/2", "-o", "x"], 1, "'4/2' is not a shard"),
        (["data", "make", "--count", "0", "-o", "x"], 1, "0 pictures cannot be made"),
        (["data", "preview", "nowhere"], 1, "nowhere does not exist"),
        (["data", "clip", "-o", "clip.mp4"], 2, "does not end in .webp"),
        (["evaluate", "--data", "nowhere"], 1, "nowhere does not exist"),
        (["train", "--rebuild", "--data", "x"], 2, "--rebuild takes its data"),
        (["train", "--rebuild", "--smoke"], 2, "must not replace the shipped one"),
        (["train", "--data", "nowhere"], 1, "nowhere does not exist"),
        (["train", "--hyperparameters", "nowhere.json"], 1, "cannot read nowhere.json"),
        (["thresholds", "--model", "nowhere.tflite"], 1, "nowhere.tflite does not exist"),
        (["thresholds", "--model", "a.tflite", "--write"], 2, "--write is for the shipped model"),
        (["thresholds", "--current", "--write"], 2, "--current only measures"),
        (["thresholds", "--seed", "4712"], 2, "measured on the clips they are chosen on"),
    ],
)
def test_bad_input_one_line_and_status(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    status: int,
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(*arguments) == status
    said = capsys.readouterr().err
    assert complaint in " ".join(said.split())
    assert "Traceback" not in said
    assert "; try: " in " ".join(said.split())


def test_data_check_shared_picture_is_refused(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("data", "check", pictures, pictures) == 1
    assert "10 pictures are in training and validation" in " ".join(capsys.readouterr().err.split())


def test_evaluate_a_model_that_says_the_same_to_all_is_refused_after_its_figures(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "always.tflite"
    model.write_bytes(constant_model(answer=3))
    for number in range(2, 5):  # 25 pictures: no chance
        for folder in pictures.iterdir():
            Image.effect_noise((96, 96), 20 * number).save(folder / f"{number}.png")
    assert run("evaluate", "--data", pictures, "--model", model, "--json", tmp_path / "out.json") == 1
    assert "always.tflite gives all 25 pictures the same scores" in " ".join(capsys.readouterr().err.split())
    assert json.loads((tmp_path / "out.json").read_text())["images"] == 25  # nothing is lost


def test_evaluate_writes_the_documented_json(pictures: Path, tmp_path: Path) -> None:
    model = tmp_path / "always.tflite"
    model.write_bytes(constant_model(answer=3))
    assert run("evaluate", "--data", pictures, "--model", model, "--json", tmp_path / "out.json") == 0
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["images"] == 10
    assert report["accuracy"] == pytest.approx(0.2)
    assert report["recall"] == {name: float(name == "thumbs up") for name in CLASSES}
    assert report["confusion"] == [[0, 0, 0, 2, 0]] * 5


def test_evaluate_limit_takes_that_many(pictures: Path, tmp_path: Path) -> None:
    model = tmp_path / "always.tflite"
    model.write_bytes(constant_model(answer=0))
    assert run("evaluate", "--data", pictures, "--model", model, "--limit", 4, "--json", tmp_path / "o.json") == 0
    assert json.loads((tmp_path / "o.json").read_text())["images"] == 4


@pytest.mark.emulator
def test_evaluate_litert_and_firmware_give_the_same_scores(pictures: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(constant_model(answer=2, noise=1.0))
    written = tmp_path / "out.json"
    assert (
        run(
            "evaluate", "--data", pictures, "--model", model, "--on", "corstone300", "--against", "litert",
            "--json", written,
        )
        == 0
    )  # fmt: skip
    report = json.loads(written.read_text())
    assert report["scores_differ"] == 0
    assert report["answers_differ"] == []


def test_constant_model_is_an_int8_classifier_like_ours() -> None:
    content = constant_model(answer=1)
    quantise.check_input(content)
    assert [name for name, _ in quantise.operators(content)][-1] == "RESHAPE"


def test_thresholds_are_chosen_on_some_clips_and_measured_on_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "BEATS_A_CLIP", 2)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    model = tmp_path / "always.tflite"
    model.write_bytes(constant_model(answer=4))
    written, drawn = tmp_path / "out.json", tmp_path / "out.png"
    minutes = ["--minutes", 0.2, "--check-minutes", 0.1, "--jobs", 1]
    assert run("thresholds", "--model", model, *minutes, "--json", written, "--plot", drawn) == 0
    report = json.loads(written.read_text())
    assert (report["chosen_on_seed"], report["chosen_on_minutes"], report["seed"]) == (4711, 0.2, 4712)
    assert drawn.read_bytes().startswith(b"\x89PNG")
    settings = DecisionSettings(
        report["time_constant_ms"], report["margin"], tuple(report["activation"]), tuple(report["threshold"])
    )
    (checked,) = replay.replay(replay.tracks(model, 4712, 0.1, workers=Workers(jobs=1)), [settings])
    assert report["minutes"] == pytest.approx(checked.milliseconds / 60_000)
    assert (report["held"], report["missed"], report["false_firings"]) == (
        checked.held,
        checked.missed,
        checked.false_firings,
    )


def test_thresholds_write_the_settings_and_the_card_whatever_else_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, settings = tmp_path / "models", tmp_path / "emojicam.toml"
    models.mkdir()
    for path in paths.models_dir().glob("*.json"):
        (models / path.name).write_bytes(path.read_bytes())
    (models / "replay.json").unlink()
    settings.write_bytes(config.default_path().read_bytes())
    monkeypatch.setattr(replay, "BEATS_A_CLIP", 2)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr(paths, "models_dir", lambda: models)
    monkeypatch.setattr(config, "default_path", lambda: settings)
    asked, drawn = tmp_path / "asked.json", tmp_path / "asked.png"
    minutes = ["--minutes", 0.2, "--check-minutes", 0.1, "--jobs", 1]
    assert run("thresholds", "--write", *minutes, "--json", asked, "--plot", drawn) == 0
    report = json.loads(asked.read_text())
    assert json.loads((models / "replay.json").read_text()) == report
    assert (models / "replay.png").read_bytes() == drawn.read_bytes()
    assert (models / "README.md").read_text() == card.render(models)
    assert DecisionSettings.of(config.load(settings)).time_constant_ms == report["time_constant_ms"]


@pytest.mark.parametrize("there", [False, True])
def test_rebuild_takes_photographs_if_they_are_there_and_says_so_if_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], there: bool
) -> None:
    from emojicam.training import rebuild

    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path))
    if there:
        folder = tmp_path / "data" / "photographs" / "train" / "fist"
        folder.mkdir(parents=True)
        Image.new("RGB", (60, 60)).save(folder / "a.jpg")
        row = {"file": "fist/a.jpg", "label": "fist", "repo": "a/b", "box": [0.2, 0.2, 0.8, 0.8]}
        (folder.parent / "provenance.jsonl").write_text(json.dumps(row) + "\n")
    given: list[Any] = []
    monkeypatch.setattr(rebuild, "rendered", lambda *_, **__: bars(10, 1))
    monkeypatch.setattr(rebuild, "build", lambda *arguments, **_: given.extend(arguments))
    assert run("train", "--rebuild", "--output", tmp_path / "out") == 0
    settings, _, _, _, photographs, start = given
    assert (settings.photographs > 0) == there == (photographs is not None) == (start is not None)
    assert ("rendered hands alone" in capsys.readouterr().err) != there
    if there:
        assert hashlib.sha256(start).hexdigest() == settings.start


def test_photographs_go_with_settings_that_want_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rendered.json").write_text('{"photographs": 0.0}')
    (tmp_path / "mixed.json").write_text('{"photographs": 0.5}')
    for arguments, complaint in (
        (
            ("--hyperparameters", tmp_path / "rendered.json", "--photographs", tmp_path),
            "these settings are for rendered pictures alone",
        ),
        (("--hyperparameters", tmp_path / "mixed.json"), "these settings want photographs"),
        (("--photographs", tmp_path / "nowhere"), "provenance.jsonl"),
    ):
        assert run("train", *arguments) == 1
        assert complaint in " ".join(capsys.readouterr().err.split())
