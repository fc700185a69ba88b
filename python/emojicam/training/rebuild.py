"""From nothing to a model: render, train, quantise, measure, and write it where it is shipped."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emojicam import __version__, image, paths
from emojicam.console import step
from emojicam.data import dataset, generate
from emojicam.data.classes import CLASSES, EMOJI
from emojicam.data.dataset import Labelled
from emojicam.data.photographs import Photographs
from emojicam.errors import EmojicamError
from emojicam.model import degenerate, graph
from emojicam.parallel import HERE, Workers
from emojicam.training import card, metrics, network, plots, predict, quantise, restore, train, verdict
from emojicam.training.config import BEGINNINGS, TrainConfig

#: Edges of the groups that figures are given for: the hand's extent in picture heights, and the skin's
#: reflectance.
EXTENTS = (0.0, 0.38, 0.6, 0.8, 1.05, 2.0)
TONES = (0.0, 0.15, 0.25, 0.4, 1.0)
#: The shipped model as int8, and its float weights.
MODEL, WEIGHTS = "gestures.tflite", "gestures.npz"


@dataclass(frozen=True)
class Built:
    """What a run left.

    Attributes:
        run: its folder. tflite: the int8 model. weights: float ones, see `restore.save`.
        report: the figures, as in report.json.
    """

    run: Path
    tflite: Path
    weights: Path
    report: dict[str, Any]


def rendered(
    seed: int, count: int, folder: Path | None = None, classes: Sequence[str] = CLASSES, workers: Workers = HERE
) -> Labelled:
    """A rendered set, made first where it is missing."""
    folder = folder or paths.build_dir() / "data" / f"rendered-{seed}-{count}-r{generate.RENDERER}"
    step(f"rendering {count} pictures of seed {seed}")
    generate.make(folder, count, seed, workers=workers)
    return dataset.load(folder, classes=classes)


def _groups(answers: predict.Answers, pictures: Labelled) -> dict[str, Any]:
    if not pictures.kinds:
        return {}
    hand = np.array([kind != "no hand" for kind in pictures.kinds])
    logits, labels = answers.logits[hand], pictures.labels[hand]
    right = answers.logits.argmax(1) == pictures.labels
    kinds = np.array(pictures.kinds)
    return {
        "by_hand_size": metrics.by_group(logits, labels, pictures.extents[hand], EXTENTS),
        "by_skin_reflectance": metrics.by_group(logits, labels, pictures.tones[hand], TONES),
        "by_pose": {kind: float(right[kinds == kind].mean()) for kind in sorted(set(pictures.kinds))},
    }


def _representatives(training: Labelled, photographs: Photographs | None) -> np.ndarray[Any, Any]:
    """Pictures that the ranges of activations are measured on: half photographs, if there are."""
    if photographs is None:
        return training.images
    chosen = np.random.default_rng(0).permutation(len(photographs))[:1000]
    side = training.images.shape[1]
    shots = np.stack([image.prepare(photographs.images[row], size=(side, side)) for row in chosen])
    return np.concatenate([training.images[: len(shots)], shots])


def beginning(folder: Path, sha256: str) -> bytes:
    """The int8 model in models/ that a run begins with.

    Raises:
        EmojicamError: it is not there.
    """
    for name in BEGINNINGS:
        if (folder / name).is_file() and hashlib.sha256(content := predict.read(folder / name)).hexdigest() == sha256:
            return content
    raise restore.beginning_missing(sha256, f"in {folder}")


def build(
    config: TrainConfig,
    training: Labelled,
    validation: Labelled,
    run: Path,
    photographs: Photographs | None = None,
    start: bytes | None = None,
    *,
    emoji: Sequence[str] = EMOJI,
    useful: bool = True,
) -> Built | None:
    """Train, quantise and measure; everything goes into the run's folder.

    Args:
        photographs, start: see `train.train`.
        emoji: of each class, "" for none, for the report.
        useful: whether a model that has learnt nothing is a failure; then neither it nor its report is written.

    Returns:
        None in every worker but the first: they only train.

    Raises:
        EmojicamError: a picture is in both sets, a class is empty, the settings are those of a teacher, or the model
            has learnt nothing.
    """
    for name, pictures in (("training", training), ("validation", validation)):
        if empty := [pictures.classes[i] for i, number in enumerate(pictures.counts()) if number == 0]:
            raise EmojicamError(
                f"the {name} set has no picture of class {empty[0]!r}", "pictures of it, or emojicam teach"
            )
    if config.pretrained:
        raise EmojicamError(
            "a pretrained network is too large for a board", '"teacher" and "taught" in the settings: it teaches one'
        )
    dataset.refuse_duplicates(training, validation)
    validation = validation.resized(config.size)
    if useful and start is None and len(training) < verdict.FEW:
        step(f"{len(training)} pictures are few for a network that starts from random weights")
    model = train.train(config, training, validation, run, photographs, start)
    if train.workers_of_run()[0] != 0:
        return None
    step("quantising")
    content = quantise.quantise(model, _representatives(training, photographs), config.architecture, config.size)
    in_float = predict.Answers(network.predict(model, validation.images))
    in_int8 = predict.on_litert(content, validation.images)
    float_figures = metrics.measure(in_float.logits, validation.labels, training.classes)
    figures = metrics.measure(in_int8.logits, validation.labels, training.classes)
    if useful:
        epochs = len(json.loads((run / "history.json").read_text()))
        steps = epochs * (len(training) // config.batch)
        verdict.refuse_nothing_learnt(figures, float_figures, len(training), steps)
        degenerate.check(graph.parse(content), training.classes)
    tflite, weights = run / MODEL, run / WEIGHTS
    quantise.save(content, tflite)
    weights_sha256 = restore.save(model, weights)
    plots.confusion(figures, run / "confusion.png", "int8, rendered validation: per cent of each class")
    plots.calibration(figures, run / "calibration.png")
    differs = int((in_float.logits.argmax(1) != in_int8.logits.argmax(1)).sum())
    report = {
        "emojicam": __version__,
        "classes": list(training.classes),
        "emoji": list(emoji),
        "command": "emojicam train --rebuild",
        "config": train.describe(config),
        "versions": train.versions(),
        "sha256": hashlib.sha256(content).hexdigest(),
        "weights_sha256": weights_sha256,
        "photographs": None
        if photographs is None
        else {"images": len(photographs), "digest": photographs.digest, "sources": len(set(photographs.sources))},
        "bytes": len(content),
        "operators": sorted({f"{name} v{version}" for name, version in quantise.operators(content)}),
        "validation": {
            "int8": figures.as_json(),
            "float": {"accuracy": float_figures.accuracy, "recall": float_figures.recall()},
            "int8_and_float_differ": differs,
            **_groups(in_int8, validation),
        },
    }
    (run / "report.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    return Built(run, tflite, weights, report)


def publish(built: Built, folder: Path) -> None:
    """Put a built model where it is shipped from: gestures.tflite, its float weights, gestures.json, the plots and the
    card.

    What was measured with another model there before is removed.
    """
    if _of_another_model(folder, built.report["sha256"]):
        for name in (card.REPLAY, card.PHOTOGRAPHS_REPORT):
            (folder / name).unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MODEL).write_bytes(built.tflite.read_bytes())
    (folder / WEIGHTS).write_bytes(built.weights.read_bytes())
    text = json.dumps(built.report, indent=1, ensure_ascii=False) + "\n"
    (folder / "gestures.json").write_text(text)
    for name in ("curves.png", "confusion.png", "calibration.png"):
        (folder / name).write_bytes((built.run / name).read_bytes())
    card.write(folder)


def _of_another_model(folder: Path, sha256: str) -> bool:
    try:
        return bool(json.loads((folder / card.REPORT).read_text()).get("sha256") != sha256)
    except (OSError, ValueError):
        return True


def explain_difference(built: Built, shipped: Path) -> str:
    """One line: whether a rebuilt model is the shipped one, and if not, which version or setting differs."""
    try:
        before = json.loads(shipped.read_text())
    except (OSError, ValueError):
        return "there is no shipped model to compare with"
    if before.get("sha256") == built.report["sha256"]:
        return "the rebuilt model is the shipped one, bit for bit"
    after = json.loads(json.dumps(built.report))
    reasons = [
        f"{name} {old} before, {(after[key] or {}).get(name)} now"
        for key in ("versions", "config", "photographs")
        for name, old in (before.get(key) or {}).items()
        if (after[key] or {}).get(name) != old
    ]
    return "the rebuilt model differs: " + (
        "; ".join(reasons) or "the versions are the same, so the processor's instruction set must be another"
    )
