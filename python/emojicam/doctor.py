"""What of all that emojicam needs is on this computer, and what to do about the rest."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path

from emojicam import config, extras, paths, process, third_party
from emojicam.errors import EmojicamError
from emojicam.flash import find
from emojicam.link.port import find_ports
from emojicam.third_party.unpack import Status

#: A build of every board with its third-party sources and packages takes about half of it.
_BYTES_FREE = 2 << 30

#: Tools that compile firmware; a release's wheel brings it compiled.
_COMPILERS = ("arm-none-eabi-g++", "cmake", "ninja")
#: What single commands or targets call, and for what.
_OTHER_TOOLS = {
    "c++": "the unit tests on this computer",
    "clang": "emojicam fuzz",
    "dfu-util": "emojicam flash --via dfu",
    "llvm-mca": "emojicam bench --llvm-mca",
}
_EXTRAS = {
    "virtual": "--board openmv_h7 and nucleo_h743zi, emojicam faults",
    "train": "emojicam data, train, search, evaluate and thresholds",
    "ci": "emojicam avh and release, west",
    "test": "make test, emojicam avh",
}
_UDEV_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


class State(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        found: what is there.
        hint: what to do, where it isn't right.
        essential: the main job (`emojicam run`) can't run without it.
    """

    name: str
    state: State
    found: str
    hint: str = ""
    essential: bool = False

    @property
    def stops_the_job(self) -> bool:
        return self.essential and self.state is State.WRONG


def examine() -> Iterator[Finding]:
    """Every check in turn; none changes anything or needs the network."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python, _settings, _compilers, _emulator, _sources, _space, _extras, _tools, _font, _serial, _flashing,
    )  # fmt: skip
    for check in checks:
        yield from check()


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield Finding(
        "python", State.RIGHT if fits else State.WRONG, f"{version} in {sys.prefix}",
        "" if fits else "Python 3.11 to 3.13, and make setup", essential=True,
    )  # fmt: skip


def _settings() -> Iterator[Finding]:
    try:
        settings = config.load()
    except EmojicamError as error:
        yield Finding("settings", State.WRONG, error.message, error.hint, essential=True)
        return
    where = f"{config.default_path()}: {len(settings.gesture)} classes"
    yield Finding("settings", State.RIGHT, where, essential=True)
    if paths.in_checkout():
        model = paths.project_root() / settings.model.file
        there = model.is_file()
        hint = "" if there else "the path of a .tflite as model.file in emojicam.toml"
        yield Finding("model", State.RIGHT if there else State.WRONG, str(model), hint, essential=True)


def _tool(name: str, *, needed: bool, what: str) -> Finding:
    try:
        return Finding(name, State.RIGHT, str(process.find_tool(name)), essential=needed)
    except EmojicamError as error:
        state = State.WRONG if needed else State.NOT_NEEDED
        return Finding(name, state, f"not installed; for {what}", error.hint, essential=needed)


def _compilers() -> Iterator[Finding]:
    for name in _COMPILERS:
        yield _tool(name, needed=paths.in_checkout(), what="building firmware")


def _emulator() -> Iterator[Finding]:
    yield _tool("qemu-system-arm", needed=True, what="the emulated boards")


def _sources() -> Iterator[Finding]:
    if not paths.in_checkout():
        return
    store = third_party.default_store()
    parts = store.manifest.part
    absent = [part.name for part in parts if store.state(part).status is not Status.READY]
    if absent:
        found = f"{', '.join(absent)} not fetched yet: the first build does so over the network"
        yield Finding("third-party sources", State.NOT_NEEDED, found, "emojicam deps")
    else:
        yield Finding("third-party sources", State.RIGHT, f"{len(parts)} parts in {store.root}")


def _space() -> Iterator[Finding]:
    folder = paths.build_dir()
    while not folder.exists():
        folder = folder.parent
    if not os.access(folder, os.W_OK):
        hint = "EMOJICAM_BUILD with a folder of yours"
        yield Finding("build folder", State.WRONG, f"{folder} can't be written", hint, essential=True)
        return
    free = shutil.disk_usage(folder).free
    enough = free >= _BYTES_FREE
    yield Finding(
        "space", State.RIGHT if enough else State.WRONG, f"{free / (1 << 30):.1f} GiB free in {folder}",
        "" if enough else f"{_BYTES_FREE >> 30} GiB free there, or EMOJICAM_BUILD elsewhere",
    )  # fmt: skip


def _extras() -> Iterator[Finding]:
    for name, what in _EXTRAS.items():
        absent = [module for module in extras.MODULES[name] if find_spec(module) is None]
        if absent:
            found = f"{', '.join(absent)} not installed; for {what}"
            yield Finding(f"extra {name}", State.NOT_NEEDED, found, extras.hint(name))
        else:
            yield Finding(f"extra {name}", State.RIGHT, what)


def _tools() -> Iterator[Finding]:
    for name, what in _OTHER_TOOLS.items():
        yield _tool(name, needed=False, what=what)


def _font() -> Iterator[Finding]:
    for folder in _FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*"):
            if "emoji" in path.name.lower() and path.suffix.lower() in (".ttf", ".otf", ".ttc"):
                yield Finding("emoji font", State.RIGHT, str(path))
                return
    yield Finding(
        "emoji font", State.NOT_NEEDED, "none found; for emoji in the live page and in pictures",
        "sudo apt-get install fonts-noto-color-emoji",
    )  # fmt: skip


def _serial() -> Iterator[Finding]:
    ports = find_ports()
    if ports:
        listed = ", ".join(map(str, ports))
        closed = [port for port in ports if not os.access(port, os.R_OK | os.W_OK)]
        if closed:
            hint = "sudo usermod -aG dialout $USER, then logging in again"
            yield Finding("camera", State.WRONG, f"{closed[0]} may not be opened", hint)
        else:
            yield Finding("camera", State.RIGHT, listed)
        return
    yield Finding("camera", State.NOT_NEEDED, "none is plugged in: emojicam live shows an emulated board")
    yield _dialout()


def _dialout() -> Finding:
    """Whether a camera's serial port could be opened."""
    import grp

    groups = {entry.gr_name for entry in grp.getgrall() if entry.gr_gid in os.getgroups()}
    if os.getuid() == 0 or groups & {"dialout", "uucp"} or sys.platform != "linux":
        return Finding("serial ports", State.RIGHT, "may be opened")
    hint = "sudo usermod -aG dialout $USER, then logging in again"
    return Finding("serial ports", State.NOT_NEEDED, "may not be opened; for a camera that is plugged in", hint)


