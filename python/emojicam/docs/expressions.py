"""What texts an expression of our source can be, as far as the source alone says: for messages and hints of errors."""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, product
from pathlib import Path

from emojicam import paths

PACKAGE = paths.project_root() / "python" / "emojicam"

#: More texts than this of one expression are one with placeholders.
_MOST = 16
#: How deep names are followed.
_DEEP = 6


def placeholder(node: ast.expr) -> str:
    """What stands for a value that only a run knows: ‹path›."""
    while isinstance(node, (ast.Attribute, ast.Subscript, ast.Call, ast.Starred)):
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.attr in ("name", "label", "dtype", "message"):
                return f"‹{node.value.id.strip('_')}›"
            return f"‹{node.attr.strip('_')}›"
        if isinstance(node, (ast.Subscript, ast.Starred)):
            node = node.value
        elif node.args and not (isinstance(node.func, ast.Attribute) and node.func.attr == "join"):
            node = node.args[0]
        elif node.args:
            return "‹…›"
        else:
            node = node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return f"‹{node.id.strip('_')}›" if isinstance(node, ast.Name) else "‹…›"


@dataclass
class Module:
    """A parsed module, and what its names are."""

    path: Path
    tree: ast.Module
    values: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def room(self) -> str:
        """Where it is, as people say it: "model/graph.py"."""
        return self.path.relative_to(PACKAGE).as_posix()


