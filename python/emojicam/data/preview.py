"""A contact sheet: what is in a set, at a glance."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from emojicam.data.dataset import Labelled


def contact_sheet(pictures: Labelled, columns: int = 16, rows: int = 3, seed: int = 0) -> Image.Image:
    """A few random pictures of each class, under its name.

    Args:
        columns, rows: pictures along and down for each class.
    """
    side, head = pictures.images.shape[1] + 2, 16
    height = rows * side + head
    sheet = Image.new("L", (columns * side, len(pictures.classes) * height), 255)
    pen, rng = ImageDraw.Draw(sheet), np.random.default_rng(seed)
    for label, name in enumerate(pictures.classes):
        (mine,) = np.nonzero(pictures.labels == label)
        pen.text((4, label * height + 2), f"{name}: {len(mine)}", fill=0)
        for place, index in enumerate(rng.permutation(mine)[: columns * rows]):
            at = (place % columns * side, label * height + head + place // columns * side)
            sheet.paste(Image.fromarray(pictures.images[index]), at)
    return sheet


def write(pictures: Labelled, path: Path, columns: int = 16, rows: int = 3, seed: int = 0) -> None:
    contact_sheet(pictures, columns, rows, seed).save(path)
