"""Each command's examples are valid lines, are shown by --help, and every command has one."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
import typer.main

from emojicam import paths
from emojicam.cli import app, rewritten
from emojicam.cli.examples import EXAMPLES
from emojicam.docs.commands import leaves

COMMANDS = dict(leaves())
LINES = [(name, line) for name, lines in EXAMPLES.items() for line, _ in lines]


def test_every_command_has_an_example_and_no_other() -> None:
    assert set(EXAMPLES) == set(COMMANDS)


@pytest.mark.parametrize(("name", "line"), LINES, ids=[line for _, line in LINES])
def test_an_example_is_a_line_that_the_command_takes(
    name: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # What the examples name.
    for folder in ("hands", "validation", "captures", "pictures", "downloads", "other/build"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("photo.jpg", "clip.mp4", "mine.toml", "mine.tflite"):
        (tmp_path / file).write_bytes(b"x")
    shutil.copytree(paths.project_root() / "models", tmp_path / "models")
    words = shlex.split(line)
    assert words[: len(name.split())] == name.split()
    root: Any = typer.main.get_command(app)
    command: Any = COMMANDS[name]
    with command.make_context(f"emojicam {name}", rewritten(words)[len(name.split()) :], parent=None) as context:
        assert context.params
    assert root.get_command(None, name.split()[0]) is not None


def test_help_shows_a_groups_examples_with_the_command() -> None:
    assert "emojicam settings send --config mine.toml" in COMMANDS["settings send"].epilog
    assert "emojicam flash --via dfu" in COMMANDS["flash"].epilog
