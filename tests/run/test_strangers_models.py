"""``emojicam run`` with models that are not ours: what a pixel means to them, colours, heads of another form."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam.image import prepare
from emojicam.model.oracle import TfliteMicro
from emojicam.recording import Recording
from models.builder import ModelBuilder, Quant

SIDE = 16
NAMES = ("none", "up", "down")


def settings(folder: Path, model: bytes, names: tuple[str, ...] = NAMES, model_lines: str = "") -> Path:
    """An emojicam.toml beside the model, with a gesture for each class."""
    (folder / "model.tflite").write_bytes(model)
    gestures = "".join(
        f'[[gesture]]\nname = "{name}"\n' + (f'emoji = "{chr(0x1F600 + i)}"\n' if i else "")
        for i, name in enumerate(names)
    )
    path = folder / "emojicam.toml"
    path.write_text(f'[model]\nfile = "{folder / "model.tflite"}"\n{model_lines}\n{gestures}', encoding="utf-8")
    return path


def run(folder: Path, board: str, pictures: dict[str, np.ndarray], config: Path) -> list[dict[str, object]]:
    """What the board says to each picture."""
    (folder / "in").mkdir()
    for name, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / "in" / name)
    done = subprocess.run(
        [sys.executable, "-m", "emojicam", "run", "--board", board, "--config", config, "--input", folder / "in",
         "--json", folder / "out.jsonl"],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in (folder / "out.jsonl").read_text(encoding="utf-8").splitlines()]


def _colour_model(quant: Quant) -> bytes:
    rng = np.random.default_rng(5)
    builder = ModelBuilder((1, SIDE, SIDE, 3), quant)
    weights = rng.integers(-127, 128, (len(NAMES), SIDE, SIDE, 3)).astype(np.int8)
    scale = Quant(quant.scale * 2.0, 3)
    out = builder.conv(builder.input, weights, [0.01], np.zeros(len(NAMES), np.int32), scale, padding="VALID")
    return builder.finish(builder.flatten(out))


@pytest.mark.parametrize(
    ("board", "colours"),
    # Each core with one order: each is a firmware of its own.
    [
        ("host", "bgr"),
        pytest.param("corstone300", "rgb", marks=pytest.mark.emulator),
        pytest.param("mps2_an500", "bgr", marks=pytest.mark.emulator),
    ],
)
def test_a_model_of_minus_1_to_1_in_three_channels_is_given_just_that(board: str, colours: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(6)
    quant = Quant(1.9 / 255, -4)  # the converter's pictures went from -0.92 to 0.98
    model = _colour_model(quant)
    pictures = {
        "colour.png": rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8),
        "grey.png": rng.integers(0, 256, (SIDE, SIDE)).astype(np.uint8),
        "ramp.png": np.arange(SIDE * SIDE, dtype=np.uint8).reshape(SIDE, SIDE),
    }
    rows = run(tmp_path, board, pictures, settings(tmp_path, model, model_lines=f'colours = "{colours}"'))
    oracle = TfliteMicro(model)
    assert [row["source"] for row in rows] == list(pictures)
    for row, pixels in zip(rows, pictures.values(), strict=True):
        seen = prepare(pixels, size=(SIDE, SIDE), channels=3)[..., :: -1 if colours == "bgr" else 1]
        real = seen.astype(np.float64) / 127.5 - 1
        frame = np.clip(np.round(real / quant.scale) + quant.zero_point, -128, 127).astype(np.int8)
        assert row["scores"] == oracle.run(frame[None]).ravel().tolist()


def test_a_large_picture_keeps_its_colours_for_a_model_that_sees_them(tmp_path: Path) -> None:
    model = _colour_model(Quant(1 / 255, -128))
    flat = np.zeros((300, 400, 3), np.uint8)
    flat[:] = (200, 30, 90)
    (row,) = run(tmp_path, "host", {"flat.png": flat}, settings(tmp_path, model))
    frame = np.broadcast_to(np.array([200, 30, 90]) - 128, (1, SIDE, SIDE, 3)).astype(np.int8)
    assert row["scores"] == TfliteMicro(model).run(np.ascontiguousarray(frame)).ravel().tolist()


def test_a_recording_keeps_the_colours_that_the_model_was_shown(tmp_path: Path) -> None:
    model = _colour_model(Quant(1 / 255, -128))
    picture = np.random.default_rng(4).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "colour.png")
    config = settings(tmp_path, model)
    done = subprocess.run(
        [sys.executable, "-m", "emojicam", "record", "--board", "host", "--config", config, "--input",
         tmp_path / "colour.png", "-o", tmp_path / "a.recording"],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    frame = Recording.open(tmp_path / "a.recording").frame(0)
    assert frame.pixels is not None
    np.testing.assert_array_equal(frame.pixels, picture)
    given = (picture.astype(int) - 128).astype(np.int8)[None]
    assert frame.scores == TfliteMicro(model).run(given).ravel().tolist()


def _dense_model(outputs: int, *, sigmoid: bool = False) -> bytes:
    rng = np.random.default_rng(8)
    builder = ModelBuilder((1, SIDE, SIDE, 1), Quant(1 / 255, -128))
    weights = rng.integers(-127, 128, (outputs, SIDE * SIDE)).astype(np.int8)
    bias = np.zeros(outputs, np.int32)
    out = builder.fully_connected(builder.flatten(builder.input), weights, [0.01], bias, Quant(0.09, 3))
    if sigmoid:
        out = builder.op("LOGISTIC", [out], (1, outputs), Quant(1 / 256, -128), 2)
    return builder.finish(out)


def _pictures() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(9)
    return {f"{i}.png": rng.integers(0, 256, (SIDE, SIDE)).astype(np.uint8) for i in range(4)}


def _outputs(model: bytes, picture: np.ndarray) -> list[int]:
    frame = (picture.astype(int) - 128).astype(np.int8).reshape(1, SIDE, SIDE, 1)
    return [int(one) for one in TfliteMicro(model).run(frame).ravel()]


@pytest.mark.parametrize("sigmoid", [True, False])
def test_a_model_with_one_output_has_two_classes_whose_probabilities_add_up_to_1(sigmoid: bool, tmp_path: Path) -> None:
    model = _dense_model(1, sigmoid=sigmoid)
    rows = run(tmp_path, "host", _pictures(), settings(tmp_path, model, ("none", "hand")))
    for row, picture in zip(rows, _pictures().values(), strict=True):
        (one,) = _outputs(model, picture)
        assert row["scores"] == [min(-one, 127) if sigmoid else 3, one]
        wanted = (one + 128) / 256 if sigmoid else 1 / (1 + np.exp(-(one - 3) * 0.09))
        none, hand = row["probabilities"]  # type: ignore[misc]
        assert hand == pytest.approx(wanted, abs=1e-4)
        assert none + hand == pytest.approx(1, abs=1 / 256 + 1e-6)


def test_gestures_may_have_several_of_a_thousand_outputs(tmp_path: Path) -> None:
    model = _dense_model(1000)
    path = settings(tmp_path, model)
    text = path.read_text(encoding="utf-8")
    text = text.replace('name = "up"\n', 'name = "up"\noutputs = [3, 999]\n')
    path.write_text(text.replace('name = "down"\n', 'name = "down"\noutputs = [500]\n'), encoding="utf-8")
    rows = run(tmp_path, "host", _pictures(), path)
    for row, picture in zip(rows, _pictures().values(), strict=True):
        every = _outputs(model, picture)
        rest = [one for i, one in enumerate(every) if i not in (3, 999, 500)]
        assert row["scores"] == [max(rest), max(every[3], every[999]), every[500]]
