"""`emojicam bench`: instructions of every layer, with three sets of kernels."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import COUNTED, Config, Json, choice, output, write_json
from emojicam.console import err, out, step

if TYPE_CHECKING:
    from emojicam.bench.measure import Cycles

app = typer.Typer()


@app.command()
def bench(
    board: Annotated[
        list[str] | None, choice(COUNTED, "An emulated board; both cores by default.", several=True)
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="A .tflite file, or the name of a shape, or `mlperf` for MLPerf Tiny's; "
            "the model of emojicam.toml by default.",
            show_default=False,
        ),
    ] = None,
    config_path: Config = None,
    json_file: Json = None,
    plot: Annotated[
        Path | None, output("--plot", what="Draw the layers here.", metavar="FILE.svg", show_default=False)
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="An earlier result to compare with; docs/bench has one by default.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Fail if anything has become worse than the earlier result.")
    ] = False,
    suite: Annotated[
        bool, typer.Option("--suite", help="Every shape in one table: MLPerf Tiny's, MobileNetV2, FOMO and others.")
    ] = False,
    keep: Annotated[bool, typer.Option("--keep", help="With --suite: keep the table in docs/bench.")] = False,
    llvm_mca: Annotated[
        bool, typer.Option("--llvm-mca", help="Estimate the inner loops' cycles too (needs llvm-mca).")
    ] = False,
) -> None:
    """Count instructions per layer with TFLM's kernels, with CMSIS-NN and with our own, on emulated cores.

    Beside the Cortex-M7's counts of the product's model stand the cycles that it may take on the camera board.
    Several boards or models make the JSON file a list of results.
    """
    from emojicam.bench import compare, mca, report
    from emojicam.bench.measure import Bench
    from emojicam.bench.measure import bench as measure
    from emojicam.bench.select import boards, models
    from emojicam.errors import EmojicamError

    if suite:
        _suite(board, keep=keep, check=check, json_file=json_file)
        return
    if keep:
        raise EmojicamError("--keep is for the table of all shapes", "--suite --keep")
    chosen = boards(board)
    results: list[Bench] = []
    worse: list[str] = []
    for name, graph in models(model, config_path):
        for one in chosen:
            step(f"counting {name} on {one.name}")
            result = measure(graph, name, one)
            if not model and one.core == "cortex-m7":
                result = replace(result, cycles=_cycles(config_path))
            results.append(result)
            for line in [*report.table(result), *report.memory_lines(result), *report.cycle_lines(result)]:
                out.print(line, markup=False, soft_wrap=True)
            earlier = against or compare.committed(result)
            if earlier.exists() or against is not None:
                found = compare.losses(result, earlier)
                worse += [f"{name} on {one.name}, {line}" for line in found]
            if compare.slower_than_cmsis_nn(result):
                worse.append(f"{name} on {one.name} is slower than with CMSIS-NN")
    if llvm_mca:
        for estimate in mca.estimates():
            out.print(estimate.line(), markup=False, soft_wrap=True)
    if plot is not None:
        report.plot(results, plot)
        step(f"plot: {plot}")
    if json_file is not None:
        rows = [result.as_json() for result in results]
        write_json(json_file, rows[0] if len(rows) == 1 else rows)
    for line in worse:
        err.print(f"worse: {line}", markup=False, style="yellow", soft_wrap=True)
    if check and worse:
        raise EmojicamError(f"{len(worse)} figures are worse than before", "the lines above, or --json to accept")


def _cycles(config_path: Path | None) -> "Cycles | None":
    """The estimate for the product's model on silicon, where what it takes is installed."""
    import importlib.util

    from emojicam import config
    from emojicam.bench.measure import Cycles

    if shutil.which("llvm-mca") is None or importlib.util.find_spec("unicorn") is None:
        step("no cycles are estimated: that takes llvm-mca and the virtual board (emojicam doctor)")
        return None
    from emojicam.cycles.product import BOARD, of_product

    step(f"estimating cycles on {BOARD}")
    frame = of_product(config.load(config_path))
    inference = next(stage for stage in frame.stages if stage.name == "inference")
    ranges = [(round(stage.cycles.least), round(stage.cycles.most)) for stage in (inference, frame.total)]
    return Cycles(BOARD, inference.instructions, *ranges)


def _suite(board: list[str] | None, *, keep: bool, check: bool, json_file: Path | None) -> None:
    from emojicam.bench import suite
    from emojicam.bench.measure import bench as measure
    from emojicam.bench.select import SUITE, boards, models
    from emojicam.errors import EmojicamError

    chosen = boards(board)
    if keep and board:
        raise EmojicamError("the kept table has all boards", "--suite --keep without --board")
    rows = []
    for name, graph in models([SUITE]):
        for one in chosen:
            step(f"counting {name} on {one.name}")
            rows.append(suite.row(measure(graph, name, one)))
    for line in suite.table(rows):
        out.print(line, markup=False, soft_wrap=True)
    worse = suite.losses(rows, suite.kept()) if suite.kept().exists() else []
    for line in worse:
        err.print(f"worse: {line}", markup=False, style="yellow", soft_wrap=True)
    if keep:
        suite.keep(rows)
        step(f"kept in {suite.kept().parent}")
    if json_file is not None:
        write_json(json_file, rows)
    if check and worse:
        raise EmojicamError(f"{len(worse)} figures are worse than before", "the lines above, or --keep to accept")
