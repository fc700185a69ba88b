"""A ZIP archive that may have been cut off: its directory stands at the end, and every part has a head of its own."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

from emojicam.errors import EmojicamError

#: A part's head (PKWARE's APPNOTE, 4.3.7): signature, version, flags, method, time, CRC-32, two sizes, two lengths.
_HEAD = struct.Struct("<4s5xxxxxxIIIHH")
_SIGNATURE = b"PK\x03\x04"


class Archive:
    """The parts of a file, by name.

    Args:
        path: of the file; read as it is asked for.

    Attributes:
        broken_off: whether the end is missing.

    Raises:
        EmojicamError: it can't be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[str, tuple[int, int]] = {}
        self.broken_off = False
        try:
            with zipfile.ZipFile(path) as whole:
                infos = whole.infolist()
            with path.open("rb") as file:
                for info in infos:
                    file.seek(info.header_offset)
                    head = _HEAD.unpack(file.read(_HEAD.size))
                    begin = info.header_offset + _HEAD.size + head[4] + head[5]
                    self._places[info.filename] = (begin, info.file_size)
        except zipfile.BadZipFile:
            self.broken_off = True
            self._scan()
        except (OSError, struct.error) as error:
            raise EmojicamError(f"{path} can't be read: {error}", "another recording") from None

    def _scan(self) -> None:
        """Walk from head to head, for as long as what follows is whole."""
        with self._path.open("rb") as file:
            end = file.seek(0, io.SEEK_END)
            place = 0
            while place + _HEAD.size <= end:
                file.seek(place)
                signature, checksum, size, plain_size, name_length, extra = _HEAD.unpack(file.read(_HEAD.size))
                begin = place + _HEAD.size + name_length + extra
                if signature != _SIGNATURE or size != plain_size or begin + size > end:
                    return
                name = file.read(name_length)
                file.seek(begin)
                if zlib.crc32(file.read(size)) != checksum:
                    return
                self._places[name.decode("utf-8", "replace")] = (begin, size)
                place = begin + size

    def names(self) -> list[str]:
        """In the order in which they were written."""
        return list(self._places)

    def __contains__(self, name: str) -> bool:
        return name in self._places

    def read(self, name: str) -> bytes:
        """One part.

        Raises:
            EmojicamError: there is none of the name, or the file can't be read any more.
        """
        try:
            begin, size = self._places[name]
            with self._path.open("rb") as file:
                file.seek(begin)
                content = file.read(size)
            if len(content) == size:
                return content
        except (KeyError, OSError):
            pass
        raise EmojicamError(f"{self._path} has no {name}", "another recording")
