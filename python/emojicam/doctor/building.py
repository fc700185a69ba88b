"""Compilers, emulators, sources, space and packages."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from emojicam import config, extras, paths, process, third_party, versions
from emojicam.doctor.finding import Finding, State
from emojicam.errors import EmojicamError
from emojicam.third_party.unpack import Status

#: A build of every board with its third-party sources and packages takes about half of it.
_BYTES_FREE = 2 << 30

#: Tools that compile firmware, and the oldest version that can; a release's wheel brings it compiled.
_COMPILERS = {"arm-none-eabi-g++": (), "cmake": (3, 21), "ninja": ()}
#: What single commands or targets call, and for what.
_OTHER_TOOLS = {
    "c++": "--board host, the unit tests on this computer",
    "clang": "emojicam fuzz",
    "dfu-util": "emojicam flash --via dfu",
    "gdb-multiarch": "emojicam run --gdb",
    "git": "emojicam data photographs, make reproducible",
    "llvm-mca": "emojicam bench --llvm-mca",
}
_EXTRAS = {
    "virtual": "--board openmv_h7 and nucleo_h743zi, emojicam faults",
    "train": "emojicam data, train, search, evaluate and thresholds",
    "cluster": "--cluster of data make, thresholds, search, faults and fuzz",
    "ci": "emojicam avh and release, west",
    "test": "make test, emojicam avh",
    "docs": "make docs",
}
_DOCKER_SOCKET = Path("/var/run/docker.sock")


def this() -> Iterator[Finding]:
    """What we are, for a report."""
    said = dict(versions.lines())
    yield Finding("emojicam", State.RIGHT, f"{said['emojicam']}, {said['model']}, link {said['link']}")


def python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fits = (3, 11) <= sys.version_info[:2] < (3, 14)
    yield Finding(
        "python", State.RIGHT if fits else State.WRONG, f"{version} in {sys.prefix}",
        "" if fits else "Python 3.11 to 3.13, and make setup", essential=True,
    )  # fmt: skip


def settings() -> Iterator[Finding]:
    try:
        loaded = config.load()
    except EmojicamError as error:
        yield Finding("settings", State.WRONG, error.message, error.hint, essential=True)
        return
    where = f"{config.default_path()}: {len(loaded.gesture)} classes"
    yield Finding("settings", State.RIGHT, where, essential=True)
    if paths.in_checkout():
        model = loaded.model_path
        there = model.is_file()
        hint = "" if there else "the path of a .tflite as model.file in emojicam.toml"
        yield Finding("model", State.RIGHT if there else State.WRONG, str(model), hint, essential=True)


def version_of(path: Path) -> tuple[int, ...]:
    """What a tool says that its version is; empty where it says nothing of the kind."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    first = next(iter((done.stdout or done.stderr).strip().splitlines()), "")
    # "(GNU Arm Embedded 10.3) 12.2.1": what is in brackets is somebody else's.
    numbers = re.search(r"\d+(?:\.\d+)+", re.sub(r"\([^)]*\)", "", first))
    return tuple(map(int, numbers[0].split("."))) if numbers else ()


def _tool(name: str, *, needed: bool, what: str, oldest: tuple[int, ...] = ()) -> Finding:
    try:
        path = process.find_tool(name)
    except EmojicamError as error:
        state = State.WRONG if needed else State.NOT_NEEDED
        return Finding(name, state, f"not installed; for {what}", error.hint, essential=needed)
    version = version_of(path)
    shown = " ".join([*([".".join(map(str, version))] if version else []), f"in {path}"])
    if version and version < oldest:
        wanted = ".".join(map(str, oldest))
        return Finding(name, State.WRONG, shown, f"version {wanted} or newer", essential=needed)
    return Finding(name, State.RIGHT, shown, essential=needed)


def compilers() -> Iterator[Finding]:
    for name, oldest in _COMPILERS.items():
        yield _tool(name, needed=paths.in_checkout(), what="building firmware", oldest=oldest)
    yield _tool("qemu-system-arm", needed=True, what="the emulated boards")


def sources() -> Iterator[Finding]:
    if not paths.in_checkout():
        return
    store = third_party.default_store()
    parts = store.manifest.part
    absent = [part.name for part in parts if store.state(part).status is not Status.READY]
    if absent:
        found = f"{', '.join(absent)} not fetched yet: the first build does so over the network"
        yield Finding("third-party sources", State.NOT_NEEDED, found, "emojicam deps")
    else:
        found = ", ".join(f"{part.name} {part.version}" for part in parts)
        yield Finding("third-party sources", State.RIGHT, found)


def space() -> Iterator[Finding]:
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


def packages() -> Iterator[Finding]:
    for name, what in _EXTRAS.items():
        absent = [module for module in extras.MODULES[name] if find_spec(module) is None]
        if absent:
            found = f"{', '.join(absent)} not installed; for {what}"
            yield Finding(f"extra {name}", State.NOT_NEEDED, found, extras.hint(name))
        else:
            yield Finding(f"extra {name}", State.RIGHT, what)


def tools() -> Iterator[Finding]:
    for name, what in _OTHER_TOOLS.items():
        yield _tool(name, needed=False, what=what)


def containers() -> Iterator[Finding]:
    """Podman or Docker, for the container of .devcontainer."""
    for name in ("podman", "docker"):
        if path := shutil.which(name):
            if name == "docker" and _DOCKER_SOCKET.exists() and not os.access(_DOCKER_SOCKET, os.W_OK):
                hint = "sudo usermod -aG docker $USER, then logging in again; or podman"
                yield Finding("container", State.NOT_NEEDED, f"{path}, whose socket may not be opened", hint)
            else:
                yield Finding("container", State.RIGHT, path)
            return
    found = "neither podman nor docker; for the container of .devcontainer"
    yield Finding("container", State.NOT_NEEDED, found, "sudo apt-get install podman")
