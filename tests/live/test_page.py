"""`emojicam live` as users see it: the command, an emulated board, and the page in headless Chromium."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from emojicam import config
from emojicam.cli.run import demo_clip
from emojicam.data import dataset
from emojicam.frames import open_footage

pytestmark = [pytest.mark.web, pytest.mark.emulator]

#: Milliseconds: an emulated board on a busy computer is slow.
PATIENCE = 120_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of pictures: one gesture, long enough to be held, and then none for as long."""
    folder = tmp_path_factory.mktemp("clip")
    settings = config.load()
    frames = list(open_footage(demo_clip(), settings.class_names).frames())
    gesture = [frame for frame in frames if frame.label == "thumbs up"][:16]
    nothing = [frame for frame in frames if frame.label == "none"][:12]
    for number, frame in enumerate(gesture + nothing):
        Image.fromarray(frame.pixels).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture(scope="module")
def address(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The page of a running command, and where it keeps frames."""
    captures = tmp_path_factory.mktemp("captures") / "kept"
    served = subprocess.Popen(
        [sys.executable, "-m", "emojicam", "live", "--board", "mps2_an500", "--input", str(clip),
         "--captures", str(captures)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert served.stdout
        line = served.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", line), served.communicate()[1]
        yield line, captures
    finally:
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert served.returncode == 130, said
    assert "Traceback" not in said


@pytest.fixture
def page(address: tuple[str, Path]) -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "Debian's chromium (ci/debian/test.txt) is missing"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = browser.new_page(viewport={"width": 1100, "height": 760})
        page.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address[0])
        yield page
        assert complaints == []
        browser.close()


def test_page_shows_arms_and_keeps_what_the_board_sees(
    page: Page, address: tuple[str, Path], clip: Path, tmp_path: Path
) -> None:
    settings = config.load()
    thumb = "\N{THUMBS UP SIGN}"
    expect(page.locator("#board")).to_contain_text("mps2_an500 · linux, us layout · model")
    expect(page.locator("#classes tr")).to_have_count(len(settings.gesture))

    # Not armed: seen, and typed nothing.
    expect(page.locator("#status")).to_have_text("gestures type nothing")
    expect(page.locator("#name")).to_have_text("thumbs up")
    expect(page.locator("#classes tr.held td").first).to_have_text(f"{thumb} thumbs up")
    expect(page.locator("#log li", has_text="not armed").first).to_be_visible()
    expect(page.locator("#typed")).to_have_text("–")

    page.get_by_role("button", name="Arm").click()
    expect(page.locator("#status")).to_have_text("gestures type")
    expect(page.locator("#typed")).to_have_text(re.compile(f"^{thumb}+$"))
    expect(page.locator("#log li", has_text=f"thumbs up: typed {thumb}").first).to_be_visible()

    # The picture on the page is one of the frames, pixel by pixel, and so is the one that is kept.
    shown = page.evaluate(
        "() => { const c = document.getElementById('image');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return [c.height, c.width, Array.from(d.filter((_, i) => i % 4 === 0))]; }"
    )
    grey = [np.asarray(Image.open(path).convert("L")) for path in sorted(clip.iterdir())]
    on_page = np.array(shown[2], np.uint8).reshape(shown[0], shown[1])
    assert any(np.array_equal(on_page, picture) for picture in grey)
    page.get_by_role("button", name="thumbs up").click()
    page.get_by_role("button", name="none").click()
    expect(page.locator("#captures button", has_text="none").locator(".count")).to_have_text("1")
    expect(page.locator("#captured")).to_contain_text("kept as")
    (kept,) = (address[1] / "thumbs up").iterdir()
    assert any(np.array_equal(np.asarray(Image.open(kept)), picture) for picture in grey)
    assert len(dataset.load(address[1])) == 2
    page.screenshot(path=tmp_path / "live.png")

    page.get_by_role("button", name="disarm").click()
    expect(page.locator("#status")).to_have_text("gestures type nothing")


def test_second_page_is_told_how_things_stand(page: Page) -> None:
    expect(page.locator("#board")).to_contain_text("mps2_an500")
    expect(page.locator("#status")).to_have_text("gestures type nothing")
    expect(page.locator("#log li").first).to_be_visible()
    assert page.locator("#image").get_attribute("width") not in (None, "0")
