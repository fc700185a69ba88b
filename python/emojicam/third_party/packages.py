"""Packages in the cache: fetched once, checked every time, taken from a folder where that is asked."""

import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from emojicam import paths
from emojicam.console import step
from emojicam.errors import EmojicamError
from emojicam.third_party.lock import locked
from emojicam.third_party.manifest import Part
from emojicam.third_party.unpack import sha256_of

#: Puts a part's package into a folder (which is empty and the client's to use) and gives back its path.
Fetch = Callable[[Part, Path], Path]


class PackageCache:
    """The folder of downloaded packages, shared by all checkouts of a user.

    Args:
        folder: made when something is put into it.
        registries: registry name -> the client that fetches from it.
    """

    def __init__(self, folder: Path, registries: Mapping[str, Fetch]) -> None:
        self.folder = folder
        self.registries = registries

    def holds(self, part: Part) -> bool:
        """True if the package is here, whatever its checksum."""
        return (self.folder / part.file).is_file()

    def get(self, part: Part, from_dir: Path | None = None) -> Path:
        """A package whose checksum is the manifest's.

        Raises:
            EmojicamError: not in ``from_dir``, not to be fetched, or with another checksum.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / ".lock", "fetches packages"):
            cached = self.folder / part.file
            if from_dir is not None:
                given = from_dir / part.file
                if not given.is_file():
                    raise EmojicamError(
                        f"{from_dir} has no {part.file} ({part.name}, {part.origin})",
                        "copy it there, or leave out --from-dir to fetch it",
                    )
                _verify(part, given, "the file that the manifest pins")
                if not (cached.is_file() and cached.samefile(given)):
                    self._keep(given, cached)
                return cached
            if cached.is_file():
                if sha256_of(cached) == part.sha256:
                    return cached
                step(f"{cached} is damaged and fetched again")
            with tempfile.TemporaryDirectory(prefix=".fetch-", dir=self.folder) as scratch:
                step(f"fetching {part.name} {part.version} ({part.origin})")
                fetched = self.registries[part.registry](part, Path(scratch))
                _verify(part, fetched, f"remove {fetched} if it is still there, and fetch again")
                self._keep(fetched, cached)
            return cached

    @staticmethod
    def _keep(package: Path, cached: Path) -> None:
        with paths.replacing(cached) as new:
            shutil.copyfile(package, new)


def _verify(part: Part, package: Path, hint: str) -> None:
    found = sha256_of(package)
    if found != part.sha256:
        raise EmojicamError(
            f"checksum of {package} ({part.name}) differs: SHA-256 {found}, the manifest has {part.sha256}",
            hint,
        )
