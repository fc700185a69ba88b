"""What a model's answers to a set of pictures mean to a user: by source, size and light, and what would be typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from emojicam.config.settings import Model
from emojicam.data import dataset, photographs
from emojicam.data.classes import CLASSES, NONE
from emojicam.data.clip import RATE
from emojicam.data.dataset import Labelled
from emojicam.errors import EmojicamError
from emojicam.gesture import DecisionSettings, hold
from emojicam.image import in_turn
from emojicam.training import metrics, predict, steady
from emojicam.training.predict import Answers

#: Edges of the groups: the hand's longer side in picture heights, and the mean grey level.
EXTENTS = (0.0, 0.25, 0.4, 0.55, 0.75, 1.01, 2.0)
BRIGHTNESSES = (0.0, 60.0, 90.0, 120.0, 150.0, 180.0, 256.0)
#: Of the bootstrap (Efron 1979): resamples, and the share that the interval leaves out on each side.
_RESAMPLES, _TAIL = 2000, 2.5
#: How often the card's photographs are moved.
_COPIES = 12

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """What is known of each picture of a set besides its class.

    Attributes:
        sources: (N,) where it is from; "" where that is not known.
        extents: (N,) the hand's longer side in picture heights; 0 where there is none or it is not known.
    """

    sources: npt.NDArray[np.str_]
    extents: npt.NDArray[np.float32]


def known(data: Path, pictures: Labelled) -> Known:
    """From provenance.jsonl of a folder of photographs, or from a rendered set."""
    count = len(pictures)
    if len(pictures.extents):
        return Known(np.full(count, ""), pictures.extents)
    rows: dict[str, dict[str, Any]] = {}
    if data.is_dir() and (data / photographs.PROVENANCE).is_file():
        rows = {str(data / row["file"]): row for row in photographs.rows(data)}
    sources, extents = [], np.zeros(count, np.float32)
    for number, name in enumerate(pictures.names):
        row = rows.get(name, {})
        sources.append(str(row.get("repo") or ""))
        if box := row.get("box"):
            extents[number] = max(box[2] - box[0], box[3] - box[1])
    return Known(np.array(sources, dtype=np.str_), extents)


def _tables(answers: Ints, labels: Ints, sources: npt.NDArray[np.str_]) -> tuple[list[str], npt.NDArray[np.float64]]:
    """Recall of each class in each source, (S, C); NaN where a source has none of a class."""
    names = sorted(set(sources.tolist()))
    classes = int(labels.max()) + 1
    table = np.full((len(names), classes), np.nan)
    for row, name in enumerate(names):
        for label in range(classes):
            mine = (sources == name) & (labels == label)
            if mine.any():
                table[row, label] = (answers[mine] == label).mean()
    return names, table


def _mean_recall(table: npt.NDArray[np.float64]) -> float:
    """Over sources first, then over the classes that any has."""
    counted = ~np.isnan(table)
    seen = counted.any(0)
    return float((np.nansum(table[:, seen], 0) / counted[:, seen].sum(0)).mean())


def by_source(answers: Ints, labels: Ints, sources: npt.NDArray[np.str_], seed: int = 0) -> dict[str, Any]:
    """Mean recall in which each source counts once, as a source shows one room and few people.

    The interval says what other sources of the same kind would give: sources are drawn again with replacement. Where
    sources are not known, each picture counts as one.

    Args:
        answers, labels: (N,) classes' numbers. sources: (N,).
    """
    units = sources if (sources != "").any() else np.arange(len(labels)).astype(np.str_)
    names, table = _tables(answers, labels, units)
    rng = np.random.default_rng(seed)
    draws = [_mean_recall(table[rng.integers(0, len(names), len(names))]) for _ in range(_RESAMPLES)]
    low, high = np.percentile(draws, (_TAIL, 100 - _TAIL))
    found: dict[str, Any] = {"mean_recall": _mean_recall(table), "interval_95": [float(low), float(high)]}
    if units is sources:
        found["sources"] = {
            name or "unknown": {
                "images": int((sources == name).sum()),
                "right": float((answers == labels)[sources == name].mean()),
                "mean_recall": float(np.nanmean(table[row])),
            }
            for row, name in enumerate(names)
        }
    return found


def held_still(
    answers: Answers, settings: DecisionSettings, mirrored: Answers | None = None, seconds: float = 1.0
) -> Ints:
    """What is typed if each picture is seen for some time by a board that has seen nothing before.

    Args:
        mirrored: the answers to the pictures' mirror images, where the board sees both in turn.

    Returns:
        (N,) the first class that fires, 0 for nothing.

    Raises:
        ValueError: the answers are of a float model; the decision takes an int8 model's scores.
    """
    plain = answers.probabilities()
    turned = plain if mirrored is None else mirrored.probabilities()
    fired = [hold(in_turn(*seen), settings, seconds, RATE) for seen in zip(plain, turned, strict=True)]
    return np.array([one[0] if one else NONE for one in fired], np.int64)


def typing(typed: Ints, labels: Ints, classes: Sequence[str] = CLASSES) -> dict[str, Any]:
    """Shares of what would be typed: of pictures with a gesture, and of those without."""
    gesture = labels != NONE

    def share(where: npt.NDArray[np.bool_], among: npt.NDArray[np.bool_]) -> float | None:
        return float(where[among].mean()) if among.any() else None

    return {
        "right": share(typed == labels, gesture),
        "wrong": share((typed != labels) & (typed != NONE), gesture),
        "nothing": share(typed == NONE, gesture),
        "none_typed": share(typed != NONE, ~gesture),
        "right_by_gesture": {
            name: share(typed == label, labels == label) for label, name in enumerate(classes) if label != NONE
        },
    }


def report(
    answers: Answers,
    pictures: Labelled,
    about: Known,
    settings: DecisionSettings | None = None,
    mirrored: Answers | None = None,
) -> dict[str, Any]:
    """All figures beyond those of `metrics.measure`.

    Args:
        about: from `known`.
        settings: of the decision; None leaves out what would be typed.
        mirrored: see `held_still`.
    """
    given, labels = answers.logits.argmax(1), pictures.labels
    brightness = pictures.images.reshape(len(pictures), -1).mean(1).astype(np.float32)
    sized = about.extents > 0
    recalls = [float((given[labels == label] == label).mean()) for label in sorted(set(labels.tolist()))]
    found: dict[str, Any] = {
        "mean_recall": float(np.mean(recalls)),
        "by_source": by_source(given, labels, about.sources),
    }
    if sized.any():
        found["by_extent"] = metrics.by_group(answers.logits[sized], labels[sized], about.extents[sized], EXTENTS)
    found["by_brightness"] = metrics.by_group(answers.logits, labels, brightness, BRIGHTNESSES)
    if settings is not None and answers.scores is not None:
        found["still_picture_types"] = typing(held_still(answers, settings, mirrored), labels, pictures.classes)
    return found


def worst(answers: Answers, labels: Ints, most: int) -> Ints:
    """Rows of the wrong answers, the surest first."""
    chances = metrics.softmax(answers.logits)
    given = chances.argmax(1)
    sure = chances[np.arange(len(labels)), given] - chances[np.arange(len(labels)), labels]
    wrong = np.flatnonzero(given != labels)
    return wrong[np.argsort(-sure[wrong], kind="stable")][:most]


def sheet(
    answers: Answers, pictures: Labelled, about: Known, path: Path, columns: int = 8, rows: int = 8
) -> Sequence[str]:
    """Draw the worst failures, each with its class, the model's answer and its source.

    Returns:
        Their names, as they stand on the sheet.
    """
    found = worst(answers, pictures.labels, columns * rows)
    side, foot = 120, 34
    drawn = Image.new("L", (columns * (side + 4), max(1, -(-len(found) // columns)) * (side + foot)), 255)
    pen = ImageDraw.Draw(drawn)
    chances = metrics.softmax(answers.logits)
    for place, row in enumerate(found):
        x, y = place % columns * (side + 4), place // columns * (side + foot)
        drawn.paste(Image.fromarray(pictures.images[row]).resize((side, side)), (x, y))
        answer = int(chances[row].argmax())
        text = f"{pictures.classes[pictures.labels[row]]}\n> {pictures.classes[answer]} {chances[row, answer]:.2f}"
        pen.text((x + 2, y + side), f"{text}\n{str(about.sources[row]).split('/')[0][:20]}", fill=0, spacing=0)
    drawn.save(path)
    return [pictures.names[int(row)] for row in found]


def of_photographs(
    model: Path,
    folder: Path,
    settings: DecisionSettings,
    classes: Sequence[str] = CLASSES,
    said: Model | None = None,
) -> dict[str, Any]:
    """Figures of an int8 model on each set of photographs that it was not trained on.

    Args:
        folder: of `emojicam data photographs`.
        classes: the model's. said: what emojicam.toml says of it.

    Returns:
        By set, what `emojicam evaluate --json` writes.

    Raises:
        EmojicamError: a set is not there.
    """
    found = {}

    def ask(images: npt.NDArray[np.uint8]) -> Answers:
        return predict.predict(model, images, said=said)

    for name in photographs.SETS[1:]:
        if not (folder / name).is_dir():
            raise EmojicamError(f"{folder / name} does not exist", "emojicam data photographs")
        pictures = dataset.load(folder / name, classes=classes)
        answers = ask(pictures.images)
        mirrored = predict.of_mirror_images(ask, pictures.images, said)
        figures = metrics.measure(answers.logits, pictures.labels, pictures.classes).as_json()
        found[name] = {
            **figures,
            **report(answers, pictures, known(folder / name, pictures), settings, mirrored),
            "moved": steady.measure(ask, pictures.images, pictures.labels, _COPIES),
        }
    return found
