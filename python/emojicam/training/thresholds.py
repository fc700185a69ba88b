"""The decision's settings, written into emojicam.toml without touching anything else in it."""

import re
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.gesture import DecisionSettings

_TABLE = re.compile(r"^\s*\[\[?\s*([\w.]+)\s*\]?\]")


def rewritten(text: str, settings: DecisionSettings) -> str:
    """The text of an emojicam.toml with another time constant, margin, activations and thresholds.

    Args:
        text: as it is; comments, order and everything else are kept.
        settings: one activation and threshold a gesture, in the file's order.

    Raises:
        EmojicamError: a value is not where it should be.
    """
    lines, table, gesture = text.splitlines(keepends=True), "", -1
    wanted = {("decision", "time_constant_ms"), ("decision", "margin")}
    wanted |= {(f"gesture {i}", key) for i in range(len(settings.threshold)) for key in ("activation", "threshold")}
    for number, line in enumerate(lines):
        if header := _TABLE.match(line):
            table = header.group(1)
            if table == "gesture":
                gesture += 1
                table = f"gesture {gesture}"
            continue
        key = line.split("=")[0].strip()
        if (table, key) not in wanted:
            continue
        wanted.discard((table, key))
        value = getattr(settings, key)
        if table != "decision":
            value = value[gesture]
        shown = f"{value:d}" if isinstance(value, int) else f"{value:.2f}"
        lines[number] = re.sub(r"=\s*[-+.\w]+", f"= {shown}", line, count=1)
    if wanted:
        where, key = sorted(wanted)[0]
        raise EmojicamError(f"emojicam.toml has no {key!r} in its table {where!r}", "put the line back")
    return "".join(lines)


def write(path: Path, settings: DecisionSettings) -> None:
    """Rewrite a settings file in place, and check that it still is one."""
    from emojicam import config

    before = path.read_text()
    path.write_text(rewritten(before, settings))
    try:
        config.load(path)
    except EmojicamError:
        path.write_text(before)
        raise
