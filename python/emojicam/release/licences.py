"""The licence texts of everything in the firmware, in one file."""

import re
from collections.abc import Sequence
from pathlib import Path

from emojicam.errors import EmojicamError
from emojicam.release.contents import Piece

_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z][\w.-]*\w)")


def collect(pieces: Sequence[Piece], own: Path) -> str:
    """All texts, ours first, each once, under the names of what it covers.

    Raises:
        EmojicamError: a text is missing or empty.
    """
    covered: dict[str, list[str]] = {_read("emojicam", own): ["emojicam (Apache-2.0)"]}
    for piece in pieces:
        if piece.licence_file is None:
            continue
        text = _read(piece.name, piece.licence_file)
        covered.setdefault(text, []).append(f"{piece.name} {piece.version} ({piece.licence})")
    # Debian's texts name the common licences instead of repeating them.
    for name in sorted({name for text in covered for name in _COMMON.findall(text)}):
        text = _read(name, Path("/usr/share/common-licenses") / name)
        covered.setdefault(text, []).append(f"{name}, to which other texts here refer")
    rule = "=" * 100
    return "\n".join(f"{rule}\n" + "\n".join(names) + f"\n{rule}\n\n{text}\n" for text, names in covered.items())


def _read(name: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise EmojicamError(f"the licence of {name} can't be read: {error.strerror}", "emojicam deps --force") from None
    if not text:
        raise EmojicamError(f"the licence of {name} is empty: {path.name}", "emojicam deps --force")
    return text
