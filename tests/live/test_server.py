"""The live page's server with a feed of the test's own: who may speak to it, and what it does."""

import json
import shutil
import struct
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from emojicam import config
from emojicam.cli import app
from emojicam.errors import EmojicamError
from emojicam.live import server
from emojicam.live.access import Access, listen
from emojicam.live.capture import Captures
from emojicam.live.desk import Desk
from emojicam.live.hub import Hub
from emojicam.live.sources import Clip, Shot

#: The shipped one.
MARGIN = config.load().decision.margin


class Still(Clip):
    """A clip of one frame that never comes."""

    def __init__(self) -> None:
        self.name = "clip"

    def take(self, wait: float) -> Shot | None:
        time.sleep(wait)
        return None


class Served:
    """A page whose board is the test."""

    def __init__(self, folder: Path, bind: str = "127.0.0.1") -> None:
        self.hub = Hub()
        self.settings_path = folder / "emojicam.toml"
        shutil.copy(config.default_path(), self.settings_path)
        self.folder = folder / "kept"
        self.desk = Desk(self.hub, config.load(), self.settings_path, Captures(self.folder), Still())
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.desk.connect(lambda name, **fields: self.sent.append((name, fields)))
        self.problem: Exception | None = None
        self.gone = threading.Event()
        self._listener = listen(0, bind)
        self.port = self._listener.getsockname()[1]
        self.access = Access(bind, self.port)
        self.raised: list[Exception] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            server.serve(self.desk, self.access, self._listener, self._feed)
        except Exception as error:
            self.raised.append(error)

    def _feed(self, desk: Desk, stop: threading.Event) -> None:
        self.gone.wait()
        if self.problem:
            raise self.problem

    def end(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.gone.set()
        self._thread.join()

    def get(self, path: str, host: str | None = None, cookie: str = "") -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if host:
            request.add_header("Host", host)
        if cookie:
            request.add_header("Cookie", cookie)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode("utf-8", "replace")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def page(self, origin: str | None = None, query: str = "") -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws{query}", origin=origin or f"http://127.0.0.1:{self.port}", open_timeout=20
        )  # type: ignore[arg-type]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    yield served
    served.end()


