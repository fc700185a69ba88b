"""The whole way on the model that is here: QEMU, unless EMOJICAM_FVP names Arm's."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PIL import Image

from emojicam import config
from emojicam.avh import job
from emojicam.avh.judge import failures, judge_log
from emojicam.cli.run import demo_clip
from emojicam.frames import open_footage
from emojicam.third_party.lock import locked

#: From just before the demo clip's first gesture is made to the end of its hold: it fires once, however late the
#: thresholds that the data gave let it.
FIRST = 18
FRAMES = 27

pytestmark = pytest.mark.emulator


def _avh(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "emojicam", "avh", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=900,
    )


def _clip(path: Path) -> Path:
    with Image.open(demo_clip()) as demo:
        frames = []
        for number in range(FIRST, FIRST + FRAMES):
            demo.seek(number)
            frames.append(demo.convert("L").copy())
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=40, lossless=True)
    return path


def test_run_is_green_and_red_once_a_score_of_the_expectation_is_altered(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = _avh("--folder", folder, "--input", _clip(tmp_path / "clip.webp"), "--junit", tmp_path / "green.xml")
    assert done.returncode == 0, done.stderr
    assert f"{FRAMES} frames bit-exact" in done.stdout
    report = json.loads((folder / job.REPORT).read_text())
    assert report["ended"] == "answered"
    assert ("QEMU in place of Arm's model" in done.stdout) == report["stand_in"]
    suite = ElementTree.parse(tmp_path / "green.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == (str(FRAMES + 6), "0")

    expected = json.loads((folder / job.EXPECTATION).read_text(encoding="utf-8"))
    assert sum(frame["fired"] for frame in expected["frames"]) == 1
    assert expected["typed"]
    expected["frames"][FRAMES // 2]["scores"][2] ^= 1
    altered = tmp_path / "altered.json"
    altered.write_text(json.dumps(expected), encoding="utf-8")
    red = _avh("--judge", "--folder", folder, "--expect", altered)
    assert red.returncode == 1
    (line,) = red.stderr.splitlines()
    assert line.startswith(f"emojicam: red: frame {FRAMES // 2}: scores")
    assert ElementTree.parse(folder / "junit.xml").getroot()[0].get("failures") == "1"

    (folder / job.OUTPUT).write_bytes((folder / job.OUTPUT).read_bytes()[:-1])
    cut = _avh("--judge", "--folder", folder)
    assert cut.returncode == 1
    assert "cut off" in cut.stderr


def test_two_runs_in_one_folder_take_turns(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "emojicam", "avh", "--prepare", "--limit", "2", "--folder", folder]
    with ExitStack() as first:
        first.enter_context(locked(folder / ".lock", "runs here"))
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as second:
            assert second.stderr is not None
            assert any("waiting: another process runs in" in line for line in second.stderr)
            assert [path.name for path in folder.iterdir()] == [".lock"], "what the first runs on is left alone"
            first.close()
            said = second.stderr.read()
    assert second.returncode == 0, said
    assert (folder / job.EXPECTATION).is_file()


@pytest.mark.parametrize(
    "without",
    [
        pytest.param("-C mps3_board.uart0.in_file=", id="by semihosting alone"),
        pytest.param("-C cpu0.semihosting-enable=0", id="by UART alone"),
    ],
)
def test_input_reaches_the_firmware_either_way(without: str, tmp_path: Path) -> None:
    settings = config.load()
    expected = job.make(tmp_path, open_footage(demo_clip(), settings.class_names), settings, limit=3)
    model = tmp_path / "model"
    model.write_text(f'#!/bin/sh\nexec {sys.executable} {tmp_path}/qemu-as-fvp "$@" {without}\n')
    model.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "run-model"], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={**os.environ, "EMOJICAM_FVP": str(model)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert not list(failures(judge_log((tmp_path / job.OUTPUT).read_bytes(), expected)))
