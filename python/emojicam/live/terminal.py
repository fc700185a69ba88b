"""The live view of ``emojicam run`` in a terminal: frame, scores, decision and text; and its summary."""

from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.segment import Segment, Segments
from rich.style import Style
from rich.table import Table
from rich.text import Text

from emojicam.frames import Pixels
from emojicam.image import Rectangle, prepare
from emojicam.link.session import FrameResult

_COLUMNS = 48
_BAR = 24


def picture(pixels: Pixels, columns: int = _COLUMNS) -> RenderableType:
    """A frame in half blocks: two pixels a character, one above the other."""
    height, width = pixels.shape[:2]
    rows = max(2, round(columns * height / width / 2) * 2)
    small = prepare(pixels, size=(rows, columns), crop=Rectangle(0, 0, width, height))
    segments: list[Segment] = []
    for upper, lower in zip(small[0::2], small[1::2], strict=True):
        for top, bottom in zip(upper.tolist(), lower.tolist(), strict=True):
            style = Style(color=f"rgb({top},{top},{top})", bgcolor=f"rgb({bottom},{bottom},{bottom})")
            segments.append(Segment("▀", style))
        segments.append(Segment.line())
    return Segments(segments)


def scores_table(result: FrameResult, class_names: Sequence[str]) -> Table:
    """Each class with its score, probability and smoothed evidence."""
    table = Table.grid(padding=(0, 1))
    for index, name in enumerate(class_names):
        held = index == result.decision
        share = result.smoothed[index] if index < len(result.smoothed) else 0.0
        bar = "█" * round(share * _BAR)
        score = f"{result.scores[index]:4d}" if index < len(result.scores) else "   –"
        table.add_row(
            Text("▶" if held else " ", style="bold green"),
            Text(name, style="bold" if held else ""),
            Text(score, style="cyan"),
            Text(bar.ljust(_BAR, "·"), style="green" if held else "dim"),
            Text(f"{share:4.2f}"),
        )
    return table


def view(result: FrameResult, class_names: Sequence[str], typed: str) -> RenderableType:
    """One moment of the run."""
    label = f"label {result.source.label}" if result.source.label else ""
    said = Text(result.error, style="red") if result.error else Text(label, style="dim")
    right = Group(
        Text(f"frame {result.frame}  {result.source.source}"),
        said,
        Text(),
        scores_table(result, class_names),
        Text(),
        Text.assemble(("typed  ", "dim"), (typed or "–", "bold")),
    )
    grid = Table.grid(padding=(0, 3))
    grid.add_column(width=_COLUMNS)
    grid.add_column()
    grid.add_row(picture(result.source.pixels), right)
    return Panel(grid, title="emojicam", width=_COLUMNS + 66)


def confusion(
    results: Sequence[FrameResult], class_names: Sequence[str]
) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Rows: label, columns: class of the highest score; frames without label or scores are left out."""
    matrix = np.zeros((len(class_names), len(class_names)), np.int64)
    for result in results:
        if result.source.label is not None and result.scores:
            matrix[class_names.index(result.source.label), int(np.argmax(result.scores))] += 1
    return matrix
