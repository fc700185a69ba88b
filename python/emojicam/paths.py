"""Where things are: the checkout, what is built, and what is cached for this user."""

import os
import tempfile
from pathlib import Path


def project_root() -> Path:
    """The checkout that this package belongs to (it is installed in editable mode)."""
    return Path(__file__).resolve().parents[2]


def in_checkout() -> bool:
    """Whether there are sources to build; a wheel has only firmware that was built (:func:`prebuilt_dir`)."""
    return (project_root() / "firmware" / "CMakeLists.txt").is_file()


def prebuilt_dir() -> Path:
    """In a wheel of a release: ``BOARD/emojicam.elf``, the settings that it was built with, and licences."""
    return Path(__file__).resolve().parent / "prebuilt"


def build_dir() -> Path:
    """Everything that a build makes. ``EMOJICAM_BUILD`` moves it."""
    default = project_root() if in_checkout() else cache_dir()
    return Path(os.environ.get("EMOJICAM_BUILD") or default / "build").absolute()


def cache_dir() -> Path:
    """Downloaded packages, shared by all checkouts of this user. ``EMOJICAM_CACHE`` moves it."""
    if explicit := os.environ.get("EMOJICAM_CACHE"):
        return Path(explicit)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "emojicam"
    try:
        return Path.home() / ".cache" / "emojicam"
    except RuntimeError:
        # Neither HOME nor an entry in /etc/passwd, as in a container with a user's number.
        root = project_root() / "build" if in_checkout() else Path(tempfile.gettempdir()) / f"emojicam-{os.getuid()}"
        return root / "cache"


def third_party_dir() -> Path:
    return project_root() / "firmware" / "third_party"


def models_dir() -> Path:
    return project_root() / "models"
