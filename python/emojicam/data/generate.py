"""Rendered sets: made in blocks, by as many processes or machines as there are, always the same.

A set is decided by its seed and count. It is cut into blocks of BLOCK pictures; picture ``i`` depends on
the seed and ``i`` alone, so a shard (every n-th block) made anywhere fits with the others. Layout of a
folder:

    set.json                 seed, count, classes, renderer version
    block-00000012.npz       images (n, 96, 96) uint8, labels (n,) uint8, and what is known of each:
                             covers (n, 96, 96) uint8 how much of each pixel the hand takes,
                             kinds (n,) uint8 index into set.json's list, extents (n,) float32 size of the
                             hand in picture heights, tones (n,) float32 skin reflectance, people (n,) uint8
"""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emojicam import paths
from emojicam.data import mesh
from emojicam.data.classes import CLASSES, NONE, SIZE
from emojicam.errors import EmojicamError
from emojicam.parallel import HERE, Workers

#: Raised whenever the same seed would give other pictures.
RENDERER = 3
BLOCK = 250
#: Class of picture i is _PATTERN[i % 28]: 8 of 28 are none, 5 of each gesture.
_PATTERN = (0, 1, 2, 3, 4) * 5 + (0, 0, 0)


@dataclass(frozen=True)
class Shard:
    """Part `index` (from 0) of `total`."""

    index: int = 0
    total: int = 1

    @classmethod
    def parse(cls, text: str) -> "Shard":
        """From "i/n" with i from 0 to n - 1.

        Raises:
            EmojicamError: anything else.
        """
        left, slash, right = text.partition("/")
        if slash and left.isdecimal() and right.isdecimal() and int(left) < int(right):
            return cls(int(left), int(right))
        raise EmojicamError(f"{text!r} is not a shard", "i/n with i from 0 to n-1, as in --shard 0/4")


def label_at(index: int) -> int:
    """The class of picture `index` of any set."""
    return _PATTERN[index % len(_PATTERN)]


def block_path(folder: Path, block: int) -> Path:
    return folder / f"block-{block:08d}.npz"


def _block(rig: mesh.HandMesh, seed: int, numbers: range) -> bytes:
    """Render pictures of a set: the content of a block's file."""
    from emojicam.data.poses import KIND_NAMES
    from emojicam.data.render import render_index

    mesh.use(rig)
    total = len(numbers)
    images, covers = (np.empty((total, SIZE, SIZE), np.uint8) for _ in range(2))
    labels = np.empty(total, np.uint8)
    kinds, people = np.empty(total, np.uint8), np.empty(total, np.uint8)
    extents, tones = np.empty(total, np.float32), np.empty(total, np.float32)
    names = ("no hand", *KIND_NAMES)
    for i, number in enumerate(numbers):
        scene, picture = render_index(seed, number, label_at(number))
        images[i], covers[i], extents[i] = picture.grey, picture.cover, picture.extent
        labels[i], kinds[i] = scene.label, names.index(scene.kind)
        tones[i], people[i] = scene.skin.tone, scene.person is not None
    stream = io.BytesIO()
    np.savez_compressed(
        stream, images=images, covers=covers, labels=labels, kinds=kinds, extents=extents, tones=tones, people=people
    )
    return stream.getvalue()


def describe(seed: int, count: int) -> dict[str, Any]:
    """The content of set.json."""
    from emojicam.data.poses import KIND_NAMES

    return {
        "format": "emojicam rendered set",
        "renderer": RENDERER,
        "seed": seed,
        "count": count,
        "block": BLOCK,
        "classes": list(CLASSES),
        "kinds": ["no hand", *KIND_NAMES],
        "background_class": CLASSES[NONE],
    }


def make(
    folder: Path,
    count: int,
    seed: int,
    shard: Shard | None = None,
    workers: Workers = HERE,
    tell: Callable[[float], object] = lambda share: None,
) -> int:
    """Render a set, or one shard of it, into a folder.

    Blocks that are there already are kept: an interrupted run goes on where it stopped.

    Args:
        count: pictures in the whole set, however many shards it is made in.
        workers: who renders.
        tell: is given the share that has been made, 0 to 1, whenever there is more.

    Returns:
        How many pictures were rendered now.

    Raises:
        EmojicamError: the folder holds a set of another seed, count or renderer.
    """
    shard = shard or Shard()
    if count < 1:
        raise EmojicamError(f"{count} pictures cannot be made", "--count 1000")
    folder.mkdir(parents=True, exist_ok=True)
    description, note = describe(seed, count), folder / "set.json"
    if note.is_file():
        try:
            found = json.loads(note.read_text())
        except ValueError:
            found = None
        if found != description:
            raise EmojicamError(
                f"{folder} holds a set of another seed, count or renderer", "another folder, or delete it"
            )
    else:
        with paths.replacing(note) as new:
            new.write_text(json.dumps(description, indent=1) + "\n")
    total = (count + BLOCK - 1) // BLOCK
    blocks = [n for n in range(shard.index, total, shard.total) if not block_path(folder, n).is_file()]
    work = [range(n * BLOCK, min(count, (n + 1) * BLOCK)) for n in blocks]
    _compile()
    made, whole = 0, sum(map(len, work))
    found = workers.each(_block, work, "render", common=(mesh.hand(), seed), unit="images", size=len)
    for block, numbers, content in zip(blocks, work, found, strict=True):
        with paths.replacing(block_path(folder, block)) as new:
            new.write_bytes(content)
        made += len(numbers)
        tell(made / whole)
    return made


def _compile() -> None:
    """Fetch the mesh and fill the compiler's cache once, before processes would all do so."""
    from emojicam.data.render import render_index

    render_index(0, 1, 1)
