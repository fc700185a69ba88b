"""What the firmware itself says when something is wrong: words in its source, and the link's codes."""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from emojicam import paths
from emojicam.docs.markdown import cell, slug, table
from emojicam.link.messages import ERRORS

_SOURCES = paths.project_root() / "firmware" / "src"


@cache
def advice() -> dict[str, Any]:
    """`advice.toml`."""
    return tomllib.loads((Path(__file__).parent / "advice.toml").read_text(encoding="utf-8"))


def words() -> list[str]:
    """What the firmware may log or halt with: literals that are said, and names of errors."""
    found: dict[str, None] = {}
    for path in sorted([*_SOURCES.rglob("*.cc"), *_SOURCES.rglob("*.h")]):
        if re.search(r"_test\.cc$|fake_|fixture|/check/|/runner/", "/" + path.relative_to(_SOURCES).as_posix()):
            continue
        text = path.read_text(encoding="utf-8")
        said = re.findall(r'\b(?:(?:FaultHalt|Log)\(|FaultWrite\([\w.]+ \? )\s*"([^"]+)"', text)
        names = re.findall(r"kNames\[\] = \{(.*?)\};", text, re.S)
        for one in [*said, *(name for table_ in names for name in re.findall(r'"([a-z_0-9]+)"', table_))]:
            found.setdefault(one)
    return list(found)


def page() -> str:
    """What the board says, and what to try."""
    notes, codes = advice()["board"], advice()["code"]
    parts = [
        "# What the board says",
        "Its own words: in the log of the live page and of `emojicam run --verbose`, in a fault's line after a "
        "restart, or as "
        "the error that a light's pattern stands for. What the programs on the computer say: the pages beside this "
        "one.",
        "## Codes of the link",
        table(
            ["code", "what it means", "try"],
            [
                [
                    f'<span id="{slug(code.name)}"></span>`{code.name}`',
                    cell(code.doc),
                    codes[code.name].replace("|", "&#124;"),
                ]
                for code in ERRORS
            ],
        ),
        "## Words of the firmware",
        table(
            ["word", "try"],
            [[f'<span id="{slug(word)}"></span>`{word}`', notes[word].replace("|", "&#124;")] for word in words()],
        ),
    ]
    return "\n\n".join(parts) + "\n"
