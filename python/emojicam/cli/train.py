"""`emojicam train`: a model from rendered hands or from pictures of your own."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam import extras
from emojicam.cli.options import Config, output
from emojicam.console import out, step
from emojicam.errors import EmojicamError, UsageError

app = typer.Typer()


@app.command()
def train(
    data: Annotated[Path | None, typer.Option(help="Training set; rendered if not given.", show_default=False)] = None,
    validation: Annotated[
        Path | None, typer.Option(help="Validation set; rendered if not given.", show_default=False)
    ] = None,
    run: Annotated[
        Path | None,
        output("--run", what="Folder of the run; an interrupted run in it goes on.", folder=True, show_default=False),
    ] = None,
    photographs: Annotated[
        Path | None,
        typer.Option(
            help="Photographs that a part of each batch is drawn from.",
            show_default="with --rebuild build/data/photographs/train, if it is there",
        ),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option("--hyperparameters", metavar="config.json", help="Of another run.", show_default=False),
    ] = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Rebuild the shipped model and write it to models/.")
    ] = False,
    output: Annotated[
        Path | None,
        output("--output", what="With --rebuild: another folder than models/.", folder=True, show_default=False),
    ] = None,
    smoke: Annotated[
        bool, typer.Option("--smoke", help="Every step with hardly any data: seconds, and no useful model.")
    ] = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave out files that are no good.")] = False,
    config_path: Config = None,
) -> None:
    """Train a model, quantise it to int8 and measure it."""
    if rebuild and (data or validation or parameters or config_path):
        raise UsageError("--rebuild takes its data and settings from the project", "leave the others out")
    if smoke and rebuild and output is None:
        raise UsageError("a smoke model must not replace the shipped one", "--output FOLDER with --smoke")
    extras.need("train")
    from emojicam import config, paths
    from emojicam.data import dataset
    from emojicam.data import photographs as shots
    from emojicam.training import rebuild as steps
    from emojicam.training.config import TrainConfig

    known = config.load(config_path)
    classes = known.class_names
    if rebuild and output is None:
        paths.need_checkout("replacing the shipped model (no --output)")
    there = shots.default_folder() / "train"
    if rebuild and not smoke and photographs is None:
        if (there / shots.PROVENANCE).is_file():
            photographs = there
        else:
            step(
                f"no photographs in {there} (emojicam data photographs fetches them): training on rendered hands alone"
            )
    if parameters:
        settings = TrainConfig.from_json(parameters)
    elif smoke:
        settings = TrainConfig.smoke()
    else:
        settings = TrainConfig.on_photographs() if photographs else TrainConfig()
    if (settings.photographs > 0) != (photographs is not None):
        if settings.photographs > 0:
            raise EmojicamError(
                "these settings want photographs", f"emojicam data photographs, and then --photographs {there}"
            )
        raise EmojicamError("these settings are for rendered pictures alone", "leave --photographs out")
    begun = steps.beginning(paths.models_dir(), settings.start) if settings.start else None
    cut_out = any(cycle.cut > 0 for cycle in settings.cycles)
    read_shots = shots.load(photographs, classes, cut_out=cut_out) if photographs else None
    name = "smoke" if smoke else "gestures" if rebuild else "own"
    folder = run or paths.build_dir() / "runs" / name

    def read(path: Path | None, seed: int, count: int) -> dataset.Labelled:
        if path is None:
            return steps.rendered(seed, count, classes=classes)
        found = dataset.load(path, classes=classes, skip_bad=skip_bad, all_classes=True)
        for line in found.skipped:
            step(f"skipped: {line}")
        return dataset.mixed(found)

    built = steps.build(
        settings,
        read(data, settings.data_seed, settings.data_count),
        read(validation, settings.validation_seed, settings.validation_count),
        folder,
        read_shots,
        begun,
        emoji=[gesture.emoji for gesture in known.gesture],
        useful=not smoke,
    )
    if built is None:
        step("this worker is done; the first one quantises and measures")
        return
    if rebuild:
        target = output or paths.models_dir()
        out.print(steps.explain_difference(built, target / "gestures.json"))
        steps.publish(built, target)
    figures = built.report["validation"]
    out.print(f"accuracy int8 {figures['int8']['accuracy']:.4f}, float {figures['float']['accuracy']:.4f}")
    for class_name, recall in figures["int8"]["recall"].items():
        out.print(f"  recall of {class_name}: {recall:.4f}")
    step(f"model, curves and report in {folder}")
