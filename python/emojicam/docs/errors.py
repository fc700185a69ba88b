"""Every error that the product can print, read from its source: what it says and what to try."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from emojicam.docs.expressions import Module, Reader, modules

#: Where the kinds of errors begin.
_ROOT = "EmojicamError"
_USAGE = "BadParameter"


@dataclass(frozen=True)
class Entry:
    """An error.

    Attributes:
        room: the module that has it, "model/graph.py".
        line: where.
        kind: its class.
        message: what it says, with ‹placeholders›.
        hint: what to try; empty where the source says nothing.
    """

    room: str
    line: int
    kind: str
    message: str
    hint: str

    @property
    def status(self) -> int:
        """What the command ends with."""
        return 2 if self.kind in ("UsageError", _USAGE) else 1

    @property
    def words(self) -> str:
        """What of the message is always the same."""
        return " ".join(re.sub(r"‹[^›]*›", " ", self.message).split())


def _kinds() -> dict[str, str]:
    """Each kind of error -> the kind that it is of."""
    bases = {
        node.name: base.id
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
        for base in node.bases[:1]
        if isinstance(base, ast.Name)
    }
    kinds = {_ROOT: ""}
    while more := {name: base for name, base in bases.items() if base in kinds and name not in kinds}:
        kinds |= more
    return kinds


def kinds() -> list[str]:
    """The kinds of errors: `EmojicamError`, and what is derived from it."""
    return list(_kinds())


@cache
def entries() -> list[Entry]:
    """Every error of the source, in the order of files and lines."""
    known = set(_kinds())
    return list(dict.fromkeys(entry for module in modules() for entry in _of(module, known)))


def _of(module: Module, known: set[str]) -> Iterator[Entry]:
    own = {
        node.name: node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and node.name in known
    }  # fmt: skip
    # A kind that says its texts itself: the texts are those of its constructor.
    speaking = {name: call for name, node in own.items() if name != _ROOT and (call := _super(node))}
    for name, call in speaking.items():
        yield from _entries(module, None, call, name)
    for function, call in _calls(module.tree):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        wanted = (name in known and name not in speaking) or name == _USAGE
        # The kind "TypingError" of another module has its texts there.
        if wanted and call.args and not _is_reason(call):
            yield from _entries(module, function, call, name)
    yield from _complaints(module)


def _complaints(module: Module) -> Iterator[Entry]:
    """What a check of a layer returns: it is told with the layer before it (`model/support.py`)."""
    for function in module.functions.values():
        if function.returns is None or "Complaint" not in ast.unparse(function.returns):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2:
                reader = Reader(module, function)
                message, hint = node.value.elts
                for text in reader.texts(message):
                    said = f"layer ‹index›, ‹operator›, {_clean(text)}"
                    yield Entry(module.room, node.lineno, _ROOT, said, _either(reader.texts(hint)))


def _is_reason(call: ast.Call) -> bool:
    """Whether an error is made of a member of an enumeration, whose texts its class has."""
    first = call.args[0]
    return isinstance(first, ast.Attribute) and isinstance(first.value, ast.Name) and first.value.id[0].isupper()


def _super(node: ast.ClassDef) -> ast.Call | None:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__":
            return call
    return None


def _calls(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
    def inside(node: ast.AST, function: ast.FunctionDef | None) -> Iterator[tuple[ast.FunctionDef | None, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield function, child
            yield from inside(child, child if isinstance(child, ast.FunctionDef) else function)

    yield from inside(tree, None)


def _entries(module: Module, function: ast.FunctionDef | None, call: ast.Call, kind: str) -> Iterator[Entry]:
    reader = Reader(module, function)
    for message, hint in _pairs(module, call):
        hints = reader.texts(hint) if hint is not None else [""]
        for text in reader.texts(message):
            yield Entry(module.room, call.lineno, kind, _clean(text), _either(hints))


def _pairs(module: Module, call: ast.Call) -> Iterator[tuple[ast.expr, ast.expr | None]]:
    """Message and hint, as expressions; several where they come out of a table."""
    first = call.args[0]
    if isinstance(first, ast.Starred):
        table = module.values.get(getattr(getattr(first.value, "value", None), "id", ""))
        if isinstance(table, ast.Dict):
            for value in table.values:
                if isinstance(value, ast.Tuple):
                    yield value.elts[0], value.elts[1] if len(value.elts) > 1 else None
            return
    hint = call.args[1] if len(call.args) > 1 else None
    if hint is None:
        hint = next((one.value for one in call.keywords if one.arg == "hint"), None)
    yield first, hint


def _either(hints: list[str]) -> str:
    return " — or: ".join(filter(None, map(_clean, hints)))


def _clean(text: str) -> str:
    return " ".join(text.split())
