"""emojicam.toml: the shipped file is valid, and everything wrong is named with its line."""

import re
from pathlib import Path

import numpy as np
import pytest

from emojicam import config
from emojicam.config.generate import float_literal
from emojicam.errors import EmojicamError

SHIPPED = config.settings.default_path().read_text(encoding="utf-8")


def _load(tmp_path: Path, text: str) -> config.Settings:
    path = tmp_path / "emojicam.toml"
    path.write_text(text, encoding="utf-8")
    return config.load(path)


def _line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_shipped_settings_have_the_five_classes_in_the_models_order() -> None:
    settings = config.load()
    assert settings.class_names == ["none", "raised hand", "thumbs down", "thumbs up", "fist"]
    assert [gesture.emoji for gesture in settings.gesture] == ["", "✋", "👎", "👍", "👊"]


def test_nothing_types_before_it_is_armed_unless_somebody_says_so() -> None:
    assert config.load().keyboard.armed_at_start is False


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("crop = 1.0", "crop = 3", "camera.crop"),
        ("difference = 6", "difference = 0", "motion.difference"),
        ("still_after_ms = 3000", "still_after_ms = 100", "motion.still_after_ms"),
        ("gate = false", 'gate = "sometimes"', "motion.gate"),
        ("time_constant_ms = ", "time_constant_ms = -", "decision.time_constant_ms"),
        ('host = "linux"', 'host = "amiga"', "keyboard.host"),
        ('layout = "us"', 'layout = "klingon"', "keyboard.layout"),
        ("press_ms = 10", "press_ms = 1000", "keyboard.press_ms"),
        ("led = [255, 160, 0]", "led = [255, 160, 256]", "gesture.1.led.2"),
        ("crop = 1.0", "crop = 1.0\nzoom = 2", "there is no setting camera.zoom; try: one of crop, "),
        ('emoji = "👎"', 'emoji = "a\\u0007"', "gesture.2.emoji"),
    ],
)
def test_a_wrong_value_is_named_with_its_line(tmp_path: Path, before: str, after: str, says: str) -> None:
    text = SHIPPED.replace(before, after, 1)
    assert text != SHIPPED
    with pytest.raises(EmojicamError) as caught:
        _load(tmp_path, text)
    line = _line_of(text, after.splitlines()[-1])
    assert f"emojicam.toml:{line}: {says}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_smoothing_of_an_older_file_is_named_with_what_takes_its_place(tmp_path: Path) -> None:
    text = re.sub(r"time_constant_ms = \d+", "smoothing = 0.07", SHIPPED)
    assert text != SHIPPED
    with pytest.raises(EmojicamError, match=r"decision: smoothing counted frames; now it is time_constant_ms = 551"):
        _load(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace('name = "fist"', 'name = "none"'), "are called 'none'"),
        (lambda text: text.replace('emoji = "👊"\n', ""), "no emoji"),
        (lambda text: text.replace('name = "none"\n', 'name = "none"\nemoji = "x"\n'), "there is none"),
        (
            lambda text: text.replace('"✋"', '"👈"').replace('"👊"', '"👉"'),
            r"emojicam.toml:\d+: model.mirror_in_turn: 👈 and 👉 are each other's mirror image",
        ),
        (lambda text: text.split("[[gesture]]")[0], "gesture"),
        (lambda text: text + "\n[keyboard]\n", "not TOML"),
        (lambda text: text.replace("[camera]", "[camera"), "not TOML"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, change: object, says: str) -> None:
    with pytest.raises(EmojicamError, match=says):
        _load(tmp_path, change(SHIPPED))  # type: ignore[operator]


def test_missing_or_binary_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="there is no"):
        config.load(tmp_path / "emojicam.toml")
    path = tmp_path / "emojicam.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EmojicamError, match="can't be read"):
        config.load(path)


def test_the_motion_gate_reaches_the_firmware(tmp_path: Path) -> None:
    text = SHIPPED.replace("gate = false", "gate = true").replace("difference = 6", "difference = 9")
    header = config.generate(_load(tmp_path, text), tmp_path).read_text(encoding="utf-8")
    words = header[header.index("kMotion = {") :].split("}")[0].split()
    assert words[2:] == ["{", "true,", "9,", "3000,"]


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1.0, 0.0, 1e-7, 0.35])
def test_float_literals_are_the_same_float32_in_c(value: float) -> None:
    literal = float_literal(value)
    assert literal.endswith("f") and "." in literal
    assert np.float32(literal[:-1]) == np.float32(value)


def test_what_is_said_of_a_model_beside_the_settings_is_kept(tmp_path: Path) -> None:
    (tmp_path / "other.tflite").write_bytes(b"a model")
    text = SHIPPED.replace("models/gestures.tflite", "other.tflite").replace('colours = "rgb"', 'colours = "bgr"')
    model = _load(tmp_path, text).model
    assert model.file == str(tmp_path / "other.tflite")
    assert model.colours == "bgr"
