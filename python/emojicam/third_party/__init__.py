"""Third-party sources: fetched from package registries by pin, checked, and unpacked for the firmware.

``firmware/third_party/manifest.toml`` is the one place that says what is needed;
:func:`ensure` makes it so. Nothing that is fetched is ever committed.
"""

from collections.abc import Sequence
from pathlib import Path

from emojicam import paths
from emojicam.third_party.manifest import Manifest, Part, load
from emojicam.third_party.store import Store

__all__ = ["Manifest", "Part", "Store", "default_store", "ensure", "kept", "load"]


def default_store() -> Store:
    """The checkout's third-party folder with this user's package cache."""
    root = paths.third_party_dir()
    return Store(load(root / "manifest.toml"), root=root, cache=paths.cache_dir() / "packages")


def ensure(names: Sequence[str] | None = None, *, from_dir: Path | None = None, force: bool = False) -> dict[str, Path]:
    """Fill the folders of third-party sources that are missing, damaged or of another version.

    Costs milliseconds, no network and no lock when everything is in place. Safe to call from
    several processes at once, and to interrupt: a folder is either complete or absent.

    Args:
        names: parts by their name in the manifest; None for all.
        from_dir: take the packages from this folder instead of a registry. They go into the cache too.
        force: fill again what is already in place.

    Returns:
        Part name -> folder that holds it (``firmware/third_party/NAME``).

    Raises:
        EmojicamError: unknown name, client missing, registry out of reach, package not in
            ``from_dir``, checksum that differs from the manifest's, or a folder that can't be written.
    """
    paths.need_checkout("compiling the firmware")
    return default_store().ensure(names, from_dir=from_dir, force=force)


def kept(manifest: Path, name: str) -> Path:
    """The folder of a part that is not the firmware's, in this user's cache; fetched at first use.

    Args:
        manifest: that lists the part, of the firmware's form.

    Raises:
        EmojicamError: see `ensure`.
    """
    cache = paths.cache_dir()
    return Store(load(manifest), root=cache, cache=cache / "packages").ensure([name])[name]
