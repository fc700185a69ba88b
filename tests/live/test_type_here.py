"""What the board types, typed into this computer too: asked for, armed on the page, and not into the page itself."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from typer.testing import CliRunner

from emojicam import config
from emojicam.cli import app
from emojicam.cli.run import boot, footage_of
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host, Layout, decode, encode, key_events, uinput
from emojicam.keyboard.uinput import Uinput
from emojicam.link import Decoder, Received, messages
from emojicam.link import encode as encode_message
from emojicam.live import server
from emojicam.live.access import Access, listen
from emojicam.live.capture import Captures
from emojicam.live.desk import Desk
from emojicam.live.feed import watch_board
from emojicam.live.hub import Hub
from emojicam.live.sources import Clip
from emojicam.live.type_here import TypeHere
from keyboard.fake_uinput import FakeUinput
from keyboard.x11 import text_field
from live.conftest import Launch, OpenPage

THUMB = "\N{THUMBS UP SIGN}"
UP = bytes(8)


class Keys:
    """A keyboard of this computer; what it was given."""

    def __init__(self) -> None:
        self.reports: list[bytes] = []
        self.closed = False
        self.problem: EmojicamError | None = None
        self.first = threading.Event()

    def report(self, report: bytes) -> None:
        if self.problem:
            raise self.problem
        self.reports.append(report)
        self.first.set()

    def release(self) -> None:
        self.report(UP)

    def close(self) -> None:
        self.closed = True


class Pages:
    """A desk whose board is the test."""

    def __init__(self, folder: Path) -> None:
        self.keys = Keys()
        self.hub = Hub()
        self.problems: list[str] = []
        self.typing = TypeHere(self.keys, self.problems.append)
        self.sent: list[tuple[str, dict[str, object]]] = []
        self.desk = Desk(
            self.hub, config.load(), config.default_path(), Captures(folder), type_here=self.typing
        )  # fmt: skip
        self.desk.connect(lambda name, **fields: self.sent.append((name, fields)))
        self.hub.state("armed", armed=True)

    def log(self) -> list[str]:
        return [entry["text"] for entry in self.hub._log]


class Looker:
    """A page, as far as the desk knows it."""

    number = 1

    def __init__(self, here: bool = True) -> None:
        self.here = here
        self.told: list[object] = []

    def put(self, *messages: object, slot: str = "") -> None:
        self.told += messages


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Pages]:
    pages = Pages(tmp_path)
    yield pages
    pages.typing.close()
    assert pages.keys.closed and pages.keys.reports[-1:] in ([], [UP])


def reports_of(text: str) -> list[bytes]:
    return [timed.report for timed in encode(text, Host.LINUX, Layout.US)]


def finish(pages: Pages) -> None:
    """All that waits is typed, to its end."""
    pages.typing._waiting.put(None)
    pages.typing._thread.join()


def test_a_text_that_the_board_has_typed_is_typed_report_by_report(pages: Pages) -> None:
    pages.desk.typed(THUMB, reports_of(THUMB))
    pages.desk.typed("", [])
    finish(pages)
    assert pages.keys.reports == [*reports_of(THUMB), UP]


def test_nothing_is_typed_once_disarmed(pages: Pages) -> None:
    pages.hub.state("armed", armed=False)
    pages.desk.typed(THUMB, reports_of(THUMB))
    finish(pages)
    assert pages.keys.reports == []


def test_nothing_is_typed_into_the_page_and_why_is_said(pages: Pages) -> None:
    page, phone = Looker(), Looker(here=False)
    pages.desk.focus(page, True)  # type: ignore[arg-type]
    pages.desk.typed(THUMB, reports_of(THUMB))
    assert pages.log() == [
        f"{THUMB} was not typed into this computer: this page has the focus: click into the window that is to have it"
    ]
    pages.desk.focus(phone, True)  # type: ignore[arg-type]
    pages.desk.focus(page, False)  # type: ignore[arg-type]
    pages.desk.typed("ok", reports_of("ok"))
    finish(pages)
    assert decode(pages.keys.reports, Host.LINUX).text == "ok"


def test_keystrokes_for_another_system_are_not_typed_here(pages: Pages) -> None:
    pages.desk.tuning.change({"host": "macos"})
    pages.desk.typed(THUMB, reports_of(THUMB))
    assert pages.log() == [f"{THUMB} was not typed into this computer: these are keystrokes for macos"]


@pytest.mark.parametrize("end", ["disarm", "board gone", "page gone", "page has the focus again"])
def test_disarming_and_whatever_goes_away_cuts_it_off_with_every_key_up(pages: Pages, end: str) -> None:
    page = Looker()
    pages.hub.enter(page)  # type: ignore[arg-type]
    held = [bytes([0, 0, 4, 0, 0, 0, 0, 0]), bytes([0, 0, 5, 0, 0, 0, 0, 0]), UP]
    pages.typing.type(held, pace=600)
    assert pages.keys.first.wait(20)
    if end == "disarm":
        pages.desk.arm(False)
    elif end == "board gone":
        pages.desk.connect(None)
    elif end == "page has the focus again":
        pages.desk.focus(page, True)  # type: ignore[arg-type]
    else:
        pages.hub.leave(page)  # type: ignore[arg-type]
        pages.desk.leave(page)  # type: ignore[arg-type]
    pages.typing.close()
    assert pages.keys.reports[0] == held[0] and pages.keys.reports[-1] == UP
    if end in ("disarm", "page gone"):
        assert pages.sent == [("Arm", {"armed": 0})]


def test_a_keyboard_that_is_gone_is_said_once_and_nothing_more_is_tried(pages: Pages) -> None:
    pages.keys.problem = EmojicamError("the keyboard of this computer is gone: No such device", "emojicam live again")
    pages.desk.typed(THUMB, reports_of(THUMB))
    pages.typing._thread.join()
    pages.keys.problem = None
    pages.desk.typed(THUMB, reports_of(THUMB))
    assert pages.problems == ["the keyboard of this computer is gone: No such device; try: emojicam live again"]
    assert pages.log() == [
        f"{THUMB} was not typed into this computer: the keyboard of this computer is gone: No such device"
    ]


class Greeting:
    """A board that says who it is, and nothing else."""

    def __init__(self) -> None:
        self.heard: list[Received] = []
        self._decoder = Decoder()

    def send(self, data: bytes) -> None:
        self.heard += self._decoder.feed(data)

    def messages(self) -> Iterator[Received]:
        yield from Decoder().feed(
            encode_message("Hello", version=messages.VERSION, armed=1, model_hash=0, arena_bytes=0, arena_size=0,
                           input_width=96, input_height=96, classes=5, board="host")
        )  # fmt: skip


@pytest.mark.parametrize("asked", [True, False])
def test_a_board_that_is_armed_at_start_is_disarmed_where_it_would_type_here(
    asked: bool, pages: Pages, tmp_path: Path
) -> None:
    board = Greeting()
    desk = pages.desk if asked else Desk(Hub(), config.load(), config.default_path(), Captures(tmp_path))
    over = threading.Event()
    over.set()
    watch_board(board, desk, over)
    assert [one.armed for one in board.heard if one.name == "Arm"] == ([0] if asked else [])


@pytest.mark.web
@pytest.mark.emulator
def test_a_gesture_is_typed_into_another_window_once_the_page_is_armed_and_has_lost_the_focus(
    launch: Launch, open_page: OpenPage, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The firmware on this computer, Chromium, the keyboard's key events, and GTK's text field on a real X server."""
    from Xlib import X
    from Xlib.ext import xtest

    settings = config.load()
    whole = len(key_events(one.report for one in encode(THUMB, settings.keyboard.host, settings.keyboard.layout)))
    board = boards.find("host")
    elf = product.build_firmware(board, settings)
    hub = Hub()
    fake = FakeUinput(tmp_path, monkeypatch)
    typing = TypeHere(Uinput(fake.path), lambda why: hub.log(why, "problem"))
    desk = Desk(
        hub, settings, config.default_path(), Captures(tmp_path / "kept"), Clip(footage_of(clip, settings)),
        type_here=typing,
    )  # fmt: skip
    listener = listen(0)
    access = Access(port=listener.getsockname()[1])
    over = threading.Event()

    def feed(desk: Desk, stop: threading.Event) -> None:
        with boot(board, elf, "ov7725", usb=False) as (transport, _):
            watch_board(transport, desk, over, counts=False)

    serving = threading.Thread(target=server.serve, args=(desk, access, listener, feed))
    serving.start()
    browser = launch()
    try:
        page = open_page(browser, access.url)
        expect(page.locator("#status")).to_have_text("gestures type nothing yet")
        page.get_by_role("button", name="Arm", exact=True).click()
        expect(page.locator("#status")).to_have_text("armed: gestures type, also into the window that has the focus")
        expect(page.locator("#log li", has_text=f"{THUMB} was not typed into this computer").first).to_be_visible()
        assert fake.typed() == []
        page.evaluate("dispatchEvent(new Event('blur'))")
        seen = page.locator("#log li", has_text=f"thumbs up: typed {THUMB}")
        count = seen.count()
        expect(seen.nth(count)).to_be_visible()
        # The page says it when the board has typed it; the last page's end would cut off what is typed here.
        end = time.monotonic() + 60
        keys = fake.typed()
        while len(keys) < whole:
            assert time.monotonic() < end
            page.wait_for_timeout(20)
            keys += fake.typed()
        page.close()  # the last one: disarmed
        while hub.known("armed")["armed"]:
            assert time.monotonic() < end
    finally:
        browser.close()
        over.set()
        serving.join()
        typing.close()
    fake.close()
    with text_field() as field:
        field.use_layout(Layout.US)
        for code, down in keys[:whole]:
            xtest.fake_input(field._display, X.KeyPress if down else X.KeyRelease, code + 8)
        field._display.sync()
        assert field.type([]) == THUMB


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "/dev/ttyACM9"], "a camera that is plugged in types by itself"),
        (["--board", "host"], "{absent} is not there"),
    ],
)
def test_what_types_here_can_not_be_is_said_before_anything_is_built(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uinput, "DEVICE", tmp_path / "uinput")
    done = CliRunner().invoke(app, ["live", "--type-here", *arguments])
    assert done.exit_code != 0
    assert str(done.exception).startswith(said.format(absent=tmp_path / "uinput")) and "; try: " in str(done.exception)


def test_settings_for_another_system_are_refused(tmp_path: Path) -> None:
    settings = tmp_path / "mac.toml"
    settings.write_text(config.default_path().read_text().replace('host = "linux"', 'host = "macos"'))
    done = CliRunner().invoke(app, ["live", "--type-here", "--board", "host", "--config", str(settings)])
    assert "the settings are for macos" in str(done.exception) and 'host = "linux"' in str(done.exception)
