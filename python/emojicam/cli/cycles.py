"""`emojicam cycles`: what a frame may take on the STM32H743."""

import json
from pathlib import Path
from typing import Annotated

import typer

from emojicam.console import out, step

app = typer.Typer()


@app.command()
def cycles(
    config_path: Annotated[
        Path | None, typer.Option("--config", help="Settings to build with instead of emojicam.toml.")
    ] = None,
    camera: Annotated[str, typer.Option(help="Of the virtual board: ov7725 or mt9m114.")] = "ov7725",
    functions: Annotated[int, typer.Option(min=0, help="Show so many functions, the slowest first.")] = 0,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the result here.", show_default=False)
    ] = None,
) -> None:
    """Estimate the cycles of a frame on the OpenMV Cam H7, stage by stage, with the range that is left open.

    The flashed image runs on the virtual board; each basic block costs what llvm-mca says of the Cortex-M7, and each
    access what caches and memories add. docs/cycles.md says what is in it, and how far off it may be.
    """
    from emojicam import config
    from emojicam.config import boards
    from emojicam.cycles import listing, trace
    from emojicam.firmware import build

    elf = build.build_firmware(boards.find("openmv_h7"), config.load(config_path))
    step("recording two frames on the virtual board")
    code = listing.read(elf)
    recorded = trace.record(elf, code, trace.pictures(), camera)
    from emojicam.cycles import estimate, report  # they need what the virtual board is made of

    frame = estimate.estimate(recorded, code)
    for line in report.table(frame):
        out.print(line, markup=False, soft_wrap=True)
    out.print("waits for memory: " + "; ".join(report.wait_lines(frame)), markup=False, soft_wrap=True)
    for line in report.function_lines(frame, functions):
        out.print(line, markup=False, soft_wrap=True)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(report.as_json(frame), indent=1) + "\n")
