"""Arena sizes, measured by the runner firmware on the emulated cores, and remembered."""

import hashlib
import shutil

from emojicam import codegen, paths
from emojicam.config.boards import BOARD_OF_CORE
from emojicam.cores import CORES, Core
from emojicam.emulators import runner
from emojicam.firmware.build import build_target
from emojicam.third_party.lock import locked

#: What building and running the runner takes, all of them from Debian.
TOOLS = ("arm-none-eabi-g++", "cmake", "ninja", "qemu-system-arm")


def tools_available() -> bool:
    """Whether `measure_arena` would find its tools; it may still have to compile, which takes minutes."""
    return all(shutil.which(tool) for tool in TOOLS)


def measure_arena(core: Core, model: bytes) -> int:
    """The smallest arena in bytes that the model loads and runs in on this core, with the product's kernels.

    It is measured once for as long as neither model nor runner changes.

    Raises:
        EmojicamError: a tool is missing, or the firmware refuses the model.
    """
    elf = build_target(BOARD_OF_CORE[core], "runner")
    key = hashlib.sha256(elf.read_bytes() + model).hexdigest()
    cache = paths.build_dir() / "arena" / key
    with locked(cache.with_suffix(".lock"), f"measures the same model's arena on the {core}"):
        if not cache.exists():
            codegen.write_if_changed(cache, str(runner.measure_arena(core, model)))
        return int(cache.read_text())


def measure_all(model: bytes) -> dict[Core, int]:
    """The same on every core."""
    return {core: measure_arena(core, model) for core in CORES}
