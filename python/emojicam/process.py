"""Subprocesses: found or explained, logged before they run, and never a stack trace."""

import logging
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from emojicam import console, paths
from emojicam.errors import EmojicamError, ToolMissing

log = logging.getLogger(__name__)

#: Lines of a failed tool that say why, the most telling first: ld's own error line only counts what came before it.
_TELLING = (re.compile(r"region `\w+' overflowed by"), re.compile(r"\b(fatal )?error\b[: ]", re.I))

#: Debian 12 packages that hold the tools we call.
DEBIAN_PACKAGE = {
    "apt-get": "apt",
    "arm-none-eabi-g++": "gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi libnewlib-arm-none-eabi",
    "arm-none-eabi-nm": "binutils-arm-none-eabi",
    "arm-none-eabi-objcopy": "binutils-arm-none-eabi",
    "arm-none-eabi-objdump": "binutils-arm-none-eabi",
    "arm-none-eabi-size": "binutils-arm-none-eabi",
    "cargo": "cargo-web",
    "clang": "clang libclang-rt-14-dev",
    "cmake": "cmake",
    "dfu-util": "dfu-util",
    "dpkg-deb": "dpkg",
    "gdb-multiarch": "gdb-multiarch",
    "git": "git",
    "llvm-mca": "llvm",
    "ninja": "ninja-build",
    "npm": "npm",
    "Xvfb": "xvfb",
    "dbus-run-session": "dbus-daemon",
    "ibus-daemon": "ibus ibus-gtk3",
    "qemu-system-arm": "qemu-system-arm",
    "qemu-system-x86_64": "qemu-system-x86",
    "setxkbmap": "x11-xkb-utils",
}


def find_tool(name: str) -> Path:
    """The path of an executable.

    Raises:
        EmojicamError: not installed; the hint names the Debian package.
    """
    found = shutil.which(name)
    if found is None:
        package = DEBIAN_PACKAGE.get(name, name)
        setup = ", or make setup" if paths.in_checkout() else ""
        raise ToolMissing(f"{name} is not installed", f"sudo apt-get install {package}{setup}")
    return Path(found)


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    what: str = "",
    hint: str = "",
) -> str:
    """Run a command to its end and give back its stdout.

    Args:
        command: the tool's name (looked up on PATH) and its arguments.
        env: variables on top of our own.
        what: what it does, for the error line ("compile the firmware").
        hint: what to try when it fails; by default the last line that it printed says so.

    Raises:
        EmojicamError: tool missing or exit status not 0. The whole output goes to the debug log
            and its last lines into the message.
    """
    argv = [str(find_tool(str(command[0]))), *map(str, command[1:])]
    log.debug("$ %s", shlex.join(argv))
    with console.busy(what or f"running {command[0]}"):
        done = subprocess.run(
            argv, cwd=cwd, env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, errors="replace",
        )  # fmt: skip
    if done.returncode != 0:
        log.debug("%s%s", done.stdout, done.stderr)
        lines = [line.strip() for line in (done.stderr + "\n" + done.stdout).splitlines() if line.strip()]
        telling = (line for why in _TELLING for line in lines if why.search(line))
        detail = next(telling, lines[0] if lines else "it printed nothing")
        raise EmojicamError(
            f"cannot {what or 'run ' + str(command[0])} (exit status {done.returncode}): {detail}",
            hint or "the same command with --verbose for its whole output",
        )
    return done.stdout


def last_words(running: "subprocess.Popen[bytes]") -> str:
    """How a process with its stderr in a pipe has ended: ``status 1: the last line that it said``."""
    status = running.wait()
    said = running.stderr.read().decode(errors="replace").strip().splitlines() if running.stderr else []
    return (f"signal {-status}" if status < 0 else f"status {status}") + (f": {said[-1]}" if said else "")
