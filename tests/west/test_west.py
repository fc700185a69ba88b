"""The commands in a fresh workspace of the real west."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam import paths

COMMANDS = {"build": "build", "flash": "flash", "simulate": "run", "bench": "bench"}


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new workspace whose manifest repository is a copy of this checkout: west would resolve a link."""
    folder = tmp_path_factory.mktemp("workspace")
    root, copy = paths.project_root(), folder / "emojicam"
    copy.mkdir()
    for name in ("emojicam.toml", "west.yml", "west-commands.yml", "pyproject.toml"):
        shutil.copy(root / name, copy)
    for name in ("python", "firmware", "models"):
        shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".lock", ".staging"))
    done = _west(folder, "init", "-l", "emojicam")
    assert done.returncode == 0, done.stderr
    assert (folder / ".west" / "config").is_file()
    return folder


def _west(folder: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "west", *map(str, arguments)], cwd=folder, capture_output=True, text=True,
        timeout=1500, env={**os.environ, "EMOJICAM_BUILD": str(folder / "build")},
    )  # fmt: skip


def test_update_has_nothing_to_fetch_and_help_lists_the_commands(workspace: Path) -> None:
    assert _west(workspace, "update").returncode == 0
    listed = _west(workspace, "help").stdout
    for name in COMMANDS:
        assert f"  {name}:" in listed


@pytest.mark.parametrize(("name", "behind"), COMMANDS.items())
def test_help_of_a_command_names_the_one_behind(name: str, behind: str, workspace: Path) -> None:
    done = _west(workspace, name, "--help")
    assert done.returncode == 0, done.stderr
    assert f"`emojicam {behind} --help`" in " ".join(done.stdout.split())


@pytest.mark.parametrize("name", ["build", "simulate", "bench"])
def test_unknown_board_is_one_line_and_status_2(name: str, workspace: Path) -> None:
    done = _west(workspace, name, "-b", "nucleo")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "nucleo" in line
    assert "; try: " in line


def test_options_that_west_does_not_know_reach_the_command(workspace: Path) -> None:
    done = _west(workspace, "simulate", "-b", "corstone300", "--input", workspace / "nothing.png")
    assert done.returncode == 1
    assert "there is no file or folder" in done.stderr
    usage = _west(workspace, "bench", "--no-such-option")
    assert usage.returncode == 2
    assert "--no-such-option" in usage.stderr


def test_flash_takes_only_runners_that_there_are(workspace: Path) -> None:
    done = _west(workspace, "flash", "-r", "jlink")
    assert done.returncode == 2
    assert "swd" in done.stderr
    assert "dfu" in done.stderr


@pytest.mark.emulator
@pytest.mark.slow
def test_simulate_builds_and_runs_the_firmware_on_a_picture(workspace: Path) -> None:
    picture = workspace / "picture.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)).save(picture)
    report = workspace / "run.jsonl"
    done = _west(workspace, "simulate", "-b", "corstone300", "--input", picture, "--json", report)
    assert done.returncode == 0, done.stderr
    assert len(report.read_text(encoding="utf-8").splitlines()) == 1
