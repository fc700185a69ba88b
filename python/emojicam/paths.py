"""Where things are: the checkout, what is built, and what is cached for this user."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from emojicam.errors import EmojicamError


def project_root() -> Path:
    """The checkout that this package belongs to (it is installed in editable mode)."""
    return Path(__file__).resolve().parents[2]


def in_checkout() -> bool:
    """Whether there are sources to build; a wheel has only firmware that was built (:func:`prebuilt_dir`)."""
    return (project_root() / "firmware" / "CMakeLists.txt").is_file()


def prebuilt_dir() -> Path:
    """In a wheel of a release: ``BOARD/emojicam.elf``, and of the checkout what commands read, where it was there:
    settings, models, the manifest of third-party parts, the scripts of a run on Arm Virtual Hardware, licences.
    """
    return Path(__file__).resolve().parent / "prebuilt"


def data_root() -> Path:
    """What paths of the project's own files begin with: the checkout, or what a wheel brings of it."""
    return project_root() if in_checkout() else prebuilt_dir()


def need_checkout(what: str) -> None:
    """Refuse what an installed package can't do.

    Args:
        what: "training the shipped model".

    Raises:
        EmojicamError: there is no checkout.
    """
    if not in_checkout():
        raise EmojicamError(
            f"{what} needs a checkout, and this is an installed package", "git clone of the project, and make setup"
        )


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


def shown(path: Path) -> str:
    """A path as messages and commands to try have it: from here where that is shorter."""
    return min(os.path.relpath(path), str(path), key=len)


def third_party_dir() -> Path:
    return data_root() / "firmware" / "third_party"


def models_dir() -> Path:
    return data_root() / "models"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside a file for its new content, which takes the file's place when the block has ended well.

    In one go: whoever reads the file meanwhile has the old content or the new, and several may write it at once.
    Whatever goes wrong in the block leaves the file as it was, and nothing beside it.
    """
    # Not tempfile's: that would keep the file from everybody else, whatever the umask says.
    new = path.with_name(f".{path.name}.{secrets.token_hex(8)}.new")
    try:
        yield new
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)
