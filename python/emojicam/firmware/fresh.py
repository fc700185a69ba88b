"""Generated files that need not be made again: what they are made from is as it was, and so are they."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from emojicam import codegen


@cache
def package_hash() -> str:
    """SHA-256 of all of emojicam that generates anything: its Python sources, templates and tables.

    Read once in a process, which goes on with the code that it has.
    """
    package = Path(__file__).parents[1]
    kinds = {".py", ".jinja", ".toml", ".json", ".txt"}
    digest = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.suffix in kinds and path.is_file()):
        digest.update(f"{path.relative_to(package)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def ensure(stamp: Path, inputs: Iterable[str | bytes], make: Callable[[], Iterable[Path]]) -> None:
    """Call ``make`` unless it has been called for the same inputs, by the same code, and its files are still there
    as it left them.

    Args:
        stamp: where that is written down; not shared with any other ``make``. Somebody holds a lock on it.
        inputs: everything else that the files depend on.
        make: returns the files.
    """
    digest = hashlib.sha256(package_hash().encode())
    for item in inputs:
        data = item.encode() if isinstance(item, str) else item
        digest.update(f"{len(data)}\0".encode() + data)
    key = digest.hexdigest()
    if _is_current(stamp, key):
        return
    stamp.unlink(missing_ok=True)
    # By where they are from here, so that a checkout that was copied speaks of its own.
    files = {os.path.relpath(path, stamp.parent): _hash(path) for path in make()}
    codegen.write_if_changed(stamp, json.dumps({"key": key, "files": files}, indent=1) + "\n")


def _is_current(stamp: Path, key: str) -> bool:
    try:
        content = json.loads(stamp.read_text(encoding="utf-8"))
        return content["key"] == key and all(
            _hash(stamp.parent / name) == one for name, one in content["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
