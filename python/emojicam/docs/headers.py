"""The firmware's public headers as pages: what their comments say, and what they declare."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from emojicam import paths

SOURCES = paths.project_root() / "firmware" / "src"

#: What stands in no header that another stage is to include.
_NOT_PUBLIC = re.compile(
    r"fake_|_fixture|/check/|/none/|(corstone300|mps2_an500|nucleo_h743zi|openmv_h7|stm32h743|mps|cortexm)/"
)


@dataclass(frozen=True)
class Declaration:
    """A comment and what it is about."""

    comment: str
    code: str


def headers() -> list[Path]:
    """The stages' headers, of `board/` those that every board has to keep to."""
    found = sorted(SOURCES.rglob("*.h"))
    return [path for path in found if not _NOT_PUBLIC.search("/" + path.relative_to(SOURCES).as_posix())]


def about(text: str) -> str:
    """The comment that a header begins with."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        lines.append(line[2:].removeprefix(" "))
    return "\n".join(lines)


def declarations(text: str) -> Iterator[Declaration]:
    """What a header declares outside of functions, each with the comment above it."""
    body = text.split("#pragma once", 1)[-1]
    lines = [line for line in body.splitlines() if not line.startswith("#")]
    comment: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position]
        stripped = line.strip()
        if line.startswith("//"):
            comment.append(stripped[2:].removeprefix(" "))
        elif not stripped or stripped.startswith(("namespace ", "}  // namespace", 'extern "C"')) or stripped == "}":
            comment = []
        else:
            begin = position
            depth = 0
            while position < len(lines):
                code = re.sub(r"//.*", "", lines[position])
                depth += code.count("{") + code.count("(") - code.count("}") - code.count(")")
                if depth <= 0 and re.search(r"[;}]\s*$", code):
                    break
                position += 1
            yield Declaration("\n".join(comment), _declared(lines[begin : position + 1]))
            comment = []
        position += 1


def _declared(lines: list[str]) -> str:
    """A class without its private part; a function without its body."""
    text = "\n".join(lines)
    if re.match(r"\s*(class|struct|enum|union)\b", text) or "using " in lines[0]:
        return re.sub(r"\n\s*(private|protected):.*?(?=\n};?\s*$)", "", text, flags=re.S)
    if "{" in text and "=" not in text.split("{")[0]:
        return text.split("{")[0].rstrip() + ";"
    return text


def page() -> str:
    """All of them, stage by stage."""
    parts = [
        "# C++ headers",
        "What the stages of `firmware/src` offer each other. Each folder is a stage; `app/` alone knows them all, and "
        "`board/` is what a board has to be. Buffers are the caller's unless a comment says otherwise; errors are "
        "values.",
    ]
    stage = ""
    for path in headers():
        name = path.relative_to(SOURCES)
        if name.parts[0] != stage:
            stage = name.parts[0]
            parts.append(f"## {stage}/ {{ #{stage} }}")
        text = path.read_text(encoding="utf-8")
        anchor = re.sub(r"[^a-z0-9]+", "-", name.as_posix().removesuffix(".h").lower())
        parts += [f"### {name.as_posix()} {{ #{anchor} }}", f"```text\n{about(text) or '(no comment)'}\n```"]
        code = "\n\n".join(
            "\n".join([*(f"// {line}".rstrip() for line in one.comment.splitlines()), one.code])
            for one in declarations(text)
        )
        if code:
            parts.append(f"```cpp\n{code}\n```")
    return "\n\n".join(parts) + "\n"
