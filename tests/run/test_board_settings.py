"""Settings changed on a running board: over the link to an emulated one, and by the command."""

import os
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from emojicam import config
from emojicam.cli import app
from emojicam.config import on_board
from emojicam.emulators.qemu import Qemu
from emojicam.link import Decoder, Received, encode
from run.conftest import BoardFactory


def _answer(board: Qemu, request: str, **fields: object) -> list[Received]:
    """All that the board says until it tells its settings, or refuses."""
    board.send(encode(request, **fields))
    said = []
    for message in board.messages():
        said.append(message)
        if message.name == "Settings" or (message.name == "Error" and message.code == 13):
            return [m for m in said if m.name in ("Settings", "Error")]
    raise AssertionError("messages() only ends by an exception")


@pytest.mark.emulator
@pytest.mark.parametrize("name", ["corstone300", "mps2_an500"])
def test_settings_are_changed_refused_and_reset(booted: BoardFactory, name: str) -> None:
    built_in = on_board.message(config.load())
    changed = {**built_in, "layout": 3, "gap_ms": 33, "threshold": [0.5] * len(built_in["threshold"])}
    with booted(name) as board:
        (settings,) = _answer(board, "SettingsRequest")
        assert on_board.describe(settings.fields) == on_board.describe(built_in)

        not_kept, settings = _answer(board, "SettingsSet", **changed)
        assert not_kept.code == 14
        assert settings.fields["gap_ms"] == 33
        assert on_board.describe(settings.fields)["layout"] == "fr"

        (refused,) = _answer(board, "SettingsSet", **{**changed, "gap_ms": 0})
        assert refused.code == 13
        (settings,) = _answer(board, "SettingsRequest")
        assert settings.fields["gap_ms"] == 33

        settings = _answer(board, "SettingsReset")[-1]
        assert on_board.describe(settings.fields) == on_board.describe(built_in)


class FakeCamera:
    """The other end of a serial port: answers each request with the settings that it was given."""

    def __init__(self, *, code: int = 0) -> None:
        self._board, port = os.openpty()
        self.port = os.ttyname(port)
        self._keep_open = port
        self._code = code
        self.received: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        decoder = Decoder()
        fields = on_board.message(config.load())
        while True:
            for message in decoder.feed(os.read(self._board, 4096)):
                self.received.append(message.name)
                fields = message.fields or fields
                if self._code:
                    os.write(self._board, encode("Error", code=self._code, frame=0, detail=""))
                os.write(self._board, encode("Settings", **fields))


def test_command_shows_what_the_camera_has() -> None:
    camera = FakeCamera()
    done = CliRunner().invoke(app, ["settings", "show", "--device", camera.port])
    assert done.exit_code == 0, done.exception
    assert camera.received == ["SettingsRequest"]
    assert '"layout": "us"' in done.stdout


def test_command_sends_the_file(tmp_path: Path) -> None:
    text = config.settings.default_path().read_text().replace('layout = "us"', 'layout = "dvorak"')
    (tmp_path / "other.toml").write_text(text)
    camera = FakeCamera()
    arguments = ["settings", "send", "--device", camera.port, "--config", str(tmp_path / "other.toml")]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.exception
    assert camera.received == ["SettingsSet"]
    assert '"layout": "dvorak"' in done.stdout


def test_settings_that_the_camera_refuses_are_one_clear_line() -> None:
    camera = FakeCamera(code=13)
    done = CliRunner().invoke(app, ["settings", "reset", "--device", camera.port])
    assert str(done.exception).startswith("settings that are out of range")


def test_port_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["settings", "show", "--device", str(tmp_path / "tty")])
    assert "can't be opened: No such file or directory; try: another cable" in str(done.exception)
