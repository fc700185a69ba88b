"""`emojicam evaluate`: how often a model is right."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam import extras
from emojicam.cli.options import COUNTED, Json, choice, write_json
from emojicam.console import busy, out, step
from emojicam.errors import EmojicamError

if TYPE_CHECKING:
    from emojicam.training.metrics import Floats, Metrics

app = typer.Typer()


@app.command()
def evaluate(
    data: Annotated[Path, typer.Option(help="A rendered set, a folder per class, or a CSV file.", show_default=False)],
    model: Annotated[
        Path | None,
        typer.Option(help="A .tflite, or a .keras for float.", show_default="models/gestures.tflite"),
    ] = None,
    on: Annotated[str, choice(["float", "litert", *COUNTED], "What runs it.", option="--on")] = "litert",
    against: Annotated[
        str | None,
        choice(["float", "litert", *COUNTED], "Also run there, and show where the two differ.", option="--against"),
    ] = None,
    against_model: Annotated[
        Path | None, typer.Option(help="The model for --against, if another.", show_default=False)
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only this many pictures, evenly chosen.")] = None,
    json_file: Json = None,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
) -> None:
    """Measure a model on labelled pictures."""
    import numpy as np

    from emojicam import paths
    from emojicam.data import dataset
    from emojicam.data.classes import CLASSES
    from emojicam.training import metrics, predict

    # Boards need LiteRT too: it knows the scale of their scores.
    extras.need("train", *(["tensorflow", "keras"] if "float" in (on, against) else ["ai_edge_litert"]))
    chosen = model or paths.models_dir() / "gestures.tflite"
    with busy(f"reading {data}"):
        pictures = dataset.load(data, skip_bad=skip_bad)
    for line in pictures.skipped:
        step(f"skipped: {line}")
    rows = np.arange(len(pictures))
    if limit is not None and limit < len(rows):
        rows = np.linspace(0, len(rows) - 1, limit).astype(int)
    images, labels = pictures.images[rows], pictures.labels[rows]
    step(f"running {chosen.name} on {on} over {len(images)} pictures")
    answers = predict.predict(chosen, images, on)
    figures = metrics.measure(answers.logits, labels)
    report = {"model": chosen.name, "on": on, **figures.as_json()}
    out.print(f"{figures.images} pictures, accuracy {figures.accuracy:.4f}")
    for name, recall in figures.recall().items():
        if recall is not None:
            out.print(f"  recall of {name}: {recall:.4f}")
    if against is not None:
        step(f"and on {against}")
        other = predict.predict(against_model or chosen, images, against)
        if other.scores is not None and answers.scores is not None:
            apart = np.abs(other.scores.astype(int) - answers.scores.astype(int)).max(1)
            report["scores_differ"] = int((apart > 0).sum())
            out.print(f"scores differ from {against} in {report['scores_differ']} pictures")
        mine, theirs = answers.logits.argmax(1), other.logits.argmax(1)
        differing = np.nonzero(mine != theirs)[0]
        report["against"] = {"on": against, **metrics.measure(other.logits, labels).as_json()}
        report["answers_differ"] = [pictures.names[int(rows[i])] for i in differing]
        out.print(f"answers differ from {against} in {len(differing)} pictures")
        for i in differing[:20]:
            out.print(
                f"  {pictures.names[int(rows[i])]}: {CLASSES[mine[i]]} on {on}, {CLASSES[theirs[i]]} on {against}",
                markup=False,
            )
    write_json(json_file, report)
    _refuse_degenerate(chosen.name, answers.logits, figures)


def _refuse_degenerate(name: str, logits: "Floats", figures: "Metrics") -> None:
    """Figures of a model that always says the same are right, and say so less plainly than one line."""
    from emojicam.training.metrics import WORTH_SAYING

    hint = "another model, or training it for longer on more pictures"
    if len(logits) >= WORTH_SAYING and (logits == logits[0]).all():
        raise EmojicamError(f"{name} gives all {len(logits)} pictures the same scores", hint)
    if missing := figures.never_answered():
        raise EmojicamError(
            f"{name} never answers {', '.join(missing)}: not for one of {figures.images} pictures", hint
        )
