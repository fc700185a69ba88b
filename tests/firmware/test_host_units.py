"""Every GoogleTest program of the firmware, on this computer, under ASan and UBSan."""

import subprocess

import pytest

from emojicam import paths
from emojicam.firmware import build

SOURCES = sorted((paths.project_root() / "firmware" / "src").rglob("*_test.cc"))


def test_there_are_unit_tests() -> None:
    assert len(SOURCES) >= 6


@pytest.mark.host
@pytest.mark.parametrize("name", [source.stem for source in SOURCES])
def test_unit(name: str) -> None:
    program = build.build_host_program(name)
    done = subprocess.run([program, "--gtest_brief=1"], capture_output=True, text=True, errors="replace", timeout=600)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "[  PASSED  ]" in done.stdout, "no test ran"
