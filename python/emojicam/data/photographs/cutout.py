"""Hands cut out of photographs: which pixels of a picture are hand, from its colours and where the hand is.

As GrabCut does (Rother, Kolmogorov and Blake 2004): colours of hand and background are each a mixture of Gaussians,
first learnt from the middle and from the rim of the hand's box, then twice from what they have parted. Instead of a
graph cut, evidence spreads between neighbours of like colour. Rough, but good enough to be trained on: in a look at 96
masks, nine of ten follow the hand.
"""

import functools
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam import paths
from emojicam.parallel import HERE, Workers

#: Where the masks of a folder are kept, and what is raised whenever the same pictures would give other ones.
KEPT, _VERSION = "covers.npz", 1
#: Side of the box while it is parted, and of the masks that cover whole pictures; pixels.
_PARTED = 64
MASK_SIDE = 96
#: Components of each mixture, rounds of learning, and steps in which evidence spreads.
_COMPONENTS, _ROUNDS, _STEPS = 4, 3, 12
#: A mask that takes less or more of the box is none.
_LEAST, _MOST = 0.15, 0.85
#: Fewer pictures than this are not worth more processes.
_FEW = 64
#: How much is looked at around the box, as a share of its longer side, where there is something around it.
_AROUND = 0.12

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]


def _mixture(colours: Floats) -> list[tuple[float, Floats, Floats, float]]:
    """Weight, mean, inverse covariance and its root's determinant of each component."""
    from scipy.cluster.vq import kmeans2

    if len(np.unique(colours, axis=0)) <= _COMPONENTS:  # Flat: black, or over-exposed.
        return [(1.0, np.asarray(colours.mean(0), np.float64), np.eye(3) / 2e-4, 2e-4**1.5)]
    centres, nearest = kmeans2(colours, _COMPONENTS, minit="++", rng=1, iter=8, missing="warn")
    found: list[tuple[float, Floats, Floats, float]] = []
    for number in range(len(centres)):
        mine = colours[nearest == number]
        if len(mine) >= 8:
            spread = np.cov(mine.T) + np.eye(3) * 2e-4
            scale = float(np.sqrt(np.linalg.det(spread)))
            inverse = np.asarray(np.linalg.inv(spread), np.float64)
            found.append((len(mine) / len(colours), np.asarray(mine.mean(0), np.float64), inverse, scale))
    return found


def _density(mixture: list[tuple[float, Floats, Floats, float]], colours: Floats) -> Floats:
    total = np.full(len(colours), 1e-6)
    for weight, mean, inverse, scale in mixture:
        away = colours - mean
        # By einsum: a matrix product would start the library's threads in each process.
        total += weight / scale * np.exp(-0.5 * np.einsum("ij,jk,ik->i", away, inverse, away))
    return total


_TOWARDS = ((0, 1), (1, 0), (0, -1), (-1, 0))


def _spread(evidence: Floats, colours: Floats) -> Floats:
    """Evidence, averaged with neighbours of like colour again and again."""
    alike = [np.exp(-((colours - np.roll(colours, by, (0, 1))) ** 2).sum(-1) / 0.004) for by in _TOWARDS]
    total, now = 1 + 2 * sum(alike), evidence
    for _ in range(_STEPS):
        beside = sum(like * np.roll(now, by, (0, 1)) for like, by in zip(alike, _TOWARDS, strict=True))
        now = (evidence + 2 * beside) / total
    return np.asarray(now)


@functools.cache
def _places() -> tuple[Floats, Bools, Bools]:
    """What a pixel's place alone says for the hand; where it surely is; where it surely is not: the rim."""
    y, x = (np.mgrid[0:_PARTED, 0:_PARTED] + 0.5) / _PARTED * 2 - 1
    away = np.hypot(x, y)
    return 3 * (0.75 - away), away < 0.5, (np.maximum(abs(x), abs(y)) > 0.92) & (y < 0.75)


