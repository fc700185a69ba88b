"""Small pieces of Markdown."""

import re
from collections.abc import Iterable, Sequence


def cell(text: str) -> str:
    """A text that may stand in a table's cell."""
    return " ".join(text.split()).replace("|", "&#124;").replace("<", "&lt;")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def slug(text: str, longest: int = 70) -> str:
    """An anchor's name: letters, digits and dashes."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return name if len(name) <= longest else name[:longest].rsplit("-", 1)[0]
