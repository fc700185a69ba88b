"""A settings file for a taught model: the given one, comments and all, with another model."""

import re

_HEADER = re.compile(r"^\s*\[\[?\s*([\w.-]+)\s*\]?\]")
_FILE = re.compile(r"^(\s*file\s*=\s*)(\"[^\"]*\"|'[^']*')")


def with_model(text: str, file: str) -> str:
    """The text of an emojicam.toml with another ``model.file``.

    Args:
        text: as it is; a file that leaves the model out gets a table for it.
        file: relative to the settings file.
    """
    quoted = '"' + file.replace("\\", "\\\\").replace('"', '\\"') + '"'
    lines, table, header = text.splitlines(keepends=True), "", None
    for number, line in enumerate(lines):
        if found := _HEADER.match(line):
            table = found.group(1)
            header = number if table == "model" else header
        elif table == "model" and _FILE.match(line):
            lines[number] = _FILE.sub(lambda match: match.group(1) + quoted, line, count=1)
            return "".join(lines)
    if header is not None:
        lines.insert(header + 1, f"file = {quoted}\n")
        return "".join(lines)
    return f"[model]\nfile = {quoted}\n\n" + text
