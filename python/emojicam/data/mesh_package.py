"""The registry package that carries the hand mesh, and how it is fetched."""

import hashlib
import tarfile
import tempfile
from pathlib import Path

from emojicam import paths, process
from emojicam.errors import EmojicamError

PACKAGE = "@webxr-input-profiles/assets"
VERSION = "1.0.20"
#: Of the package as npm delivers it (MIT licence).
SHA256 = "30df2a2268220fc0d0e034bed1550aabdd7a2500573c5216f64fc70d59c3d91e"
_MEMBERS = ("package/dist/profiles/generic-hand/right.glb", "package/LICENSE.md")


def ensure() -> Path:
    """The path of the right hand's GLB file, fetched from npm once and kept in the cache.

    Raises:
        EmojicamError: no npm, no network, or another package than the pinned one.
    """
    folder = paths.cache_dir() / f"hand-mesh-{VERSION}"
    mesh = folder / Path(_MEMBERS[0]).name
    if mesh.is_file():
        return mesh
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        process.run(
            ["npm", "pack", f"{PACKAGE}@{VERSION}", "--pack-destination", scratch],
            cwd=Path(scratch), what=f"fetch {PACKAGE} {VERSION}", hint="check the network and npm's registry",
        )
        archive = next(Path(scratch).glob("*.tgz"))
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise EmojicamError(f"{PACKAGE} {VERSION} has another checksum than its pin", "fetch it again")
        with tarfile.open(archive) as package:
            for member in _MEMBERS:
                content = package.extractfile(member)
                if content is None:
                    raise EmojicamError(f"{member} is missing from {PACKAGE}", "fetch it again")
                target = folder / Path(member).name
                temporary = Path(scratch) / target.name
                temporary.write_bytes(content.read())
                temporary.replace(target)
    return mesh
