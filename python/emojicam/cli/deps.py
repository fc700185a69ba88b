"""`emojicam deps`: the third-party sources that the firmware is compiled from."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from emojicam.console import out, step

app = typer.Typer()


@app.command()
def deps(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Parts; all by default.", show_default=False),
    ] = None,
    from_dir: Annotated[
        Path | None, typer.Option(help="Take the packages from this folder: no network.", show_default=False)
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Fill again what is in place.")] = False,
    list_only: Annotated[bool, typer.Option("--list", help="Show the parts and their state.")] = False,
) -> None:
    """Fetch the third-party sources that the manifest names, check them and unpack them."""
    from emojicam import paths
    from emojicam.third_party import default_store

    store = default_store()
    if list_only:
        parts = store.manifest.select(tuple(names) if names else None)
        rows = [("name", "version", "licence", "origin", "package", "state")]
        for part in parts:
            cached = "cached" if store.packages.holds(part) else "not cached"
            rows.append((part.name, part.version, part.licence, part.origin, cached, str(store.state(part))))
        for line in _aligned(rows):
            out.print(line, markup=False, soft_wrap=True)
        return
    paths.need_checkout("fetching the firmware's third-party sources")
    filled = store.ensure(names or None, from_dir=from_dir, force=force)
    step(f"{len(filled)} third-party part{'s' * (len(filled) != 1)} in {store.root}: {', '.join(filled)}")


def _aligned(rows: Iterable[tuple[str, ...]]) -> list[str]:
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
