"""``evaluate`` and ``thresholds`` see with strangers' models what ``run`` sees: their size, colours and outputs."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam.cli import main
from emojicam.config.settings import Model
from emojicam.data.clip import Beat
from emojicam.image import prepare
from emojicam.model.graph import parse
from emojicam.model.oracle import TfliteMicro
from emojicam.model.pixels import read as read_pixels
from emojicam.training import predict, replay
from models.builder import ModelBuilder, Quant

SHAPE = (30, 40, 3)
QUANT = Quant(1 / 255, -128)
pytestmark = pytest.mark.train


def _model(outputs: int, *, probabilities: bool = False) -> bytes:
    rng = np.random.default_rng(8)
    builder = ModelBuilder((1, *SHAPE), QUANT)
    weights = rng.integers(-127, 128, (outputs, *SHAPE)).astype(np.int8)
    # Weights that add up to nothing, so that answers go both ways.
    bias = (-127.5 * weights.reshape(outputs, -1).astype(np.int64).sum(1)).astype(np.int32)
    out = builder.conv(builder.input, weights, [0.01], bias, Quant(0.3, 3), padding="VALID")
    out = builder.flatten(out)
    if probabilities:
        name, options = ("LOGISTIC", {}) if outputs == 1 else ("SOFTMAX", {"beta": 1.0})
        out = builder.op(name, [out], (1, outputs), Quant(1 / 256, -128), 2, **options)
    return builder.finish(out)


def _classes(kind: str, scores: list[int]) -> int:
    """What `run` would say: docs/your-model.md."""
    if kind == "groups":
        return int(np.argmax([max(scores[0], scores[3]), scores[2], scores[1]]))
    if len(scores) == 1:
        return int(scores[0] > (0 if kind == "sigmoid" else 3))
    return int(np.argmax(scores))


@pytest.mark.parametrize(
    ("kind", "outputs", "names"),
    [
        ("sigmoid", 1, ("none", "hand")),
        ("logit", 1, ("none", "hand")),
        ("softmax", 3, ("none", "up", "down")),
        ("groups", 4, ("none", "up", "down")),
    ],
)
def test_evaluate_gives_each_picture_the_class_that_run_gives_it(
    kind: str, outputs: int, names: tuple[str, ...], tmp_path: Path
) -> None:
    model = _model(outputs, probabilities=kind in ("sigmoid", "softmax"))
    (tmp_path / "model.tflite").write_bytes(model)
    oracle, rng, seen = TfliteMicro(model), np.random.default_rng(9), set()
    for name in names:
        (tmp_path / "in" / name).mkdir(parents=True)
    for number in range(24):
        picture = rng.integers(0, 256, (60, 81, 3)).astype(np.uint8)
        frame = (prepare(picture, size=SHAPE[:2], channels=3).astype(int) - 128).astype(np.int8)
        answer = _classes(kind, [int(one) for one in oracle.run(frame[None]).ravel()])
        seen.add(answer)
        Image.fromarray(picture).save(tmp_path / "in" / names[answer] / f"{number}.png")
    assert seen == set(range(len(names)))
    groups = {"up": "outputs = [2]\n", "down": "outputs = [1]\n"} if kind == "groups" else {}
    gestures = "".join(
        f'[[gesture]]\nname = "{name}"\n{groups.get(name, "")}' + (f'emoji = "{chr(0x1F600 + i)}"\n' if i else "")
        for i, name in enumerate(names)
    )
    config = tmp_path / "emojicam.toml"
    config.write_text(f'[model]\nfile = "{tmp_path / "model.tflite"}"\n\n{gestures}', encoding="utf-8")
    arguments = ["evaluate", "--data", tmp_path / "in", "--config", config, "--json", tmp_path / "out.json"]
    try:
        main([str(one) for one in arguments])
    except SystemExit as end:
        assert not end.code
    report = json.loads((tmp_path / "out.json").read_text())
    assert report["accuracy"] == 1.0
    assert sum(map(sum, report["confusion"])) == 24


def _one_picture(folder: Path, outputs: int) -> list[str]:
    """Arguments of `evaluate` for one black picture and a model of so many outputs, both made in a folder."""
    (folder / "model.tflite").write_bytes(_model(outputs))
    (folder / "in" / "none").mkdir(parents=True)
    Image.fromarray(np.zeros((40, 40), np.uint8)).save(folder / "in" / "none" / "a.png")
    return ["--data", str(folder / "in"), "--model", str(folder / "model.tflite")]


def test_pictures_that_are_not_square_are_not_moved_and_that_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["evaluate", *_one_picture(tmp_path, 5), "--moved", "2"])
    assert caught.value.code == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "--moved takes square pictures, and model.tflite takes others" in said and "Traceback" not in said


def test_a_model_with_other_outputs_than_the_settings_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["evaluate", *_one_picture(tmp_path, 4)])
    assert caught.value.code == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "classes" in one]
    assert "the model has 4 classes" in line and "outputs = [...]" in line


@pytest.mark.parametrize("pixels", ["0..1", "-1..1"])
def test_thresholds_scores_clips_as_run_does(pixels: str) -> None:
    """A model of another size, with colours and several outputs a gesture: what the clips' decision is chosen on."""
    content, rng = _model(4), np.random.default_rng(10)
    said = Model(pixels=pixels)
    scorer = predict.Scorer(content, predict.Classes(("none", "up", "down"), ((), (2,), (1,))), said)
    frames = rng.integers(0, 256, (40, 96, 96)).astype(np.uint8)
    track = replay.track_of(scorer, frames, [Beat(None, 0, 0, 0, 40)])
    oracle, form = TfliteMicro(content), read_pixels(parse(content), said).form
    wanted = []
    for frame in frames:
        seen = form.apply(prepare(frame, size=SHAPE[:2], channels=3))
        wanted.append(_classes("groups", [int(one) for one in oracle.run(seen.reshape(1, *SHAPE)).ravel()]))
    assert track.probabilities.shape == (40, 3)
    assert track.probabilities.argmax(1).tolist() == wanted
    assert len(set(wanted)) > 1 or pixels == "-1..1"


def test_thresholds_of_a_model_with_other_outputs_are_one_line_before_clips_are_rendered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    (tmp_path / "model.tflite").write_bytes(_model(4))
    with pytest.raises(SystemExit) as caught:
        main(["thresholds", "--model", str(tmp_path / "model.tflite"), "--current"])
    assert caught.value.code == 1
    (line,) = [one for one in capsys.readouterr().err.splitlines() if "classes" in one]
    assert "the model has 4 classes" in line and "outputs = [...]" in line
    assert not list(tmp_path.rglob("clip-*"))
