"""What a pixel means to a model: the file's quantisation, or what emojicam.toml says."""

from pathlib import Path

import numpy as np
import pytest

from emojicam import config
from emojicam.config.settings import Model
from emojicam.errors import EmojicamError
from emojicam.image import PixelForm, as_int8
from emojicam.model import export, pixels
from emojicam.model.graph import Graph
from models.builder import ModelBuilder, Quant

#: The converter's own arithmetic for a range that a representative dataset has reached.


def _quant(low: float, high: float) -> Quant:
    scale = (high - low) / 255
    return Quant(scale, int(np.clip(np.floor(-128 - low / scale + 0.5), -128, 127)))


def _graph(quant: Quant, channels: int = 1) -> Graph:
    builder = ModelBuilder((1, 4, 4, channels), quant)
    weights = np.ones((3, 4, 4, channels), np.int8)
    weights[1], weights[2, :2] = -1, -1
    out = builder.conv(builder.input, weights, [0.01], np.zeros(3, np.int32), Quant(0.1), padding="VALID")
    return builder.graph(builder.flatten(out))


def _reals(reading: pixels.Reading, quant: Quant, channel: int = 0) -> np.ndarray:
    form, every = reading.form, np.arange(256, dtype=np.uint8)
    tables = form.tables if form.tables is not None else as_int8(every)[None]
    return (tables[min(channel, len(tables) - 1)].astype(float) - quant.zero_point) * quant.scale


@pytest.mark.parametrize(
    ("low", "high", "name", "black", "white"),
    [
        (0, 1, "0..1", 0, 1),
        (0, 0.93, "0..1", 0, 1),
        (0, 0.6, "0..1", 0, 1),
        (-1, 1, "-1..1", -1, 1),
        (-0.95, 0.9, "-1..1", -1, 1),
        (-0.5, 0.5, "-0.5..0.5", -0.5, 0.5),
        (0, 255, "0..255", 0, 255),
        (0, 201, "0..255", 0, 255),
        (-128, 127, "-128..127", -128, 127),
    ],
)
def test_the_usual_ranges_are_read_off_the_quantisation(
    low: float, high: float, name: str, black: float, white: float
) -> None:
    quant = _quant(low, high)
    reading = pixels.read(_graph(quant))
    assert reading.name == name
    given = _reals(reading, quant)
    meant = (black + np.arange(256) * (white - black) / 255).clip(
        (-128 - quant.zero_point) * quant.scale, (127 - quant.zero_point) * quant.scale
    )
    assert np.abs(given - meant).max() <= quant.scale * 0.501


@pytest.mark.parametrize("quant", [Quant(1 / 255, -128), Quant(1, -128), Quant(1, 0)])
def test_a_model_that_takes_pixel_minus_128_has_no_table(quant: Quant) -> None:
    form = pixels.read(_graph(quant)).form
    assert form == PixelForm()


def test_imagenets_mean_and_deviation_are_known_by_their_range_in_either_order_of_colours() -> None:
    quant = _quant(-2.1, 2.6)
    for colours, middles in (("rgb", (0.485, 0.456, 0.406)), ("bgr", (0.406, 0.456, 0.485))):
        reading = pixels.read(_graph(quant, 3), Model(colours=colours))
        assert reading.name == "mean and deviation"
        for channel, middle in enumerate(middles):
            zero = _reals(reading, quant, channel)[round(255 * middle)]
            assert abs(zero) < 0.02


def test_an_unusual_range_is_the_pictures_and_the_report_says_that_it_is_not_known() -> None:
    reading = pixels.read(_graph(_quant(-3.3, 4.1)))
    assert not reading.known
    assert reading.form == PixelForm()
    assert "-3.3" in reading.says
    assert "emojicam.toml" in reading.says


def test_what_emojicam_toml_says_counts_more_than_what_the_file_looks_like(tmp_path: Path) -> None:
    quant = _quant(-1, 1)
    said = pixels.read(_graph(quant), Model(pixels="0..1"))
    assert _reals(said, quant)[0] == pytest.approx(0, abs=quant.scale)
    normalised = pixels.read(_graph(quant), Model(mean=(0.5,), deviation=(0.25,)))
    assert _reals(normalised, quant)[[64, 127, 191]] == pytest.approx([-1, 0, 1], abs=2 * quant.scale)
    three = pixels.read(_graph(quant, 3), Model(mean=(0.25, 0.5, 0.75), deviation=(1, 1, 1)))
    assert three.form.tables is not None
    assert len(three.form.tables) == 3


@pytest.mark.parametrize(
    ("said", "channels", "complaint"),
    [
        (Model(colours="bgr"), 1, "takes grey"),
        (Model(mean=(0.1, 0.2, 0.3), deviation=(1, 1, 1)), 1, "3 means"),
    ],
)
def test_settings_that_do_not_go_with_the_model_are_refused(said: Model, channels: int, complaint: str) -> None:
    with pytest.raises(EmojicamError, match=complaint):
        export.prepare(_graph(_quant(0, 1), channels), said=said)


@pytest.mark.parametrize(
    "line", ["mean = [0.5]", "mean = [0.5, 0.5]\ndeviation = [1.0, 1.0]", 'pixels = "0..2"', 'colours = "grb"']
)
def test_settings_that_say_half_of_it_are_named_with_their_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "emojicam.toml"
    text = config.settings.default_path().read_text(encoding="utf-8")
    for key in ("pixels = ", "colours = "):
        if line.startswith(key):
            text = "\n".join(row for row in text.splitlines() if not row.startswith(key))
    path.write_text(text.replace("[model]", f"[model]\n{line}", 1), encoding="utf-8")
    with pytest.raises(EmojicamError, match=r"emojicam.toml:\d+: model"):
        config.load(path)


def test_halves_are_rounded_away_from_zero_and_the_ends_are_clamped() -> None:
    tensor = _graph(Quant(0.5, 10)).tensors[0]
    reals = np.array([-1000.0, -0.75, -0.25, 0.0, 0.25, 0.75, 1000.0])
    assert pixels.quantise(reals, tensor).tolist() == [-128, 8, 9, 10, 11, 12, 127]
