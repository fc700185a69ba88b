"""README's commands on a clean clone, in a newcomer's order, with what `make run` set up and no more."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam import paths

ROOT = paths.project_root()

#: Command of README -> what is run of it, its exit status, and what it has to say. In README's order, after `make run`.
WALK: list[tuple[str, str, int, str]] = [
    ("make run", "make run", 0, "as expected"),
    ("make firmware", "make firmware", 0, "openmv_h7"),
    ("emojicam run", "emojicam run --board openmv_h7 --limit 40 --quiet", 0, "40"),
    ("emojicam run", "emojicam run --board host --quiet --json -", 0, '"decision"'),
    ("emojicam doctor", "emojicam doctor", 0, "python"),
    ("emojicam settings show", "emojicam settings show", 1, "; try: "),
    ("emojicam inspect", "emojicam inspect models/gestures.tflite", 0, "CONV_2D"),
    ("emojicam export", "emojicam export models/gestures.tflite -o build/exported", 0, "arena"),
    ("emojicam bench", "emojicam bench --board mps2_an500 --model models/gestures.tflite", 0, "emojicam"),
    ("emojicam cycles", "emojicam cycles", 1, "make setup"),
    ("emojicam data make", "emojicam data make -o build/hands --count 10", 1, "make setup"),
    ("emojicam train", "emojicam train --data build --validation build", 1, "make setup"),
    ("emojicam thresholds", "emojicam thresholds --current", 1, "make setup"),
    ("emojicam search", "emojicam search", 1, "make setup"),
    ("emojicam usb check", "emojicam usb check --board openmv_h7", 0, "passed"),
    ("emojicam faults", "emojicam faults --count 2", 0, ""),
    ("emojicam size", "emojicam size --against build", 0, "openmv_h7"),
    ("emojicam deps", "emojicam deps --list", 0, "Apache-2.0"),
    ("emojicam live", "emojicam live --board host", 130, "http://127.0.0.1:"),
]

#: What the walk leaves to other tests, and why.
ELSEWHERE = {
    "make live": "the page itself: tests/live",
    "make test": "this is it",
    "make test-all": "this is it",
    "make check": "its parts: make test",
    "make flash": "needs a camera: tests/flash",
    "make avh": "tests/avh",
    "make bench": "emojicam bench",
    "make model": "hours: tests/training",
    "make lint": "CI's job",
    "make coverage": "CI's job",
    "make stack": "tests/release",
    "make sbom": "tests/release",
    "make release": "CI's job",
    "make reproducible": "tests/firmware",
    "make fuzz": "tests/fuzz",
    "make faults": "tests/virtual_board",
    "make docs": "tests/docs",
    "make docs-serve": "make docs",
    "make tutorials": "tests/docs",
    "make pictures": "emojicam run --movie: tests/live",
    "make setup": "every target calls it",
    "make doctor": "emojicam doctor",
    "emojicam evaluate": "tests/training",
    "emojicam usb export": "tests/usb_device",
    "emojicam fuzz": "tests/fuzz",
    "emojicam teach": "tests/docs, its tutorial",
    "emojicam record": "tests/recording",
    "emojicam flash": "needs a camera: tests/flash",
    "emojicam data preview": "tests/data",
    "emojicam data photographs": "tests/data",
    "emojicam settings": "emojicam settings show",
}


def _commands() -> set[str]:
    """Every make target and subcommand that README names in code."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = set()
    for code in re.findall(r"`([^`\n]+)`", text) + re.findall(r"^\s*(make .*|emojicam .*)$", text, re.M):
        words = code.split()
        if words[0] == "make" and len(words) > 1 and re.fullmatch(r"[a-z-]+", words[1]):
            found.add(f"make {words[1].rstrip(',')}")
        if words[0] == "emojicam" and len(words) > 1 and re.fullmatch(r"[a-z]+,?", words[1]):
            groups = {"data", "usb", "settings"}
            name = words[1].rstrip(",")
            found.add(f"emojicam {name} {words[2]}" if name in groups and len(words) > 2 else f"emojicam {name}")
    return {command.rstrip(",") for command in found}


def test_every_command_of_readme_is_walked_or_tested_elsewhere() -> None:
    assert _commands() - {command for command, *_ in WALK} - set(ELSEWHERE) == set()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("newcomer") / "emojicam"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """Nothing from this shell but where it is at home."""
    return {name: os.environ[name] for name in ("HOME", "PATH", "LANG", "XDG_CACHE_HOME") if name in os.environ}


@pytest.fixture(scope="module")
def walked(clone: Path, environment: dict[str, str]) -> Iterator[dict[str, "subprocess.CompletedProcess[str]"]]:
    """Each command's outcome, by its line."""
    outcomes = {}
    for _, line, status, _ in WALK:
        command = line.replace("emojicam ", ".venv/bin/emojicam ", 1) if line.startswith("emojicam") else line
        if status == 130:
            outcomes[line] = _until_it_speaks(command, clone, environment)
        else:
            outcomes[line] = subprocess.run(
                command, shell=True, cwd=clone, env=environment, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=1800,
            )  # fmt: skip
    yield outcomes


def _until_it_speaks(command: str, clone: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """A server, until it has said its address, and then Ctrl-C."""
    running = subprocess.Popen(
        ["/bin/sh", "-c", f"exec {command}"], cwd=clone, env={**environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout
    first = running.stdout.readline()
    running.send_signal(signal.SIGINT)
    rest, said = running.communicate(timeout=60)
    return subprocess.CompletedProcess(command, running.returncode, first + rest, said)


@pytest.mark.slow
@pytest.mark.emulator
@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("line", "status", "says"), [row[1:] for row in WALK], ids=[row[1] for row in WALK])
def test_a_command_of_readme_on_a_clean_clone(
    line: str, status: int, says: str, walked: "dict[str, subprocess.CompletedProcess[str]]"
) -> None:
    done = walked[line]
    assert done.returncode == status, done.stdout[-2000:] + done.stderr[-2000:]
    assert "Traceback" not in done.stdout + done.stderr
    assert says in done.stdout + done.stderr
