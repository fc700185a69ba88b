"""The gestures that the shipped model knows, in the order of its outputs."""

from emojicam.errors import EmojicamError

#: Class i is output i of the model. Class 0 is everything that is not one of the four gestures.
CLASSES = ("none", "raised hand", "thumbs down", "thumbs up", "fist")
NONE, RAISED_HAND, THUMBS_DOWN, THUMBS_UP, FIST = range(len(CLASSES))

EMOJI = ("", "✋", "👎", "👍", "👊")

#: Side of the square that the model sees, in pixels.
SIZE = 96


def label_of(text: str) -> int:
    """The class that a folder name or CSV field means: its name or its number.

    Upper and lower case are the same, and so are space, ``_`` and ``-``.

    Raises:
        EmojicamError: neither.
    """
    name = " ".join(text.replace("_", " ").replace("-", " ").lower().split())
    if name in CLASSES:
        return CLASSES.index(name)
    number = text.strip()
    if number.isascii() and number.isdigit() and int(number) < len(CLASSES):
        return int(number)
    raise EmojicamError(
        f"{text!r} is not a class", f"one of {', '.join(CLASSES)}, or a number from 0 to {len(CLASSES) - 1}"
    )
