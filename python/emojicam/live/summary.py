"""The table at the end of ``emojicam run``."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

import numpy as np
from rich.table import Table

from emojicam.config.boards import Board
from emojicam.firmware.size import ImageSize, read_size
from emojicam.frames import Footage
from emojicam.link.session import FrameResult, Session
from emojicam.live.answers import counts
from emojicam.live.terminal import confusion


def summary(
    session: Session,
    results: Sequence[FrameResult],
    class_names: Sequence[str],
    elf: Path,
    board: Board,
    footage: Footage,
    *,
    expected: Sequence[str] | None,
) -> Table:
    """Frames, accuracy where there are labels, instructions, arena, flash, and what was typed.

    Of still pictures also what the model answered.
    """
    table = Table(title=f"{board.name} · {board.core}", show_header=False, title_justify="left")
    table.add_column(style="dim")
    table.add_column()
    scored = [result for result in results if result.scores]
    refused = len(results) - len(scored)
    more = (f", {refused} not classified" if refused else "") + (
        f", {len(footage.left_out)} left out" if footage.left_out else ""
    )
    table.add_row("frames" if footage.moving else "pictures", f"{len(scored)}{more}")
    if not footage.moving and scored:
        table.add_row("answers" if len(scored) > 1 else "answer", counts(scored, class_names))
    matrix = confusion(results, class_names)
    if matrix.sum() > (0 if footage.moving else 1):
        right = int(np.trace(matrix))
        what = "frames" if footage.moving else "pictures"
        table.add_row("accuracy", f"{right / matrix.sum():.1%} of {matrix.sum()} labelled {what}")
    if scored and not board.process:
        table.add_row("inference", f"{median(r.instructions for r in scored) / 1e6:.2f} M instructions a frame")
        table.add_row("image stage", f"{median(r.image_instructions for r in scored) / 1e6:.2f} M instructions a frame")
    if session.hello is not None:
        table.add_row("arena", f"{session.hello.arena_size:,} bytes")
    if not board.process:
        table.add_row("image", _describe(read_size(elf)))
    if session.statistics is not None and (bad := session.statistics.bad_crc + session.statistics.malformed):
        table.add_row("link", f"{bad} damaged messages")
    typed = session.typed
    if not footage.moving:
        if typed:
            table.add_row("typed", f"{typed}  by the pictures as they came, each seen for a moment")
    elif expected is None:
        table.add_row("typed", typed or "–")
    else:
        wanted = "".join(expected)
        verdict = "[green]as expected[/green]" if typed == wanted else f"[red]expected {wanted}[/red]"
        table.add_row("typed", f"{typed or '–'}  {verdict}")
    return table


def _describe(size: ImageSize) -> str:
    return f"{size.code:,} bytes of code and constants, {size.model:,} of model; {size.ram:,} of RAM"
