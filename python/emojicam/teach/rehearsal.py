"""Rendered hands that are shown between the captures, so that a model forgets nothing that it knows."""

from collections.abc import Callable, Sequence

import numpy as np

from emojicam import paths
from emojicam.config import Gesture
from emojicam.config.emoji import bare
from emojicam.data import dataset, generate
from emojicam.data.classes import CLASSES, EMOJI, NONE, plain
from emojicam.data.dataset import Labelled

#: Seed and number of those to learn from and to measure on: the first of the shipped model's own sets.
LEARN, MEASURE = (1, 1000), (20261, 500)

#: Poses that are drawn as no gesture, by the emoji that make them one.
_DRAWN = {
    "✌": ("victory",),
    "🤞": ("victory",),
    "☝": ("pointing", "index and thumb"),
    "👆": ("pointing", "index and thumb"),
    "👇": ("pointing", "index and thumb"),
    "👈": ("pointing", "index and thumb"),
    "👉": ("pointing", "index and thumb"),
    "🫵": ("pointing", "index and thumb"),
    "🤘": ("horns",),
    "🤟": ("horns", "telephone"),
    "🤙": ("telephone", "little finger"),
    "🖕": ("middle finger",),
    "👌": ("ring of index finger", "three outer fingers"),
    "🤏": ("ring of index finger", "index and thumb"),
    "🖖": ("four fingers", "open hand turned"),
    "🤚": ("raised hand", "open hand turned", "open hand edge-on"),
    "🖐": ("raised hand", "open hand turned", "open hand edge-on"),
    "👋": ("raised hand", "open hand turned", "open hand edge-on"),
    "✊": ("fist",),
    "🤛": ("fist",),
    "🤜": ("fist",),
}


def labels_of(gestures: Sequence[Gesture]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """(5,) which class of the settings each of `CLASSES` is, by its name or its emoji; none where there is none."""
    names, signs = [plain(one.name) for one in gestures], [bare(one.emoji) for one in gestures]
    found = []
    for name, sign in zip(CLASSES, map(bare, EMOJI), strict=True):
        same = names.index(name) if name in names else signs.index(sign) if sign and sign in signs else NONE
        found.append(same)
    return np.array(found, np.int64)


def fitted(pictures: Labelled, gestures: Sequence[Gesture]) -> Labelled:
    """A rendered set as the settings see it.

    What one of their gestures looks like and is drawn as another class is left out: it would teach the contrary.

    Args:
        pictures: with the classes of the renderer.
    """
    to = labels_of(gestures)
    own = {kind for number, one in enumerate(gestures) if number not in to for kind in _DRAWN.get(bare(one.emoji), ())}
    rows = np.flatnonzero([kind not in own for kind in pictures.kinds])
    kept = pictures.part(rows)
    return Labelled(
        kept.images, to[kept.labels], kept.names, kept.kinds, kept.extents, kept.tones, [], kept.covers,
        tuple(one.name for one in gestures),
    )  # fmt: skip


def rendered(which: tuple[int, int], gestures: Sequence[Gesture], tell: Callable[[float], object]) -> Labelled:
    """A rendered set, made the first time and kept under ``build/data``.

    Args:
        which: its seed and number.
        tell: is given the share that is there.
    """
    seed, count = which
    folder = paths.build_dir() / "data" / f"teach-{seed}-{count}-r{generate.RENDERER}"
    generate.make(folder, count, seed, tell=tell)
    tell(1.0)
    return fitted(dataset.load(folder), gestures)
