"""The live page's server with a feed of the test's own: who may speak to it, and what it does."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from emojicam.cli import app
from emojicam.errors import EmojicamError
from emojicam.live import server
from emojicam.live.capture import Captures
from emojicam.live.hub import Hub


class Served:
    """A page whose board is the test."""

    def __init__(self, folder: Path) -> None:
        self.hub = Hub([("none", ""), ("fist", "\N{FISTED HAND SIGN}")], [0.5, 0.5])
        self.armed: list[bool] = []
        self.hub.arm = self.armed.append
        self.folder = folder
        self.problem: Exception | None = None
        self.gone = threading.Event()
        self._listener = server.listen(0)
        self.port = self._listener.getsockname()[1]
        self.raised: list[Exception] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            server.serve(self.hub, Captures(self.folder, ["none", "fist"]), self._listener, self._feed)
        except Exception as error:
            self.raised.append(error)

    def _feed(self, stop: threading.Event) -> None:
        self.gone.wait()
        if self.problem:
            raise self.problem

    def end(self, problem: Exception | None = None) -> None:
        self.problem = problem
        self.gone.set()
        self._thread.join()

    def get(self, path: str, host: str | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}")
        if host:
            request.add_header("Host", host)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def page(self, origin: str | None = None) -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{self.port}/ws", origin=origin or f"http://127.0.0.1:{self.port}", open_timeout=20
        )  # type: ignore[arg-type]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path / "kept")
    yield served
    served.end()


def until(page: ClientConnection, right: Callable[[dict[str, object]], object]) -> dict[str, object]:
    while True:
        message = page.recv(timeout=20)
        if isinstance(message, str) and right(told := json.loads(message)):
            return told


def test_page_and_its_parts_are_served_and_nothing_else(served: Served) -> None:
    assert "emojicam live" in served.get("/")[1]
    assert served.get("/live.js")[0] == served.get("/live.css")[0] == 200
    for path in ("/../hub.py", "/hub.py", "/live.html"):
        assert served.get(path)[0] == 404


def test_another_name_for_this_computer_is_refused(served: Served) -> None:
    """A page elsewhere whose name was made to lead here (DNS rebinding)."""
    assert served.get("/", host="evil.example")[0] == 400
    assert served.get("/", host=f"localhost:{served.port}")[0] == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null"])
def test_another_page_in_the_same_browser_may_not_arm_the_keyboard(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus), served.page(origin):
        pass
    assert served.armed == []


def test_what_is_clicked_is_done(served: Served) -> None:
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    with served.page() as page:
        page.send('{"capture": "fist"}')
        assert until(page, lambda m: m["kind"] == "log" and m["lines"])["lines"] == ["there is no frame yet"]
        served.hub.image(1, pixels)
        page.send('{"arm": true}')
        page.send('{"capture": "fist"}')
        kept = until(page, lambda m: m["kind"] == "captured" and m.get("path"))
        assert kept["counts"] == {"none": 0, "fist": 1}
        assert Path(str(kept["path"])).parent == served.folder / "fist"
        page.send('{"capture": "teapot"}')
        assert "there is no class teapot" in until(page, lambda m: m["kind"] == "log")["lines"][0]
    assert served.armed == [True]


@pytest.mark.parametrize("said", ['{"arm": 1}', "[]", '"x"', "{", '{"shutdown": true}', "\N{NULL}"])
def test_nonsense_from_the_page_is_a_line_in_the_log_and_the_next_order_is_done(served: Served, said: str) -> None:
    with served.page() as page:
        page.send(said)
        assert "the page" in until(page, lambda m: m["kind"] == "log" and m["lines"])["lines"][0]
        page.send('{"arm": true}')
        page.send("nonsense, to wait for")
        until(page, lambda m: m["kind"] == "log" and "to wait for" in m["lines"][0])
    assert served.armed == [True]


def test_board_that_is_gone_is_told_to_the_page_and_ends_the_command(tmp_path: Path) -> None:
    served = Served(tmp_path)
    with served.page() as page:
        until(page, lambda m: m["kind"] == "captured")
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
    ],
)
def test_what_cannot_be_is_one_clear_line(arguments: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["live", *arguments])
    assert done.exit_code != 0
    assert str(done.exception).startswith(said) and "; try: " in str(done.exception)


def test_port_that_is_taken_is_one_clear_line(served: Served) -> None:
    done = CliRunner().invoke(app, ["live", "--board", "corstone300", "--port", str(served.port)])
    assert str(done.exception).startswith(f"can't listen on 127.0.0.1:{served.port}")
