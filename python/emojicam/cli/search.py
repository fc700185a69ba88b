"""`emojicam search`: networks under the board's budget."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam import extras
from emojicam.cli.options import DRAWN, Cluster, Json, output, workers, write_json
from emojicam.console import out, step

app = typer.Typer()


@app.command()
def search(
    pictures: Annotated[int, typer.Option(min=320, help="Of the rendered training set, for each short run.")] = 12_000,
    run: Annotated[
        Path | None,
        output("--run", what="Folder of the short runs; interrupted ones go on.", folder=True, show_default=False),
    ] = None,
    plot: Annotated[
        Path | None,
        output("--plot", what="Draw the Pareto front.", metavar="FILE.png", endings=DRAWN, show_default=False),
    ] = None,
    cluster: Cluster = None,
    json_file: Json = None,
) -> None:
    """Measure networks on the emulated Cortex-M7, and train those within the budget for a short while.

    The budget is the original network's: its instructions, arena and flash. The candidates are in
    emojicam/training/search.py; the one that is shipped is in TrainConfig.
    """
    extras.need("train")
    from emojicam import paths
    from emojicam.training import plots
    from emojicam.training import search as networks
    from emojicam.training.config import TrainConfig
    from emojicam.training.rebuild import rendered

    settings = TrainConfig()
    with workers(None, cluster) as who:
        training = rendered(settings.data_seed, settings.data_count, workers=who).first(pictures)
        validation = rendered(settings.validation_seed, settings.validation_count, workers=who)
        folder = run or paths.build_dir() / "runs" / f"search-{len(training)}"
        rows = networks.report(networks.search(training, validation, folder, workers=who))
    for row in rows:
        accuracy = "over the budget" if row["accuracy"] is None else f"{100 * row['accuracy']:.1f} %"
        out.print(
            f"{row['name']}: {row['instructions']:,} instructions, arena {row['arena_bytes']:,}, "
            f"flash {row['flash_bytes']:,} bytes: {accuracy}{' *' if row['on_front'] else ''}",
            markup=False,
            soft_wrap=True,
        )
    out.print("* on the Pareto front", markup=False)
    if plot is not None:
        plots.pareto(rows, plot)
        step(f"plot: {plot}")
    write_json(json_file, {"pictures": len(training), "candidates": rows})
