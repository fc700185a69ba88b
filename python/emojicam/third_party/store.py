"""The folders beside the manifest: which are in place, and filling those that are not."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from emojicam.console import step
from emojicam.errors import EmojicamError
from emojicam.third_party.lock import locked
from emojicam.third_party.manifest import Manifest, Part
from emojicam.third_party.packages import Fetch, PackageCache
from emojicam.third_party.registries import CLIENTS
from emojicam.third_party.unpack import State, Status, check, unpack

#: What to try where the folder can't be written.
_WRITE = "free space and write permission there, and again"


class Store:
    """Third-party sources of one checkout.

    Args:
        manifest: what is needed.
        root: a folder per part is filled below it.
        cache: where packages are kept; may be shared with other stores.
        registries: registry name -> client; the ordinary ones by default.
    """

    def __init__(
        self, manifest: Manifest, *, root: Path, cache: Path, registries: Mapping[str, Fetch] = CLIENTS
    ) -> None:
        self.manifest = manifest
        self.root = root
        self.packages = PackageCache(cache, registries)

    def folder(self, part: Part) -> Path:
        return self.root / part.name

    def state(self, part: Part) -> State:
        """What a part's folder is; reads no package."""
        return check(part, self.folder(part))

    def ensure(
        self, names: Sequence[str] | None = None, *, from_dir: Path | None = None, force: bool = False
    ) -> dict[str, Path]:
        """See :func:`emojicam.third_party.ensure`."""
        parts = self.manifest.select(None if names is None else tuple(names))
        if from_dir is not None and not from_dir.is_dir():
            raise EmojicamError(f"--from-dir: {from_dir} is no folder", "the folder that holds the packages")
        if force or any(self.state(part).status is not Status.READY for part in parts):
            try:
                self._fill(parts, from_dir, force)
            except OSError as error:
                what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
                raise EmojicamError(f"cannot fill {self.root}: {what}", _WRITE) from error
        return {part.name: self.folder(part) for part in parts}

    def _fill(self, parts: Sequence[Part], from_dir: Path | None, force: bool) -> None:
        with locked(self.root / ".lock", f"fills {self.root}", _WRITE):
            staging = self.root / ".staging"
            # Only a process that was killed leaves it behind: the lock is ours.
            shutil.rmtree(staging, ignore_errors=True)
            try:
                for part in parts:
                    state = self.state(part)
                    # Asked again: whoever held the lock before us may have filled it.
                    if not force and state.status is Status.READY:
                        continue
                    package = self.packages.get(part, from_dir)
                    count = unpack(part, package, staging / part.name)
                    self._swap(part, staging)
                    was = "" if state.status in (Status.READY, Status.MISSING) else f" (it was {state})"
                    step(f"{part.name} {part.version}: {count} files{was}")
            finally:
                shutil.rmtree(staging, ignore_errors=True)

    def _swap(self, part: Part, staging: Path) -> None:
        """Two renames on one file system: never a folder that is half old and half new."""
        folder = self.folder(part)
        if folder.is_symlink() or folder.exists():
            folder.rename(staging / f"{part.name}.old")
        (staging / part.name).rename(folder)
