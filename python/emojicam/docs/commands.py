"""The reference of the command line, from the commands themselves."""

import inspect
from collections.abc import Iterator
from enum import Enum
from typing import Any

import typer.main

from emojicam.cli import COMMANDS, app
from emojicam.cli.examples import EXAMPLES
from emojicam.docs.markdown import cell, table


def leaves() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name: "settings send"."""
    root: Any = typer.main.get_command(app)
    for name in COMMANDS:
        command = root.get_command(None, name)
        below = getattr(command, "commands", None)
        if below is None:
            yield name, command
        else:
            yield from ((f"{name} {part}", one) for part, one in below.items())


def _value(option: Any) -> str:
    """What an option takes."""
    if getattr(option, "is_flag", False):
        return ""
    kind = option.type_descriptor.annotation
    if option.metavar:
        return str(option.metavar)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(one.value) for one in kind)
    return {"int": "NUMBER", "float": "NUMBER", "Path": "PATH", "str": "TEXT"}.get(
        getattr(kind, "__name__", ""), "VALUE"
    )


def _range(option: Any) -> str:
    low, high = getattr(option, "min", None), getattr(option, "max", None)
    if low is None and high is None:
        return ""
    return f"{low} to {high}" if high is not None else f"at least {low}"


def _default(option: Any) -> str:
    shown = option.show_default
    if isinstance(shown, str):
        return shown
    value = option.default
    if value is None or value == "" or callable(value):
        return ""
    if isinstance(value, bool):
        return "yes" if value and option.secondary_opts else ""
    return str(value.value if isinstance(value, Enum) else value)


def _option(option: Any) -> list[str]:
    argument = type(option).__name__.endswith("Argument")
    names = str(option.metavar or option.name).upper() if argument else ", ".join(
        [*option.opts, *option.secondary_opts]
    )  # fmt: skip
    value = "" if argument else _value(option)
    more = ", ".join(
        filter(None, [_range(option), "required" if option.required else "", "repeatable" if option.multiple else ""])
    )
    what = (option.help or "").rstrip()
    return [
        f"`{names}{' ' + value if value else ''}`",
        cell(what + (f" ({more})" if more else "")),
        cell(_default(option)),
    ]


def page() -> str:
    """`emojicam`'s commands, each with its options and examples."""
    parts = [
        "# Commands",
        "`emojicam COMMAND --help` shows the same. Exit status: 0 done; 1 it failed, and one line on stderr says "
        "why and "
        "what to try; 2 wrong usage; 70 a fault of emojicam's own, with its trace in a log; 130 interrupted. "
        "Before the command: `--verbose` logs every program that is run, `--version` says what this is made of, "
        "`--install-completion` teaches your shell commands, options, boards and files.",
        table(
            ["command", "what it does"], [[f"[`{name}`](#{name})", cell(what)] for name, (_, what) in COMMANDS.items()]
        ),
    ]
    group = ""
    for name, command in leaves():
        first, _, below = name.partition(" ")
        if below and first != group:
            parts += [f"## {first} {{ #{first} }}", COMMANDS[first][1]]
        group = first
        mark = f"{'###' if below else '##'} {name} {{ #{name.replace(' ', '-')} }}"
        shown = [option for option in command.params if not getattr(option, "hidden", False) and option.name != "help"]
        arguments = "".join(
            f" {str(one.metavar or one.name).upper()}" for one in shown if type(one).__name__.endswith("Argument")
        )
        parts += [mark, f"`emojicam {name}{arguments} [OPTIONS]`", _text(command.help or "")]
        if shown:
            parts.append(table(["option", "", "default"], [_option(option) for option in shown]))
        if examples := EXAMPLES.get(name):
            width = max(len(line) for line, _ in examples)
            lines = "\n".join(f"emojicam {line:<{width}}   # {what}" for line, what in examples)
            parts.append(f"```sh\n{lines}\n```")
    return "\n\n".join(parts) + "\n"


def _text(text: str) -> str:
    """A help text as Markdown: what looks like a tag or a list's mark is none."""
    return inspect.cleandoc(text).replace("<", "&lt;").replace("\f", "")
