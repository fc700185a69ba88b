"""The same sources make the same bytes, wherever they lie and whether ccache is used."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from emojicam import paths, process
from emojicam.config import boards
from emojicam.firmware import build


def _compile(command: dict[str, str], target: Path, *, launcher: list[str]) -> bytes:
    """Compile one file as CMake would, to another place. Gives the object."""
    words = shlex.split(command["command"])
    words[words.index("-o") + 1] = str(target)
    # Relative names from the checkout on, and no result from the cache.
    env = {**os.environ, "CCACHE_BASEDIR": str(paths.project_root()), "CCACHE_RECACHE": "1",
           "PWD": command["directory"]}  # fmt: skip
    subprocess.run(launcher + words, cwd=command["directory"], env=env, check=True)
    return target.read_bytes()


@pytest.mark.emulator
def test_an_object_has_the_same_bytes_with_ccache_and_no_path_of_this_computer(tmp_path: Path) -> None:
    elf = build.build_target(boards.find("mps2_an500"), "runner")
    commands = json.loads((elf.parent / "compile_commands.json").read_text())
    (command,) = (item for item in commands if item["file"].endswith("kernels/emojicam/block_op.cc"))
    plain = _compile(command, tmp_path / "plain.o", launcher=[])
    assert plain == _compile(command, tmp_path / "ccache.o", launcher=[str(process.find_tool("ccache"))])
    assert b"firmware/src/inference/kernels/emojicam/block_op.cc" in plain, "TFLM's messages name their file"
    assert str(paths.project_root()).encode() not in plain
    assert b"../firmware" not in plain


@pytest.mark.slow
def test_two_clean_builds_in_different_folders_are_byte_equal() -> None:
    done = subprocess.run(
        [paths.project_root() / "ci" / "reproducible", "openmv_h7"], capture_output=True, text=True, timeout=3000
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith(", twice")
