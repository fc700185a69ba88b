"""Reading packages: the files inside a .crate, .tgz, .whl or .deb, and nothing outside them."""

import functools
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from emojicam.errors import EmojicamError
from emojicam.third_party.manifest import safe_path

_AR_MAGIC = b"!<arch>\n"
_BROKEN = (tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError, zlib.error, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Member:
    """A file of a package.

    Attributes:
        path: relative to the package's root, "/" between names, never climbing out.
        read: its content; None for anything but a regular file (a link, a device). Only valid until the
            next member is asked for.
    """

    path: str
    read: Callable[[], bytes] | None


def members(package: Path) -> Iterator[Member]:
    """Every file in a package, in its order; folders are left out.

    Raises:
        EmojicamError: the package can't be read, or a path in it points outside of it.
    """
    reader = _READERS.get(package.suffix)
    if reader is None:
        raise EmojicamError(f"{package.name} is of no known package format", f"one of {', '.join(_READERS)}")
    try:
        yield from reader(package)
    except ValueError as error:
        raise EmojicamError(f"{package.name} holds an unsafe path: {error}", "another copy of it") from error
    except _BROKEN as error:
        raise EmojicamError(f"{package.name} can't be read: {error}", "another copy of it") from error


def _tar_file(package: Path) -> Iterator[Member]:
    with package.open("rb") as stream:
        yield from _tar(stream)


def _tar(stream: IO[bytes]) -> Iterator[Member]:
    with tarfile.open(fileobj=stream, mode="r:*") as archive:
        for entry in archive:
            if entry.isdir():
                continue
            path = safe_path(entry.name)
            yield Member(path, _tar_reader(archive, entry) if entry.isreg() else None)


def _tar_reader(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        content = archive.extractfile(entry)
        data = content.read() if content else b""
        if len(data) != entry.size:
            raise EOFError(f"{entry.name} ends early")
        return data

    return read


def _zip(package: Path) -> Iterator[Member]:
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            # zipfile cuts a name at its first NUL; orig_filename is what the archive says.
            path = safe_path(entry.orig_filename)
            mode = entry.external_attr >> 16
            regular = stat.S_IFMT(mode) in (0, stat.S_IFREG)
            yield Member(path, functools.partial(archive.read, entry) if regular else None)


def _deb(package: Path) -> Iterator[Member]:
    """The data archive of a Debian package: deb(5), an ar(5) archive with three members."""
    with package.open("rb") as stream:
        if stream.read(len(_AR_MAGIC)) != _AR_MAGIC:
            raise EOFError("it is not an ar archive")
        while header := stream.read(60):
            if len(header) < 60 or header[58:] != b"`\n" or not header[48:58].strip().isdigit():
                raise EOFError("a header of its ar archive is broken")
            name = header[:16].decode("ascii", "replace").rstrip(" /")
            size = int(header[48:58])
            if name.startswith("data.tar"):
                data = stream.read(size)
                if len(data) != size:
                    raise EOFError(f"{name} ends early")
                yield from _tar(io.BytesIO(data))
                return
            stream.seek(size + size % 2, io.SEEK_CUR)
    raise EOFError("it has no data archive")


_READERS: dict[str, Callable[[Path], Iterator[Member]]] = {
    ".crate": _tar_file,
    ".tgz": _tar_file,
    ".whl": _zip,
    ".deb": _deb,
}
