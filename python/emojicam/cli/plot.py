"""``emojicam plot``: the timeline of a recording."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam.cli.options import DRAWN, output
from emojicam.errors import EmojicamError

app = typer.Typer()


@app.command()
def plot(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    picture: Annotated[
        Path | None,
        output("--output", "-o", what="The picture.", metavar="FILE.png", endings=DRAWN, show_default="FILE.png"),
    ] = None,
) -> None:
    """Draw evidence, thresholds and firings of a recording over time."""
    from emojicam import console
    from emojicam.recording import Recording
    from emojicam.recording.plot import timeline

    recording = Recording.open(file)
    if recording.broken_off:
        console.step(recording.broken_off)
    if not any(frame.smoothed for frame in recording.told()):
        raise EmojicamError(f"{file} has no frame that was classified", "another recording")
    path = picture or file.with_suffix(".png")
    try:
        timeline(recording, path)
    except (OSError, ValueError) as error:
        raise EmojicamError(f"cannot write {path}: {error}", "another --output, ending in .png") from None
    console.step(f"timeline in {path}")
