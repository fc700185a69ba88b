"""Writes ``generated/keyboard_tables.h`` (the firmware) and ``generated/keyboard_vectors.h`` (its tests)."""

from pathlib import Path

from emojicam import codegen
from emojicam.keyboard import layouts, usages, vectors
from emojicam.keyboard.layouts import Layout, Stroke
from emojicam.keyboard.methods import Host
from emojicam.keyboard.text import MAX_TEXT_BYTES, TextError
from emojicam.keyboard.usages import Led, Modifier

_NO_STROKE = Stroke(Modifier.NONE, 0)


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("-", "_").split("_"))


def tables_header() -> str:
    """The C++ of the layouts, hosts, error names and usages."""
    strokes = {
        layout: [layouts.strokes(layout).get(chr(point), _NO_STROKE) for point in range(0x20, 0x7F)]
        for layout in Layout
    }
    return codegen.render(
        "emojicam.keyboard", "keyboard_tables.h.jinja",
        hosts=list(Host), layouts=list(Layout), errors=list(TextError), modifiers=list(Modifier),
        leds=list(Led), usages=usages, strokes=strokes, max_text_bytes=MAX_TEXT_BYTES, camel=_camel,
    )  # fmt: skip


def vectors_header() -> str:
    """The C++ of the test vectors."""
    return codegen.render("emojicam.keyboard", "keyboard_vectors.h.jinja", vectors=vectors.all_vectors(), camel=_camel)


def write_headers(directory: Path | None = None) -> list[Path]:
    """Write both headers.

    Args:
        directory: the ``generated`` folder; by default the build's.
    """
    directory = directory or codegen.generated_dir()
    files = {"keyboard_tables.h": tables_header(), "keyboard_vectors.h": vectors_header()}
    for name, content in files.items():
        codegen.write_if_changed(directory / name, content)
    return [directory / name for name in files]
