"""`emojicam cycles`: what a frame may take on the STM32H743."""

from typing import Annotated

import typer

from emojicam import extras, process
from emojicam.cli.options import Camera, Config, Json, write_json
from emojicam.console import out, step

app = typer.Typer()


@app.command()
def cycles(
    config_path: Config = None,
    camera: Camera = "ov7725",
    functions: Annotated[int, typer.Option(min=0, help="Show so many functions, the slowest first.")] = 0,
    json_file: Json = None,
) -> None:
    """Estimate the cycles of a frame on the OpenMV Cam H7, stage by stage, with the range that is left open.

    The flashed image runs on the virtual board; each basic block costs what llvm-mca says of the Cortex-M7, and each
    access what caches and memories add. docs/cycles.md says what is in it, and how far off it may be.
    """
    extras.need("virtual")
    process.find_tool("llvm-mca")
    from emojicam import config
    from emojicam.cycles import report
    from emojicam.cycles.product import of_product

    step("recording two frames on the virtual board")
    frame = of_product(config.load(config_path), camera)
    for line in report.table(frame):
        out.print(line, markup=False, soft_wrap=True)
    out.print("waits for memory: " + "; ".join(report.wait_lines(frame)), markup=False, soft_wrap=True)
    for line in report.function_lines(frame, functions):
        out.print(line, markup=False, soft_wrap=True)
    write_json(json_file, report.as_json(frame))
