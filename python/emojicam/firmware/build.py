"""Building the firmware: third-party sources, generated headers, CMake, Ninja.

One build folder a board, and one a core for TFLM and CMSIS-NN, which are most of what there is to compile. Everything
is safe to call again and from several processes at once: what is up to date costs a fraction of a second.
`emojicam.emulators.product` builds the product with its settings and model.
"""

import os
import shutil
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal

from emojicam import codegen, config, console, gesture, image, keyboard, link, paths, process, third_party, usb
from emojicam.config import Settings
from emojicam.config.boards import BOARDS, Board
from emojicam.firmware import fresh
from emojicam.firmware.image import hex_of
from emojicam.third_party.lock import locked

Target = Literal["runner", "emojicam", "kernel_check"]

#: CMake's preset of this computer's unit tests.
_UNITS = "units"


def _locked(folder: Path) -> AbstractContextManager[None]:
    """One process at a time in a build folder."""
    return locked(folder / ".lock", f"builds in {paths.shown(folder)}")


def generate_headers(settings: Settings | None = None, root: Path | None = None) -> Path:
    """Write every generated header but the model's.

    Args:
        settings: what ``settings.h`` is made of; without it, it is left as it is.
        root: of the build; by default ``build``.

    Returns:
        The folder to put on the include path.
    """
    root = root or paths.build_dir()
    directory = codegen.generated_dir(root)
    with _locked(root):
        fresh.ensure(directory / ".stages.stamp", [], lambda: _generate_stages(directory))
        if settings is not None:
            wanted = [settings.model_dump_json()]
            fresh.ensure(directory / ".settings.stamp", wanted, lambda: [config.generate(settings, directory)])
    return directory.parent


def _generate_stages(directory: Path) -> list[Path]:
    for stage in (gesture, image, keyboard, link, usb):
        stage.generate(directory)
    return [path for path in directory.glob("*.h") if path.name != "settings.h"]


def board_dir(board: Board, root: Path | None = None) -> Path:
    return (root or paths.build_dir()) / board.name


def libraries_dir(board: Board) -> Path:
    """Where TFLM and CMSIS-NN are built for a board's core: the same for all its boards, settings and models."""
    return paths.build_dir() / "libraries" / board.core


def _build_libraries(board: Board) -> Path:
    folder = libraries_dir(board)
    first = next(other for other in BOARDS.values() if other.core == board.core)
    include = generate_headers()
    with _locked(folder):
        _configure(first.name, folder, include)
        if not (folder / "third_party" / "libtflm.a").exists():
            console.step(f"building TensorFlow Lite Micro and CMSIS-NN for {board.core} (once, some minutes)")
        _ninja(folder, ["tflm", "cmsis_nn"], f"compile TensorFlow Lite Micro for {board.core}")
    return folder


def build_target(board: Board, target: Target, root: Path | None = None) -> Path:
    """Build one firmware of a board; beside a camera's product also the HEX and BIN that are flashed.

    Args:
        root: of the build, with its generated headers; by default ``build``.

    Returns:
        Its ELF.

    Raises:
        EmojicamError: a tool or third-party part is missing, or it does not compile.
    """
    paths.need_checkout(f"building {target} for {board.name}")
    third_party.ensure()
    libraries = _build_libraries(board)
    include = generate_headers(root=root)
    folder = board_dir(board, root)
    with _locked(folder):
        _configure(board.name, folder, include, libraries)
        elf = folder / f"{target}.elf"
        if not elf.exists():
            console.step(f"building {target} for {board.name} (the first time takes a minute)")
        _ninja(folder, [target], f"compile {target} for {board.name}")
        if target == "emojicam" and board.virtual:
            hex_of(elf)
    return elf


def build_host_program(name: str) -> Path:
    """Build one program of this computer's: a unit test, or what tests run beside the firmware.

    Args:
        name: its CMake target.

    Returns:
        The program.
    """
    return _build_host(name) / "tests" / name


def configure_host() -> Path:
    """Make the build folder for this computer with its compile_commands.json, and compile nothing.

    Returns:
        The folder.
    """
    third_party.ensure()
    include = generate_headers()
    folder = paths.build_dir() / _UNITS
    with _locked(folder):
        _configure(_UNITS, folder, include)
    return folder


def _build_host(*targets: str) -> Path:
    # ci/coverage asks for gcov's counters.
    preset = "coverage" if os.environ.get("EMOJICAM_HOST_COVERAGE") else _UNITS
    third_party.ensure()
    include = generate_headers()
    folder = paths.build_dir() / preset
    with _locked(folder):
        _configure(preset, folder, include)
        _ninja(folder, targets, f"compile {' '.join(targets)} for this computer")
    return folder


def build_fuzzer(name: str) -> Path:
    """Build one of the fuzzers of ``firmware/fuzz`` with clang.

    Returns:
        The program.
    """
    third_party.ensure()
    include = generate_headers()
    folder = paths.build_dir() / "fuzz"
    with _locked(folder):
        _configure("fuzz", folder, include)
        _ninja(folder, [f"{name}_fuzz"], f"compile the fuzzer {name}")
    return folder / "fuzz" / f"{name}_fuzz"


def _ninja(folder: Path, targets: Sequence[str], what: str) -> None:
    process.run(
        ["ninja", "-C", folder, *targets],
        what=what,
        hint=f"ninja -C {paths.shown(folder)} {' '.join(targets)}, for the compiler's own words",
    )


def _configure(preset: str, folder: Path, include: Path, libraries: Path | None = None) -> None:
    command: list[str | Path] = [
        "cmake", "--preset", preset, "-S", paths.project_root() / "firmware", "-B", folder,
        f"-DEMOJICAM_GENERATED={include}",
    ]  # fmt: skip
    if libraries:
        command.append(f"-DEMOJICAM_LIBRARIES={libraries}")
    if shutil.which("ccache"):
        command += ["-DCMAKE_C_COMPILER_LAUNCHER=ccache", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"]
    stamp = folder / ".configured"
    wanted = "\n".join(map(str, command))
    if (folder / "build.ninja").exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    process.run(
        command,
        cwd=paths.project_root() / "firmware",
        what=f"configure the build for {preset}",
        hint=f"remove {paths.shown(folder)} and build again",
    )
    stamp.write_text(wanted)
