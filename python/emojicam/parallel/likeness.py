"""Whether a worker would give the same results: what it has installed beside what the sender has."""

import functools
import hashlib
import platform
from importlib import metadata
from pathlib import Path

import emojicam

#: Packages that pictures, scores and outcomes come from, and the one that carries them.
_PACKAGES = (
    "numpy", "numba", "scipy", "scikit-image", "pillow", "ai-edge-litert", "tensorflow-cpu", "unicorn", "distributed",
)  # fmt: skip


@functools.cache
def versions() -> dict[str, str]:
    """Name and version of what results depend on, as far as it is installed."""
    python = ".".join(platform.python_version_tuple()[:2])
    found = {
        "emojicam": f"{emojicam.__version__} ({_digest()})",
        "Python": python,
    }
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue  # whoever needs it says so
    return found


def _digest() -> str:
    """Of this package's source: a version's number stays the same from one release to the next."""
    root = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def difference(wanted: dict[str, str]) -> str:
    """The first of the sender's versions that this computer has another of: "numpy 2.1 instead of 2.2"; "" if none."""
    for name, mine in versions().items():
        if wanted.get(name, mine) != mine:
            return f"{name} {mine} instead of {wanted[name]}"
    return ""
