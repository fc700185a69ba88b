"""One process at a time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emojicam.console import step


@contextmanager
def locked(path: Path, what: str) -> Iterator[None]:
    """Hold an exclusive lock; the kernel lets it go when the process ends, however it ends.

    Args:
        path: the lock file; it is made and stays.
        what: what another process may be doing, for the line said while waiting ("fills ...").
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step(f"waiting: another process {what}")
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield
