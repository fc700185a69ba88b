"""`emojicam export`: a model as C++ for the firmware."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam.cli.options import Config, output, settings_said
from emojicam.console import busy, out, step

app = typer.Typer()


@app.command()
def export(
    model: Annotated[Path, typer.Argument(help="A .tflite file: an int8 image classifier.")],
    directory: Annotated[
        Path, output("--output", "-o", what="Where the files go.", folder=True, metavar="DIR", show_default=False)
    ],
    config: Config = None,
    any_classes: Annotated[
        bool, typer.Option("--any-classes", help="Take any number of classes, and number them.")
    ] = False,
) -> None:
    """Check a model and write it as C array, with its configuration, its operators and its arena size."""
    from emojicam import config as settings
    from emojicam.emulators.arena import measure_arena
    from emojicam.model.export import export_model

    chosen = None if any_classes else settings.load(config)
    said = settings_said(model, config)
    with busy(f"checking {model.name}, and measuring its arena on each core"):
        report = export_model(
            model,
            directory,
            gestures=chosen.class_names if chosen else None,
            outputs=chosen.outputs if chosen else None,
            measure_arena=measure_arena,
            said=said,
        )
    for note in report.prepared.notes:
        step(note)
    step(report.prepared.pixels.says)
    sizes = ", ".join(f"{nbytes:,} on {core}" for core, nbytes in report.arena_bytes.items())
    out.print(
        f"{model.name}: {len(report.layers)} layers, {sum(layer.macs for layer in report.layers):,} MACs, "
        f"{len(report.prepared.data):,} bytes, arena {sizes}",
        markup=False, soft_wrap=True,
    )  # fmt: skip
    for core, compiled in report.compiled.items():
        ours = sum(choice.kernel.startswith("emojicam") for choice in compiled.choices)
        out.print(
            f"  {core}: {ours} of {len(compiled.choices)} layers on our own kernels (kernels.json says which "
            f"and why), {len(compiled.data):,} bytes of flash",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    for path in report.files:
        out.print(f"  {path}", markup=False, soft_wrap=True)
