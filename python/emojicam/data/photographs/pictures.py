"""Photographs of hands, as they are trained on: squares with the place of the hand in each.

A folder of photographs (`emojicam data photographs` makes one) holds a folder per class and ``provenance.jsonl``, a
line a picture: file, label, source, where the hand is, and where it is from.
"""

import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam import image
from emojicam.data.classes import CLASSES, drawn_as, label_of
from emojicam.data.photographs.cutout import MASK_SIDE, masks
from emojicam.errors import EmojicamError
from emojicam.parallel import HERE, Workers

#: Of the squares kept in memory, pixels: twice what the model sees, so that a hand may be enlarged.
SIDE = 192
PROVENANCE = "provenance.jsonl"
#: A piece of a photograph beside the hand that is at least this wide (pixels of SIDE) shows a room.
_LEAST_ROOM = 40

Bytes = npt.NDArray[np.uint8]
Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Photographs:
    """Photographs with one hand at most each.

    Attributes:
        images: (N, SIDE, SIDE) grey levels.
        labels: (N,) indices into `classes`.
        sources: (N,) the repository that each is from.
        hands: (N, 4) left, top, right and bottom of the hand in pixels of `images`; -1 without a hand.
        real: (N, 4) the part that a camera saw, in pixels: tight cuts have nothing around the hand.
        digest: SHA-256 over pictures and labels, hexadecimal.
        covers: (N, 96, 96) how much of each part of `images` the hand takes, 0 to 255; all 0 where that is not known.
        classes: the names of all that there may be.
    """

    images: Bytes
    labels: npt.NDArray[np.int64]
    sources: list[str]
    hands: Boxes
    real: Boxes
    digest: str
    covers: Bytes
    classes: tuple[str, ...] = CLASSES

    def __len__(self) -> int:
        return len(self.labels)

    def rooms(self, side: int) -> Bytes:
        """What is seen beside the hands: (M, side, side), a square or none from each photograph."""
        found = []
        for picture, hand, real in zip(self.images, self.hands, self.real, strict=True):
            if (real[2] - real[0]) < SIDE - 1:
                continue
            if (piece := _beside(picture, hand)) is not None:
                resized = Image.fromarray(piece).resize((side, side), Image.Resampling.BILINEAR)
                found.append(np.asarray(resized, np.uint8))
        return np.stack(found) if found else np.empty((0, side, side), np.uint8)


def _beside(picture: Bytes, hand: npt.NDArray[np.float32]) -> Bytes | None:
    """The widest square that does not touch the hand; None if all are narrow."""
    if hand[0] < 0:
        return picture
    left, top, right, bottom = (int(edge) for edge in hand)
    side, where = max((left, 0), (SIDE - right - 1, 1), (top, 2), (SIDE - bottom - 1, 3))
    if side < _LEAST_ROOM:
        return None
    if where < 2:  # a column: the upper part, where faces and walls are
        x = 0 if where == 0 else SIDE - side
        return picture[:side, x : x + side]
    y = 0 if where == 2 else SIDE - side
    x = (SIDE - side) // 2
    return picture[y : y + side, x : x + side]


def rows(folder: Path) -> list[dict[str, Any]]:
    """What provenance.jsonl says of each picture; its label as an index into CLASSES.

    Raises:
        EmojicamError: there is none, or a line of it cannot be read.
    """
    path = folder / PROVENANCE
    found: list[dict[str, Any]] = []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EmojicamError(f"cannot read {path}: {error}", "emojicam data photographs") from None
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            box = row.get("box")
            if box is not None and not (len(box) == 4 and all(0 <= float(edge) <= 1 for edge in box)):
                raise ValueError(f"box {box}")
            found.append({**row, "label": label_of(str(row["label"])), "file": str(row["file"]), "box": box})
        except (ValueError, KeyError, TypeError, AttributeError, EmojicamError) as error:
            raise EmojicamError(f"{path}:{number} cannot be read: {error}", "emojicam data photographs") from None
    return found


def _square(path: Path) -> Bytes:
    try:
        with Image.open(io.BytesIO(path.read_bytes())) as opened:
            grey = image.to_grey(np.asarray(opened.convert("RGB")))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise EmojicamError(
            f"{path} is not a readable picture ({type(error).__name__})", "emojicam data photographs fetches it again"
        ) from None
    return np.asarray(Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BILINEAR), np.uint8)


def load(
    folder: Path, classes: Sequence[str] = CLASSES, *, cut_out: bool = False, workers: Workers = HERE
) -> Photographs:
    """Read a folder of photographs.

    Args:
        classes: see `dataset.load`.
        cut_out: whether hands are told from what is behind them, which takes a minute or two for thousands; `covers`
            is 0 without.
        workers: who does that.

    Raises:
        EmojicamError: names the file that is missing or damaged.
    """
    listed = rows(folder)
    if not listed:
        raise EmojicamError(f"{folder} holds no photographs", "emojicam data photographs")
    images = np.stack([_square(folder / row["file"]) for row in listed])
    labels = drawn_as(classes)[[row["label"] for row in listed]]
    hands = np.array([row["box"] or [-1.0] * 4 for row in listed], np.float32)
    hands = np.where(hands[:, :1] < 0, -1.0, hands * SIDE).astype(np.float32)
    whole = np.array([0, 0, SIDE, SIDE], np.float32)
    tight = np.array([bool(row.get("tight")) for row in listed])[:, None]
    digest = hashlib.sha256(images.tobytes() + labels.tobytes()).hexdigest()
    sources = [str(row.get("repo", "")) for row in listed]
    real = np.where(tight, hands, whole).astype(np.float32)
    none = np.zeros((len(listed), MASK_SIDE, MASK_SIDE), np.uint8)
    covers = masks(folder, listed, digest, workers) if cut_out else none
    return Photographs(images, labels, sources, hands, real, digest, covers, tuple(classes))
