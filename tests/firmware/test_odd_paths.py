"""The whole build in a folder whose name has spaces and umlauts, without HOME, for a system that knows only ASCII."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emojicam import paths
from emojicam.firmware import image


@pytest.mark.virtual_board
@pytest.mark.slow
def test_the_firmware_is_built_whatever_the_folder_is_called(tmp_path: Path) -> None:
    tree = tmp_path / "Bücher und Käse" / "emoji cam"
    tree.mkdir(parents=True)
    root = paths.project_root()
    for name in ("firmware", "models", "python"):
        shutil.copytree(root / name, tree / name, ignore=shutil.ignore_patterns("__pycache__", ".lock", ".staging"))
    shutil.copy(root / "emojicam.toml", tree)
    environment = {**os.environ, "PYTHONPATH": str(tree / "python"), "PYTHONIOENCODING": "ascii", "LANG": "C"}
    for name in ("HOME", "EMOJICAM_BUILD"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-m", "emojicam", "build", "--board", "openmv_h7"],
        cwd=tree, env=environment, capture_output=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert image.read_hex(tree / "build" / "openmv_h7" / "emojicam.hex").size > 100_000