def until(page: ClientConnection, right: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    while True:
        message = page.recv(timeout=20)
        if isinstance(message, str) and right(told := json.loads(message)):
            return dict(told)


def ask(page: ClientConnection, kind: str, **values: object) -> None:
    page.send(json.dumps({"kind": kind, **values}))


def log_line(page: ClientConnection) -> str:
    return str(until(page, lambda m: m["kind"] == "log" and m["entries"])["entries"][0]["text"])


def test_page_and_its_parts_are_served_and_nothing_else(served: Served) -> None:
    assert "emojicam live" in served.get("/")[1]
    for name in ("main.js", "live.css", "source.js"):
        assert served.get(f"/{name}")[0] == 200
    for path in ("/../hub.py", "/hub.py", "/live.html", "/captures/fist/none.png", "/captures/..%2f/emojicam.toml"):
        assert served.get(path)[0] == 404


def test_every_module_is_small_and_named_by_another_or_the_page() -> None:
    files = {path: content.decode() for path, (content, _) in server._page_files().items()}
    for path, text in files.items():
        assert len(text.splitlines()) <= 250, path
        assert path == "/" or any(path[1:] in other for name, other in files.items() if name != path), path


def test_another_name_for_this_computer_is_refused(served: Served) -> None:
    """A page elsewhere whose name was made to lead here (DNS rebinding)."""
    assert served.get("/", host="evil.example")[0] == 400
    assert served.get("/", host="192.0.2.7")[0] == 400
    assert served.get("/", host=f"localhost:{served.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_another_page_in_the_same_browser_may_not_arm_the_keyboard(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus), served.page(origin):
        pass
    assert served.sent == []


def test_page_for_others_needs_its_token(tmp_path: Path) -> None:
    served = Served(tmp_path, "0.0.0.0")
    token = served.access.token
    try:
        assert len(token) > 20 and served.access.url.endswith(f":{served.port}/?token={token}")
        assert served.get("/")[0] == served.get("/?token=wrong")[0] == served.get("/main.js")[0] == 403
        assert served.get("/", host="evil.example")[0] == 400
        assert served.get(f"/?token={token}", host="192.0.2.7")[0] == 200
        assert served.get("/main.js", cookie=f"{served.access.cookie}={token}")[0] == 200
        with pytest.raises(InvalidStatus), served.page():
            pass
        with served.page(query=f"?token={token}") as page:
            ask(page, "arm", armed=True)
            ask(page, "nonsense")
            log_line(page)
        assert served.sent == [("Arm", {"armed": 1})]
    finally:
        served.end()


def test_what_is_clicked_is_done(served: Served) -> None:
    with served.page() as page:
        ask(page, "arm", armed=True)
        ask(page, "tune", values={"margin": 0.25})
        told = until(page, lambda m: m["kind"] == "settings" and m["undo"] == 1)
        assert (told["values"]["margin"], told["saved"]["margin"]) == (0.25, MARGIN)
        ask(page, "save")
        until(page, lambda m: m["kind"] == "settings" and m["saved"]["margin"] == 0.25)
        assert config.load(served.settings_path).decision.margin == 0.25
        ask(page, "back")
        assert until(page, lambda m: m["kind"] == "settings" and m["undo"] == 0)["values"]["margin"] == MARGIN
        ask(page, "back")
        assert "nothing has been changed" in until(page, lambda m: m["kind"] == "refused")["why"]
    assert [name for name, _ in served.sent] == ["Arm", "SettingsSet", "SettingsSet"]
    assert [fields["margin"] for name, fields in served.sent if name == "SettingsSet"] == [0.25, MARGIN]
    assert served.settings_path.read_text().count("#") == config.default_path().read_text().count("#")


def test_frames_are_kept_while_a_button_is_held(served: Served) -> None:
    random = np.random.default_rng(1)
    with served.page() as page, served.page() as other:
        ask(page, "hold", label="fist")
        until(page, lambda m: m["kind"] == "teaching" and m["holding"] == "fist")
        served.hub.frame(pixels := random.integers(0, 256, (3, 4)).astype(np.uint8), number=1)
        kept = until(page, lambda m: m["kind"] == "teaching" and m["gestures"][4]["count"] == 1)["gestures"][4]
        assert kept["hint"] == "9 more"
        ask(other, "hold", label="none")
        assert "another page is recording" in until(other, lambda m: m["kind"] == "refused")["why"]
        (name,) = kept["pictures"]
        assert served.get(f"/captures/fist/{name}")[1].startswith("\ufffdPNG")
        page.close()  # with its button held
        until(other, lambda m: m["kind"] == "teaching" and m["holding"] == "")
        served.hub.frame(pixels, number=2)
        ask(other, "delete", label="fist", name=name)
        until(other, lambda m: m["kind"] == "teaching" and m["gestures"][4]["count"] == 0 and m["deleted"] == 1)
        assert not list((served.folder / "fist").iterdir())
        ask(other, "undo")
        until(other, lambda m: m["kind"] == "teaching" and m["gestures"][4]["pictures"] == [name])
        ask(other, "hold", label="teapot")
        assert "there is no class teapot" in until(other, lambda m: m["kind"] == "refused")["why"]


def test_disk_that_is_full_while_a_button_is_held_is_said_and_ends_it(served: Served) -> None:
    with served.page() as page:
        ask(page, "hold", label="fist")
        until(page, lambda m: m["kind"] == "teaching" and m["holding"] == "fist")
        served.folder.mkdir()
        (served.folder / "fist").write_text("a file is in the way")
        served.hub.frame(np.zeros((3, 4), np.uint8), number=1)
        assert "can't be written" in until(page, lambda m: m["kind"] == "refused")["why"]
        until(page, lambda m: m["kind"] == "teaching" and m["holding"] == "")
        ask(page, "arm", armed=True)
        ask(page, "nonsense")
        until(page, lambda m: m["kind"] == "log" and "nonsense" in m["entries"][0]["text"])
    assert served.sent == [("Arm", {"armed": 1})]


def frame_of(number: int, ms: int, value: int, size: tuple[int, int] = (240, 320)) -> bytes:
    return struct.pack("<IIHH", number, ms, size[1], size[0]) + bytes([value]) * (size[0] * size[1])


def test_the_newest_frame_of_the_page_that_presents_is_what_the_board_sees(served: Served) -> None:
    sources = served.desk.sources
    with served.page() as page, served.page() as other:
        ask(page, "present", name="camera")
        until(page, lambda m: m["kind"] == "source" and m["what"] == "page")
        other.send(frame_of(1, 1000, 9))  # nobody asked it
        page.send(frame_of(1, 1000, 1))
        page.send(frame_of(2, 1100, 2))
        page.send(frame_of(3, 1250, 3))
        ask(page, "nonsense")
        log_line(page)
        shot = sources.take(1)
        assert shot and (shot.sent, int(shot.frame.pixels.max()), shot.gap_ms) == (3, 3, 150)
        assert sources.take(0) is None
        ask(other, "present", name="other")
        until(page, lambda m: m["kind"] == "source" and m["name"] == "other")
        page.send(frame_of(4, 1300, 4))
        ask(page, "nonsense")
        until(page, lambda m: m["kind"] == "log" and "nonsense" in m["entries"][0]["text"])
        assert sources.take(0) is None
        other.close()  # a page that is gone shows nothing any more
        until(page, lambda m: m["kind"] == "source" and m["what"] == "clip")


@pytest.mark.parametrize(
    "said", ['{"arm": 1}', "[]", '"x"', "{", '{"kind": "arm", "armed": 1}', '{"kind": ["x"]}', "\N{NULL}"]
)
def test_nonsense_from_the_page_is_a_line_in_the_log_and_the_next_order_is_done(served: Served, said: str) -> None:
    with served.page() as page:
        page.send(said)
        assert "a page" in log_line(page)
        ask(page, "arm", armed=True)
        page.send("nonsense, to wait for")
        until(page, lambda m: m["kind"] == "log" and "to wait for" in m["entries"][0]["text"])
    assert served.sent == [("Arm", {"armed": 1})]


def test_recording_before_there_is_a_board_is_refused(served: Served) -> None:
    with served.page() as page:
        ask(page, "record", on=True)
        assert "the board has not started yet" in until(page, lambda m: m["kind"] == "refused")["why"]


@pytest.mark.parametrize("data", [b"", b"\1\2\3", frame_of(1, 1, 1)[:-1], frame_of(1, 1, 1, (10, 10))])
def test_bytes_that_are_no_frame_are_refused_and_the_next_order_is_done(served: Served, data: bytes) -> None:
    with served.page() as page:
        page.send(data)
        ask(page, "arm", armed=True)
        page.send("nonsense, to wait for")
        until(page, lambda m: m["kind"] in ("refused", "log") and ("no frame" in str(m) or "can't be read" in str(m)))
        until(page, lambda m: m["kind"] == "log" and "to wait for" in m["entries"][0]["text"])
    assert served.sent == [("Arm", {"armed": 1})]


def test_huge_message_ends_that_page_and_no_other(served: Served) -> None:
    with served.page() as page, served.page() as other:
        with pytest.raises(ConnectionClosed):
            page.send(b"x" * 10_000_000)
            while True:
                page.recv(timeout=20)
        ask(other, "arm", armed=True)
        ask(other, "nonsense")
        log_line(other)
    assert served.sent == [("Arm", {"armed": 1})]


@pytest.mark.parametrize(
    "values",
    [{"margin": 2}, {"threshold": [0.5]}, {"activation": "x"}, {"teapot": 1}, {"layout": "klingon"}, {"margin": None}],
)
def test_settings_that_are_none_are_refused_and_change_nothing(served: Served, values: dict[str, object]) -> None:
    with served.page() as page:
        ask(page, "tune", values=values)
        assert "; try: " in until(page, lambda m: m["kind"] == "refused")["why"]
    assert served.sent == [] and served.desk.settings == config.load()


def test_board_that_is_gone_is_told_to_the_page_and_ends_the_command(tmp_path: Path) -> None:
    served = Served(tmp_path)
    with served.page() as page:
        until(page, lambda m: m["kind"] == "log")
        served.end(EmojicamError("the camera is gone", "plugging it in again"))
        told = until(page, lambda m: m["kind"] == "gone")
    assert told["why"] == "the camera is gone; try: plugging it in again"
    assert [str(error) for error in served.raised] == ["the camera is gone; try: plugging it in again"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--device", "/no/such/tty"], "/no/such/tty can't be opened"),
        (["--device", "/no/such/tty", "--board", "corstone300"], "a camera that is plugged in takes neither"),
        (["--board", "corstone300", "--input", "/no/such/clip"], "there is no file or folder /no/such/clip"),
        (["--board", "host", "--captures", __file__], f"{__file__} is a file"),
        (["--board", "host", "--bind", "example.org"], "example.org is no address"),
        (["--board", "host", "--bind", "192.0.2.1"], "can't listen on 192.0.2.1"),
    ],
)
def test_what_cannot_be_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["live", *arguments])
    assert done.exit_code != 0
    assert str(done.exception).startswith(said) and "; try: " in str(done.exception)


def test_port_that_is_taken_is_one_clear_line(served: Served) -> None:
    done = CliRunner().invoke(app, ["live", "--board", "corstone300", "--port", str(served.port)])
    assert str(done.exception).startswith(f"can't listen on 127.0.0.1:{served.port}")