def _flashing() -> Iterator[Finding]:
    try:
        probes = find.debug_probes()
        usb = find.usb_devices()
    except EmojicamError as error:
        yield Finding("USB", State.NOT_NEEDED, error.message, error.hint)
        return
    if probes:
        found = ", ".join(f"{probe.description} {probe.unique_id}" for probe in probes)
        yield Finding("debug probe", State.RIGHT, found)
    else:
        yield Finding("debug probe", State.NOT_NEEDED, "none is attached: emojicam flash --via dfu needs none")
    waiting = [device for device in usb if device.ids in (find.OPENMV_BOOTLOADER, find.ST_ROM)]
    if _udev_rule():
        yield Finding("udev rule", State.RIGHT, "OpenMV's bootloader may be opened")
    elif os.getuid() == 0 or sys.platform != "linux":
        yield Finding("udev rule", State.NOT_NEEDED, "root may open every device")
    else:
        state = State.WRONG if waiting else State.NOT_NEEDED
        found = "no rule lets you open OpenMV's bootloader; for emojicam flash --via dfu"
        yield Finding("udev rule", state, found, "the two lines in docs/flashing.md")
    for device in waiting:
        yield Finding("board in DFU mode", State.RIGHT, device.path)


def _udev_rule() -> bool:
    for folder in _UDEV_FOLDERS:
        for path in Path(folder).glob("*.rules"):
            try:
                if "37c5" in path.read_text(encoding="utf-8", errors="replace").lower():
                    return True
            except OSError:
                continue
    return False
