"""The picture of a run, as a browser draws it."""

import html
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser
from rich.cells import cell_len
from rich.table import Table

from emojicam import paths
from emojicam.frames import SourceFrame
from emojicam.link.session import FrameResult
from emojicam.live.picture import save_picture

EMOJI = "✋👎👍👊"
CELL = 12.2


def length_of(svg: str, text: str) -> float:
    (length,) = re.findall(rf'textLength="([\d.]+)"[^>]*>{text}', svg)
    return float(length)


@pytest.fixture
def drawn(tmp_path: Path) -> Path:
    source = SourceFrame("clip#3", np.full((24, 32), 99, np.uint8), "fist")
    results = [
        FrameResult(frame=number, source=source, scores=[1, 2], smoothed=[0.1, 0.9], decision=1, typed=emoji)
        for number, emoji in enumerate(EMOJI)
    ]
    summary = Table.grid()
    summary.add_row("plain < & text")
    save_picture(tmp_path / "run.svg", results, ["none", "fist"], summary)
    return tmp_path / "run.svg"


def test_emoji_have_the_two_cells_that_each_takes(drawn: Path) -> None:
    svg = drawn.read_text(encoding="utf-8")
    assert length_of(svg, EMOJI) == pytest.approx(2 * CELL * len(EMOJI))
    assert length_of(svg, "plain&#160;&lt;&#160;&amp;&#160;text") == pytest.approx(CELL * len("plain < & text"))


def test_the_picture_in_readme_is_so_too() -> None:
    svg = (paths.project_root() / "docs" / "pictures" / "run.svg").read_text(encoding="utf-8")
    found = re.findall(rf'textLength="([\d.]+)"[^>]*>({EMOJI}[^<]*)<', svg)
    assert len(found) == 2
    for length, text in found:
        assert float(length) == pytest.approx(CELL * cell_len(html.unescape(text)))


@pytest.mark.web
def test_a_browser_draws_each_emoji_beside_the_one_before(drawn: Path, launch: Callable[..., Browser]) -> None:
    with closing(launch()) as chromium:
        page = chromium.new_page()
        page.goto(drawn.as_uri())
        # UTF-16: all but the raised hand are two units.
        starts = page.evaluate(
            """text => [...document.querySelectorAll("text")].filter(e => e.textContent == text)
               .map(e => [0, 1, 3, 5].map(n => e.getStartPositionOfChar(n).x))[0]""",
            EMOJI,
        )
    gaps = np.diff(starts)
    assert gaps.min() > 1.7 * CELL, starts
