"""Labelled pictures from disk, whatever form they are in.

- a rendered set (`generate.py`): a folder with set.json and block-*.npz;
- a folder per class, as photographs are usually sorted and as the board's captures are saved;
- a CSV file of ``path,label`` rows (with or without a header), paths relative to the CSV file.

Photographs go through the same function as the board's frames (`emojicam.image`), so that a model sees in
training what it will see on the board.
"""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam import image, pictures
from emojicam.console import step
from emojicam.data.classes import CLASSES, SIZE, drawn_as, label_of
from emojicam.errors import EmojicamError

#: Smaller pictures than this hold no hand that could be told.
LEAST_SIDE = 24


@dataclass(frozen=True)
class Labelled:
    """A set of pictures.

    Attributes:
        images: (N, 96, 96) grey levels, uint8; photographs in another form where `load` was asked for it.
        labels: (N,) int64, indices into `classes`.
        names: (N,) the file, or the block and number, that each came from.
        kinds: (N,) the pose's name of rendered pictures; empty without.
        extents: (N,) the hand's size in picture heights of rendered ones; empty without.
        tones: (N,) the skin's reflectance of rendered ones; empty without.
        covers: (N, 96, 96) how much of each pixel the hand takes, 0 to 255, of rendered ones; empty without.
        classes: the names of all that there may be.
        skipped: what was left out and why, one line each.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]
    names: list[str]
    kinds: list[str] = field(default_factory=list)
    extents: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    tones: npt.NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    skipped: list[str] = field(default_factory=list)
    covers: npt.NDArray[np.uint8] = field(default_factory=lambda: np.empty((0, SIZE, SIZE), np.uint8))
    classes: tuple[str, ...] = CLASSES

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Labelled":
        """The first pictures, without what is known of rendered ones but their covers."""
        return Labelled(
            self.images[:count],
            self.labels[:count],
            self.names[:count],
            covers=self.covers[:count],
            classes=self.classes,
        )

    def part(self, rows: npt.NDArray[np.intp]) -> "Labelled":
        """Some of the pictures, with what is known of each, in the order of the rows."""
        return replace(
            self,
            images=self.images[rows],
            labels=self.labels[rows],
            names=[self.names[int(row)] for row in rows],
            kinds=[self.kinds[int(row)] for row in rows] if self.kinds else [],
            extents=self.extents[rows] if len(self.extents) else self.extents,
            tones=self.tones[rows] if len(self.tones) else self.tones,
            covers=self.covers[rows] if len(self.covers) else self.covers,
        )

    def resized(self, side: int) -> "Labelled":
        """The same pictures, (N, side, side), by the board's image stage; this object if they are so already."""
        if side == self.images.shape[1]:
            return self
        images = np.stack([image.prepare(picture, size=(side, side)) for picture in self.images])
        return replace(self, images=images, covers=np.empty((0, side, side), np.uint8))

    def counts(self) -> npt.NDArray[np.int64]:
        """Pictures of each class."""
        return np.bincount(self.labels, minlength=len(self.classes))


