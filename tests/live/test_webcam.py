"""The page with this computer's camera, through the whole firmware on this computer: from opening it to typed emoji."""

import base64
import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import connect

from emojicam import config, image
from emojicam.cli.run import demo_clip
from live.conftest import Launch, OpenPage, camera_flags, pixels_of, serving, thumbs_up_then_nothing

pytestmark = [pytest.mark.web, pytest.mark.emulator]

THUMB = "\N{THUMBS UP SIGN}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("live")


@pytest.fixture(scope="module")
def address(folder: Path) -> Iterator[str]:
    """The page of board host, with settings of its own."""
    settings = folder / "mine.toml"
    settings.write_text(config.default_path().read_text())
    with serving("--board", "host", "--config", settings, "--captures", folder / "kept") as address:
        yield address


@pytest.fixture(scope="module")
def browser(launch: Launch, webcam: Path) -> Iterator[Browser]:
    browser = launch(*camera_flags(webcam))
    yield browser
    browser.close()


def test_two_clicks_from_opening_the_page_to_an_emoji_from_ones_own_hand(
    browser: Browser, open_page: OpenPage, address: str
) -> None:
    page = open_page(browser, address)
    page.get_by_role("button", name="Use this computer’s camera").click()
    page.get_by_role("button", name="Arm", exact=True).click()
    expect(page.locator("#typed")).to_contain_text(THUMB)
    expect(page.locator("#source")).to_have_text("camera")
    expect(page.locator("#view")).to_have_class("mirrored")
    expect(page.locator("#latency")).to_have_text(re.compile(r"^\d+ ms$"))
    shown = pixels_of(page)
    assert shown.shape == (240, 320)
    # The clip is half as large as what the sensor gives; the fake camera has levels of its own.
    likest = max(np.corrcoef(shown[::2, ::2].ravel(), one.ravel())[0, 1] for one in thumbs_up_then_nothing())
    assert likest > 0.99, "what the board sees is not what the camera shows"
    page.get_by_role("button", name="Back to the clip").click()
    expect(page.locator("#source")).to_contain_text("demo.webp")
    page.get_by_role("button", name="Disarm").click()


