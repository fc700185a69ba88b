"""The live page as its users have it: the command, and headless Chromium, with a clip in the place of a webcam."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from emojicam import config
from emojicam.cli.run import demo_clip
from emojicam.frames import Pixels, open_footage
from emojicam.image import to_grey

#: Milliseconds: an emulated board on a busy computer is slow.
PATIENCE = 60_000
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/")

OpenPage = Callable[..., Page]


def thumbs_up_then_nothing() -> list[Pixels]:
    """One gesture of the bundled clip, long enough to be held, and then none for as long."""
    frames = list(open_footage(demo_clip(), config.load().class_names).frames())
    gesture = [to_grey(frame.pixels) for frame in frames if frame.label == "thumbs up"][:16]
    nothing = [to_grey(frame.pixels) for frame in frames if frame.label == "none"][:12]
    return gesture + gesture[::-1] + nothing + nothing[::-1]


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That as a folder of pictures."""
    folder = tmp_path_factory.mktemp("clip")
    for number, pixels in enumerate(thumbs_up_then_nothing()):
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return folder


@pytest.fixture(scope="session")
def webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That as what Chromium's fake camera plays over and over, as large as a webcam's."""
    return _film(tmp_path_factory.mktemp("webcam") / "hand.mjpeg", 1)


@pytest.fixture(scope="session")
def slow_webcam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for a board that is slower than life: a gesture is held for three seconds."""
    return _film(tmp_path_factory.mktemp("webcam") / "slow.mjpeg", 3)


def _film(path: Path, times: int) -> Path:
    with path.open("wb") as file:
        for pixels in thumbs_up_then_nothing():
            large = Image.fromarray(pixels).resize((640, 480), Image.Resampling.NEAREST)
            for _ in range(times):
                large.convert("RGB").save(file, "JPEG", quality=95)
    return path


@contextmanager
def serving(*arguments: str | Path) -> Iterator[str]:
    """The address of a running `emojicam live`."""
    served = subprocess.Popen(
        [sys.executable, "-m", "emojicam", "live", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert served.stdout
        line = served.stdout.readline().strip()
        assert ADDRESS.fullmatch(line), served.communicate()[1]
        yield line
    finally:
        served.send_signal(signal.SIGINT)
        _, said = served.communicate(timeout=60)
    assert served.returncode == 130, said
    assert "Traceback" not in said


Launch = Callable[..., Browser]


@pytest.fixture(scope="session")
def launch() -> Iterator[Launch]:
    """Starts Chromium with flags; whoever does so closes it."""
    program = shutil.which("chromium")
    assert program, "Debian's chromium (ci/debian/test.txt) is missing"
    with sync_playwright() as playwright:

        def launched(*flags: str) -> Browser:
            return playwright.chromium.launch(
                executable_path=program, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *flags]
            )

        yield launched


def camera_flags(webcam: Path) -> list[str]:
    """Chromium has a camera that shows this file, and asks nobody."""
    return [
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    ]  # fmt: skip


@pytest.fixture
def open_page() -> Iterator[OpenPage]:
    """Opens pages, which must have nothing to complain about in the end."""
    complaints: list[str] = []
    expect.set_options(timeout=PATIENCE)

    def opened(browser: Browser, address: str, **context: Any) -> Page:
        page = browser.new_page(**{"viewport": {"width": 1200, "height": 900}, **context})
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        # Until the page has its link, what is in #controls is disabled: a focus or a key would be lost.
        page.locator("#controls:enabled").wait_for()
        return page

    yield opened
    assert complaints == []


def pixels_of(page: Page) -> Pixels:
    """The picture on the page, as it is drawn."""
    height, width, values = page.evaluate(
        "() => { const c = document.getElementById('image');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "return [c.height, c.width, Array.from(d.filter((_, i) => i % 4 === 0))]; }"
    )
    return np.array(values, np.uint8).reshape(height, width)
