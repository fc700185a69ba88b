"""An estimate as a table."""

from typing import Any

from emojicam.cycles.estimate import Frame, Range, Stage
from emojicam.cycles.product import BOARD

#: What the core may run at: chips of revision V and later, and those before. (ES0392)
CLOCKS_MHZ = (480, 400)


def _cycles(cycles: Range) -> str:
    return f"{cycles.least / 1e6:.2f} to {cycles.most / 1e6:.2f} M"


def _row(stage: Stage) -> tuple[str, ...]:
    times = [stage.cycles.milliseconds(clock) for clock in CLOCKS_MHZ]
    return (
        stage.name, f"{stage.instructions:,}", f"{stage.pipeline / 1e6:.2f} M", _cycles(stage.branches),
        _cycles(stage.memory), _cycles(stage.cycles), *[f"{time.least:.2f} to {time.most:.2f} ms" for time in times],
    )  # fmt: skip


def table(frame: Frame) -> list[str]:
    """Lines of a table: stages are rows."""
    header = (
        "stage", "instructions", "pipeline", "branches", "memory", "cycles",
        *[f"at {clock} MHz" for clock in CLOCKS_MHZ],
    )  # fmt: skip
    rows = [header, *map(_row, frame.stages), _row(frame.total)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]


def wait_lines(frame: Frame) -> list[str]:
    """What the frame waits for, the most frequent first."""
    waits = sorted(frame.total.waits.items(), key=lambda item: -item[1])
    return [f"{count:,} {kind}" for kind, count in waits]


def function_lines(frame: Frame, count: int) -> list[str]:
    """The functions in which the most cycles are, memory not counted."""
    found = sorted(frame.functions.items(), key=lambda item: -item[1][1])[:count]
    return [f"{cycles / 1e6:.3f} M cycles, {number:,} instructions: {name}" for name, (number, cycles) in found]


def as_json(frame: Frame) -> dict[str, Any]:
    """What `emojicam cycles --json` writes."""

    def values(cycles: Range) -> list[int]:
        return [round(cycles.least), round(cycles.most)]

    def one(stage: Stage) -> dict[str, Any]:
        return {
            "name": stage.name,
            "instructions": stage.instructions,
            "cycles": values(stage.cycles),
            "pipeline": round(stage.pipeline),
            "branches": values(stage.branches),
            "memory": values(stage.memory),
            "waits": stage.waits,
        }

    return {"board": BOARD, "frame": one(frame.total), "stages": [one(stage) for stage in frame.stages]}
