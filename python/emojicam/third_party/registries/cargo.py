"""Crates. ``cargo info`` downloads one crate into cargo's own cache, without its dependencies."""

import os
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.third_party.manifest import Part
from emojicam.third_party.registries import client


def fetch(part: Part, folder: Path) -> Path:
    """A crate, in cargo's cache (``CARGO_HOME``, by default ``~/.cargo``)."""
    if found := _cached(part):
        return found
    try:
        client.call(part, ["cargo", "info", "--quiet", f"{part.package}@{part.package_version}"], folder)
    except EmojicamError as error:
        if "no such" in error.message:
            raise EmojicamError(
                "this cargo has no `info` (it came with 1.82)",
                "sudo apt-get install cargo-web on Debian 12, or rustup update",
            ) from error
        raise
    if found := _cached(part):
        return found
    raise EmojicamError(
        f"cargo info left no {part.file} in {_home() / 'registry/cache'}",
        f"emojicam deps --from-dir with a folder that holds {part.file}",
    )


def _home() -> Path:
    return Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")


def _cached(part: Part) -> Path | None:
    return next(iter(sorted(_home().glob(f"registry/cache/*/{part.file}"))), None)
