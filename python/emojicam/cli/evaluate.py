"""`emojicam evaluate`: how often a model is right."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emojicam import extras
from emojicam.cli.options import COUNTED, Config, Json, choice, output, settings_said, write_json
from emojicam.console import busy, out, step
from emojicam.errors import EmojicamError, UsageError

if TYPE_CHECKING:
    from emojicam.training.metrics import Floats, Metrics

app = typer.Typer()


@app.command()
def evaluate(
    data: Annotated[
        Path | None, typer.Option(help="A rendered set, a folder per class, or a CSV file.", show_default=False)
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(help="A .tflite, or for float a .keras or .npz.", show_default="the one in emojicam.toml"),
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
    moved: Annotated[
        int | None,
        typer.Option(min=1, max=1000, help="Also this many copies of each picture, each moved a little: what stands?"),
    ] = None,
    json_file: Json = None,
    sheet: Annotated[
        Path | None,
        output(
            "--sheet",
            what="The worst failures.",
            metavar="FILE.png",
            endings=(".png", ".jpg", ".webp"),
            show_default=False,
        ),
    ] = None,
    config_file: Config = None,
    card: Annotated[
        bool,
        typer.Option("--card", help="Measure the shipped model on the photographs kept for that, for its model card."),
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
) -> None:
    """Measure a model on labelled pictures: by class, source, size and light, and what would be typed."""
    import numpy as np

    from emojicam import config
    from emojicam.data import dataset
    from emojicam.gesture import DecisionSettings
    from emojicam.training import evaluation, metrics, predict, steady

    if card:
        if data or model or against or limit or moved:
            raise UsageError("--card takes its model and pictures from the project", "leave the others out")
        _card()
        return
    if against_model is not None and against is None:
        raise UsageError("--against-model needs something that runs it", "--against litert")
    if data is None:
        raise UsageError("no pictures to measure on", "--data PATH, or --card for the shipped model's")
    # Boards need LiteRT too: it knows the scale of their scores.
    extras.need("train", *(["tensorflow", "keras"] if "float" in (on, against) else ["ai_edge_litert"]))
    known = config.load(config_file)
    classes = known.class_names
    chosen = model or known.model_path
    with busy(f"reading {data}"):
        form = predict.takes(chosen) if on != "float" else dataset.FORM
        pictures = dataset.load(data, classes=classes, skip_bad=skip_bad, form=form)
    for line in pictures.skipped:
        step(f"skipped: {line}")
    if limit is not None and limit < len(pictures):
        pictures = pictures.part(np.linspace(0, len(pictures) - 1, limit).astype(int))
    images, labels = pictures.images, pictures.labels
    if moved and images.shape[1] != images.shape[2]:
        raise UsageError(f"--moved takes square pictures, and {chosen.name} takes others", "leave it out")
    step(f"running {chosen.name} on {on} over {len(images)} pictures")
    said = settings_said(chosen, config_file)
    wanted = predict.Classes(classes, known.outputs)

    def ask(pictures: predict.Bytes) -> predict.Answers:
        return predict.predict(chosen, pictures, on, said, wanted)

    answers = ask(images)
    figures = metrics.measure(answers.logits, labels, classes)
    about = evaluation.known(data, pictures)
    mirrored = predict.of_mirror_images(ask, images, said) if answers.scores is not None else None
    more = evaluation.report(answers, pictures, about, DecisionSettings.of(known), mirrored)
    if moved:
        more["moved"] = steady.measure(ask, images, labels, moved)
    report = {"model": chosen.name, "on": on, **figures.as_json(), **more}
    out.print(f"{figures.images} pictures, accuracy {figures.accuracy:.4f}")
    for name, recall in figures.recall().items():
        if recall is not None:
            out.print(f"  recall of {name}: {recall:.4f}")
    _say(more)
    if sheet is not None:
        try:
            evaluation.sheet(answers, pictures, about, sheet)
        except (OSError, ValueError) as error:
            raise EmojicamError(f"cannot write {sheet}: {error}", "another --sheet, ending in .png") from None
        step(f"the worst failures are in {sheet}")
    if against is not None:
        step(f"and on {against}")
        rival = against_model or chosen
        other = predict.predict(rival, images, against, settings_said(rival, config_file), wanted)
        if other.scores is not None and answers.scores is not None:
            apart = np.abs(other.scores.astype(int) - answers.scores.astype(int)).max(1)
            report["scores_differ"] = int((apart > 0).sum())
            out.print(f"scores differ from {against} in {report['scores_differ']} pictures")
        mine, theirs = answers.logits.argmax(1), other.logits.argmax(1)
        differing = np.nonzero(mine != theirs)[0]
        report["against"] = {"on": against, **metrics.measure(other.logits, labels, classes).as_json()}
        report["answers_differ"] = [pictures.names[i] for i in differing]
        out.print(f"answers differ from {against} in {len(differing)} pictures")
        for i in differing[:20]:
            out.print(
                f"  {pictures.names[i]}: {classes[mine[i]]} on {on}, {classes[theirs[i]]} on {against}",
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


def _card() -> None:
    """Write what the model card says about photographs."""
    from emojicam import config, paths
    from emojicam.data import photographs
    from emojicam.gesture import DecisionSettings
    from emojicam.training import card, evaluation

    folder = paths.models_dir()
    known = config.load()
    figures = evaluation.of_photographs(
        folder / "gestures.tflite",
        photographs.default_folder(),
        DecisionSettings.of(known),
        known.class_names,
        known.model,
    )
    text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    (folder / card.PHOTOGRAPHS_REPORT).write_text(text)
    step(f"model card: {card.write(folder)}")
    for name, figure in figures.items():
        out.print(f"[bold]{name}[/bold]: {figure['images']} pictures, accuracy {figure['accuracy']:.4f}")
        _say(figure)


def _say(more: dict[str, Any]) -> None:
    """The figures by source, size and light, and what a still picture would type."""

    def percent(share: float | None) -> str:
        return "-" if share is None else f"{100 * share:.1f} %"

    overall = more["by_source"]
    low, high = overall["interval_95"]
    each = "each source counted once, " if "sources" in overall else ""
    out.print(f"mean recall {percent(overall['mean_recall'])} ({each}95 % interval {percent(low)} to {percent(high)})")
    for name, row in overall.get("sources", {}).items():
        out.print(f"  {name}: {percent(row['right'])} of {row['images']}", markup=False)
    if moved := more.get("moved"):
        out.print(
            f"moved a little, {moved['copies']} times each: mean recall {percent(moved['mean_recall'])}; right each "
            f"time {percent(moved['always'])}, never {percent(moved['never'])}"
        )
    for key, what, scale in (("by_extent", "hand's extent, %", 100), ("by_brightness", "mean grey level", 1)):
        for row in more.get(key, []):
            recall = percent(row["gesture_recall"])
            out.print(
                f"{what} {scale * row['from']:.0f} to {scale * row['to']:.0f}: {percent(row['accuracy'])} of "
                f"{row['images']}, gestures {recall}"
            )
    if typed := more.get("still_picture_types"):
        out.print(
            f"held still for a second, a gesture types its emoji in {percent(typed['right'])}, another in "
            f"{percent(typed['wrong'])}, nothing in {percent(typed['nothing'])}; no gesture types one in "
            f"{percent(typed['none_typed'])}"
        )
