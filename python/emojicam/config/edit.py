"""``emojicam.toml`` with other values, line by line: comments, order and everything else stay."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emojicam import paths
from emojicam.config.emoji import mirror_images
from emojicam.config.lines import HEADER
from emojicam.config.settings import load
from emojicam.errors import EmojicamError

#: Where a value stands: its table and key; for a gesture's ("gesture", index, key).
Place = tuple[str | int, ...]
Value = bool | int | float | str | Sequence[int]

#: A key with its value and what stands behind: texts may hold a #.
_LINE = re.compile(r"""^(\s*([\w-]+)\s*=\s*)("(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^#\n]*?)(\s*(?:\#.*)?\n?)$""")


def literal(value: Value) -> str:
    """A value as TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        shown = f"{value:.4f}".rstrip("0")
        return shown + "0" * max(0, 2 - len(shown.partition(".")[2]))
    if isinstance(value, (int, str)):
        return json.dumps(value, ensure_ascii=False)
    return "[" + ", ".join(map(str, value)) + "]"


def changed(text: str, values: Mapping[Place, Value], *, add: bool = True) -> str:
    """The text with other values.

    Args:
        add: whether a value that it doesn't have yet is put at the end of its table; else it is refused.

    Raises:
        EmojicamError: there is no such gesture or value.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    wanted = dict(values)
    ends: dict[Place, int] = {}
    table: Place = ()
    gestures = -1
    for number, line in enumerate(lines):
        if header := HEADER.match(line):
            table = (header[2],)
            if header[1] == "[[":
                gestures += header[2] == "gesture"
                table = (header[2], gestures)
            ends[table] = number + 1
        elif found := _LINE.match(line):
            ends[table] = number + 1
            if (place := (*table, found[2])) in wanted:
                lines[number] = f"{found[1]}{literal(wanted.pop(place))}{found[4]}"
    if wanted and not add:
        *table_of, key = min(wanted, key=str)
        where = " ".join(map(str, table_of))
        raise EmojicamError(f"emojicam.toml has no {key!r} in its table {where!r}", "put the line back")
    for place, value in reversed(wanted.items()):
        table, key = place[:-1], place[-1]
        if table in ends:
            lines.insert(ends[table], f"{key} = {literal(value)}\n")
            ends = {other: end + (end > ends[table]) for other, end in ends.items()}
        elif len(table) == 1:
            lines += ["\n", f"[{table[0]}]\n", f"{key} = {literal(value)}\n"]
            ends[table] = len(lines)
        else:
            raise EmojicamError(f"there is no gesture {table[-1]} in the settings", "one of those that there are")
    return "".join(lines)


def with_model(text: str, file: str) -> str:
    """The text with another ``model.file``.

    Args:
        file: relative to the settings file.
    """
    there = "model" in tomllib.loads(text)
    return changed(text if there else f"[model]\n\n{text}", {("model", "file"): file})


@dataclass(frozen=True)
class GestureRow:
    """A gesture as it is to be.

    Attributes:
        was: its index in the text; None for a new one.
    """

    was: int | None
    name: str
    emoji: str
    led: tuple[int, int, int]


def with_gestures(text: str, rows: Sequence[GestureRow], *, in_turn: bool) -> str:
    """The text with these gestures, in this order, and no others; what else is known of those that stay is kept.

    Args:
        in_turn: whether the model is to see mirror images in turn, unless two of the gestures are each other's.
    """
    head, *blocks = re.split(r"(?m)^(?=[ \t]*\[\[\s*gesture\s*\]\])", text)
    if blocks:
        # What follows the gestures and is none of them.
        last, *rest = re.split(r"(?m)^(?=[ \t]*\[\[?\s*(?!gesture\b)[\w.-]+\s*\]\]?)", blocks[-1])
        blocks[-1] = last
    else:
        rest = []
    made = []
    for row in rows:
        block = "[[gesture]]\n" if row.was is None else blocks[row.was]
        values: dict[Place, Value] = {("gesture", 0, "name"): row.name}
        if row.emoji:
            values["gesture", 0, "emoji"] = row.emoji
        values["gesture", 0, "led"] = row.led
        made.append(changed(block, values).rstrip("\n") + "\n")
    whole = head.rstrip("\n") + "\n\n" + "\n".join(made) + "".join("\n" + part for part in rest)
    if not in_turn:
        return whole
    return changed(whole, {("model", "mirror_in_turn"): mirror_images(row.emoji for row in rows) is None})


def write(path: Path, text: str) -> None:
    """Put settings in the place of a file's, all or nothing.

    Raises:
        EmojicamError: they would be no settings, or the file can't be written; it is as it was.
    """
    try:
        with paths.replacing(path) as new:
            new.write_text(text, encoding="utf-8")
            if path.exists():
                new.chmod(path.stat().st_mode & 0o777)
            _check(new, path)
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --config FILE") from None


def _check(new: Path, path: Path) -> None:
    try:
        load(new)
    except EmojicamError as error:
        raise EmojicamError(
            error.message.replace(new.name, path.name), "another value, or writing the file by hand"
        ) from None


def read(path: Path) -> str:
    """A settings file's text.

    Raises:
        EmojicamError: it can't be read as TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")  # as `settings.load` does
        tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EmojicamError(f"{path.name} can't be read: {error}", "git restore, or another --config FILE") from None
    return text
