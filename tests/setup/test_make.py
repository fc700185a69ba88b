"""The targets that everyone relies on, and what they call."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import paths

ROOT = paths.project_root()
TARGETS = [
    "run",
    "live",
    "test",
    "test-all",
    "firmware",
    "model",
    "bench",
    "flash",
    "avh",
    "check",
    "lint",
    "coverage",
    "stack",
    "sbom",
    "release",
    "reproducible",
    "lock",
    "doctor",
    "docs",
    "clean",
    "help",
]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The Makefile and .ci/run with commands that only log."""
    for name in ("ci", ".ci", ".venv/bin"):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    for name in (
        "ci/setup",
        "ci/lock",
        "ci/lint",
        "ci/coverage",
        "ci/release",
        "ci/reproducible",
        ".venv/bin/emojicam",
        ".venv/bin/python",
        ".venv/bin/ruff",
        ".venv/bin/mypy",
    ):
        script = tmp_path / name
        script.write_text(
            f'#!/bin/sh\necho "{name}$(printf " [%s]" "$@")" >>log\ncat "fake-output" 2>/dev/null\ntest ! -e fails\n'
        )
        script.chmod(0o755)
    return tmp_path


def clean() -> dict[str, str]:
    """An environment without what an outer make hands down: its variables and flags."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "")}


def make(checkout: Path, *arguments: str) -> list[str]:
    subprocess.run(["make", *arguments], cwd=checkout, env=clean(), check=True, capture_output=True)
    log = checkout / "log"
    return log.read_text().splitlines() if log.exists() else []


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_in_the_list_that_make_shows(target: str) -> None:
    shown = subprocess.run(["make"], cwd=ROOT, env=clean(), check=True, capture_output=True, text=True).stdout
    assert f"  make {target} " in shown, shown


def test_run_takes_board_and_any_file_name(checkout: Path) -> None:
    assert make(checkout, "run") == ["ci/setup [run]", ".venv/bin/emojicam [run] [--board] [corstone300]"]
    (checkout / "log").unlink()
    name = 'it\'s a "clip" $(touch x).gif'
    calls = make(checkout, "run", "BOARD=mps2_an500", "INPUT=" + name.replace("$", "$$"))
    assert calls[1] == f".venv/bin/emojicam [run] [--board] [mps2_an500] [--input] [{name}]"
    assert not (checkout / "x").exists()


@pytest.mark.parametrize("target", ["run", "live", "firmware", "flash", "avh", "stack", "bench"])
def test_config_reaches_what_is_built_under_any_name(target: str, checkout: Path) -> None:
    last = make(checkout, target, "CONFIG=my settings.toml")[-1]
    assert last.endswith(" [--config] [my settings.toml]")


def test_live_looks_for_a_camera_unless_a_board_is_named(checkout: Path) -> None:
    assert make(checkout, "live") == ["ci/setup [run]", ".venv/bin/emojicam [live]"]
    (checkout / "log").unlink()
    calls = make(checkout, "live", "BOARD=openmv_h7", "INPUT=a clip.gif")
    assert calls[1] == ".venv/bin/emojicam [live] [--board] [openmv_h7] [--input] [a clip.gif]"


def test_bench_runs_on_both_cores_unless_one_is_named(checkout: Path) -> None:
    assert [line.split()[3] for line in make(checkout, "bench")[1:]] == ["[corstone300]", "[mps2_an500]"]
    (checkout / "log").unlink()
    assert [line.split()[3] for line in make(checkout, "bench", "BOARD=mps2_an500")[1:]] == ["[mps2_an500]"]


@pytest.mark.parametrize(
    ("target", "last"),
    [
        ("lint", "ci/lint []"),
        ("coverage", "ci/coverage [tests]"),
        ("sbom", ".venv/bin/emojicam [release] [--bill-only]"),
        ("release", "ci/release []"),
        ("reproducible", "ci/reproducible []"),
    ],
)
def test_what_ci_runs_is_a_script_or_the_command(target: str, last: str, checkout: Path) -> None:
    assert make(checkout, target)[-1] == last


def test_test_leaves_slow_ones_to_test_all(checkout: Path) -> None:
    pytest_call = make(checkout, "test")[-1]
    assert "[-m] [not slow]" in pytest_call
    assert pytest_call.endswith("[tests]")
    assert "not slow" not in make(checkout, "test-all")[-1]


def ci(checkout: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([".ci/run"], cwd=checkout, env=clean(), capture_output=True, text=True)


def test_ci_ends_with_pytests_closing_line(checkout: Path) -> None:
    closing = "=========== 3 passed, 1 skipped in 0.12s ==========="
    (checkout / "fake-output").write_text(f"collected 4 items\n{closing}\nsomething after it\n")
    done = ci(checkout)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == closing


def test_ci_fails_as_the_tests_do(checkout: Path) -> None:
    script = checkout / ".venv/bin/python"
    script.write_text("#!/bin/sh\necho '=== 1 failed, 2 passed in 1.00s ==='\nexit 1\n")
    done = ci(checkout)
    assert done.returncode != 0 and done.stdout.splitlines()[-1] == "=== 1 failed, 2 passed in 1.00s ==="


def test_ci_says_so_if_pytest_never_ran(checkout: Path) -> None:
    (checkout / ".venv/bin/python").write_text("#!/bin/sh\nexit 3\n")
    done = ci(checkout)
    assert done.returncode != 0 and "make test ended before pytest did" in done.stdout.splitlines()[-1]


def test_a_test_that_hangs_is_ended_and_named(tmp_path: Path) -> None:
    """With the project's own settings, but for the length of the time."""
    (tmp_path / "test_it.py").write_text("import time\n\n\ndef test_hangs():\n    time.sleep(600)\n")
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path]
    done = subprocess.run(
        [*pytest_here, "-c", ROOT / "pyproject.toml", "-o", "timeout=1", tmp_path],
        cwd=tmp_path, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "test_it.py::test_hangs - Failed: Timeout" in done.stdout


def test_every_test_has_a_time_limit(request: pytest.FixtureRequest) -> None:
    assert float(request.config.getini("timeout")) >= 600
