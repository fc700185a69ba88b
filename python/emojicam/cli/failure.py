"""The one line that a failed command leaves on stderr, and the file behind one that nobody has foreseen."""

import errno
import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

import typer.exceptions

from emojicam import __version__, extras, paths
from emojicam.console import err
from emojicam.errors import EmojicamError

#: A fault of ours (EX_SOFTWARE of sysexits.h).
UNFORESEEN = 70

#: What the system says where no program is at fault.
_SYSTEM = {
    errno.ENOSPC: "free space there",
    errno.EDQUOT: "free space there",
    errno.EROFS: "a place that can be written",
    errno.ENOMEM: "a computer with more memory",
    errno.EMFILE: "ulimit -n 4096",
}


def explain(error: Exception) -> int:
    """Print why a command failed, in one line.

    Returns:
        The exit status.
    """
    if isinstance(error, EmojicamError):
        _say(str(error))
        return error.exit_status
    if isinstance(error, typer.exceptions.TyperException):
        return _usage(error)
    if isinstance(error, ModuleNotFoundError) and (missing := extras.explain(error)):
        return explain(missing)
    if isinstance(error, FileNotFoundError) and error.filename is None and _nowhere():
        return explain(EmojicamError("the folder that this runs in is gone", "cd to one that is there"))
    if isinstance(error, OSError) and error.errno in _SYSTEM:
        where = f"{error.filename}: " if error.filename else ""
        return explain(EmojicamError(f"{where}{error.strerror}", _SYSTEM[error.errno]))
    _say(f"unforeseen: {_one_line(error)}; try: reporting it with the trace in {write_log(error)}")
    return UNFORESEEN


def _nowhere() -> bool:
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _say(text: str) -> None:
    err.print(f"emojicam: {text}", markup=False, style="red", soft_wrap=True)


def _usage(error: typer.exceptions.TyperException) -> int:
    message = " ".join(error.format_message().split()).rstrip(".")
    # Without arguments a group prints its help, and there is nothing to add.
    if message:
        context = getattr(error, "ctx", None)
        _say(f"{message}; try: {context.command_path if context else 'emojicam'} --help")
    return error.exit_code


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:300].rstrip(": ")


def write_log(error: Exception) -> Path | str:
    """Keep the trace in the build folder, or where temporary files go.

    Returns:
        The file.
    """
    text = (
        f"emojicam {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
        f"{sys.argv}\n\n{''.join(traceback.format_exception(error))}"
    )
    name = f"emojicam-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
    for folder in (_logs, lambda: Path(tempfile.gettempdir())):
        try:
            path = folder() / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except (OSError, RuntimeError):  # a home that can't be found is a RuntimeError
            continue
        return path
    err.print(text, markup=False, soft_wrap=True)
    return "these lines"


def _logs() -> Path:
    return paths.build_dir() / "logs"
