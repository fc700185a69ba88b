"""References that are tables of the code: settings, boards, the link's messages, keystrokes."""

import re
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from emojicam import config
from emojicam.config.boards import BOARDS
from emojicam.config.settings import Settings
from emojicam.docs.markdown import cell, table
from emojicam.keyboard import Host, Layout, layouts
from emojicam.keyboard.usages import Modifier
from emojicam.link import messages


def _comments() -> dict[str, str]:
    """Key, or table, of emojicam.toml -> the comment above it there."""
    found: dict[str, str] = {}
    said: list[str] = []
    here = ""
    for line in config.default_path().read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("#"):
            said.append(text.lstrip("# "))
        elif name := re.match(r"\[+([\w.]+)\]+$", text):
            here = name[1]
            found.setdefault(here, " ".join(said))
            said = []
        elif key := re.match(r"(\w+)\s*=", text):
            # One comment may be for the lines below it, too.
            found.setdefault(f"{here}.{key[1]}", " ".join(said) if said else found.get("last", ""))
            found["last"] = found[f"{here}.{key[1]}"]
            said = []
        elif not text:
            # A comment above an empty line says what all keys of the coming tables mean.
            if any(":" in one for one in said):
                for one in said:
                    if meaning := re.match(r"(\w+): (.*)", one):
                        found[f"gesture.{meaning[1]}"] = meaning[2]
                found["gesture"] = " ".join(one for one in said if not re.match(r"\w+: ", one))
            said = []
    found.pop("last", None)
    return found


def _limits(schema: dict[str, Any]) -> str:
    kind = schema.get("type", "")
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if kind == "boolean":
        return "`true`, `false`"
    if kind == "array":
        inner = schema.get("prefixItems") or [schema.get("items", {})]
        return f"{schema.get('maxItems', 'several')} of {_limits(inner[0])}"
    if kind == "string":
        longest = f", at most {schema['maxLength']} characters" if "maxLength" in schema else ""
        return "text" + longest
    low = schema.get("minimum")
    bound = (
        f"{low}" if low is not None else f"above {schema['exclusiveMinimum']}" if "exclusiveMinimum" in schema else ""
    )
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    what = "whole number" if kind == "integer" else "number"
    return f"{what}, {bound} to {high}" if bound and high is not None else what


def settings_page() -> str:
    """Every key of emojicam.toml with its range, default and meaning."""
    schema = Settings.model_json_schema()
    defined = schema["$defs"]
    said = _comments()
    parts = [
        "# emojicam.toml",
        "Every setting of a build. Python checks it with errors that name the line, and generates the C++ that the "
        "firmware compiles in; `--config FILE` takes another file, and a key that is left out has its default. What "
        "begins with “kept” is what a camera takes by `emojicam settings send`, without building anew.",
    ]
    kept = {field.name for field in messages.BY_NAME["SettingsSet"].fields}
    for name, field in Settings.model_fields.items():
        kind: Any = field.annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            kind = next(one for one in kind.__args__ if isinstance(one, type) and issubclass(one, BaseModel))
        several = name == "gesture"
        about = said.get(name, "")
        parts.append(f"## {name} {{ #{name} }}")
        title = (
            f"`[[{name}]]`, {field.metadata[0].min_length} to {messages.MAX_CLASSES} of them. "
            if several
            else f"`[{name}]`. "
        )
        parts.append(title + cell(about))
        rows = []
        for key, value in defined[kind.__name__]["properties"].items():
            resolved = defined[value["$ref"].rsplit("/", 1)[1]] if "$ref" in value else value
            default = value.get("default", resolved.get("default"))
            if isinstance(default, bool):
                default = str(default).lower()
            if isinstance(default, StrEnum):
                default = default.value
            meaning = said.get(f"{name}.{key}", "")
            if key in kept and name in ("keyboard", "decision", "gesture"):
                meaning = f"Kept. {meaning}"
            required = key in defined[kind.__name__].get("required", [])
            shown = "required" if required else f"`{default}`" if default not in (None, "") else "empty"
            rows.append([f"`{key}`", cell(_limits(resolved)), shown, cell(meaning)])
        parts.append(table(["key", "allowed", "default", "meaning"], rows))
    parts += ["## The file as it is shipped", f"```toml\n{config.default_path().read_text(encoding='utf-8')}```"]
    return "\n\n".join(parts) + "\n"


def boards_page() -> str:
    """The boards, and what can be done with each."""

    def yes(is_so: object) -> str:
        return "yes" if is_so else "–"

    rows = [
        [
            f"`{board.name}`", board.core, cell(board.about), cell(board.machine),
            yes(board.qemu_machine), yes(board.virtual), yes(not board.process),
        ]
        for board in BOARDS.values()
    ]  # fmt: skip
    return (
        "\n\n".join(
            [
                "# Boards",
                "`--board NAME` of every command that takes one. Instructions are counted where QEMU runs the "
                "board; USB, camera "
                "and flash are those of the chip where a virtual board does. None of them has been run on silicon "
                "by this project: "
                "[what is known of it](../silicon.md).",
                table(
                    [
                        "board",
                        "core",
                        "what",
                        "runs here on",
                        "instructions counted",
                        "can be flashed",
                        "an image of its own",
                    ],
                    rows,
                ),
                "How to add one: [Add a board](../howto/add-a-board.md).",
            ]
        )
        + "\n"
    )


