"""The classes of pictures: those that the renderer draws, and what a folder's name means among a model's.

What a model knows is said in emojicam.toml (`Settings.class_names`, in the order of its outputs; the first is "no
gesture") and handed down from there. CLASSES are those of rendered hands and of the photographs that the manifest
lists: what a set holds that nobody has given other classes.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError

#: Class 0 is everything that is not one of the four gestures.
CLASSES = ("none", "raised hand", "thumbs down", "thumbs up", "fist")
NONE, RAISED_HAND, THUMBS_DOWN, THUMBS_UP, FIST = range(len(CLASSES))

EMOJI = ("", "✋", "👎", "👍", "👊")

#: Side of the square that the model sees, in pixels.
SIZE = 96


def plain(name: str) -> str:
    """A class's name for comparisons: upper and lower case are the same, and so are space, ``_`` and ``-``."""
    return " ".join(name.replace("_", " ").replace("-", " ").lower().split())


def label_of(text: str, classes: Sequence[str] = CLASSES) -> int:
    """The class that a folder name or CSV field means: its name (see `plain`) or its number.

    Args:
        classes: those there are.

    Raises:
        EmojicamError: neither.
    """
    names = [plain(name) for name in classes]
    if plain(text) in names:
        return names.index(plain(text))
    number = text.strip()
    if number.isascii() and number.isdigit() and int(number) < len(classes):
        return int(number)
    raise EmojicamError(
        f"{text!r} is not a class",
        f"one of {', '.join(classes)}, or a number from 0 to {len(classes) - 1}; classes are those of emojicam.toml",
    )


def drawn_as(classes: Sequence[str]) -> npt.NDArray[np.int64]:
    """(5,) which of some classes each of CLASSES is: by its name; a gesture that they lack is no gesture."""
    names = [plain(name) for name in classes]
    return np.array([names.index(name) if name in names else NONE for name in CLASSES], np.int64)
