"""``emojicam size``: what images take, against those of another build."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from emojicam.cli.options import FIRMWARE, Json, write_json

app = typer.Typer()


@app.command()
def size(
    build: Annotated[
        Path | None, typer.Option(help="The build folder whose images are measured; by default this checkout's.")
    ] = None,
    against: Annotated[Path | None, typer.Option(help="Another build folder, to compare with.")] = None,
    json_file: Json = None,
) -> None:
    """Show what the firmware of each board takes of flash and RAM, and how that differs from another build.

    Builds nothing: `emojicam build` does. Bytes; a board that one of the two has not is marked.
    """
    from emojicam import paths
    from emojicam.errors import EmojicamError
    from emojicam.firmware.size import read_size

    folder = build or paths.build_dir()

    def read(where: Path) -> dict[str, dict[str, int]]:
        elves = {name: where / name / "emojicam.elf" for name in FIRMWARE}
        found = {name: read_size(elf) for name, elf in elves.items() if elf.is_file()}
        if not found:
            raise EmojicamError(f"{where} has no BOARD/emojicam.elf", "emojicam build, or --build with another folder")
        return {name: {**dataclasses.asdict(one), "flash": one.code + one.model, "ram": one.ram}
                for name, one in found.items()}  # fmt: skip

    now = read(folder)
    base = read(against) if against else {}
    if json_file is not None:
        write_json(json_file, {"images": now, "against": base})
        return
    fields = ("text", "rodata", "model", "data", "bss", "flash", "ram")
    typer.echo("| board | " + " | ".join(fields) + " |\n|---" + "|---" * len(fields) + "|")
    for name in FIRMWARE:
        if name in now or name in base:
            cells = [_cell(now.get(name), base.get(name), field, bool(against)) for field in fields]
            typer.echo(f"| {name} | " + " | ".join(cells) + " |")


def _cell(now: dict[str, int] | None, base: dict[str, int] | None, field: str, compared: bool) -> str:
    if now is None:
        return "gone"
    if not compared:
        return f"{now[field]:,}"
    if base is None:
        return f"{now[field]:,} (new)"
    change = now[field] - base[field]
    return f"{now[field]:,}" + (f" (**{change:+,}**)" if change else "")
