"""Arena sizes, measured by the runner firmware on the emulated cores."""

import shutil

from emojicam.model.export import CORES, Core

#: What building and running the runner takes, all of them from Debian.
TOOLS = ("arm-none-eabi-g++", "cmake", "ninja", "qemu-system-arm")


def tools_available() -> bool:
    """Whether `measure_arena` would find its tools; it may still have to compile, which takes minutes."""
    return all(shutil.which(tool) for tool in TOOLS)


def measure_arena(core: Core, model: bytes) -> int:
    """The smallest arena in bytes that the model loads and runs in on this core, with the product's kernels.

    Raises:
        EmojicamError: a tool is missing, or the firmware refuses the model.
    """
    from emojicam.firmware import build

    return build.measured_arena(core, model)


def measure_all(model: bytes) -> dict[Core, int]:
    """The same on every core."""
    return {core: measure_arena(core, model) for core in CORES}
