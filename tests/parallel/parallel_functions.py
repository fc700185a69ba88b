"""What the maps of these tests call, in processes that know nothing of pytest."""

import os
import signal
import subprocess
from pathlib import Path

from emojicam.errors import EmojicamError


def square(number: int) -> int:
    return number * number


def scaled(by: int, number: int) -> bytes:
    return b"%d" % (by * number)


def refusing(number: int) -> int:
    if number == 3:
        raise EmojicamError("three is no good", "another number")
    return number


def dying(number: int) -> int:
    """Killed, as by a kernel that is short of memory."""
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def dying_once(folder: str, at: int, number: int) -> bytes:
    """The process is killed when it first comes to an item."""
    marker = Path(folder) / "killed"
    if number == at and not marker.exists():
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return b"%d" % (number * number)


def without_a_package(number: int) -> int:
    raise ModuleNotFoundError("No module named 'numba'", name="numba")


def noting(folder: str, number: int) -> int:
    """Says which process it runs in, and which one it has started, and takes its time."""
    with subprocess.Popen(["sleep", "60"]) as started:
        for pid in (os.getpid(), started.pid):
            (Path(folder) / f"pid-{pid}").touch()
        started.wait()
    return number
