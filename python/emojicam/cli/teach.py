"""``emojicam teach``: a gesture of one's own, or one's own hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam import extras
from emojicam.cli.options import Config, Json, json_lines, refuse_unwritable
from emojicam.errors import EmojicamError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from emojicam.teach.lesson import Taught

app = typer.Typer()

#: What to do about a class that has lost something.
_ADVICE = "if that is your gesture too, let it be, else more captures of it, as what it is"


@app.command()
def teach(
    captures: Annotated[Path, typer.Argument(help="Pictures, in a folder per class of emojicam.toml.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="NAME.tflite",
            show_default="models/taught.tflite",
            help="The model to write; settings (NAME.toml) and card (NAME.md) come beside it.",
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="To train for at most.")] = 300,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
    config_path: Config = None,
    json_path: Json = None,
) -> None:
    """Teach the shipped model gestures of your own, or your own hand, from some ten pictures of each.

    The classes are those of emojicam.toml, or of --config: one that the shipped model lacks gets an output, one that
    has been removed goes. All layers are trained, on the captures and on rendered hands, so that nothing is forgotten;
    the last fifth of each class's captures is kept aside, and measured before and after. Use the result with
    emojicam run --config NAME.toml --board host, or emojicam flash --config NAME.toml.
    """  # fmt: skip
    from emojicam import config, console, paths
    from emojicam.teach import files

    model = output or paths.models_dir() / "taught.tflite"
    if model.suffix != ".tflite":
        raise UsageError(f"{model} does not end in .tflite", f"-o {model.with_suffix('.tflite')}")
    given, where = config_path or config.default_path(), files.Files.beside(model)
    for path in where.all():
        if files.is_ours(path) or path.resolve() == given.resolve():
            raise UsageError(f"{path} would be replaced", "another -o NAME.tflite")
        refuse_unwritable(path, "--output")
    settings = config.load(given)
    if not captures.exists():
        raise EmojicamError(f"{captures} does not exist", "a folder of pictures per class")
    extras.need("train")
    from emojicam.teach import lesson
    from emojicam.teach.shipped import Shipped
    from emojicam.teach.tuning import Recipe

    shipped = Shipped.of()
    with json_lines(json_path) as write:
        with _display() as show:

            def tell(step: str, done: float, line: str) -> None:
                show(step, done, line)
                write({"step": step, "done": round(done, 3), "line": line})

            taught = lesson.teach(
                captures, settings, tell, recipe=Recipe(seconds=seconds), shipped=shipped, skip_bad=skip_bad
            )
        files.write(taught, given, settings, where, shipped.tflite)
        write(files.as_json(taught, where))
    console.out.print(_table(taught))
    if taught.alike:
        console.step(f"{taught.alike} of those kept aside look nearly as a taught one does: the figures flatter")
    for loss in taught.losses:
        console.step(f"forgotten: {loss}; {_ADVICE}")
    if taught.silent:
        console.step(
            f"{', '.join(taught.silent)}: recognised, and not surely enough to be typed; more pictures or --seconds, "
            "or a lower margin, activation or threshold in the settings"
        )
    console.step(f"{where.model}; to use it: emojicam run --config {where.settings} --board host")


@contextmanager
def _display() -> Iterator[Callable[[str, float, str], None]]:
    """A line for each step, and a bar for the training."""
    from emojicam import console

    said, advance = "", None
    with ExitStack() as stack:

        def show(step: str, done: float, line: str) -> None:
            nonlocal said, advance
            if step == "train" and advance is None:
                # Not before: rendering has a bar of its own.
                bar = stack.enter_context(console.progress("%"))
                advance = partial(bar.update, bar.add_task("train", total=100))
            if step == "train" and advance is not None:
                advance(completed=round(100 * done))
            if step != said or (done >= 1 and step != "render"):
                console.step(line)
            said = step

        yield show


def _table(taught: "Taught") -> "Table":
    from rich.table import Table

    def change(before: float | None, after: float | None) -> str:
        return "-" if before is None or after is None else f"{100 * before:.0f} → {100 * after:.0f} %"

    table = Table("class", "captures", "recall of those kept aside", "typed, held", "of rendered hands")
    for name, count in taught.counts.items():
        table.add_row(
            name,
            str(count),
            change(taught.before.kept_aside[name], taught.after.kept_aside[name]),
            "-" if (typed := taught.types.get(name)) is None else f"{100 * typed:.0f} %",
            change(taught.before.validation[name], taught.after.validation[name]),
        )
    return table
