"""`emojicam deps` as it is called."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.third_party import load


def deps(*arguments: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    """The real command, with a PATH that has no client."""
    environment = {**os.environ, "EMOJICAM_CACHE": str(cache), "PATH": "", "CARGO_HOME": str(cache / "cargo")}
    environment["PYTHONPATH"] = str(paths.project_root() / "python")
    command = [sys.executable, "-m", "emojicam", "deps", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_list_shows_every_part_with_licence_origin_and_state(tmp_path: Path) -> None:
    done = deps("--list", cache=tmp_path)
    assert done.returncode == 0
    header, *rows = done.stdout.splitlines()
    assert header.split() == ["name", "version", "licence", "origin", "package", "state"]
    parts = load(paths.third_party_dir() / "manifest.toml").part
    for part, row in zip(parts, rows, strict=True):
        for value in (part.name, part.version, part.licence, part.origin):
            assert value in row
        assert "not cached" in row


@pytest.mark.parametrize(
    ("arguments", "status", "line"),
    [
        (("nonsense",), 1, "emojicam: there is no third-party part 'nonsense'; try: one of "),
        (("--force", "cmsis-core"), 1, "emojicam: npm is not installed; try: sudo apt-get install npm"),
        (
            ("--force", "--from-dir", "{}"),
            1,
            "has no tfmicro-0.1.0.crate (tflite-micro, cargo: tfmicro 0.1.0",
        ),
        (("--from-dir",), 2, "requires an argument"),
    ],
)
def test_what_is_wrong_is_said_on_stderr_with_its_status(
    tmp_path: Path, arguments: tuple[str, ...], status: int, line: str
) -> None:
    done = deps(*(word.format(tmp_path) for word in arguments), cache=tmp_path)
    assert done.returncode == status and line in done.stderr and "Traceback" not in done.stderr