@cache
def parse(path: Path) -> Module:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    module = Module(path, tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            module.functions[node.name] = node
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("emojicam"):
            for name in node.names:
                module.imported[name.asname or name.name] = (node.module, name.name)
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            module.values[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            module.values[node.target.id] = node.value
    return module


def modules() -> Iterator[Module]:
    """Every module of the package, in the order of their paths."""
    yield from map(parse, sorted(PACKAGE.rglob("*.py")))


def _file(module: str) -> Path | None:
    below = PACKAGE.joinpath(*module.split(".")[1:])
    for path in (below.with_suffix(".py"), below / "__init__.py"):
        if path.is_file():
            return path
    return None


def _assigned(function: ast.FunctionDef | None, name: str) -> list[ast.expr]:
    """Every value that a function gives a name; empty where one of them can't be seen."""
    found: list[ast.expr] = []
    for node in ast.walk(function) if function else ():
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id == name:
                    found.append(node.value)
                elif isinstance(target, ast.Tuple) and any(getattr(one, "id", "") == name for one in target.elts):
                    place = [getattr(one, "id", "") for one in target.elts].index(name)
                    if not isinstance(node.value, ast.Tuple):
                        return []
                    found.append(node.value.elts[place])
        elif isinstance(node, (ast.AugAssign, ast.NamedExpr)) and getattr(node.target, "id", "") == name:
            found.append(node.value)
    return found


class Reader:
    """Reads expressions of one function."""

    def __init__(
        self, module: Module, function: ast.FunctionDef | None, arguments: Mapping[str, ast.expr] | None = None
    ):
        self._module, self._function, self._arguments = module, function, arguments or {}

    def texts(self, node: ast.expr, depth: int = 0) -> list[str]:
        """The texts that an expression can be, with ‹placeholders›; at least one."""
        found = list(dict.fromkeys(islice(self._texts(node, depth), _MOST + 1)))
        return found if 0 < len(found) <= _MOST else [placeholder(node)]

    def _joined(self, parts: Sequence[ast.expr], depth: int) -> Iterator[str]:
        ways = [self.texts(part, depth + 1) for part in parts]
        count = 1
        for one in ways:
            count *= len(one)
        if count > _MOST:
            # What has few forms is told in full.
            ways = [
                one if len(one) < 3 else [placeholder(getattr(part, "value", part))]
                for one, part in zip(ways, parts, strict=True)
            ]
        yield from map("".join, product(*ways))

    def _texts(self, node: ast.expr, depth: int) -> Iterator[str]:
        if isinstance(node, ast.Constant):
            yield str(node.value)
        elif isinstance(node, ast.JoinedStr):
            yield from self._joined(node.values, depth)
        elif isinstance(node, ast.FormattedValue):
            yield from self._texts(node.value, depth) if node.format_spec is None else [placeholder(node.value)]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            yield from self._joined([node.left, node.right], depth)
        elif isinstance(node, ast.IfExp):
            yield from self.texts(node.body, depth)
            yield from self.texts(node.orelse, depth)
        elif isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            for one in node.values:
                yield from self.texts(one, depth)
        elif isinstance(node, ast.Name) and depth < _DEEP:
            yield from self._name(node, depth)
        elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and depth < _DEEP:
            yield from self._of_tables(node, node.value.id, depth)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and depth < _DEEP:
            yield from self._call(node, depth)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and depth < _DEEP:
            yield from self._method(node, depth)
        else:
            yield placeholder(node)

    def _of_tables(self, node: ast.expr, name: str, depth: int) -> Iterator[str]:
        """The values of a dictionary, a function's or the module's."""
        tables = [one for one in _assigned(self._function, name) if isinstance(one, ast.Dict)]
        table = self._module.values.get(name)
        if not tables and isinstance(table, ast.Dict):
            tables = [table]
        values = [value for one in tables for value in one.values]
        if not values:
            yield placeholder(node)
        for one in values:
            yield from self.texts(one, depth + 1)

    def _name(self, node: ast.Name, depth: int) -> Iterator[str]:
        assigned = _assigned(self._function, node.id)
        if node.id in self._arguments:
            assigned = [self._arguments[node.id]]
        found = [text for value in assigned for text in self.texts(value, depth + 1)]
        if assigned:
            # A name says more than an expression without a word in it.
            yield from (
                found if any(re.search(r"\w", re.sub("‹[^›]*›", "", one)) for one in found) else [placeholder(node)]
            )
            return
        if node.id in self._module.values and not isinstance(self._module.values[node.id], (ast.Dict, ast.Call)):
            yield from self.texts(self._module.values[node.id], depth + 1)
        elif node.id in self._module.imported:
            where, name = self._module.imported[node.id]
            path = _file(where)
            other = parse(path) if path else None
            if other and isinstance(other.values.get(name), (ast.Constant, ast.JoinedStr, ast.BinOp)):
                yield from Reader(other, None).texts(other.values[name], depth + 1)
                return
            yield placeholder(node)
        else:
            yield placeholder(node)

    def _call(self, node: ast.Call, depth: int) -> Iterator[str]:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        module, function = self._module, self._module.functions.get(name)
        if function is None and name in module.imported:
            where, original = module.imported[name]
            path = _file(where)
            if path:
                module = parse(path)
                function = module.functions.get(original)
        yield from self._returned(module, function, node, depth)

    def _method(self, node: ast.Call, depth: int) -> Iterator[str]:
        attribute = node.func
        assert isinstance(attribute, ast.Attribute)
        owner = attribute.value.id if isinstance(attribute.value, ast.Name) else ""
        if attribute.attr == "get" and owner in self._module.values:
            yield from self._of_tables(node, owner, depth)
            return
        module, function = self._module, None
        if owner == "self":
            function = module.functions.get(attribute.attr)
        elif owner in module.imported:
            where, name = module.imported[owner]
            path = _file(f"{where}.{name}")
            if path:
                module = parse(path)
                function = module.functions.get(attribute.attr)
        yield from self._returned(module, function, node, depth)

    def _returned(self, module: Module, function: ast.FunctionDef | None, call: ast.Call, depth: int) -> Iterator[str]:
        """What a function of ours returns for a call's arguments."""
        returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return)] if function else []
        if not function or not returned or any(isinstance(one, ast.Tuple) for one in returned):
            yield placeholder(call)
            return
        given = function.args.args[1:] if isinstance(call.func, ast.Attribute) and function.args.args[:1] and (
            function.args.args[0].arg in ("self", "cls")
        ) else function.args.args  # fmt: skip
        arguments = {name.arg: self._plain(value) for name, value in zip(given, call.args, strict=False)}
        reader = Reader(module, function, arguments)
        for value in returned:
            if value is not None:
                yield from reader.texts(value, depth + 1)

    def _plain(self, node: ast.expr) -> ast.expr:
        """An argument as one text of its own, since its names are another function's."""
        found = self.texts(node, _DEEP)
        return ast.Constant(found[0] if isinstance(node, (ast.Constant, ast.JoinedStr)) else placeholder(node))
