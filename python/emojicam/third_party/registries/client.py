"""What all clients share: one call, one line when it fails, one file that must be there."""

from collections.abc import Sequence
from pathlib import Path

from emojicam import process
from emojicam.errors import EmojicamError
from emojicam.third_party.manifest import Part


def offline_hint(part: Part) -> str:
    return f"the network connection, or emojicam deps --from-dir with a folder that holds {part.file}"


def call(part: Part, command: Sequence[str | Path], folder: Path) -> None:
    """Run a client in the folder that it may use."""
    what = f"fetch {part.package} {part.package_version}"
    process.run(command, cwd=folder, what=what, hint=offline_hint(part))


def expect(part: Part, folder: Path, client: str) -> Path:
    """The package that a client should have put into a folder."""
    package = folder / part.file
    if not package.is_file():
        found = ", ".join(sorted(path.name for path in folder.iterdir())) or "nothing"
        raise EmojicamError(
            f"{client} fetched {found} instead of {part.file}", f"the pins of {part.name} in the manifest"
        )
    return package
