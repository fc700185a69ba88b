"""`emojicam data`: rendered training pictures, and a look at any set."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam import extras
from emojicam.cli.options import Cluster, Config, Jobs, workers
from emojicam.cli.options import output as writes
from emojicam.console import busy, out, step
from emojicam.errors import EmojicamError, UsageError

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def data() -> None:
    """Render labelled pictures of hands, and look at sets of pictures."""


@app.command()
def make(
    output: Annotated[Path, writes("--output", "-o", what="Folder to write to.", folder=True, show_default=False)],
    count: Annotated[int, typer.Option(help="Pictures in the whole set.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same pictures.")] = 1,
    shard: Annotated[str, typer.Option(help="Part i of n to make here, as i/n.", metavar="i/n")] = "0/1",
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Render a labelled set of hands. An interrupted run goes on where it stopped."""
    extras.need("train")
    with workers(jobs, cluster) as who:
        step("compiling the renderer, if it has not been yet")
        from emojicam.data.generate import Shard, make

        made = make(output, count, seed, Shard.parse(shard), who)
    step(f"{made} pictures rendered into {output}")


@app.command()
def preview(
    path: Annotated[Path, typer.Argument(help="A rendered set, a folder per class, or a CSV file.")],
    output: Annotated[
        Path | None, writes("--output", "-o", what="PNG to write.", show_default="PATH/preview.png")
    ] = None,
    columns: Annotated[int, typer.Option(min=1)] = 16,
    rows: Annotated[int, typer.Option(min=1, help="Rows of pictures for each class.")] = 3,
    seed: Annotated[int, typer.Option(help="Chooses the pictures.")] = 0,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
    config_path: Config = None,
) -> None:
    """Write a contact sheet of a set, and count its classes."""
    from emojicam import config
    from emojicam.data import dataset
    from emojicam.data.preview import write

    with busy(f"reading {path}"):
        pictures = dataset.load(path, classes=config.load(config_path).class_names, skip_bad=skip_bad)
    target = output or (path / "preview.png" if path.is_dir() else path.with_suffix(".preview.png"))
    try:
        write(pictures, target, columns, rows, seed)
    except (OSError, ValueError) as error:
        raise EmojicamError(f"cannot write {target}: {error}", "another --output, ending in .png") from None
    for name, number in zip(pictures.classes, pictures.counts(), strict=True):
        out.print(f"{name}: {number}")
    for line in pictures.skipped:
        step(f"skipped: {line}")
    step(f"contact sheet in {target}")


@app.command()
def check(
    training: Annotated[Path, typer.Argument(help="A set that a model is trained on.")],
    validation: Annotated[Path, typer.Argument(help="A set that it is measured on.")],
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
    config_path: Config = None,
) -> None:
    """Refuse two sets that share pictures, or of which one has an empty class: one of emojicam.toml's."""
    from emojicam import config
    from emojicam.data import dataset

    classes = config.load(config_path).class_names
    with busy(f"reading {training} and {validation}"):
        first = dataset.load(training, classes=classes, skip_bad=skip_bad, all_classes=True)
        second = dataset.load(validation, classes=classes, skip_bad=skip_bad, all_classes=True)
        dataset.refuse_duplicates(first, second)
    step(f"{len(first)} and {len(second)} pictures, none in both")


@app.command()
def photographs(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to.", show_default="build/data/photographs")
    ] = None,
    from_dir: Annotated[
        Path | None, typer.Option(help="Take them from a folder instead of the network.", show_default=False)
    ] = None,
    base: Annotated[str, typer.Option(help="Where the repositories are: a mirror's address.", metavar="URL")] = (
        "https://github.com"
    ),
) -> None:
    """Fetch the photographs of hands that the model is trained (train) and measured (near, frame, roi) on.

    They come from public repositories, each at one commit, with licences that allow it. An interrupted fetch goes on
    where it stopped; what is gone is left out, and said.
    """
    from emojicam.data import photographs

    folder, manifest = output or photographs.default_folder(), photographs.shipped()
    if from_dir is not None:
        made = photographs.from_folder(from_dir, folder, manifest)
    else:
        made = photographs.fetch(folder, manifest, base=base)
    for name, number in made.items():
        of = len(manifest.of((name,)))
        out.print(f"{name}: {number}" + (f" of {of}" if number < of else ""))
    step(f"photographs in {folder}; licences and authors in each provenance.jsonl")


@app.command()
def clip(
    output: Annotated[Path, writes("--output", "-o", what="File to write.", metavar="FILE.webp", show_default=False)],
    seed: Annotated[int | None, typer.Option(help="Person, room and light.", show_default="the bundled clip's")] = None,
    quality: Annotated[int, typer.Option(min=1, max=100, help="Of the compression.")] = 93,
) -> None:
    """Render a clip in which a person makes each gesture once, with its labels beside it."""
    if output.suffix.lower() != ".webp":
        raise UsageError(f"{output} does not end in .webp", f"--output {output.with_suffix('.webp')}")
    extras.need("train")
    with busy("rendering"):
        from emojicam.data.clip import DEMO_SEED, demo_beats, render_clip, write

        rendered = render_clip(DEMO_SEED if seed is None else seed, demo_beats())
        output.parent.mkdir(parents=True, exist_ok=True)
        write(rendered, output, quality)
    step(f"{len(rendered.frames)} frames in {output}, labels in {output.with_suffix('.json').name}")
