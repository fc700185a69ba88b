"""Filling a folder from a package, and telling a filled folder from a damaged one."""

import enum
import hashlib
import json
import stat
from dataclasses import dataclass
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.third_party.archives import members
from emojicam.third_party.manifest import Part, Take

STAMP = ".emojicam-stamp.json"


class Status(enum.Enum):
    """What a part's folder is."""

    READY = "ready"
    MISSING = "not filled"
    OUTDATED = "of another version"
    DAMAGED = "damaged"


@dataclass(frozen=True)
class State:
    """A folder's status and, where it is damaged, the first file that is wrong."""

    status: Status
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.status.value}: {self.detail}" if self.detail else self.status.value


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def unpack(part: Part, package: Path, folder: Path) -> int:
    """Write what the manifest takes out of a package into an empty folder, and stamp it.

    Args:
        package: the file, its checksum already verified.
        folder: made by this call; must not exist.

    Returns:
        How many files were written.

    Raises:
        EmojicamError: the package is broken or unsafe, or lacks something that the manifest names.
    """
    folder.mkdir(parents=True)
    unmatched = {(take, glob) for take in part.take for glob in take.only}
    written: dict[str, list[int | str]] = {}
    for member in members(package):
        chosen = [(take, globs) for take in part.take if (globs := take.matches(member.path))]
        if not chosen:
            continue
        if member.read is None:
            raise EmojicamError(f"{package.name}: {member.path} is a link or device, not a file", "another package")
        data = member.read()
        for take, globs in chosen:
            unmatched -= {(take, glob) for glob in globs}
            name = take.destination(member.path)
            if name in written or name == STAMP:
                raise EmojicamError(f"{package.name} fills {name} twice", "a narrower take in the manifest")
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            written[name] = [len(data), path.stat().st_mtime_ns, hashlib.sha256(data).hexdigest()]
    _check_complete(part, package, unmatched, written)
    stamp = {"key": part.key, "package": package.name, "sha256": part.sha256, "files": written}
    (folder / STAMP).write_text(json.dumps(stamp, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    return len(written)


def _check_complete(
    part: Part, package: Path, unmatched: set[tuple[Take, str]], written: dict[str, list[int | str]]
) -> None:
    hint = f"the take entries of part {part.name} in the manifest"
    for take, glob in sorted(unmatched, key=lambda item: (item[0].source, item[1])):
        raise EmojicamError(f"{package.name} has no {take.source}/{glob}".removesuffix("/**"), hint)
    for licence in (part.licence_file, *(bundled.licence_file for bundled in part.bundled)):
        if licence not in written:
            raise EmojicamError(f"part {part.name}: nothing fills its licence file {licence}", hint)


def check(part: Part, folder: Path) -> State:
    """What a part's folder is, from its stamp and each file's size and time.

    A file whose time alone differs (a copied checkout) is read and compared by its checksum. Files that
    the stamp doesn't name are not looked at.
    """
    try:
        stamp = json.loads((folder / STAMP).read_bytes())
        key, files = stamp["key"], stamp["files"].items()
    except FileNotFoundError:
        return State(Status.DAMAGED, STAMP) if folder.is_dir() else State(Status.MISSING)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return State(Status.DAMAGED, STAMP)
    if key != part.key:
        return State(Status.OUTDATED)
    for name, (size, mtime_ns, digest) in files:
        path = folder / name
        try:
            found = path.lstat()
            same = stat.S_ISREG(found.st_mode) and found.st_size == size
            if not same or (found.st_mtime_ns != mtime_ns and sha256_of(path) != digest):
                return State(Status.DAMAGED, name)
        except OSError:
            return State(Status.DAMAGED, name)
    return State(Status.READY)
