"""``emojicam build``: the firmware of one board, or of all."""

from typing import Annotated

import typer

from emojicam.cli.options import Config, choice
from emojicam.config.boards import BOARDS

app = typer.Typer()


@app.command()
def build(
    board: Annotated[
        str, choice([*BOARDS, "all"], "What is built; host is this computer, with the unit tests.")
    ] = "all",
    config_path: Config = None,
) -> None:
    """Fetch what is missing, export the model with its measured arena, compile, and show what each image takes.

    Memories are those of the board's linker script: how full flash, tightly coupled memories and RAM are.
    """
    import os

    from rich.table import Table

    from emojicam import config, console
    from emojicam.config import boards
    from emojicam.emulators import product
    from emojicam.firmware.size import read_regions, read_size

    settings = config.load(config_path)
    wanted = list(boards.BOARDS.values()) if board == "all" else [boards.find(board)]
    table = Table("board", "core", "code and constants", "model", "RAM", "ELF")
    table.columns[-1].overflow = "fold"
    memories = Table("board", "memory", "from", "used", "of", "full", title="Memories", title_justify="left")
    for target in wanted:
        elf = product.build_firmware(target, settings)
        place = min(os.path.relpath(elf), str(elf), key=len)
        if target.process:
            table.add_row(target.name, target.core, "", "", "", place)
            continue
        size = read_size(elf)
        table.add_row(
            target.name, target.core, f"{size.code:,}", f"{size.model:,}", f"{size.ram:,}",
            place,
        )  # fmt: skip
        for region in read_regions(elf):
            memories.add_row(
                target.name, region.name, f"{region.origin:#010x}", f"{region.used:,}", f"{region.length:,}",
                f"{100 * region.used / region.length:.1f} %",
            )  # fmt: skip
    console.out.print(table)
    if memories.row_count:
        console.out.print(memories)