def part(colours: Floats) -> Bools | None:
    """Which pixels are hand; None if nothing comes out.

    Args:
        colours: (64, 64, 3) of the hand's box, L*a*b* divided by 100.
    """
    from scipy import ndimage

    prior, inside, outside = _places()
    middle, flat = inside, colours.reshape(-1, 3)
    for _ in range(_ROUNDS):
        if inside.sum() < 100 or outside.sum() < 60:
            return None
        hand, rest = _mixture(colours[inside]), _mixture(colours[outside])
        ratio = np.log(_density(hand, flat)) - np.log(_density(rest, flat))
        evidence = np.clip(ratio.reshape(prior.shape), -6, 6) + prior
        found = _spread(ndimage.gaussian_filter(evidence, 1.0), colours) > 0
        parts, count = ndimage.label(found)
        if not count:
            return None
        sizes = np.bincount(parts[middle], minlength=count + 1)
        sizes[0] = 0
        inside = ndimage.binary_fill_holes(parts == sizes.argmax())
        outside = ~inside
    return inside if _LEAST < inside.mean() < _MOST else None


def mask(content: bytes, box: tuple[float, float, float, float], tight: bool) -> Bytes:
    """How much of each pixel of a picture the hand takes, (96, 96), 0 to 255; all 0 if that cannot be told.

    Args:
        content: of its file.
        box: of the hand, as shares of the picture.
        tight: whether there is nothing around the box.
    """
    from scipy import ndimage
    from skimage.color import rgb2lab

    with Image.open(io.BytesIO(content)) as opened:
        picture = opened.convert("RGB")
    around = 0.0 if tight else _AROUND * max(box[2] - box[0], box[3] - box[1])
    left, top = max(0.0, box[0] - around), max(0.0, box[1] - around)
    right, bottom = min(1.0, box[2] + around), min(1.0, box[3] + around)
    width, height = picture.size
    edges = (left * width, top * height, right * width, bottom * height)
    small = picture.resize((_PARTED, _PARTED), Image.Resampling.BOX, box=edges)
    found = part(np.asarray(rgb2lab(np.asarray(small)), np.float64) / 100)
    whole = np.zeros((MASK_SIDE, MASK_SIDE), np.uint8)
    if found is None:
        return whole
    x, y = round(left * MASK_SIDE), round(top * MASK_SIDE)
    wide, high = max(1, round(right * MASK_SIDE) - x), max(1, round(bottom * MASK_SIDE) - y)
    soft = Image.fromarray((ndimage.gaussian_filter(found.astype(np.float32), 0.8) * 255).astype(np.uint8))
    whole[y : y + high, x : x + wide] = np.asarray(soft.resize((wide, high), Image.Resampling.BILINEAR))
    return whole


def _of_row(row: tuple[bytes, tuple[float, float, float, float] | None, bool]) -> Bytes:
    content, box, tight = row
    return np.zeros((MASK_SIDE, MASK_SIDE), np.uint8) if box is None else mask(content, box, tight)


def masks(folder: Path, rows: list[dict[str, Any]], digest: str, workers: Workers = HERE) -> Bytes:
    """`mask` of each picture of a folder, (N, 96, 96); kept there in a file, and taken from it if nothing has changed.

    Args:
        rows: as `pictures.rows` gives them.
        digest: of the pictures.
        workers: who cuts out.
    """
    kept, key = folder / KEPT, _key(rows, digest)
    try:
        with kept.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["key"]) == key:
                return np.asarray(stored["covers"], np.uint8)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        pass  # None yet, or half-written: it is made again.
    found = _made(folder, rows, workers)
    with paths.replacing(kept) as new, new.open("wb") as stream:
        np.savez_compressed(stream, covers=found, key=np.array(key))
    return found


def _key(rows: list[dict[str, Any]], digest: str) -> str:
    places = json.dumps([[row["box"], bool(row.get("tight"))] for row in rows])
    return hashlib.sha256(f"{_VERSION} {digest} {places}".encode()).hexdigest()


def _made(folder: Path, rows: list[dict[str, Any]], workers: Workers) -> Bytes:
    def pictures() -> Iterator[tuple[bytes, tuple[float, float, float, float] | None, bool]]:
        for row in rows:
            there = row["box"] is not None
            content = (folder / row["file"]).read_bytes() if there else b""
            yield content, tuple(row["box"]) if there else None, bool(row.get("tight"))

    who = workers if len(rows) >= _FEW else Workers(jobs=1)
    return np.stack(list(who.each(_of_row, pictures(), "cut out hands", count=len(rows), unit="masks")))
