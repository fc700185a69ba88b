"""Every shape on both cores in one table, and the table that was kept."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from emojicam import paths
from emojicam.bench.measure import Bench
from emojicam.errors import EmojicamError

#: What a figure may grow by before its row has become worse.
TOLERANCE = 0.02


def kept() -> Path:
    """Where the table lies."""
    return paths.project_root() / "docs" / "bench" / "suite.json"


def row(result: Bench) -> dict[str, Any]:
    """One model on one board.

    `reference_layers` are those that run on TFLM's plain C in the column CMSIS-NN: CMSIS-NN 4.0.0 as it is built here
    has no kernel for them, so `without_reference` leaves their instructions out of both columns.
    """
    reference = [layer for layer in result.layers if layer.op not in CMSIS_NN]
    left_out = {
        variant: sum(layer.instructions[variant] for layer in reference) for variant in ("cmsis_nn", "emojicam")
    }  # fmt: skip
    return {
        "model": result.model,
        "board": result.board,
        "cmsis_nn": result.instructions["cmsis_nn"],
        "emojicam": result.instructions["emojicam"],
        "arena_cmsis_nn": result.arena_bytes["cmsis_nn"],
        "arena_emojicam": result.arena_bytes["emojicam"],
        "reference_layers": sorted({layer.op for layer in reference}),
        "without_reference": [
            result.instructions["cmsis_nn"] - left_out["cmsis_nn"],
            result.instructions["emojicam"] - left_out["emojicam"],
        ],
        "exact": True,  # measuring fails where outputs differ
    }


#: Operators that the column CMSIS-NN runs on CMSIS-NN.
CMSIS_NN = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "AVERAGE_POOL_2D", "MAX_POOL_2D"}


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Lines of the table: millions of instructions."""
    lines = [(
        "model", "board", "CMSIS-NN", "ours", "fewer", "without ref.", "ours", "fewer", "arena", "ours",
        "reference in CMSIS-NN",
    )]  # fmt: skip
    for one in rows:
        theirs, ours = one["without_reference"]
        lines.append((
            one["model"], one["board"], f"{one['cmsis_nn'] / 1e6:.2f}", f"{one['emojicam'] / 1e6:.2f}",
            f"{one['cmsis_nn'] / one['emojicam']:.2f}", f"{theirs / 1e6:.2f}", f"{ours / 1e6:.2f}",
            f"{theirs / max(ours, 1):.2f}", f"{one['arena_cmsis_nn']:,}", f"{one['arena_emojicam']:,}",
            ", ".join(one["reference_layers"]),
        ))  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if column in (0, 1, len(line) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    ]


def losses(rows: Sequence[dict[str, Any]], earlier: Path) -> list[str]:
    """What has become worse than in a kept table, and what is worse than CMSIS-NN alone; one line each.

    Raises:
        EmojicamError: the file is no table of `emojicam bench --suite`.
    """
    try:
        old = {(one["model"], one["board"]): one for one in json.loads(earlier.read_text())}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EmojicamError(
            f"{earlier.name} is no table of emojicam bench --suite ({type(error).__name__})",
            "--suite --keep to write one",
        ) from None
    found = []
    for one in rows:
        name = f"{one['model']} on {one['board']}"
        for what, theirs in (("emojicam", "cmsis_nn"), ("arena_emojicam", "arena_cmsis_nn")):
            unit = "bytes of arena" if what.startswith("arena") else "instructions"
            if one[what] > one[theirs] * (1 + TOLERANCE):
                found.append(f"{name}: {one[what]:,} {unit}, {one[theirs]:,} with CMSIS-NN")
            before = old.get((one["model"], one["board"]), {}).get(what)
            if before is not None and one[what] > before * (1 + TOLERANCE):
                found.append(f"{name}: {one[what]:,} {unit}, were {before:,}")
    return found


def keep(rows: Sequence[dict[str, Any]]) -> None:
    """Write the table to docs/bench, as JSON and as text."""
    kept().write_text(json.dumps(list(rows), indent=1) + "\n")
    kept().with_suffix(".txt").write_text("\n".join(table(rows)) + "\n")