def test_a_clip_that_is_opened_is_what_the_board_sees(browser: Browser, open_page: OpenPage, address: str) -> None:
    page = open_page(browser, address)
    page.locator("#file").set_input_files(demo_clip())
    expect(page.locator("#source")).to_have_text("demo.webp")
    for name in ("raised hand", "fist"):
        expect(page.locator("#name")).to_have_text(name)
    page.locator("#file").set_input_files({"name": "no.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(page.locator("#source.bad")).to_contain_text("can’t show no.png")


def test_a_clip_that_is_dropped_is_what_the_board_sees(browser: Browser, open_page: OpenPage, address: str) -> None:
    page = open_page(browser, address)
    expect(page.locator("#arm")).to_be_enabled()
    dropped = page.evaluate_handle(
        """(text) => {
             const data = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
             const dropped = new DataTransfer();
             dropped.items.add(new File([data], "dropped.webp", { type: "image/webp" }));
             return dropped;
           }""",
        base64.b64encode(demo_clip().read_bytes()).decode(),
    )
    page.dispatch_event("#view", "dragover", {"dataTransfer": dropped})
    expect(page.locator("body")).to_have_class("dropping")
    page.dispatch_event("#view", "drop", {"dataTransfer": dropped})
    expect(page.locator("body")).not_to_have_class("dropping")
    expect(page.locator("#source")).to_have_text("dropped.webp")
    expect(page.locator("#name")).to_have_text("raised hand")


def test_the_log_is_filtered_and_given_away_as_it_is_shown(browser: Browser, open_page: OpenPage, address: str) -> None:
    page = open_page(browser, address)
    nothing = page.locator("#log li", has_text="nothing typed, the keyboard is not armed")
    expect(nothing.first).to_be_visible()
    page.get_by_label("Show").select_option("not typed")
    expect(page.locator("#log li:not(.not-typed)")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8").splitlines()
    assert lines and all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z\tnot typed\t.+", line) for line in lines)
    page.get_by_label("Show").select_option("problem")
    expect(nothing).to_have_count(0)


def test_camera_that_may_not_be_used_is_said(launch: Launch, address: str, open_page: OpenPage) -> None:
    refusing = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page = open_page(refusing, address)
    page.get_by_role("button", name="Use this computer’s camera").click()
    expect(page.locator("#source.bad")).to_contain_text("The browser may not use the camera")
    expect(page.locator("#log li.problem")).to_contain_text("may not use the camera")
    refusing.close()


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (333, 217), (100, 80)])
def test_a_frame_is_scaled_to_the_sensor_by_area(
    browser: Browser, open_page: OpenPage, address: str, size: tuple[int, int]
) -> None:
    """As `emojicam.image.prepare` does, an average of what each pixel covers; beyond a tall frame there is its edge."""
    width, height = size
    page = open_page(browser, address)
    colours = np.random.default_rng(22).integers(0, 256, (height, width, 3)).astype(np.uint8)
    rgba = np.dstack([colours, np.full((height, width), 255, np.uint8)])
    values = page.evaluate(
        """async ([width, height, text]) => {
             const { toSensor } = await import("/scale.js");
             const data = Uint8ClampedArray.from(atob(text), (one) => one.charCodeAt(0));
             return Array.from(toSensor(new ImageData(data, width, height)));
           }""",
        [width, height, base64.b64encode(rgba.tobytes()).decode()],
    )
    seen = np.array(values, np.uint8).reshape(240, 320)
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    square = image.prepare(colours, size=(240, 240), crop=image.Rectangle(left, top, side, side))
    if (width - side) % 2 == 0 == (height - side) % 2:
        assert np.abs(seen[:, 40:280].astype(int) - square).max() <= 1
    if width <= side:
        assert (seen[:, :40] == seen[:, :1]).all() and (seen[:, 280:] == seen[:, -1:]).all()


def test_settings_are_tuned_at_once_undone_and_saved(
    browser: Browser, open_page: OpenPage, address: str, folder: Path
) -> None:
    page = open_page(browser, address)
    page.get_by_role("tab", name="Teach").focus()
    page.keyboard.press("ArrowRight")
    threshold = page.get_by_label(f"{THUMB} threshold")
    kept = next(gesture.threshold for gesture in config.load().gesture if gesture.emoji == THUMB)
    threshold.fill("0.9")
    mark = page.locator("#classes tr", has_text="thumbs up").locator("b")
    expect(mark).to_have_attribute("style", re.compile("left: 90%"))
    page.get_by_role("button", name="Back", exact=True).click()
    expect(mark).to_have_attribute("style", re.compile(f"left: {kept:.0%}"))
    page.get_by_label("Layout").select_option("de")
    expect(page.locator("#board")).to_contain_text("linux, de layout")
    page.get_by_role("button", name="Save to mine.toml").click()
    expect(page.locator("#log li", has_text="settings written to")).to_be_visible()
    saved = config.load(folder / "mine.toml")
    assert str(saved.keyboard.layout) == "de"
    assert saved.gesture == config.load().gesture
    page.get_by_role("button", name="Back", exact=True).click()
    expect(page.locator("#board")).to_contain_text("linux, us layout")


def test_a_gesture_is_added_recorded_by_key_deleted_and_brought_back(
    browser: Browser, open_page: OpenPage, address: str, folder: Path
) -> None:
    page = open_page(browser, address)
    page.get_by_role("button", name="Add a gesture").click()
    page.get_by_label("Name").fill("peace sign")
    page.get_by_label("Emoji").fill("✌️")
    page.keyboard.press("Enter")
    card = page.get_by_role("article", name="peace sign")
    expect(card.locator(".hint")).to_have_text("hold the button while you show it")
    page.locator("body").focus()
    page.keyboard.down("6")
    expect(card.locator("header .number")).to_have_text(re.compile(r"^\d\d$"))
    page.keyboard.up("6")
    expect(card.locator(".hold")).not_to_have_class(re.compile("recording"))
    count = int(card.locator("header .number").inner_text())
    card.get_by_role("button", name=re.compile("Delete picture")).first.click()
    expect(card.locator("header .number")).to_have_text(str(count - 1))
    page.get_by_role("button", name="Bring back what was deleted").click()
    expect(card.locator("header .number")).to_have_text(str(count))
    assert len(list((folder / "kept" / "peace sign").glob("*.png"))) == count
    wanted = config.load(folder / "kept" / "emojicam.toml")
    assert wanted.class_names[-1] == "peace sign" and wanted.gesture[-1].emoji == "✌️"
    # The same without a mouse: Space on the button.
    card.get_by_role("button", name="Hold to record").focus()
    page.keyboard.down("Space")
    expect(card.locator("header .number")).not_to_have_text(str(count))
    page.keyboard.up("Space")
    expect(card.locator(".hold")).not_to_have_class(re.compile("recording"))
    card.get_by_role("button", name="Change peace sign").click()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("article", name="peace sign")).to_have_count(0)
    assert not (folder / "kept" / "emojicam.toml").exists()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_on_a_phone_has_no_sideways_scrolling(
    browser: Browser, open_page: OpenPage, address: str, scheme: str
) -> None:
    page = open_page(
        browser, address, viewport={"width": 390, "height": 844}, color_scheme=scheme, reduced_motion="reduce"
    )
    expect(page.locator("#name")).not_to_have_text("–")
    for tab in ("Teach", "Tune"):
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_no_column_jumps_on_a_phone(browser: Browser, open_page: OpenPage, address: str) -> None:
    page = open_page(browser, address, viewport={"width": 390, "height": 844})
    places = "[...document.querySelectorAll('#classes td')].map(cell => Math.round(cell.getBoundingClientRect().left))"
    seen = set()
    for name in ("thumbs up", "fist"):
        expect(page.locator("#name")).to_have_text(name)
        seen.add(json.dumps(page.evaluate(places)))
    assert len(seen) == 1


