"""Tables of facts about silicon, each row from code that runs on real boards or from a manual: a third source
beside the driver's and the virtual board's reading.

A row of ``facts/*.toml``::

    [[sensor_bits]]
    sensor = "ov7725"
    register = "COM3"
    ...
    origin = "repository path, function or table"
    commit = "of the version that was read"

Facts only: no code and no sentence of those sources.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "facts"


@cache
def table(file: str, name: str) -> list[dict[str, Any]]:
    """The rows ``[[name]]`` of facts/file.toml."""
    with (FOLDER / f"{file}.toml").open("rb") as stream:
        rows = tomllib.load(stream)[name]
    assert rows
    return rows


def rows(file: str, name: str, **wanted: object) -> list[dict[str, Any]]:
    """Those of them with these values."""
    found = [row for row in table(file, name) if all(row.get(key) == value for key, value in wanted.items())]
    assert found, (file, name, wanted)
    return found


def every_row() -> list[tuple[str, dict[str, Any]]]:
    """(where, row) of all files."""
    found = []
    for path in sorted(FOLDER.glob("*.toml")):
        with path.open("rb") as stream:
            for name, entries in tomllib.load(stream).items():
                found += [(f"{path.name}: {name} {n}", row) for n, row in enumerate(entries)]
    return found
