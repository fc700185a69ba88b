"""A run as a moving picture: well-formed, self-contained, and showing what happened when it happened."""

import base64
import re
from io import BytesIO
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from emojicam.errors import EmojicamError
from emojicam.frames import SourceFrame
from emojicam.link.session import FrameResult
from emojicam.live.movie import save_movie

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ["none", "<fist>"]
EMOJI = ["", "👊"]


def _results(count: int = 50) -> list[FrameResult]:
    """Half of a clip at 25 frames a second without a gesture, then one that fires at once."""
    return [
        FrameResult(
            frame=index,
            source=SourceFrame(f"clip#{index}", np.full((24, 32), 4 * index, np.uint8), None),
            scores=[1, 2],
            smoothed=[1.0, 0.0] if index < count // 2 else [0.0, 1.0],
            decision=0 if index < count // 2 else 1,
            typed="👊" if index == count // 2 else None,
        )
        for index in range(count)
    ]


@pytest.fixture
def drawn(tmp_path: Path) -> ElementTree.Element:
    save_movie(tmp_path / "run.svg", _results(), NAMES, EMOJI, rate=25)
    return ElementTree.parse(tmp_path / "run.svg").getroot()


def _changes(element: ElementTree.Element, attribute: str) -> list[tuple[float, str]]:
    """Seconds and values of what is animated."""
    (found,) = [one for one in element.findall(f"{SVG}animate") if one.get("attributeName") == attribute]
    seconds = float(found.attrib["dur"].rstrip("s"))
    times = [float(time) * seconds for time in found.attrib["keyTimes"].split(";")]
    assert times[0] == 0 and times == sorted(times)
    return list(zip(times, found.attrib["values"].split(";"), strict=True))


def test_nothing_is_loaded_from_elsewhere(drawn: ElementTree.Element) -> None:
    for element in drawn.iter():
        assert element.tag != f"{SVG}script"
        for name, value in element.attrib.items():
            assert not re.match(r"(https?:)?//", value), (name, value)


def test_every_fourth_frame_is_shown_and_one_at_a_time(drawn: ElementTree.Element) -> None:
    images = drawn.findall(f"{SVG}image")
    assert len(images) == 13
    assert [image.get("display") for image in images] == ["none"] * 12 + ["inline"]
    for index, image in enumerate(images[1:-1], 1):
        off, on, off_again = _changes(image, "display")
        assert (off[1], on[1], off_again[1]) == ("none", "inline", "none")
        assert on[0] == pytest.approx(index * 4 / 25, abs=0.01)


def test_a_frame_is_the_picture_that_the_board_saw(drawn: ElementTree.Element) -> None:
    data = drawn.findall(f"{SVG}image")[5].attrib["href"].removeprefix("data:image/webp;base64,")
    pixels = np.asarray(Image.open(BytesIO(base64.b64decode(data))).convert("L"))
    assert pixels.shape == (24, 32)
    assert abs(int(pixels.mean()) - 80) < 4


def test_evidence_and_what_is_held_change_when_they_did(drawn: ElementTree.Element) -> None:
    bars = [one for one in drawn.findall(f"{SVG}rect") if one.findall(f"{SVG}animate")]
    assert [width for _, width in _changes(bars[1], "width")] == ["0", "190"]
    (_, second) = _changes(bars[1], "width")
    assert second[0] == pytest.approx(28 / 25, abs=0.01)
    assert _changes(bars[1], "fill")[1][1] == "#4ade80"


def test_text_appears_when_it_was_typed_and_names_are_escaped(drawn: ElementTree.Element) -> None:
    texts = {one.text: one for one in drawn.findall(f"{SVG}text")}
    assert "<fist>" in texts
    typed = [one for one in drawn.findall(f"{SVG}text") if one.text == "👊" and one.findall(f"{SVG}animate")]
    assert [value for _, value in _changes(typed[0], "display")] == ["none", "inline"]


def test_what_cannot_be_drawn_or_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="no frame"):
        save_movie(tmp_path / "a.svg", [], NAMES, EMOJI, rate=25)
    with pytest.raises(EmojicamError, match="can't be written"):
        save_movie(tmp_path / "no" / "a.svg", _results(), NAMES, EMOJI, rate=25)
