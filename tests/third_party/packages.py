"""Tiny packages of every format, and stores that take from them."""

import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from emojicam.third_party import Manifest, Part, Store

FILES = {
    "tiny-1.0/LICENSE": b"do as you like\n",
    "tiny-1.0/src/a.c": b"int a;\n",
    "tiny-1.0/src/deep/b.h": b"extern int a;\n",
    "tiny-1.0/src/a_test.c": b"int test;\n",
    "tiny-1.0/examples/e.c": b"int e;\n",
}
TAKES = [
    {"from": "tiny-1.0/LICENSE", "to": "LICENSE"},
    {"from": "tiny-1.0/src", "to": "src", "only": ["**.c", "**.h"], "except": ["**_test.c"]},
]


def tar(files: Mapping[str, bytes], mode: str = "w:gz", links: Mapping[str, str] | None = None) -> bytes:
    """A tar archive: name -> content, and name -> target for symbolic links."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type = tarfile.SYMTYPE
            entry.linkname = target
            archive.addfile(entry)
    return buffer.getvalue()


def wheel(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def deb(files: Mapping[str, bytes]) -> bytes:
    """A Debian package: deb(5)."""
    data = tar({f"./{name}": content for name, content in files.items()}, "w:xz")
    out = b"!<arch>\n"
    # A control archive of odd length, so that ar's padding byte is there to be skipped.
    for name, content in (("debian-binary", b"2.0\n"), ("control.tar.xz", b"odd"), ("data.tar.xz", data)):
        out += f"{name:16}{0:<12}{0:<6}{0:<6}{'100644':8}{len(content):<10}`\n".encode() + content
        out += b"\n" * (len(content) % 2)
    return out


def part(content: bytes, **changes: object) -> Part:
    """A manifest's part for a package of this content."""
    fields: dict[str, object] = {
        "name": "tiny",
        "summary": "a tiny library",
        "version": "1.0",
        "licence": "MIT",
        "licence_file": "LICENSE",
        "registry": "cargo",
        "package": "tiny",
        "package_version": "1.0",
        "file": "tiny-1.0.crate",
        "sha256": hashlib.sha256(content).hexdigest(),
        "take": TAKES,
    }
    return Part.model_validate({**fields, **changes})


class FakeRegistry:
    """A client that serves given bytes and counts how often it is asked."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.calls = 0

    def __call__(self, part: Part, folder: Path) -> Path:
        self.calls += 1
        package = folder / part.file
        package.write_bytes(self.content)
        return package


def store(folder: Path, *parts: Part, registry: FakeRegistry) -> Store:
    """A store below a folder, with one registry for all parts."""
    clients = dict.fromkeys(("cargo", "pypi", "npm", "debian"), registry)
    manifest = Manifest(part=parts)
    return Store(manifest, root=folder / "third_party", cache=folder / "cache", registries=clients)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder but stamps: path -> content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files if "stamp" not in path.name}


def executable(folder: Path, name: str, script: str) -> None:
    """A shell script on a PATH of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\nset -eu\n{script}\n")
    path.chmod(0o755)