def _read_picture(path: Path, form: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
    """One picture as the model sees it: centred square, resized, grey or RGB. EmojicamError says what is wrong."""
    pixels = pictures.read(path).pixels
    if min(pixels.shape[:2]) < LEAST_SIDE:
        raise EmojicamError(f"{path} is {pixels.shape[1]}x{pixels.shape[0]}: smaller than {LEAST_SIDE}x{LEAST_SIDE}")
    return image.prepare(pixels, size=form[:2], channels=form[2])


def _folder_rows(folder: Path, skipped: list[str]) -> Iterator[tuple[Path, str]]:
    classes = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    if not classes:
        raise EmojicamError(
            f"{folder} is no set of pictures",
            "a folder per class, a CSV file of path,label, or a rendered set",
        )
    for entry in classes:
        found, left_out = pictures.find(entry)
        skipped += [f"{entry.name}/{line}" for line in left_out]
        for path in found:
            yield path, entry.name


def _csv_rows(file: Path) -> Iterator[tuple[Path, str]]:
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            for number, row in enumerate(csv.reader(stream), 1):
                cells = [cell.strip() for cell in row]
                if not any(cells) or (number == 1 and [cell.lower() for cell in cells] == ["path", "label"]):
                    continue
                if len(cells) != 2:
                    raise EmojicamError(f"{file}:{number}: {len(cells)} fields", "rows of path,label")
                yield file.parent / cells[0], cells[1]
    except (UnicodeDecodeError, csv.Error) as error:
        raise EmojicamError(f"{file} is not a CSV file: {error}", "rows of path,label in UTF-8") from None


def _photographs(
    rows: Iterable[tuple[Path, str]],
    classes: tuple[str, ...],
    skip_bad: bool,
    skipped: list[str],
    form: tuple[int, int, int],
) -> Labelled:
    images: list[npt.NDArray[np.uint8]] = []
    labels: list[int] = []
    names: list[str] = []
    seen = pictures.Labels()
    for path, text in rows:
        try:
            try:
                label = label_of(text, classes)
            except EmojicamError as error:
                raise EmojicamError(f"{path}: {error.message}", error.hint) from None
            images.append(_read_picture(path, form))
        except EmojicamError as error:
            if not skip_bad:
                hint = f"{error.hint}, or --skip-bad, which leaves such files out".removeprefix(", or ")
                raise EmojicamError(error.message, hint) from None
            skipped.append(error.message)
            continue
        labels.append(label)
        names.append(str(path))
        if doubt := seen.contradiction(images[-1], classes[label], str(path)):
            step(f"{doubt}: both are left out")
    kept = [i for i, name in enumerate(names) if name not in seen.doubtful]
    stacked = np.stack([images[i] for i in kept]) if kept else np.empty((0, *form[:2]), np.uint8)
    known = np.array([labels[i] for i in kept], np.int64)
    return Labelled(stacked, known, [names[i] for i in kept], skipped=skipped, classes=classes)


def _rendered(folder: Path, classes: tuple[str, ...], skip_bad: bool) -> Labelled:
    try:
        note = json.loads((folder / "set.json").read_text())
        kinds, drawn, count, block = note["kinds"], note["classes"], note["count"], note["block"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmojicamError(f"{folder}/set.json cannot be read: {error}", "emojicam data make") from None
    if tuple(drawn) != CLASSES:
        raise EmojicamError(
            f"{folder} has other classes than the renderer: {', '.join(map(str, drawn))}", "render it again"
        )
    parts: dict[str, list[npt.NDArray[np.generic]]] = {}
    names: list[str] = []
    skipped: list[str] = []
    paths = sorted(folder.glob("block-*.npz"))
    wanted = -(-count // block)
    if len(paths) < wanted:
        message = f"{folder}: {wanted - len(paths)} of {wanted} blocks are missing"
        if not skip_bad:
            raise EmojicamError(message, "emojicam data make with the same options renders them")
        skipped.append(message)
    fields = ("images", "covers", "labels", "kinds", "extents", "tones")
    for path in paths:
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in fields}
            total = len(arrays["labels"])
            good = all(
                arrays[name].shape == (total, SIZE, SIZE) and arrays[name].dtype == np.uint8
                for name in ("images", "covers")
            )
            if not good or any(len(array) != total for array in arrays.values()):
                raise ValueError("arrays of other shapes than expected")
            if total and (arrays["labels"].max() >= len(CLASSES) or arrays["kinds"].max() >= len(kinds)):
                raise ValueError("labels outside the list")
        except Exception as error:  # zipfile, zlib and numpy each raise their own
            message = f"{path} is damaged: {error}"
            if not skip_bad:
                raise EmojicamError(message, "delete it, and emojicam data make renders it again") from None
            skipped.append(message)
            continue
        for name in fields:
            parts.setdefault(name, []).append(arrays[name])
        names += [f"{path.name}:{i}" for i in range(total)]
    if not names:
        raise EmojicamError(f"{folder} holds no pictures", "emojicam data make")
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Labelled(
        joined["images"].astype(np.uint8),
        drawn_as(classes)[joined["labels"].astype(np.int64)],
        names,
        [str(kinds[int(kind)]) for kind in joined["kinds"]],
        joined["extents"].astype(np.float32),
        joined["tones"].astype(np.float32),
        skipped,
        joined["covers"].astype(np.uint8),
        classes,
    )


#: Height, width and channels of pictures as our models take them.
FORM = (SIZE, SIZE, 1)


def load(
    path: Path,
    *,
    classes: Sequence[str] = CLASSES,
    skip_bad: bool = False,
    all_classes: bool = False,
    form: tuple[int, int, int] = FORM,
) -> Labelled:
    """Read a set of pictures.

    Args:
        path: a rendered set, a folder per class, or a CSV file.
        classes: those there are, the first for no gesture (`Settings.class_names`). Rendered gestures that are not
            among them are none.
        skip_bad: leave out files that are damaged, too small or have an unknown label, and list them in
            `skipped`, instead of refusing the set.
        all_classes: refuse a set in which a class is empty (training needs all of them).
        form: height, width and channels that photographs are wanted in; rendered ones are 96x96 and grey.

    Raises:
        EmojicamError: names the file and what is wrong with it.
    """
    if not path.exists():
        raise EmojicamError(f"{path} does not exist", "a folder or a CSV file of pictures")
    if path.is_file():
        if path.suffix.lower() != ".csv":
            raise EmojicamError(f"{path} is not a CSV file", "a CSV file of path,label, or a folder per class")
        found = _photographs(_csv_rows(path), tuple(classes), skip_bad, [], form)
    elif not path.is_dir():
        raise EmojicamError(f"{path} is neither file nor folder", "a folder or a CSV file of pictures")
    elif (path / "set.json").is_file():
        found = _rendered(path, tuple(classes), skip_bad)
    else:
        skipped: list[str] = []
        found = _photographs(_folder_rows(path, skipped), tuple(classes), skip_bad, skipped, form)
    if not len(found):
        why = f": {found.skipped[0]}" if found.skipped else ""
        raise EmojicamError(f"{path} holds no pictures{why}", f"pictures of type {', '.join(pictures.SUFFIXES)}")
    if all_classes and (empty := [found.classes[i] for i, n in enumerate(found.counts()) if n == 0]):
        raise EmojicamError(f"{path} has no picture of class {empty[0]!r}", "add some, or another set")
    return found


def mixed(pictures: Labelled, seed: int = 0) -> Labelled:
    """The same pictures in random order, so that any first part of them holds every class.

    Rendered sets are in such an order already and stay as they are.
    """
    if pictures.kinds:
        return pictures
    return pictures.part(np.random.default_rng(seed).permutation(len(pictures)))


def _fingerprints(images: npt.NDArray[np.uint8]) -> list[bytes]:
    """A coarse picture of each: 8 x 8 means in 32 steps after stretching, the same for re-saved copies."""
    small = images.reshape(len(images), 8, SIZE // 8, 8, SIZE // 8).mean((2, 4))
    low, high = small.min((1, 2), keepdims=True), small.max((1, 2), keepdims=True)
    steps = np.round((small - low) / np.maximum(high - low, 8) * 31).astype(np.uint8)
    return [step.tobytes() for step in steps]


def duplicates(training: Labelled, validation: Labelled) -> list[tuple[str, str]]:
    """Pictures that are in both sets, byte for byte or nearly (re-encoded): pairs of names.

    Near copies share a coarse fingerprint up to rounding and differ by less than three grey levels on
    average.
    """
    pairs = []
    by_mean: dict[int, list[int]] = {}
    means = training.images.mean((1, 2))
    for i, mean in enumerate(means):
        by_mean.setdefault(int(mean), []).append(i)
    coarse = np.frombuffer(b"".join(_fingerprints(training.images)), np.uint8).reshape(-1, 64).astype(np.int16)
    theirs = np.frombuffer(b"".join(_fingerprints(validation.images)), np.uint8).reshape(-1, 64).astype(np.int16)
    for j, picture in enumerate(validation.images):
        mean = int(picture.mean())
        near = np.array([i for m in (mean - 2, mean - 1, mean, mean + 1, mean + 2) for i in by_mean.get(m, [])])
        if not len(near):
            continue
        near = near[np.abs(coarse[near] - theirs[j]).max(1) <= 2]
        for i in near:
            apart = np.abs(training.images[i].astype(np.int16) - picture.astype(np.int16)).mean()
            if apart < 3:
                pairs.append((training.names[int(i)], validation.names[j]))
                break
    return pairs


def refuse_duplicates(training: Labelled, validation: Labelled) -> None:
    """Raise if a picture is in both sets: figures measured on such a set mean nothing.

    Raises:
        EmojicamError: names the first pair.
    """
    if pairs := duplicates(training, validation):
        first, second = pairs[0]
        raise EmojicamError(
            f"{len(pairs)} pictures are in training and validation, {first} and {second} first",
            "remove them from one of the sets",
        )
