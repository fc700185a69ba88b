"""Every hint can be followed: the options, commands and targets that it names are there."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from emojicam import paths
from emojicam.cli import COMMANDS, app

PACKAGE = paths.project_root() / "python" / "emojicam"

#: Options of other programs that hints name.
FOREIGN = {"--reinstall", "--help"}
#: Where an error comes from -> the commands that meet it; elsewhere any command's options will do.
MET_BY = {
    "flash/": ["flash"],
    "link/port.py": ["live", "settings show", "settings send", "settings reset"],
    "live/movie.py": ["run"],
    "live/picture.py": ["run"],
    "live/": ["live"],
    "data/generate.py": ["data make"],
    "training/train.py": ["train"],
    "config/settings.py": ["run", "live", "build", "export", "bench", "flash", "faults", "stack", "avh", "thresholds"],
    "third_party/": ["deps"],
    "cli/run.py": ["run"],
    "cli/live.py": ["live"],
    "cli/flash.py": ["flash"],
    "cli/avh.py": ["avh"],
    "cli/thresholds.py": ["thresholds"],
    "cli/train.py": ["train"],
    "cli/size.py": ["size"],
    "cli/faults.py": ["faults"],
    "cli/bench.py": ["bench"],
    "cli/evaluate.py": ["evaluate"],
    "avh/": ["avh"],
    "release/pack.py": ["release"],
}


def _options() -> dict[str, set[str]]:
    """Command -> its options, with those that may stand anywhere."""
    found: dict[str, set[str]] = {}

    def add(name: str, command: Any) -> None:
        found[name] = {"--verbose", "--help", *(word for item in command.params for word in item.opts)}
        for below, one in getattr(command, "commands", {}).items():
            add(f"{name} {below}", one)

    root: Any = typer.main.get_command(app)
    for name in COMMANDS:
        add(name, root.get_command(None, name))
    return found


def _texts(node: ast.AST) -> str:
    return " ".join(one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _hints() -> Iterator[tuple[str, str]]:
    """Place and words of each hint in the source: an error's second argument, or what is called a hint."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            place = f"{path.relative_to(PACKAGE)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                if node.func.id in ("EmojicamError", "UsageError", "ToolMissing", "BoardGone", "UsbError"):
                    yield from ((place, _texts(one)) for one in node.args[1:2])
            elif isinstance(node, ast.Assign) and "hint" in getattr(node.targets[0], "id", "").lower():
                yield place, _texts(node.value)


OPTIONS = _options()
HINTS = list(_hints())


def test_there_are_hints_and_options() -> None:
    assert len(HINTS) > 150
    assert "--json" in OPTIONS["run"] and "--output" in OPTIONS["data make"]


@pytest.mark.parametrize(("place", "hint"), HINTS, ids=[place for place, _ in HINTS])
def test_what_a_hint_names_is_there(place: str, hint: str) -> None:
    commands = next((met for start, met in MET_BY.items() if place.startswith(start)), None)
    for way in re.split(r",? or |, |; |: ", hint):
        named = re.search(r"emojicam ([a-z]+(?: (?:make|clip|check|export|show|send|reset|preview))?)", way)
        for option in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", way)) - FOREIGN:
            if named and named[1] in OPTIONS:
                assert option in OPTIONS[named[1]], hint
            elif commands:
                assert all(option in OPTIONS[name] for name in commands), hint
            else:
                assert any(option in options for options in OPTIONS.values()), hint
    for command in re.findall(r"(?<![\w/-])emojicam ([a-z]+)\b", hint):
        assert command in COMMANDS, hint
    targets = re.findall(r"(?:^|, or |or )make ([a-z-]+)$", hint)
    if targets:
        listed = subprocess.run(
            ["make", "-s", "help"], cwd=paths.project_root(), capture_output=True, text=True, check=True
        ).stdout
        assert all(f"  make {target} " in listed for target in targets), hint


def test_files_that_hints_name_are_there() -> None:
    for place, hint in HINTS:
        for name in re.findall(r"(?<![\w./{])(?:docs|firmware|models)/[\w./-]+\.(?:md|toml|py)", hint):
            where = paths.project_root() if not name.endswith(".py") else PACKAGE
            assert (where / name).is_file() or Path(name).name == "toml", f"{place}: {hint}"
