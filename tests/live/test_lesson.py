"""Recording and teaching from the page, in Chromium: the files that come of it, and the board that runs the result."""

import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from emojicam import config
from emojicam.cli import main
from emojicam.cli.live import board_feed
from emojicam.cli.run import demo_clip, footage_of
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.frames import Pixels, open_footage
from emojicam.image import to_grey
from emojicam.live import server, training
from emojicam.live.access import Access, listen
from emojicam.live.capture import Captures
from emojicam.live.desk import Desk
from emojicam.live.hub import Hub
from emojicam.live.sources import Clip
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


def film(path: Path, pictures: list[Pixels]) -> Path:
    """A clip of these, to be dropped on the page."""
    first, *rest = map(Image.fromarray, pictures)
    first.save(path, save_all=True, append_images=rest, duration=40, loop=0, lossless=True)
    return path


def record(page: Page, clip: Path, gesture: str, key: str, least: int = 10) -> None:
    """Show the board a clip, and hold a gesture's key until there are so many pictures of it."""
    page.locator("#file").set_input_files(clip)
    expect(page.locator("#source")).to_have_text(clip.name)
    expect(page.locator("#latency")).to_have_text(re.compile("ms$"))  # seen by the board
    page.locator("body").focus()
    page.keyboard.down(key)
    number = page.get_by_role("article", name=gesture).locator("header .number")
    page.wait_for_function(
        "([number, least]) => Number(number.textContent) >= least", arg=[number.element_handle(), least]
    )
    page.keyboard.up(key)


def add(page: Page, name: str, emoji: str) -> None:
    """Another gesture."""
    page.get_by_role("button", name="Add a gesture").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Emoji").fill(emoji)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name=name)).to_be_visible()


@contextmanager
def host_with(clip: Path, folder: Path) -> Iterator[str]:
    """The address of a page of board host, whose program the test may replace; mine.tflite is what is taught."""
    settings = config.load()
    board = boards.find("host")
    desk = Desk(
        Hub(), settings, config.default_path(), Captures(folder / "kept"), Clip(footage_of(clip, settings)),
        folder / "mine.tflite", folder / "recordings",
    )  # fmt: skip
    listener = listen(0)
    access = Access(port=listener.getsockname()[1])
    over = threading.Event()
    feed = board_feed(board, product.build_firmware(board, settings))
    serving = threading.Thread(target=server.serve, args=(desk, access, listener, lambda desk, stop: feed(desk, over)))
    serving.start()
    try:
        yield access.url
    finally:
        over.set()
        serving.join()
        desk.training.close()


def test_a_gesture_that_is_being_added_stays_while_others_change(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path
) -> None:
    with host_with(clip, tmp_path) as address:
        page, other = open_page(browser, address), open_page(browser, address)
        expect(page.locator("#arm")).to_be_enabled()
        page.get_by_role("button", name="Add a gesture").click()
        page.get_by_label("Name").fill("peace sign")
        other.get_by_role("button", name="Change thumbs up").click()
        other.get_by_role("button", name="Remove").click()
        expect(page.get_by_role("article", name="thumbs up")).to_have_count(0)
        expect(page.get_by_label("Name")).to_be_focused()
        page.get_by_label("Emoji").fill("✌️")
        page.keyboard.press("Enter")
        expect(page.get_by_role("article")).to_have_text(
            [re.compile(name) for name in ("none", "raised hand", "thumbs down", "fist", "peace sign")]
        )
        expect(page.get_by_role("button", name="Add a gesture")).to_be_visible()


def test_a_gesture_of_ones_own_is_recorded_trained_used_and_typed(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of the page's way, but for the lesson itself: see quick_teach.py."""
    monkeypatch.setattr(training, "PROGRAM", (sys.executable, str(Path(__file__).with_name("quick_teach.py"))))
    with host_with(clip, tmp_path) as address:
        page = open_page(browser, address)
        expect(page.locator("#arm")).to_be_enabled()
        page.get_by_role("button", name="Change thumbs up").click()
        page.get_by_role("button", name="Remove").click()
        add(page, "peace sign", "✌️")
        record(page, film(tmp_path / "sign.webp", thumbs_up_then_nothing()[:32]), "peace sign", "5", least=3)
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#training-line")).to_contain_text(f"Taught: {tmp_path / 'mine.tflite'}")
        expect(page.locator("#training-line")).to_contain_text("not surely enough to be typed: fist")
        expect(page.locator("#training-line")).to_contain_text("now mistaken: pointing, for peace sign (3 of 6)")
        expect(page.locator("#outcome tbody tr", has_text="peace sign").locator("td")).to_have_text(
            ["peace sign", "5.0", "5.0", "2.5", "–", "–"]
        )
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#log li", has_text="the board runs mine.toml")).to_be_visible()
        expect(page.locator("#classes tr").last).to_contain_text("✌️ peace sign")
        page.get_by_role("button", name="Back to the clip").click()  # in which the hand goes down again
        page.get_by_role("button", name="Arm", exact=True).click()
        expect(page.locator("#typed")).to_have_text(re.compile("^(✌️)+$"))
        page.close()


@pytest.mark.train
@pytest.mark.slow
def test_what_is_recorded_is_taught_and_used_at_once_and_taught_again(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All steps, however busy the computer is.
    monkeypatch.setattr(training, "PROGRAM", (*training.PROGRAM, "--seconds", "900"))
    shown = list(open_footage(demo_clip(), config.load().class_names).frames())
    upside_down = [to_grey(frame.pixels)[::-1] for frame in shown if frame.label == "raised hand"]
    nothing = [to_grey(frame.pixels) for frame in shown if frame.label == "none"]
    down, rest = film(tmp_path / "down.webp", upside_down), film(tmp_path / "rest.webp", nothing)
    model = tmp_path / "mine.tflite"
    with host_with(clip, tmp_path) as address:
        page = open_page(browser, address)
        expect(page.locator("#arm")).to_be_enabled()
        before = page.locator("#board").inner_text()
        add(page, "fingers down", "👇")
        record(page, down, "fingers down", "6", least=20)
        record(page, rest, "none", "1", least=20)
        page.get_by_role("button", name="Train").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#training-line")).to_have_text("cancelled")
        assert not model.exists()
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#outcome")).to_be_visible(timeout=LESSON)
        assert model.exists()
        expect(page.locator("#outcome tbody tr")).to_have_count(6)
        page.get_by_role("button", name="Use it").click()
        expect(page.locator("#log li", has_text="the board runs mine.toml")).to_be_visible(timeout=LESSON)
        expect(page.locator("#board")).not_to_have_text(before)
        page.get_by_role("button", name="Arm", exact=True).click()
        page.locator("#file").set_input_files(down)
        expect(page.locator("#typed")).to_contain_text("👇")
        # The next lesson begins with the taught settings, and does not write over what the board runs.
        page.get_by_role("button", name="Train").click()
        expect(page.locator("#training-line")).not_to_have_text("starting")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        expect(page.locator("#training-line.bad")).to_have_count(0)
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#training-line")).to_have_text("cancelled")
        page.close()
