"""``emojicam stack``: how deep a firmware's calls go."""

import json
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def stack(
    board: Annotated[str, typer.Option(help="openmv_h7, nucleo_h743zi, corstone300, mps2_an500, or all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a board and line.")] = False,
) -> None:
    """Build the firmware and add up the frames along the deepest way through its calls, and interrupts on top.

    Exit status 1 if the stack is too small for it. Calls through pointers: firmware/stack.toml.
    """
    from emojicam import config, console
    from emojicam.config import boards
    from emojicam.errors import EmojicamError
    from emojicam.firmware import build
    from emojicam.firmware import stack as stacks

    wanted = boards.BOARDS if board == "all" else [boards.find(board).name]
    settings = config.load(None)
    over = []
    for target in (boards.BOARDS[name] for name in wanted):
        if target.process:
            if board != "all":
                raise EmojicamError("this computer's stack grows by itself", "--board openmv_h7")
            continue
        found = stacks.analyse(target.name, build.build_firmware(target, settings))
        if found.needed > found.size:
            over.append(f"{target.name} needs {found.needed} bytes of stack and has {found.size}")
        if as_json:
            ways = [{"bytes": way.bytes, "steps": way.steps} for way in (found.main, *found.interrupts)]
            typer.echo(json.dumps({"board": target.name, "size": found.size, "needed": found.needed, "ways": ways}))
            continue
        console.out.print(f"{target.name}: {found.needed:,} of {found.size:,} bytes at most", markup=False)
        for number, way in enumerate((found.main, *found.interrupts)):
            title = "main" if not number else f"interrupt, with {stacks.EXCEPTION_FRAME} bytes that the core pushes"
            console.out.print(f"  {title}: {way.bytes:,}", markup=False)
            for name, frame in way.steps:
                console.out.print(f"    {frame:>6,}  {name[:150]}", markup=False, soft_wrap=True)
    if over:
        raise EmojicamError("; ".join(over), "a larger __stack_size in the linker script, or smaller frames")
