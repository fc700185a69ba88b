"""Frames that are kept: PNG files in a folder per class, as `emojicam train --data` and `emojicam teach` read them."""

import io
import time
from collections import deque
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam.errors import EmojicamError

#: Seconds between two frames that are kept while a button is held.
INTERVAL = 0.1
#: Pictures that can be brought back.
_DELETED = 200
#: A picture that differs less from the one kept before, levels of 255 on average, is the same.
_SAME = 0.5

Pixels = npt.NDArray[np.uint8]


class Captures:
    """Where frames are kept. What is deleted is gone from the disk, but `undo` still has it.

    Args:
        folder: made when the first frame is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0
        self._deleted: deque[tuple[Path, bytes]] = deque(maxlen=_DELETED)

    def names(self, label: str) -> list[str]:
        """The pictures of a class, the newest last."""
        return sorted(path.name for path in (self.folder / label).glob("*.png") if not path.name.startswith("."))

    def keep(self, label: str, pixels: Pixels) -> Path:
        """Write one (height, width) grey frame.

        Returns:
            The file, of a name that was not there before.

        Raises:
            EmojicamError: the folder can't be written.
        """
        content = io.BytesIO()
        Image.fromarray(pixels).save(content, format="PNG")
        while True:
            self._count += 1
            path = self.folder / label / f"{datetime.now():%Y%m%d-%H%M%S}-{self._count:04d}.png"
            if not path.exists():
                self._write(path, content.getvalue())
                return path

    def _write(self, path: Path, content: bytes) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with path.open("xb") as file:
                    file.write(content)
            except FileExistsError:
                raise
            except OSError:
                path.unlink(missing_ok=True)  # half a picture would spoil the set
                raise
        except OSError as error:
            raise EmojicamError(
                f"{path.parent} can't be written: {error.strerror}", "another --captures FOLDER"
            ) from None

    def read(self, label: str, name: str) -> bytes:
        """A picture's file.

        Raises:
            EmojicamError: there is none.
        """
        return self._find(label, name).read_bytes()

    def _find(self, label: str, name: str) -> Path:
        # Names come from a page: nothing but what is listed is a picture.
        if "/" in label or label.startswith(".") or name not in self.names(label):
            raise EmojicamError(f"there is no picture {name} of {label}", "loading the page again")
        return self.folder / label / name

    def delete(self, label: str, name: str) -> None:
        """Remove a picture.

        Raises:
            EmojicamError: there is none, or it can't be removed.
        """
        path = self._find(label, name)
        try:
            content = path.read_bytes()
            path.unlink()
        except OSError as error:
            raise EmojicamError(f"{path} can't be removed: {error.strerror}", "removing it by hand") from None
        self._deleted.append((path, content))

    def undo(self) -> Path:
        """Bring back what was deleted last.

        Raises:
            EmojicamError: nothing was, or it can't be written.
        """
        if not self._deleted:
            raise EmojicamError("nothing has been deleted", "deleting a picture first")
        path, content = self._deleted[-1]
        self._write(path, content)
        self._deleted.pop()
        return path

    @property
    def deleted(self) -> int:
        """How many pictures `undo` can bring back."""
        return len(self._deleted)

    def rename(self, label: str, new: str) -> None:
        """A class has another name now.

        Raises:
            EmojicamError: its folder can't have it.
        """
        old = self.folder / label
        if old.is_dir():
            try:
                old.rename(self.folder / new)
            except OSError as error:
                raise EmojicamError(f"{old} can't be renamed: {error.strerror}", "another name") from None


class Holding:
    """A button that is held: at most ten frames a second, and none twice."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.kept = 0
        self._last: Pixels | None = None
        self._number = -1
        self._at = 0.0

    def wants(self, number: int, pixels: Pixels) -> bool:
        """Whether this frame is to be kept. Ask once for each."""
        now = time.monotonic()
        if number == self._number or now - self._at < INTERVAL:
            return False
        if self._last is not None and self._last.shape == pixels.shape:
            difference = np.abs(self._last.astype(np.int16) - pixels).mean()
            if difference < _SAME:
                return False
        self._number, self._last, self._at = number, pixels, now
        self.kept += 1
        return True
