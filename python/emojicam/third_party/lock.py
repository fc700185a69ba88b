"""One process at a time."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from emojicam.console import step
from emojicam.errors import EmojicamError

#: Seconds for which nothing is said.
_SOON = 1.0


@contextmanager
def locked(
    path: Path,
    what: str,
    hint: str = "EMOJICAM_BUILD=FOLDER for what is built, EMOJICAM_CACHE=FOLDER for what is fetched",
) -> Iterator[None]:
    """Hold an exclusive lock; the kernel lets it go when the process ends, however it ends.

    Args:
        path: the lock file; it is made and stays.
        what: what another process may be doing, for the line said while waiting ("fills ...").
        hint: what to try where the lock file can't be made.

    Raises:
        EmojicamError: it can't.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        opened = path.open("a")
    except OSError as error:
        raise EmojicamError(f"{error.filename or path} can't be written: {error.strerror}", hint) from None
    with opened as stream:
        if not _soon(stream):
            step(f"waiting: another process {what}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _soon(stream: TextIO) -> bool:
    """Whether a lock could be had before anybody wonders why nothing happens."""
    end = time.monotonic() + _SOON
    while True:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
