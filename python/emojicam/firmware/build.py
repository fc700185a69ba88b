"""Building the firmware: third-party sources, generated headers, CMake, Ninja.

One build folder a board: below ``build/`` with what ``emojicam.toml`` says, below ``build/config/KEY/`` with other
settings or their model, so that two runs with different ones never share a header or an ELF. Everything is safe to
call again and from several processes at once: what is up to date costs a fraction of a second.
"""

import hashlib
import os
import shutil
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from emojicam import config, console, gesture, image, keyboard, link, paths, process, third_party, usb
from emojicam.config import Settings, on_board
from emojicam.config.boards import BOARD_OF_CORE, Board
from emojicam.errors import EmojicamError
from emojicam.firmware import codegen, fresh
from emojicam.third_party.lock import locked

if TYPE_CHECKING:
    from emojicam.model.export import Core, ExportReport

Target = Literal["runner", "emojicam", "kernel_check"]

#: CMake's preset of this computer's unit tests.
_UNITS = "units"


def _locked(folder: Path) -> AbstractContextManager[None]:
    """One process at a time in a build folder."""
    return locked(folder / ".lock", f"builds in {_shown(folder)}")


def _shown(path: Path) -> str:
    """A path as messages and commands to try have it: from here where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def root_for(settings: Settings) -> Path:
    """Where headers, model and firmware with these settings are: ``build``, or a folder below it for other settings
    than those of ``emojicam.toml``, named by a hash of them and of their model's bytes.
    """
    try:
        if settings == config.load():
            return paths.build_dir()
    except EmojicamError:
        pass  # no settings of the project's own to be the same as
    model = paths.data_root() / settings.model.file
    # A model that can't be read is the export's to complain about.
    content = model.read_bytes() if model.is_file() else b""
    key = hashlib.sha256(settings.model_dump_json().encode() + content).hexdigest()[:16]
    return paths.build_dir() / "config" / key


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
    include = generate_headers(root=root)
    folder = board_dir(board, root)
    with _locked(folder):
        _configure(board, folder, include)
        elf = folder / f"{target}.elf"
        if not elf.exists():
            console.step(f"building {target} for {board.name} (the first time takes minutes)")
        process.run(
            ["ninja", "-C", folder, target],
            what=f"compile {target} for {board.name}",
            hint=f"ninja -C {_shown(folder)} {target}, for the compiler's own words",
        )
        if target == "emojicam" and board.virtual:
            from emojicam.firmware.images import hex_of

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


def build_host_tests() -> Path:
    """Build every unit test of the firmware for this computer.

    Returns:
        The build folder.
    """
    sources = (paths.project_root() / "firmware" / "src").rglob("*_test.cc")
    return _build_host(*sorted(source.stem for source in sources))


def configure_host() -> Path:
    """Make the build folder for this computer with its compile_commands.json, and compile nothing.

    Returns:
        The folder.
    """
    third_party.ensure()
    include = generate_headers()
    folder = paths.build_dir() / _UNITS
    with _locked(folder):
        _configure_preset(_UNITS, folder, include)
    return folder


def _build_host(*targets: str) -> Path:
    # ci/coverage asks for gcov's counters.
    preset = "coverage" if os.environ.get("EMOJICAM_HOST_COVERAGE") else _UNITS
    third_party.ensure()
    include = generate_headers()
    folder = paths.build_dir() / preset
    with _locked(folder):
        _configure_preset(preset, folder, include)
        process.run(
            ["ninja", "-C", folder, *targets],
            what=f"compile {' '.join(targets)} for this computer",
            hint=f"ninja -C {_shown(folder)} -k 0, for the compiler's own words",
        )
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
        _configure_preset("fuzz", folder, include)
        process.run(["ninja", "-C", folder, f"{name}_fuzz"], what=f"compile the fuzzer {name}")
    return folder / "fuzz" / f"{name}_fuzz"


def export(settings: Settings) -> "ExportReport":
    """Export the model that the settings name, with its arena measured on both cores.

    Raises:
        EmojicamError: the firmware can't run it, or it has other classes than the settings.
    """
    root = root_for(settings)
    with _product_locked(root):
        return _export(settings, root)


def _export(settings: Settings, root: Path) -> "ExportReport":
    from emojicam.model.export import export_model

    return export_model(
        paths.project_root() / settings.model.file,
        codegen.generated_dir(root) / "model",
        gestures=settings.class_names,
        measure_arena=measured_arena,
    )


def _product_locked(root: Path) -> AbstractContextManager[None]:
    """One process at a time from the settings' header to the ELF, so that it holds one run's settings and model."""
    return locked(root / ".product.lock", f"builds the firmware in {_shown(root)}")


def measured_arena(core: "Core", model: bytes) -> int:
    """`runner.measure_arena`, remembered for as long as neither model nor runner changes."""
    from emojicam.emulators import runner

    elf = build_target(BOARD_OF_CORE[core], "runner")
    key = hashlib.sha256(elf.read_bytes() + model).hexdigest()
    cache = paths.build_dir() / "arena" / key
    with locked(cache.with_suffix(".lock"), f"measures the same model's arena on the {core}"):
        if not cache.exists():
            codegen.write_if_changed(cache, str(runner.measure_arena(core, model)))
        return int(cache.read_text())


def build_firmware(board: Board, settings: Settings) -> Path:
    """Build the product for a board: settings, model and all. In a wheel, take the one that it brings.

    Returns:
        Its ELF.
    """
    if not paths.in_checkout():
        return _prebuilt(board, settings)
    root = root_for(settings)
    with _product_locked(root):
        generate_headers(settings, root)
        _ensure_exported(settings, root)
        return build_target(board, "emojicam", root)


def _ensure_exported(settings: Settings, root: Path) -> None:
    """`_export`, where that would change anything."""
    model = paths.project_root() / settings.model.file
    runners = [build_target(board, "runner").read_bytes() for board in BOARD_OF_CORE.values()]  # for the arena
    fresh.ensure(
        codegen.generated_dir(root) / "model" / ".stamp",
        # A model that can't be read is the export's to complain about.
        [model.read_bytes() if model.is_file() else b"", "\n".join(settings.class_names), *runners],
        lambda: _export(settings, root).files,
    )


def _prebuilt(board: Board, settings: Settings) -> Path:
    """A copy of the firmware in the wheel, where a build would have put it."""
    source = paths.prebuilt_dir() / board.name / "emojicam.elf"
    if not source.is_file():
        paths.need_checkout(f"building the firmware of {board.name}")
    built_in = config.load(paths.prebuilt_dir() / "emojicam.toml")
    if settings != built_in:
        sent = on_board.differs_only_in_what_is_sent(settings, built_in)
        raise EmojicamError(
            "the firmware of an installed package has the settings that it was built with, and these are others",
            "emojicam settings send --config FILE, to a camera that runs it"
            if sent
            else "a checkout, which builds all",
        )
    elf = board_dir(board) / "emojicam.elf"
    with _product_locked(paths.build_dir()):
        if codegen.write_if_changed(elf, source.read_bytes()):
            for suffix in (".hex", ".bin"):
                elf.with_suffix(suffix).unlink(missing_ok=True)
        if board.virtual:
            from emojicam.firmware.images import hex_of

            hex_of(elf)
    return elf


def _configure(board: Board, folder: Path, include: Path) -> None:
    _configure_preset(board.name, folder, include)


def _configure_preset(preset: str, folder: Path, include: Path) -> None:
    command: list[str | Path] = [
        "cmake", "--preset", preset, "-S", paths.project_root() / "firmware", "-B", folder,
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
        what=f"configure the build for {preset}",
        hint=f"remove {_shown(folder)} and build again",
    )
    stamp.write_text(wanted)
