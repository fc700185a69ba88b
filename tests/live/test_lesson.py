"""Recording and teaching from the page, in Chromium: the files that come of it, and the board that runs the result."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from emojicam import config
from emojicam.cli import main
from emojicam.cli.run import demo_clip
from emojicam.frames import open_footage
from emojicam.image import to_grey
from emojicam.recording import Recording, would_fire
from live.conftest import Launch, OpenPage, serving, thumbs_up_then_nothing

pytestmark = [pytest.mark.web, pytest.mark.emulator]

THUMB = "\N{THUMBS UP SIGN}"
#: Milliseconds that training may take on a busy computer.
LESSON = 1_200_000


@pytest.fixture(scope="module")
def browser(launch: Launch) -> Iterator[Browser]:
    browser = launch()
    yield browser
    browser.close()


def test_a_recording_is_made_held_against_the_settings_and_shown_again_bit_for_bit(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded = tmp_path / "recorded"
    with serving(
        "--board", "host", "--input", clip, "--captures", tmp_path / "kept", "--recordings", recorded
    ) as address:
        page = open_page(browser, address)
        expect(page.locator("#arm")).to_be_enabled()  # the board has said who it is
        page.get_by_role("button", name="Record", exact=True).click()
        expect(page.locator("#log li", has_text="thumbs up: nothing typed").nth(1)).to_be_visible()
        page.get_by_role("button", name=re.compile(r"^Stop: \d+ frames$")).click()
        expect(page.locator("#log li", has_text="recorded: ")).to_be_visible()
        page.get_by_role("tab", name="Tune").click()
        page.get_by_role("button", name="Replay the last recording").click()
        expect(page.locator("#fired")).to_contain_text(re.compile(f"{THUMB} [1-9]"))
        counted = page.locator("#fired").inner_text()
        page.close()
    (file,) = recorded.iterdir()
    recording = Recording.open(file)
    assert recording.board == "host" and not recording.broken_off
    assert f"{THUMB} {would_fire(recording, config.load())['thumbs up']}" in counted
    pictures = [pixels.tobytes() for pixels in thumbs_up_then_nothing()]
    for frame in recording.frames():
        assert frame.pixels is not None and frame.pixels.tobytes() in pictures
    with pytest.raises(SystemExit) as ended:
        main(["replay", str(file), "--board", "host"])
    assert not ended.value.code
    assert "bit for bit" in capsys.readouterr().out


def test_training_that_can_not_be_is_said_and_can_be_asked_for_again(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path
) -> None:
    with serving("--board", "host", "--input", clip, "--captures", tmp_path / "kept") as address:
        page = open_page(browser, address)
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#training-line.bad")).to_contain_text("does not exist; try: ")
        expect(page.locator("#log li.problem")).to_contain_text("training failed")
        expect(page.get_by_role("button", name="Train")).to_be_enabled()
        page.close()


@pytest.mark.train
@pytest.mark.slow
def test_what_is_recorded_is_taught_and_used_at_once_and_taught_again(
    browser: Browser, open_page: OpenPage, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    names = config.load().class_names
    for number, frame in enumerate(open_footage(demo_clip(), names).frames()):
        if frame.label in names and number % 3 == 0:
            (kept / str(frame.label)).mkdir(parents=True, exist_ok=True)
            Image.fromarray(to_grey(frame.pixels)).save(kept / str(frame.label) / f"{number:04d}.png")
    model = tmp_path / "mine.tflite"
    with serving("--board", "host", "--captures", kept, "--taught", model) as address:
        page = open_page(browser, address)
        expect(page.locator("#arm")).to_be_enabled()
        before = page.locator("#board").inner_text()
        page.get_by_role("button", name="Train").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#training-line")).to_have_text("cancelled")
        assert not model.exists()
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#outcome")).to_be_visible(timeout=LESSON)
        assert model.exists()
        expect(page.locator("#outcome tbody tr")).to_have_count(len(names))
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#log li", has_text="the board runs mine.toml")).to_be_visible(timeout=LESSON)
        expect(page.locator("#board")).not_to_have_text(before)
        page.get_by_role("button", name="Arm", exact=True).click()
        expect(page.locator("#typed")).not_to_have_text("–")
        # The next lesson begins with the taught settings, and does not write over what the board runs.
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#training-line")).not_to_have_text("starting")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        expect(page.locator("#training-line.bad")).to_have_count(0)
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#training-line")).to_have_text("cancelled")
        page.close()
