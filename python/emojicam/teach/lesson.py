"""A lesson, from captures to a model that can be flashed."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from emojicam import console
from emojicam.config import Settings
from emojicam.config.emoji import mirror_images
from emojicam.errors import EmojicamError
from emojicam.model import degenerate, graph
from emojicam.teach import begin, captures, caution, figures, rehearsal, tuning
from emojicam.teach.figures import Figures
from emojicam.teach.shipped import Shipped
from emojicam.teach.tuning import Batches, Recipe
from emojicam.training import quantise

#: Is told: the step, the share of it that is done, 0 to 1, and a line for a user.
Tell = Callable[[str, float, str], object]


@dataclass(frozen=True)
class Taught:
    """What a lesson gives, still in memory.

    Attributes:
        tflite: the int8 model.
        counts: captures of each class; aside: how many were kept aside, alike: see `captures.Split`.
        before, after: figures of the shipped model, and of this one.
        types: of those kept aside, the share that types its emoji if it is held for a second.
        losses: classes that have lost more of their rendered pictures than they may.
    """

    tflite: bytes
    counts: dict[str, int]
    aside: int
    alike: int
    before: Figures
    after: Figures
    types: figures.Recall
    losses: tuple[figures.Loss, ...] = ()

    @property
    def silent(self) -> list[str]:
        """Gestures that are recognised and hardly ever typed: the model is not sure enough of them."""
        known = self.after.kept_aside
        return [name for name, share in self.types.items() if share is not None and share < 0.5 <= (known[name] or 0)]


def teach(
    folder: Path,
    settings: Settings,
    tell: Tell,
    *,
    recipe: Recipe = Recipe(),  # noqa: B008
    shipped: Shipped | None = None,
    skip_bad: bool = False,
    least: int = captures.LEAST,
) -> Taught:
    """Train the shipped model further.

    Args:
        folder: captures, a folder per class.
        settings: whose classes the model is to have.
        tell: is told how it goes: read, render, train, quantise, measure.
        shipped: what to begin with; by default the model that ships.
        least: see `captures.read`.

    Raises:
        EmojicamError: the captures are no good, or nothing is known of a class.
    """
    shipped = shipped or Shipped.of()
    classes = settings.class_names
    tell("read", 0.0, f"reading {folder}")
    found = captures.read(folder, classes, skip_bad=skip_bad, least=least)
    for line in found.skipped:
        console.step(f"skipped: {line}")
    counts = dict(zip(classes, found.counts().tolist(), strict=True))
    outputs = shipped.outputs(settings.gesture)
    _refuse_unknown(counts, outputs, folder)
    found = found.resized(shipped.side)
    parts = captures.split(found)
    tell("read", 1.0, f"{len(found)} captures, {len(parts.aside)} of them kept aside to measure on")

    both = sum(count for _, count in (rehearsal.LEARN, rehearsal.MEASURE))
    shares = [rehearsal.LEARN[1] / both, 1.0]
    tell("render", 0.0, f"{both} rendered hands, so that nothing is forgotten (kept for the next time)")
    learn = rehearsal.rendered(
        rehearsal.LEARN, settings.gesture, lambda share: tell("render", share * shares[0], "rendering hands")
    )
    measured = rehearsal.rendered(
        rehearsal.MEASURE,
        settings.gesture,
        lambda share: tell("render", shares[0] + share * (1 - shares[0]), "rendering hands"),
    )
    learn, measured = learn.resized(shipped.side), measured.resized(shipped.side)

    tell("train", 0.0, "starting TensorFlow")
    new = [place for place, output in enumerate(outputs) if output is None]
    mirror = mirror_images(gesture.emoji for gesture in settings.gesture) is None
    batches = Batches(parts.taught, learn, recipe, mirror)

    def first() -> Any:
        model = shipped.network(outputs)
        if new:
            begin.fit(model, new, *batches.drawn(begin.BATCHES))
        return model

    model = tuning.tune(first, batches, lambda done, line: tell("train", done, line))
    was = figures.answers(shipped.tflite, measured, outputs)
    if new:
        caution.lower(model, new, parts.taught, measured, was == measured.labels, settings)
    tell("quantise", 0.0, "quantising to int8")
    # Half captures, half rendered hands: the ranges of activations are to hold both.
    few = np.random.default_rng(recipe.seed).choice(len(parts.taught), 200, replace=len(parts.taught) < 200)
    seen = np.concatenate([parts.taught.images[few], learn.images[:200]])
    content = quantise.quantise(model, seen, shipped.architecture, shipped.side)
    degenerate.check(graph.parse(content), classes)
    tell("quantise", 1.0, f"{len(content):,} bytes")

    tell("measure", 0.0, "measuring before and after")
    aside = parts.aside
    before = Figures(
        figures.recall(figures.answers(shipped.tflite, aside, outputs), aside), figures.recall(was, measured)
    )
    tell("measure", 0.5, "measuring before and after")
    now = figures.answers(content, measured)
    after = Figures(figures.recall(figures.answers(content, aside), aside), figures.recall(now, measured))
    types = figures.typed(content, aside, settings)
    losses = figures.losses(was, now, measured, caution.may_lose)
    tell("measure", 1.0, _summary(before, after))
    return Taught(content, counts, len(aside), parts.alike, before, after, types, losses)


def _refuse_unknown(counts: dict[str, int], outputs: list[int | None], folder: Path) -> None:
    for name, known in zip(counts, outputs, strict=True):
        if known is None and not counts[name]:
            raise EmojicamError(
                f"the shipped model doesn't know {name!r}, and {folder} has no captures of it",
                "captures of it, or settings without it",
            )


def _summary(before: Figures, after: Figures) -> str:
    def change(first: figures.Recall, second: figures.Recall) -> str:
        one, other = figures.mean(first), figures.mean(second)
        return "-" if one is None or other is None else f"{one:.0%} before, {other:.0%} after"

    return (
        f"of those kept aside {change(before.kept_aside, after.kept_aside)}; of rendered hands "
        f"{change(before.validation, after.validation)} (mean recall)"
    )
