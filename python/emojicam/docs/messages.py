"""Pages of every error that the programs on the computer can print: an anchor each, with what to try."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from emojicam.docs import errors
from emojicam.docs.board_words import advice
from emojicam.docs.errors import Entry
from emojicam.docs.markdown import slug

#: Page -> (its title, beginnings of the modules whose errors it has). The last one has what no other has.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "models": (
        "Models, export and benchmarks",
        ("model/", "bench/", "cycles/", "cli/bench.py", "cli/export.py", "cli/inspect.py", "cli/cycles.py"),
    ),
    "pictures": (
        "Pictures, clips and data sets",
        ("data/", "image/", "frames.py", "pictures.py", "videos.py", "cli/data.py"),
    ),
    "training": (
        "Training and measuring",
        ("training/", "gesture/", "cli/train.py", "cli/evaluate.py", "cli/thresholds.py", "cli/search.py"),
    ),
    "settings": ("Settings and typing", ("config/", "keyboard/", "cli/settings.py")),
    "camera": ("The camera, its link and the live page", ("link/", "live/", "cli/live.py")),
    "flashing": ("Flashing", ("flash/", "cli/flash.py")),
    "usb": ("USB", ("usb/", "cli/usb.py")),
    "virtual-board": ("The virtual board", ("virtual_h7/", "cli/faults.py")),
    "release": ("Arm Virtual Hardware and releases", ("avh/", "release/", "cli/avh.py", "cli/release.py")),
    "setup": ("Set-up, builds and emulators", ("",)),
}


#: A command or an option in a hint.
_COMMAND = re.compile(
    r"(?<![\w`-])((?:emojicam [a-z]+|make [a-z-]+(?=$|[,;. ])|sudo [\w -]+|git [a-z]+"
    r"|--[a-z][\w-]*(?: (?:[A-Z]+|swd|dfu|sectors|chip|[0-9]+)\b)?)(?: --?[\w-]+)*)"
)


@dataclass(frozen=True)
class Shown:
    """An error as a page shows it.

    Attributes:
        anchor: its place in the page.
        says: words for a message that is nothing but values.
        hint: what to try, as Markdown.
    """

    entry: Entry
    anchor: str
    says: str
    hint: str


def _note(entry: Entry) -> dict[str, str]:
    """What `advice.toml` says of a message."""
    for note in advice()["message"]:
        if note["room"] == entry.room and entry.message.startswith(note["begins"]):
            return {**note}
    return {}


def page_of(entry: Entry) -> str:
    return next(name for name, (_, rooms) in PAGES.items() if entry.room.startswith(rooms))


def shown() -> dict[str, list[Shown]]:
    """Page -> its errors, alphabetically. What several places of the source say is there once."""
    found: dict[str, dict[tuple[str, str], Shown]] = {name: {} for name in PAGES}
    for entry in errors.entries():
        note = _note(entry)
        hint = _code(entry.hint) if entry.hint and not note.get("try") else note.get("try", "")
        if extra := advice()["kind"].get(entry.kind):
            hint = f"{hint}. {extra[0].upper()}{extra[1:]}" if hint else extra
        page = found[page_of(entry)]
        says = note.get("says", "")
        page.setdefault((says or entry.message, hint), Shown(entry, "", says, hint))
    result = {}
    for name, page in found.items():
        ordered = sorted(page.values(), key=lambda one: one.entry.words.lower() or one.says.lower())
        taken: set[str] = set()
        result[name] = [Shown(one.entry, _free(one, taken), one.says, one.hint) for one in ordered]
    return result


def _free(one: Shown, taken: set[str]) -> str:
    base = slug(one.says or one.entry.words) or "message"
    name, number = base, 2
    while name in taken:
        name, number = f"{base}-{number}", number + 1
    taken.add(name)
    return name


def _code(hint: str) -> str:
    """A hint with its commands as code."""
    escaped = hint.replace("<", "&lt;").replace("*", "\\*")
    return _COMMAND.sub(r"`\1`", escaped)


def pages() -> Iterator[tuple[str, str]]:
    """Name and text of each page."""
    for name, found in shown().items():
        title = PAGES[name][0]
        parts = [
            f"# Messages: {title}",
            "Each line that `emojicam` can print here, as `emojicam: MESSAGE; try: HINT`. ‹…› stands for what only "
            "a run knows.",
        ]
        for one in found:
            entry = one.entry
            heading = entry.message.replace("`", "ˋ").replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_")
            heading = heading.replace("[", "\\[").replace("]", "\\]").replace("{", "&#123;").replace("#", "\\#")
            parts.append(f"## {heading} {{ #{one.anchor} }}")
            if one.says:
                parts.append(one.says)
            kind = "" if entry.kind in ("EmojicamError", "BadParameter") else f", {entry.kind}"
            parts.append(f"Try: {one.hint}.")
            parts.append(f"*Status {entry.status}{kind}, from `{entry.room}`.*")
        yield name, "\n\n".join(parts) + "\n"
