"""Building the firmware: third-party sources, generated headers, CMake, Ninja.

One build folder a board below ``build/``. Everything is safe to call again and from several processes at
once: what is up to date costs a fraction of a second.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from emojicam import codegen, console, link, paths, process, third_party
from emojicam.targets.boards import Board

Target = Literal["runner", "emojicam"]


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time in a build folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def generate_headers() -> Path:
    """Write every generated header but the model's.

    Returns:
        The folder to put on the include path.
    """
    directory = codegen.generated_dir()
    with _locked(paths.build_dir()):
        link.generate(directory)
    return directory.parent


def board_dir(board: Board) -> Path:
    return paths.build_dir() / board.name


def build_target(board: Board, target: Target) -> Path:
    """Build one firmware of a board.

    Returns:
        Its ELF.

    Raises:
        EmojicamError: a tool or third-party part is missing, or it does not compile.
    """
    third_party.ensure()
    include = generate_headers()
    folder = board_dir(board)
    with _locked(folder):
        _configure(board, folder, include)
        elf = folder / f"{target}.elf"
        if not elf.exists():
            console.step(f"building {target} for {board.name} (the first time takes minutes)")
        process.run(
            ["ninja", "-C", folder, target],
            what=f"compile {target} for {board.name}",
            hint=f"ninja -C {os.path.relpath(folder)} {target}, for the compiler's own words",
        )
    return elf


def _configure(board: Board, folder: Path, include: Path) -> None:
    command: list[str | Path] = [
        "cmake", "--preset", board.name, "-S", paths.project_root() / "firmware", "-B", folder,
        f"-DEMOJICAM_GENERATED={include}",
    ]  # fmt: skip
    if shutil.which("ccache"):
        command += ["-DCMAKE_C_COMPILER_LAUNCHER=ccache", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"]
    stamp = folder / ".configured"
    wanted = "\n".join(map(str, command))
    if (folder / "build.ninja").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    process.run(
        command,
        cwd=paths.project_root() / "firmware",
        what=f"configure the build for {board.name}",
        hint=f"remove {os.path.relpath(folder)} and build again",
    )
    stamp.write_text(wanted)
