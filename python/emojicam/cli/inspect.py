"""`emojicam inspect`: what a model is made of and what it costs."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import DRAWN, Config, Json, output, settings_said, write_json
from emojicam.console import err, out, step

if TYPE_CHECKING:
    from rich.table import Table

    from emojicam.model.inspection import Inspection

app = typer.Typer()


@app.command()
def inspect(
    model: Annotated[Path, typer.Argument(help="A .tflite file.")],
    json_file: Json = None,
    plot: Annotated[
        Path | None,
        output("--plot", what="Draw memory over time.", metavar="FILE.png", endings=DRAWN, show_default=False),
    ] = None,
    measure: Annotated[
        bool | None,
        typer.Option(
            "--measure/--no-measure",
            help="Measure arena and instructions on the emulated cores; by default if compiler and QEMU are installed.",
            show_default=False,
        ),
    ] = None,
    config: Config = None,
) -> None:
    """Show a model's layers, what they compute, and the flash and memory that it takes on the board."""
    from emojicam.emulators import arena
    from emojicam.model import inspection

    if measure is None:
        measure = arena.tools_available()
    count: inspection.CountLayers | None = None
    if measure:
        from emojicam.bench import measure as counting

        count = counting.counted
    found = inspection.inspect(
        model,
        measure_arena=arena.measure_arena if measure else None,
        count=count,
        said=settings_said(model, config),
    )
    if plot is not None:
        from emojicam.model import plot as drawing

        drawing.plot(found, plot)
        step(f"memory over time: {plot}")
    if json_file is not None:
        write_json(json_file, inspection.as_json(found))
        return
    out.print(_layer_table(found))
    out.print(_totals(found))
    if found.pixels is not None:
        out.print(f"input: {found.pixels.says}", markup=False, soft_wrap=True)
    for note in found.folded:
        step(f"export: {note}")
    if found.refusal:
        err.print(f"the firmware cannot run it: {found.refusal}", markup=False, style="yellow", soft_wrap=True)


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(str(one) for one in shape[1:] or shape)


def _layer_table(found: "Inspection") -> "Table":
    """One row a layer; fits a terminal of 80 columns, and says more on wider ones."""
    from rich.table import Table

    wide = out.width >= 100
    table = Table(title=f"{found.name}, SHA-256 {found.sha256[:16]}…", title_justify="left", box=None)
    for column in ("", "op", *(["input"] if wide else []), "output", "MACs", "weights", "kernel"):
        number = column in ("", "MACs", "weights")
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    table.add_column("activations alive", no_wrap=True)
    bar_width = 24 if wide else 8
    peak = max(found.live_bytes, default=0) or 1
    for layer, live in zip(found.layers, found.live_bytes, strict=True):
        bar = "█" * max(1, round(bar_width * live / peak))
        ours = layer.kernel.startswith("kernels::")
        table.add_row(
            str(layer.index),
            layer.op,
            *([_shape(layer.input_shape)] if wide else []),
            _shape(layer.output_shape),
            f"{layer.macs:,}" if layer.macs else "",
            f"{layer.weight_bytes:,}" if layer.weight_bytes else "",
            ("ours" if ours else "TFLM") if layer.kernel else "[red]none[/red]",
            f"{live:>7,} [{'red' if live == peak else 'cyan'}]{bar}[/]",
        )
    return table


def _totals(found: "Inspection") -> "Table":
    from rich.table import Table

    table = Table(show_header=False, box=None)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_column(style="dim")
    graph = found.graph
    table.add_row("MACs", f"{found.macs:,}", "")
    for op in dict.fromkeys(layer.op for layer in found.layers if layer.macs):
        table.add_row(f"  {op}", f"{sum(layer.macs for layer in found.layers if layer.op == op):,}", "")
    table.add_row("weights", f"{graph.weight_bytes:,}", "bytes")
    table.add_row("model", f"{found.flash_bytes:,}", "bytes, the .tflite")
    for core, compiled in found.compiled.items():
        table.add_row(f"flash, {core}", f"{len(compiled.data):,}", "bytes, as it is compiled in")
    table.add_row("activations", f"{found.activation_bytes:,}", "bytes, layer by layer, as TFLM alone would plan them")
    if found.arena_measured is not None:
        for core, nbytes in found.arena_measured.items():
            table.add_row(f"arena, {core}", f"{nbytes:,}", "bytes, measured")
    else:
        table.add_row("arena", f"{found.arena_estimate:,}", "bytes, an estimate: not measured")
    for core, compiled in found.compiled.items():
        predicted = "not known" if compiled.predicted is None else f"{compiled.predicted:,}"
        told = f"predicted; {sum(found.counted[core]):,} counted" if found.counted else "predicted, not counted"
        table.add_row(f"instructions, {core}", predicted, told)
    return table
