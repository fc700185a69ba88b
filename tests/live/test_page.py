"""`emojicam live` as users see it: the command, an emulated board, and the page in headless Chromium."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from emojicam import config
from emojicam.data import dataset
from live.conftest import Launch, OpenPage, camera_flags, pixels_of, serving

pytestmark = [pytest.mark.web, pytest.mark.emulator]

THUMB = "\N{THUMBS UP SIGN}"


@pytest.fixture(scope="module")
def served(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page of an emulated board, and where it keeps frames."""
    captures = tmp_path_factory.mktemp("captures") / "kept"
    with serving("--board", "mps2_an500", "--input", clip, "--captures", captures) as address:
        yield address, captures


@pytest.fixture(scope="module")
def browser(launch: Launch, slow_webcam: Path) -> Iterator[Browser]:
    browser = launch(*camera_flags(slow_webcam))
    yield browser
    browser.close()


def test_page_shows_arms_and_keeps_what_the_board_sees(
    browser: Browser, open_page: OpenPage, served: tuple[str, Path], clip: Path
) -> None:
    page = open_page(browser, served[0])
    expect(page.locator("#board")).to_contain_text("mps2_an500 · linux, us layout · model")
    expect(page.locator("#classes tr")).to_have_count(len(config.load().gesture))
    expect(page.locator("#stages")).to_have_text(re.compile(r"^\d+\.\d\d M, \d+\.\d\d M$"))

    # Not armed: seen, and typed nothing, for one reason.
    expect(page.locator("#status")).to_have_text("gestures type nothing yet")
    expect(page.locator("#name")).to_have_text("thumbs up")
    expect(page.locator("#classes tr.held td").first).to_have_text(f"{THUMB} thumbs up")
    why = f"{THUMB} thumbs up: nothing typed, the keyboard is not armed"
    expect(page.locator("#log li span", has_text=why).first).to_have_text(why)
    expect(page.locator("#typed")).to_have_text("–")

    page.get_by_role("button", name="Arm", exact=True).click()
    expect(page.locator("#status")).to_have_text("armed: gestures type")
    expect(page.locator("#typed")).to_have_text(re.compile(f"^(?:{THUMB})+$"))
    expect(page.locator("#log li", has_text=f"thumbs up: typed {THUMB}").first).to_be_visible()

    # The picture on the page is one of the frames, pixel by pixel, and so are those that are kept, none of them twice.
    grey = [np.asarray(Image.open(path)) for path in sorted(clip.iterdir())]
    shown = pixels_of(page)
    assert any(np.array_equal(shown, picture) for picture in grey)
    card = page.get_by_role("article", name="thumbs up")
    card.get_by_role("button", name="Hold to record").hover()
    page.mouse.down()
    expect(card.locator("header .number")).to_have_text(re.compile(r"^[3-9]$"))
    page.mouse.up()
    expect(card.locator(".hold")).not_to_have_class(re.compile("recording"))
    kept = [np.asarray(Image.open(path)) for path in sorted((served[1] / "thumbs up").iterdir())]
    assert all(any(np.array_equal(one, picture) for picture in grey) for one in kept)
    assert all(not np.array_equal(one, other) for one, other in itertools.pairwise(kept))
    assert len(dataset.load(served[1])) == len(kept)

    page.get_by_role("button", name="Disarm").click()
    expect(page.locator("#status")).to_have_text("gestures type nothing yet")


def test_second_page_is_told_how_things_stand(browser: Browser, open_page: OpenPage, served: tuple[str, Path]) -> None:
    page = open_page(browser, served[0])
    expect(page.locator("#board")).to_contain_text("mps2_an500")
    expect(page.locator("#status")).to_have_text("gestures type nothing yet")
    expect(page.locator("#log li").first).to_be_visible()
    assert page.locator("#image").get_attribute("width") not in (None, "0")


def test_this_computers_camera_types_through_the_emulated_board(
    browser: Browser, open_page: OpenPage, served: tuple[str, Path]
) -> None:
    page = open_page(browser, served[0])
    page.get_by_role("button", name="Use this computer’s camera").click()
    expect(page.locator("#source")).to_have_text("camera")
    before = page.locator("#typed").inner_text().count(THUMB)
    page.get_by_role("button", name="Arm", exact=True).click()
    expect(page.locator("#typed")).to_have_text(re.compile(f"^(?:{THUMB}){{{before + 1},}}$"))
    page.get_by_role("button", name="Disarm").click()
    page.get_by_role("button", name="Back to the clip").click()
