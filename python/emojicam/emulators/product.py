"""The product's firmware: settings and model in, an ELF out. The model's arena is measured by running it.

Below ``build/`` with what ``emojicam.toml`` says, below ``build/config/KEY/`` with other settings or their model, so
that two runs with different ones never share a header or an ELF. Safe to call from several processes at once.
"""

import hashlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from emojicam import codegen, config, paths
from emojicam.config import Settings, on_board
from emojicam.config.boards import BOARD_OF_CORE, Board
from emojicam.errors import EmojicamError
from emojicam.firmware import fresh
from emojicam.firmware.build import board_dir, build_target, generate_headers
from emojicam.firmware.image import hex_of
from emojicam.third_party.lock import locked

if TYPE_CHECKING:
    from emojicam.model.export import ExportReport


def root_for(settings: Settings) -> Path:
    """Where headers, model and firmware with these settings are: ``build``, or a folder below it for other settings
    than those of ``emojicam.toml``, named by a hash of them and of their model's bytes.
    """
    try:
        if settings == config.load():
            return paths.build_dir()
    except EmojicamError:
        pass  # no settings of the project's own to be the same as
    model = settings.model_path
    # A model that can't be read is the export's to complain about.
    content = model.read_bytes() if model.is_file() else b""
    key = hashlib.sha256(settings.model_dump_json().encode() + content).hexdigest()[:16]
    return paths.build_dir() / "config" / key


def export(settings: Settings) -> "ExportReport":
    """Export the model that the settings name, with its arena measured on both cores.

    Raises:
        EmojicamError: the firmware can't run it, or it has other classes than the settings.
    """
    root = root_for(settings)
    with _product_locked(root):
        return _export(settings, root)


def _export(settings: Settings, root: Path) -> "ExportReport":
    from emojicam.emulators.arena import measure_arena  # most runs export nothing
    from emojicam.model.export import export_model

    return export_model(
        settings.model_path,
        codegen.generated_dir(root) / "model",
        gestures=settings.class_names,
        outputs=settings.outputs,
        said=settings.model,
        measure_arena=measure_arena,
    )


def _product_locked(root: Path) -> AbstractContextManager[None]:
    """One process at a time from the settings' header to the ELF, so that it holds one run's settings and model."""
    return locked(root / ".product.lock", f"builds the firmware in {paths.shown(root)}")


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
    model = settings.model_path
    runners = [build_target(board, "runner").read_bytes() for board in BOARD_OF_CORE.values()]  # for the arena
    fresh.ensure(
        codegen.generated_dir(root) / "model" / ".stamp",
        # A model that can't be read is the export's to complain about.
        [
            model.read_bytes() if model.is_file() else b"",
            "\n".join(settings.class_names) + str(settings.outputs),
            settings.model.model_dump_json(),
            *runners,
        ],
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
            hex_of(elf)
    return elf
