"""Where things are: the checkout, what is built, and what is cached for this user."""

import os
from pathlib import Path


def project_root() -> Path:
    """The checkout that this package belongs to (it is installed in editable mode)."""
    return Path(__file__).resolve().parents[2]


def build_dir() -> Path:
    """Everything that a build makes. ``EMOJICAM_BUILD`` moves it."""
    return Path(os.environ.get("EMOJICAM_BUILD") or project_root() / "build").absolute()


def cache_dir() -> Path:
    """Downloaded packages, shared by all checkouts of this user. ``EMOJICAM_CACHE`` moves it."""
    if explicit := os.environ.get("EMOJICAM_CACHE"):
        return Path(explicit)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "emojicam"


def third_party_dir() -> Path:
    return project_root() / "firmware" / "third_party"


def models_dir() -> Path:
    return project_root() / "models"
