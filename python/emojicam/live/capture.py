"""Frames that are kept: PNG files in a folder per class, as `emojicam train --data` reads them."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam.errors import EmojicamError


class Captures:
    """Where frames are kept.

    Args:
        folder: made when the first frame is kept.
        class_names: the labels there are.
    """

    def __init__(self, folder: Path, class_names: Sequence[str]) -> None:
        self.folder = folder
        self._class_names = list(class_names)
        self._count = 0

    def counts(self) -> dict[str, int]:
        """How many pictures each class has."""
        return {name: len(list((self.folder / name).glob("*.png"))) for name in self._class_names}

    def keep(self, label: str, pixels: npt.NDArray[np.uint8]) -> Path:
        """Write one (height, width) grey frame.

        Returns:
            The file, of a name that was not there before.

        Raises:
            EmojicamError: there is no such class, or the folder can't be written.
        """
        if label not in self._class_names:
            raise EmojicamError(f"there is no class {label}", "one of " + ", ".join(self._class_names))
        folder = self.folder / label
        taken = f"{datetime.now():%Y%m%d-%H%M%S}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            while True:
                self._count += 1
                path = folder / f"{taken}-{self._count:04d}.png"
                try:
                    file = path.open("xb")
                except FileExistsError:
                    continue
                try:
                    with file:
                        Image.fromarray(pixels).save(file, format="PNG")
                except OSError:
                    path.unlink(missing_ok=True)  # half a picture would spoil the set
                    raise
                return path
        except OSError as error:
            raise EmojicamError(f"{folder} can't be written: {error.strerror}", "another --captures FOLDER") from None
