"""Classes are those of emojicam.toml: one more, one less, another order, wherever pictures are read and judged."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import config, paths
from emojicam.cli import main
from emojicam.data import dataset, generate
from emojicam.data.classes import CLASSES, SIZE, drawn_as, label_of
from emojicam.errors import EmojicamError

#: A fist less, a peace sign more, and another order.
OWN = ("nothing", "thumbs up", "peace sign", "raised hand", "thumbs down")


def own_settings(path: Path) -> Path:
    """A settings file with the classes OWN."""
    gestures = "".join(
        f'[[gesture]]\nname = "{name}"\n' + (f'emoji = "{emoji}"\n' if emoji else "")
        for name, emoji in zip(OWN, ("", "👍", "✌️", "✋", "👎"), strict=True)
    )
    path.write_text(gestures, encoding="utf-8")
    return path


def own_pictures(folder: Path, each: int = 2, seed: int = 0) -> Path:
    for number, name in enumerate(OWN):
        (folder / name.replace(" ", "_")).mkdir(parents=True)
        for i in range(each):
            pixels = np.random.default_rng([seed, number, i]).integers(0, 256, (SIZE, SIZE), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name.replace(" ", "_") / f"{i}.png")
    return folder


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(one) for one in arguments])
    return int(ended.value.code or 0)


def test_a_folder_means_a_class_of_the_settings(tmp_path: Path) -> None:
    found = dataset.load(own_pictures(tmp_path), classes=OWN, all_classes=True)
    assert found.counts().tolist() == [2] * 5
    assert {Path(found.names[i]).parent.name for i in np.flatnonzero(found.labels == 2)} == {"peace_sign"}
    with pytest.raises(EmojicamError, match=r"'nothing' is not a class.*one of none, raised hand"):
        dataset.load(tmp_path)
    assert label_of("Peace-Sign", OWN) == 2
    with pytest.raises(EmojicamError, match="'fist' is not a class"):
        label_of("fist", OWN)


def test_rendered_gestures_have_the_settings_numbers_and_those_that_it_lacks_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert drawn_as(OWN).tolist() == [0, 3, 4, 1, 0]
    labels = np.arange(5)
    images = np.zeros((5, SIZE, SIZE), np.uint8)
    (tmp_path / "set.json").write_text(json.dumps(generate.describe(1, 5)))
    np.savez(
        tmp_path / "block-00000000.npz", images=images, covers=images, labels=labels,
        kinds=labels, extents=np.zeros(5, np.float32), tones=np.zeros(5, np.float32),
    )  # fmt: skip
    assert dataset.load(tmp_path).labels.tolist() == [0, 1, 2, 3, 4]
    found = dataset.load(tmp_path, classes=OWN)
    assert found.labels.tolist() == [0, 3, 4, 1, 0]
    assert found.classes == OWN
    assert found.first(2).classes == OWN


def test_check_and_preview_take_the_classes_of_a_settings_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = own_settings(tmp_path / "own.toml")
    first, second = own_pictures(tmp_path / "a"), own_pictures(tmp_path / "b", seed=1)
    assert run("data", "check", first, second, "--config", settings) == 0
    assert run("data", "preview", first, "--config", settings, "-o", tmp_path / "sheet.png") == 0
    assert "nothing: 2\nthumbs up: 2\npeace sign: 2\n" in capsys.readouterr().out
    assert run("data", "check", first, second) == 1
    assert "is not a class" in capsys.readouterr().err


def test_a_model_beside_its_settings_is_found_and_otherwise_the_projects(tmp_path: Path) -> None:
    settings = tmp_path / "mine.toml"
    settings.write_text(config.default_path().read_text(encoding="utf-8"), encoding="utf-8")
    assert config.load(settings) == config.load()
    settings.write_text(settings.read_text(encoding="utf-8").replace("models/gestures.tflite", "mine.tflite"))
    assert config.load(settings).model.file == "mine.tflite"  # there is none: as it stands
    (tmp_path / "mine.tflite").write_bytes(b"model")
    assert Path(config.load(settings).model.file) == tmp_path.resolve() / "mine.tflite"
    assert (paths.data_root() / config.load(settings).model.file).read_bytes() == b"model"


@pytest.mark.train
def test_a_model_is_measured_on_its_own_classes_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests_training_models import constant_model

    settings, pictures = own_settings(tmp_path / "own.toml"), own_pictures(tmp_path / "a")
    (tmp_path / "five.tflite").write_bytes(constant_model(answer=2))
    told = ("evaluate", "--data", pictures, "--model", tmp_path / "five.tflite", "--json", tmp_path / "out.json")
    assert run(*told, "--config", settings) == 0
    assert json.loads((tmp_path / "out.json").read_text())["recall"] == {name: float(name == OWN[2]) for name in OWN}

    with settings.open("a", encoding="utf-8") as file:
        file.write('[[gesture]]\nname = "heart"\nemoji = "🫶"\n')
    capsys.readouterr()
    assert run(*told, "--config", settings) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "the model has 5 classes and emojicam.toml has 6 gestures" in said
    assert "or --config with the settings that it is for" in said


@pytest.mark.train
def test_clips_are_counted_in_the_models_classes() -> None:
    from emojicam.gesture import DecisionSettings
    from emojicam.training import replay
    from tests_training_models import beat

    beats = [beat("thumbs up"), beat("fist")]
    rows = []
    for one, label in zip(beats, [1, 2], strict=True):  # the fist is taken for a peace sign
        for frame in range(one.frames):
            shown = label if one.rise <= frame < one.rise + one.hold else 0
            rows.append(np.where(np.arange(5) == shown, 0.96, 0.01))
    track = replay.Track.even(np.array(rows, np.float32), beats, OWN)
    settings = DecisionSettings(57, 0.2, (0.0, 0.6, 0.6, 0.6, 0.6), (0.55, 0.65, 0.65, 0.65, 0.65))
    (outcome,) = replay.replay([track], [settings])
    assert (outcome.held, outcome.fired, outcome.false_firings) == (1, 1, 1)
    assert outcome.gesture_delays_ms() == {1: pytest.approx(40)}


def test_the_renderer_draws_what_it_always_did() -> None:
    assert generate.describe(1, 5)["classes"] == list(CLASSES)
