"""Captures: a folder of pictures a class, a part of which is kept aside to measure on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam.data import dataset
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError

#: Fewer captures of a class teach nothing, and leave none to be kept aside.
LEAST = 4
#: Share of a class's captures that is kept aside: the last ones.
ASIDE = 0.2


@dataclass(frozen=True)
class Split:
    """Captures to learn from, and captures to measure on.

    Attributes:
        taught, aside: the two parts.
        alike: how many of those aside look nearly as one of the others does: figures on them flatter.
    """

    taught: Labelled
    aside: Labelled
    alike: int


def read(folder: Path, classes: Sequence[str], *, skip_bad: bool = False, least: int = LEAST) -> Labelled:
    """Read the captures.

    Args:
        folder: of a folder per class.
        classes: those of the settings.
        skip_bad: see `dataset.load`.
        least: captures that a class needs that has any.

    Raises:
        EmojicamError: a picture can't be read, a folder is no class, all are of one class, or there are too few.
    """
    found = dataset.load(folder, classes=classes, skip_bad=skip_bad)
    counts = found.counts().tolist()
    there = [i for i, count in enumerate(counts) if count]
    if len(there) == 1:
        raise EmojicamError(
            f"all {len(found)} captures in {folder} are of one class, {classes[there[0]]!r}: nothing to tell it from",
            "captures of another class too, of no gesture for one",
        )
    if short := [i for i in there if counts[i] < least]:
        raise EmojicamError(
            f"{folder} has {counts[short[0]]} capture{'s' * (counts[short[0]] != 1)} of {classes[short[0]]!r}, "
            f"and at least {least} are needed",
            "ten or more of each class, with the hand at other places and before other backgrounds",
        )
    return found


def _in_order(name: str) -> list[tuple[int, str]]:
    """A key by which 9.png comes before 10.png."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", name)]


def split(captures: Labelled, share: float = ASIDE) -> Split:
    """Keep the last captures of each class aside, in the order of their names, which begin with the time.

    Not at random: frames that were taken one after the other are nearly the same, and a model would be measured on what
    it has seen.

    Args:
        share: of each class; at least one capture where there are `LEAST`.
    """
    aside: list[int] = []
    for label in range(len(captures.classes)):
        mine = sorted(np.flatnonzero(captures.labels == label).tolist(), key=lambda row: _in_order(captures.names[row]))
        count = max(1, round(share * len(mine))) if len(mine) > 1 else 0
        aside += mine[len(mine) - count :]
    kept = np.isin(np.arange(len(captures)), aside)
    taught, rest = captures.part(np.flatnonzero(~kept)), captures.part(np.flatnonzero(kept))
    return Split(taught, rest, len(dataset.duplicates(taught, rest)) if len(rest) else 0)
