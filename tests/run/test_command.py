"""``emojicam run`` as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import config, paths
from emojicam.cli.run import demo_clip
from emojicam.image import as_int8, mirrored
from emojicam.model.oracle import LiteRt


def _run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "emojicam", "run", *map(str, arguments)],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip


def _refused(done: "subprocess.CompletedProcess[str]", says: str, status: int = 1) -> None:
    assert done.returncode == status, done.stderr
    lines = [line for line in done.stderr.splitlines() if not line.startswith("·")]
    assert len(lines) == 1
    assert says in lines[0]
    assert "; try: " in lines[0]


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["corstone300", "mps2_an500"])
def test_the_bundled_clip_types_the_right_emoji(board: str, tmp_path: Path) -> None:
    report = tmp_path / "run.jsonl"
    done = _run("--board", board, "--json", report)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    notes = json.loads(demo_clip().with_suffix(".json").read_text(encoding="utf-8"))
    assert len(rows) == notes["frames"]
    assert [row["frame"] for row in rows] == list(range(len(rows)))
    assert [row["typed"] for row in rows if row["typed"]] == notes["expected"]
    assert [row["label"] for row in rows] == notes["labels"]
    names = config.load().class_names
    for row in rows:
        assert set(row) == {
            "frame", "source", "label", "scores", "probabilities", "smoothed", "decision", "fired", "typed",
            "instructions",
        }  # fmt: skip
        assert len(row["scores"]) == len(row["probabilities"]) == len(row["smoothed"]) == len(names)
        assert row["decision"] in names
        assert row["instructions"] > 1_000_000
    assert "as expected" in done.stdout
    assert "instructions a frame" in done.stdout


@pytest.mark.emulator
def test_a_folder_labels_its_images_and_accuracy_is_shown(tmp_path: Path) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    for name in ("none", "fist"):
        (tmp_path / "set" / name).mkdir(parents=True)
        Image.fromarray(pixels).save(tmp_path / "set" / name / "a.png")
    done = _run("--board", "mps2_an500", "--input", tmp_path / "set", "--json", tmp_path / "o.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [row["label"] for row in rows] == ["fist", "none"]
    assert rows[0]["scores"] == rows[1]["scores"]
    assert "50.0% of 2 labelled pictures" in done.stdout


@pytest.mark.emulator
@pytest.mark.parametrize("board", ["corstone300", "mps2_an500"])
def test_a_photograph_of_any_kind_gets_the_answer_of_the_picture_that_it_shows(board: str, tmp_path: Path) -> None:
    with Image.open(demo_clip()) as clip:
        clip.seek(
            json.loads(demo_clip().with_suffix(".json").read_text(encoding="utf-8"))["labels"].index("thumbs up") + 9
        )
        frame = clip.convert("RGB")
    colour = np.asarray(frame.resize((320, 240))).copy()
    colour[0, 0] = (200, 10, 10)  # so that it stays RGB: more than a board has room for
    Image.fromarray(colour).save(tmp_path / "1_rgb.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    phone = frame.resize((4000, 3000), Image.Resampling.BICUBIC).transpose(Image.Transpose.ROTATE_90)
    phone.save(tmp_path / "2_phone.jpg", exif=exif)
    grey = np.asarray(frame.convert("L"), np.uint16) * 257
    Image.fromarray(grey).save(tmp_path / "3_16bit.png")
    frame.convert("CMYK").save(tmp_path / "4_cmyk.tif")
    (tmp_path / "._1_rgb.png").write_bytes(b"\0\5\x16\7")
    done = _run("--board", board, "--input", tmp_path, "--json", tmp_path / "o.jsonl")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    names = config.load().class_names
    assert [names[int(np.argmax(row["scores"]))] for row in rows] == ["thumbs up"] * 4
    table = done.stdout.splitlines()[:4]
    assert all("thumbs up" in line and "held: 👍 after" in line for line in table)
    assert "4, 1 left out" in done.stdout
    assert done.stderr.count("fitted to what the camera gives") == 1


@pytest.mark.emulator
def test_a_picture_of_the_models_size_goes_to_the_model_unchanged_and_is_answered(tmp_path: Path) -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (96, 96)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    done = _run("--input", tmp_path / "a.png", "--json", tmp_path / "o.jsonl")
    assert done.returncode == 0, done.stderr
    (row,) = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    model = LiteRt((paths.project_root() / config.load().model.file).read_bytes())
    assert row["scores"] == model.run(as_int8(pixels).reshape(1, 96, 96, 1)).ravel().tolist()
    scale = model.output.scale
    turned = model.run(as_int8(mirrored(pixels)).reshape(1, 96, 96, 1)).ravel() * scale
    assert np.allclose(row["mirrored"], np.exp(turned) / np.exp(turned).sum(), atol=1e-6)
    assert not np.allclose(row["mirrored"], row["probabilities"], atol=1e-3)
    name = config.load().class_names[int(np.argmax(row["scores"]))]
    assert done.stdout.startswith(f"a.png  {name}")
    assert f"{max(row['probabilities']):.1%}" in done.stdout.splitlines()[0]


@pytest.mark.emulator
def test_unknown_board_missing_input_and_unwritable_json_are_one_line_each(tmp_path: Path) -> None:
    _refused(_run("--board", "arduino"), "'arduino' is not one of corstone300, mps2_an500, openmv_h7", 2)
    _refused(_run("--input", tmp_path / "absent"), "there is no file or folder")
    picture = tmp_path / "a.png"
    Image.new("L", (96, 96)).save(picture)
    _refused(_run("--input", picture, "--json", picture / "x.json"), "can't be written")


def test_wrong_usage_is_status_2() -> None:
    assert _run("--no-such-option").returncode == 2


@pytest.mark.emulator
def test_a_corrupt_model_is_refused_before_anything_is_built(tmp_path: Path) -> None:
    model = tmp_path / "broken.tflite"
    shipped = paths.project_root() / config.load().model.file
    model.write_bytes(shipped.read_bytes()[:1000])
    settings = tmp_path / "emojicam.toml"
    text = (paths.project_root() / "emojicam.toml").read_text(encoding="utf-8")
    settings.write_text(text.replace("models/gestures.tflite", str(model)), encoding="utf-8")
    _refused(_run("--config", settings), "broken.tflite")
