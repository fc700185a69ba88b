"""Tests that notice: each deliberate fault of ``faults.toml`` is put into a copy of the code, and tests must fail."""

import os
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from emojicam import paths, process


@dataclass(frozen=True)
class Fault:
    """A change to one file.

    Attributes:
        old: text that stands exactly once in it; new: what takes its place.
        tests: files of which a test must fail.
        select: pytest's -k; empty takes all of them.
    """

    name: str
    file: str
    old: str
    new: str
    tests: list[str]
    select: str = ""


FAULTS = [
    Fault(**row) for row in tomllib.loads(Path(__file__).with_name("faults.toml").read_text(encoding="utf-8"))["fault"]
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_every_fault_has_its_place_in_the_code(fault: Fault) -> None:
    text = (paths.project_root() / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.old) == 1
    assert fault.new != fault.old
    assert all((paths.project_root() / name).is_file() for name in fault.tests)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout's files, with the fetched sources and the environment of the original."""
    root, folder = paths.project_root(), tmp_path_factory.mktemp("copy")
    listed = process.run(["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name)
    for part in paths.third_party_dir().iterdir():
        if part.is_dir() and not (folder / part.relative_to(root)).exists():
            (folder / part.relative_to(root)).symlink_to(part)
    return folder


def _pytest(copy: Path, tests: list[str], select: str = "") -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    return subprocess.run(
        [*command, *(["-k", select] if select else [])],
        cwd=copy, env={**os.environ, "PYTHONPATH": str(copy / "python")}, capture_output=True, text=True,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.host
def test_the_copy_passes_as_it_is(copy: Path) -> None:
    for tests, select in sorted({(tuple(fault.tests), fault.select) for fault in FAULTS}):
        done = _pytest(copy, list(tests), select)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.host
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_does_not_pass(fault: Fault, copy: Path) -> None:
    place = copy / fault.file
    whole = place.read_text(encoding="utf-8")
    place.write_text(whole.replace(fault.old, fault.new), encoding="utf-8")
    try:
        done = _pytest(copy, fault.tests, fault.select)
    finally:
        place.write_text(whole, encoding="utf-8")
    # 1: tests ran and failed; anything else (2 to 5) would be a test that could not run.
    assert done.returncode == 1, done.stdout[-3000:] + done.stderr[-2000:]
    assert "failed" in done.stdout.splitlines()[-1]
