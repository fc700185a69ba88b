"""A run as a picture: for a README, or for showing somebody what a board saw."""

import html
import re
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from rich.cells import cell_len
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
    drawing = in_cells(console.export_svg(title="emojicam run"))
    try:
        path.write_text(drawing, encoding="utf-8")
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --picture FILE") from None


def in_cells(svg: str) -> str:
    """An SVG of rich's with each text as long as the cells that it takes.

    Rich allows one cell a character, and a browser draws emoji, which take two, one over the other.
    """

    def widened(found: re.Match[str]) -> str:
        text = html.unescape(found["text"])
        if cell_len(text) <= len(text):
            return found[0]
        length = float(found["length"]) * cell_len(text) / len(text)
        return f"{found['before']}{length:g}{found['after']}{found['text']}</text>"

    one = r'(?P<before><text [^>]*?textLength=")(?P<length>[\d.]+)(?P<after>"[^>]*>)(?P<text>[^<]*)</text>'
    return re.sub(one, widened, svg)
