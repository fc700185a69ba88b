"""Long work shows itself, on a terminal and in a log."""

import time

import pytest

from emojicam import console
from emojicam.cli import main


def test_a_log_has_a_line_at_once_and_then_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with console.progress("clips") as bar:
        task = bar.add_task("render", total=4)
        assert capsys.readouterr().err == "· render: 0 of 4 clips\n"
        bar.advance(task)
        assert capsys.readouterr().err == ""
        now[0] += console.LOG_SECONDS
        bar.advance(task)
        bar.update(task, completed=3)
    assert capsys.readouterr().err == "· render: 2 of 4 clips\n"


def test_quick_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with console.busy("compiling"):
        pass
    assert capsys.readouterr().err == ""


def test_work_is_named_once_it_has_been_silent_for_a_while(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    said = threading.Event()
    monkeypatch.setattr(console, "SILENT_SECONDS", 0.0)
    monkeypatch.setattr(console, "step", lambda text: (print(text), said.set()))
    with console.busy("compiling"):
        assert said.wait(30)
    assert capsys.readouterr().out.splitlines()[0] == "compiling"


class Stop(Exception):
    pass


@pytest.mark.train
@pytest.mark.parametrize(
    ("words", "work"),
    [
        ("thresholds --current", "emojicam.training.replay.tracks"),
        ("thresholds", "emojicam.training.replay.tracks"),
        ("search", "emojicam.data.generate.make"),
        ("train", "emojicam.data.generate.make"),
        ("data make -o out", "emojicam.data.generate.make"),
        ("fuzz link", "emojicam.firmware.fuzz.run"),
        ("bench --board mps2_an500", "emojicam.bench.measure.bench"),
    ],
)
def test_a_long_command_says_what_it_does_before_it_does_it(
    words: str, work: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path))
    shown: list[str] = []

    def look(*_: object, **__: object) -> None:
        shown.append(capsys.readouterr().err)
        raise Stop

    monkeypatch.setattr(work, look)
    with pytest.raises(SystemExit):
        main(words.split())
    assert shown and shown[0].startswith("· ")
