"""The versions that matter when something is reported: what this is made of."""

import hashlib
import platform
import shutil
import subprocess
from collections.abc import Iterator

from emojicam import __version__, config, paths, third_party
from emojicam.errors import EmojicamError
from emojicam.link.messages import VERSION


def lines() -> Iterator[tuple[str, str]]:
    """Name and version: ours first, then the model, the link, and each third-party part of the firmware."""
    yield "emojicam", __version__ + _commit()
    yield "python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield "model", _model()
    yield "link", str(VERSION)
    try:
        yield from ((part.name, part.version) for part in third_party.default_store().manifest.part)
    except EmojicamError as error:
        yield "third-party parts", error.message


def _commit() -> str:
    """Of a checkout, where git is installed; with a + where files differ from it."""
    if not paths.in_checkout() or not shutil.which("git"):
        return ""
    done = subprocess.run(
        ["git", "-C", paths.project_root(), "describe", "--always", "--dirty=+", "--exclude=*"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return f" ({done.stdout.strip()})" if done.returncode == 0 else ""


def _model() -> str:
    """Its name and the beginning of its SHA-256, as `Hello` of the link and `emojicam inspect` have it."""
    try:
        path = config.load().model_path
        return f"{path.name}, SHA-256 {hashlib.sha256(path.read_bytes()).hexdigest()[:16]}"
    except (EmojicamError, OSError) as error:
        return str(getattr(error, "message", error))
