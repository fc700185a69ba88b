"""A run as a picture: for a README, or for showing somebody what a board saw."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.table import Table

from emojicam.errors import EmojicamError
from emojicam.link.session import FrameResult
from emojicam.live.terminal import view


def save_picture(path: Path, results: Sequence[FrameResult], class_names: Sequence[str], table: Table) -> None:
    """Write an SVG of the last frame that typed something, or the last one, and the summary.

    Raises:
        EmojicamError: the file can't be written.
    """
    console = Console(record=True, width=120, file=StringIO(), force_terminal=True, color_system="truecolor")
    shown = next((result for result in reversed(results) if result.typed), results[-1])
    typed = "".join(result.typed or "" for result in results if result.frame <= shown.frame)
    console.print(view(shown, class_names, typed))
    console.print(table)
    try:
        console.save_svg(str(path), title="emojicam run")
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --picture FILE") from None
