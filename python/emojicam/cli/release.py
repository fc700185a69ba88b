"""``emojicam release``: the files of a release; with ``--bill-only`` what the firmware is made of."""

import os
from pathlib import Path
from typing import Annotated

import typer

from emojicam.cli.options import output as writes

app = typer.Typer()


@app.command()
def release(
    output: Annotated[
        Path | None, writes("--output", "-o", what="The folder that is filled; by default dist.", folder=True)
    ] = None,
    tag: Annotated[
        str | None, typer.Option(help="Refuse unless this is the tag of this version; by default GitHub's.")
    ] = None,
    bill_only: Annotated[
        bool, typer.Option("--bill-only", help="Only the bill of materials and the licences; builds nothing.")
    ] = False,
) -> None:
    """Build the firmware of all boards and put a release together: ELF, HEX, BIN, model, bill of materials
    (CycloneDX), licences, the wheel with the firmware in it, and SHA256SUMS.
    """
    from emojicam import __version__, console, paths
    from emojicam.release import pack, sbom

    paths.need_checkout("a release")
    folder = output or paths.project_root() / "dist"
    if bill_only:
        built = {board.name: paths.build_dir() / board.name / "emojicam.elf" for board in pack.release_boards()}
        document, texts = pack.bill({name: elf for name, elf in built.items() if elf.is_file()})
        made = folder / f"emojicam-{__version__}.cdx.json"
        sbom.write(made, document)
        sbom.write(folder / "LICENCES.txt", texts)
        console.out.print(f"{made}: {sbom.summary(document)}", markup=False, soft_wrap=True)
        return
    if tag is None and os.environ.get("GITHUB_REF_TYPE") == "tag":
        tag = os.environ.get("GITHUB_REF_NAME")
    for path in pack.make(folder, tag or ""):
        console.out.print(f"{path.stat().st_size:>10,}  {path.name}", markup=False)
