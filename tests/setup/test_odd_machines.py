"""Machines that are not as ours: other encodings, no home, folders that can't be written."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import paths, streams
from emojicam.errors import EmojicamError
from emojicam.third_party.lock import locked

MODEL = paths.project_root() / "models" / "gestures.tflite"
SAID = """
import sys
from emojicam import streams
streams.make_lenient()
print(sys.argv[1])
print(sys.argv[1], file=sys.stderr)
"""


def _python(*arguments: str | Path, **environment: str | None) -> "subprocess.CompletedProcess[bytes]":
    merged = {**os.environ, **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        env={name: value for name, value in merged.items() if value is not None},
        capture_output=True,
    )


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("ascii", b"- typed \\U0001f44d ># caf\\xe9"),
        ("latin-1", b"\xb7 typed \\U0001f44d ># caf\xe9"),
        ("utf-8", "· typed 👍 ▶█ café".encode()),
    ],
)
def test_what_an_encoding_lacks_has_a_stand_in(encoding: str, said: bytes) -> None:
    done = _python("-c", SAID, "· typed 👍 ▶█ café", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert done.returncode == 0
    assert done.stdout == done.stderr == said + b"\n"


def test_streams_that_are_not_the_systems_are_left_alone(capsys: pytest.CaptureFixture[str]) -> None:
    streams.make_lenient()
    print("👍")
    assert capsys.readouterr().out == "👍\n"


@pytest.mark.parametrize("environment", [{"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "LANG": "C"}, {"HOME": None}])
def test_a_command_works_all_the_same(environment: dict[str, str | None]) -> None:
    done = _python("-m", "emojicam", "inspect", MODEL, **environment)
    assert done.returncode == 0, done.stderr
    assert b"CONV_2D" in done.stdout


def test_an_error_with_a_name_beyond_ascii_is_one_line(tmp_path: Path) -> None:
    done = _python("-m", "emojicam", "inspect", tmp_path / "Jürgen 👍.tflite", PYTHONIOENCODING="ascii", PYTHONUTF8="1")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert b"; try: " in line and b"J\\xfcrgen \\U0001f44d.tflite" in line


def test_ctrl_c_while_it_starts_leaves_no_trace(tmp_path: Path) -> None:
    """A typer of ours stands for a slow disk."""
    (tmp_path / "typer.py").write_text("import pathlib, time\npathlib.Path('here').touch()\ntime.sleep(60)\n")
    started = subprocess.Popen(
        [sys.executable, "-m", "emojicam", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stderr=subprocess.PIPE,
    )
    while not (tmp_path / "here").exists():
        assert started.poll() is None
    started.send_signal(signal.SIGINT)
    assert started.communicate()[1] == b""
    assert started.returncode == -signal.SIGINT


def test_ctrl_c_twice_leaves_no_trace() -> None:
    code = """
import os, signal
from emojicam import cli
def app(**arguments):
    cli.err.print = lambda *words: os.kill(os.getpid(), signal.SIGINT)
    raise KeyboardInterrupt
cli.app = app
cli.main([])
"""
    done = _python("-c", code)
    assert done.returncode == -signal.SIGINT and done.stderr == b""


def test_a_user_without_a_home_has_a_cache_beside_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nowhere)
    monkeypatch.delenv("EMOJICAM_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert paths.cache_dir() == paths.project_root() / "build" / "cache"
    monkeypatch.setattr(paths, "in_checkout", lambda: False)
    assert str(os.getuid()) in paths.cache_dir().parent.name


def test_a_folder_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """A file in its place: root may write into folders that say no."""
    (tmp_path / "build").touch()
    with (
        pytest.raises(EmojicamError, match=r"build/\w+ can't be written: .*; try: EMOJICAM_BUILD=FOLDER"),
        locked(tmp_path / "build" / "openmv_h7" / ".lock", "builds"),
    ):
        pass


@pytest.mark.emulator
@pytest.mark.parametrize(
    "command",
    [
        ["ci/setup", "run"],
        [sys.executable, "-m", "emojicam", "run", "--limit", "3", "--quiet"],
        [sys.executable, "-m", "emojicam", "run", "--board", "openmv_h7", "--limit", "3", "--quiet"],
        [sys.executable, "-m", "emojicam", "deps"],
    ],
    ids=["set-up again", "run", "the virtual board", "sources"],
)
def test_what_is_set_up_needs_no_network(command: list[str]) -> None:
    """In a network namespace of its own, in which even loopback is down."""
    apart = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode != 0:
        pytest.skip("this system lets nobody make a network namespace (unshare --net)")
    done = subprocess.run([*apart, *command], cwd=paths.project_root(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
