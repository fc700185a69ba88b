"""Where a value of a TOML file stands: tomllib does not keep lines."""

import re
from collections.abc import Sequence

#: A table's header: its brackets and its name.
HEADER = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w-]+)\s*=")


def line_of(text: str, location: Sequence[str | int]) -> int:
    """The line, from 1, of a value or else of the table that it should stand in.

    Args:
        text: a TOML file of plain tables, arrays of tables and bare keys.
        location: path to the value: table, index in an array of tables, key.
    """
    best = 1
    best_depth = 0
    table: tuple[str | int, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            brackets, name = header.groups()
            if brackets == "[[":
                counts[name] = counts.get(name, -1) + 1
                table = (name, counts[name])
            else:
                table = tuple(name.split("."))
            path = table
        elif key := _KEY.match(line):
            path = (*table, key.group(1))
        else:
            continue
        depth = len(path) if tuple(location[: len(path)]) == path else 0
        if depth > best_depth:
            best, best_depth = number, depth
    return best
