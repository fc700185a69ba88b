"""``emojicam stack``: how deep a firmware's calls go."""

from typing import Annotated

import typer

from emojicam.cli.options import FIRMWARE, Config, Json, choice, json_lines

app = typer.Typer()


@app.command()
def stack(
    board: Annotated[str, choice([*FIRMWARE, "all"], "Whose firmware.")] = "all",
    config_path: Config = None,
    json_file: Json = None,
) -> None:
    """Build the firmware and add up the frames along the deepest way through its calls, and interrupts on top.

    Exit status 1 if the stack is too small for it. Calls through pointers: firmware/stack.toml.
    """
    from emojicam import config, console, paths
    from emojicam.config import boards
    from emojicam.emulators import product
    from emojicam.errors import EmojicamError
    from emojicam.firmware import stack as stacks

    paths.need_checkout("adding up stack frames, which the compiler writes,")
    wanted = FIRMWARE if board == "all" else [board]
    settings = config.load(config_path)
    over = []
    report = []
    for target in map(boards.find, wanted):
        found = stacks.analyse(target.name, product.build_firmware(target, settings))
        if found.needed > found.size:
            over.append(f"{target.name} needs {found.needed} bytes of stack and has {found.size}")
        ways = [{"bytes": way.bytes, "steps": way.steps} for way in (found.main, *found.interrupts)]
        report.append({"board": target.name, "size": found.size, "needed": found.needed, "ways": ways})
        console.out.print(f"{target.name}: {found.needed:,} of {found.size:,} bytes at most", markup=False)
        for number, way in enumerate((found.main, *found.interrupts)):
            title = "main" if not number else f"interrupt, with {stacks.EXCEPTION_FRAME} bytes that the core pushes"
            console.out.print(f"  {title}: {way.bytes:,}", markup=False)
            for name, frame in way.steps:
                console.out.print(f"    {frame:>6,}  {name[:150]}", markup=False, soft_wrap=True)
    with json_lines(json_file) as write:
        for line in report:
            write(line)
    if over:
        raise EmojicamError("; ".join(over), "a larger __stack_size in the linker script, or smaller frames")