def test_twenty_pages_of_which_one_is_stalled_slow_nothing_down(
    browser: Browser, open_page: OpenPage, address: str
) -> None:
    port = int(address.rsplit(":", 1)[1].strip("/"))
    counted = [0] * 18
    over = threading.Event()

    def look(number: int) -> None:
        with connect(f"ws://127.0.0.1:{port}/ws", origin=address.rstrip("/"), max_size=None) as page:  # type: ignore[arg-type]
            while not over.is_set():
                counted[number] += isinstance(page.recv(timeout=60), bytes)

    def shake_hands(stalled: socket.socket) -> None:
        host = f"127.0.0.1:{port}"
        lines = [
            "GET /ws HTTP/1.1", f"Host: {host}", f"Origin: http://{host}", "Upgrade: websocket", "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13", "", "",
        ]  # fmt: skip
        stalled.sendall("\r\n".join(lines).encode())

    with socket.create_connection(("127.0.0.1", port)) as stalled:
        shake_hands(stalled)  # and reads nothing, ever
        threads = [threading.Thread(target=look, args=(number,)) for number in range(len(counted))]
        for thread in threads:
            thread.start()
        page = open_page(browser, address)
        end = time.monotonic() + 120
        while min(counted) < 40 and time.monotonic() < end:
            expect(page.locator("#name")).not_to_have_text("–")
        over.set()
        for thread in threads:
            thread.join()
    assert min(counted) >= 40


def test_server_that_has_ended_is_said_and_comes_back_by_itself(
    browser: Browser, open_page: OpenPage, clip: Path, tmp_path: Path
) -> None:
    with socket.socket() as one:  # a port that is free, most likely for a while
        one.bind(("127.0.0.1", 0))
        port = str(one.getsockname()[1])
    arguments = ["--board", "host", "--input", clip, "--captures", tmp_path, "--port", port]
    with serving(*arguments) as address:
        page = browser.new_page()
        page.goto(address)
        expect(page.locator("#arm")).to_be_enabled()
    expect(page.locator("#status.gone")).to_contain_text("emojicam live has ended")
    expect(page.locator("#arm")).to_be_disabled()
    expect(page.get_by_role("button", name="Use this computer’s camera")).to_be_disabled()
    with serving(*arguments):
        expect(page.locator("#arm")).to_be_enabled()
    page.close()