def link_page() -> str:
    """The link's messages, codes and framing."""
    parts = [
        "# Link protocol",
        (messages.__doc__ or "").split("\n", 2)[2],
        f"`VERSION` is {messages.VERSION}, a payload has at most {messages.MAX_PAYLOAD} bytes, a model at most "
        f"{messages.MAX_CLASSES} classes. Over USB the link is the CDC serial port, on an emulated board semihosting.",
        "## Messages",
        table(
            ["id", "message", "from", ""],
            [
                [f"`{one.id:#04x}`", f"[`{one.name}`](#{one.name.lower()})", one.sender, cell(one.doc)]
                for one in sorted(messages.MESSAGES, key=lambda message: message.id)
            ],
        ),
    ]
    for one in sorted(messages.MESSAGES, key=lambda message: message.id):
        parts += [
            f"### {one.name} {{ #{one.name.lower()} }}",
            f"`{one.id:#04x}`, from the {one.sender}. {_plain(one.doc)}",
        ]
        if one.fields:
            rows = []
            for field in one.fields:
                kind = f"{field.kind}[up to {field.up_to}], its length before it" if field.is_array else field.kind
                rows.append([f"`{field.name}`", kind, cell(field.doc)])
            parts.append(table(["field", "type", ""], rows))
    for title, codes, where in (
        (
            "Errors",
            messages.ERRORS,
            "Field `code` of Error, `status` of FrameDone and RunnerDone. What to try: "
            "[what the board says](../messages/board.md).",
        ),
        ("Causes of a start", messages.START_CAUSES, "Field `cause` of Fault."),
        ("Pixel formats", messages.PIXEL_FORMATS, "Field `format` of FrameBegin and ImageBegin."),
    ):
        rows = [
            [str(code.value), f"`{code.name}`", cell(code.doc)] for code in sorted(codes, key=lambda one: one.value)
        ]
        parts += [f"## {title}", where, table(["value", "name", ""], rows)]
    return "\n\n".join(parts) + "\n"


def _plain(text: str) -> str:
    return text.replace("<", "&lt;").replace(">>", "&gt;&gt;")


_SHORT = {
    Modifier.LEFT_CTRL: "Ctrl", Modifier.LEFT_SHIFT: "Shift", Modifier.LEFT_ALT: "Alt", Modifier.RIGHT_ALT: "AltGr",
}  # fmt: skip


def keystrokes_page() -> str:
    """How each host is told an emoji, and what types each ASCII character in each layout."""
    from emojicam.keyboard import methods

    parts = [
        "# Keystrokes",
        "How each system takes a code point, and the strokes that type ASCII under each layout: modifiers and the "
        "HID usage "
        "(HID Usage Tables, page 0x07). Firmware and tests are generated from the same tables; why and where it works: "
        "[Typing emoji](../keyboard.md).",
        "## One emoji on each host",
        "👍 (U+1F44D) with the layout `us`. Each stroke is a report with it down and, in the end, one with "
        "everything up.",
    ]
    rows = []
    for host in Host:
        if host is Host.FUNCTION_KEYS:
            rows.append([f"`{host}`", "F13 for the first gesture after “none”, F14 for the next, … F24"])
        else:
            strokes = methods.strokes(0x1F44D, host, Layout.US)
            rows.append([f"`{host}`", " ".join(f"`{_stroke(one)}`" for one in strokes)])
    parts.append(table(["host", "strokes"], rows))
    for layout in Layout:
        name, variant = layouts.XKB_NAMES[layout]
        parts += [
            f"## Layout {layout} {{ #layout-{layout} }}",
            f"`setxkbmap {name}{' ' + variant if variant else ''}` on X11.",
            table(
                ["types", "stroke", "types ", "stroke "],
                _pairs([
                    [f"`` {character} ``" if character.strip() else "space", f"`{_stroke(stroke)}`"]
                    for character, stroke in sorted(layouts.strokes(layout).items())
                ]),
            ),
        ]  # fmt: skip
    return "\n\n".join(parts).replace("`` | ``", "&#124;") + "\n"


def _stroke(stroke: layouts.Stroke) -> str:
    held = [name for modifier, name in _SHORT.items() if stroke.modifiers & modifier]
    return "+".join([*held, f"{stroke.usage:#04x}" if stroke.usage else "nothing"])


def _pairs(rows: list[list[str]]) -> list[list[str]]:
    half = (len(rows) + 1) // 2
    return [rows[i] + (rows[half + i] if half + i < len(rows) else ["", ""]) for i in range(half)]
