"""GitHub's expressions: parsed, and evaluated with contexts of ours.

The language is that of GitHub's documentation, "Evaluate expressions in workflows and actions", without object
filters (``*``): literals, ``()``, ``[]``, ``.``, ``!``, comparisons, ``&&``, ``||``, and functions.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:0x[0-9a-fA-F]+|\d+(?:\.\d+)?))|'(?P<text>(?:[^']|'')*)'"
    r"|(?P<name>[A-Za-z_][\w-]*)|(?P<op>&&|\|\||==|!=|<=|>=|[!<>().,\[\]]))"
)
_CONTEXTS = {"env", "github", "inputs", "job", "matrix", "needs", "runner", "secrets", "steps", "strategy", "vars"}
#: Function -> how many arguments it takes.
_FUNCTIONS = {
    "always": (0, 0), "cancelled": (0, 0), "contains": (2, 2), "endsWith": (2, 2), "failure": (0, 0),
    "format": (1, 99), "fromJSON": (1, 1), "hashFiles": (1, 99), "join": (1, 2), "startsWith": (2, 2),
    "success": (0, 0), "toJSON": (1, 1),
}  # fmt: skip


class BadExpression(ValueError):
    """No expression: the reason is its text."""


class _Parser:
    def __init__(self, text: str, look_up: Callable[[str, list[Any]], Any], contexts: Mapping[str, Any] | None) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._call = look_up
        self._contexts = contexts

    def parse(self) -> Any:
        value = self._or()
        if self._at < len(self._tokens):
            raise BadExpression(f"unexpected {self._tokens[self._at][1]!r}")
        return value

    def _accept(self, *operators: str) -> str:
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "op":
            found = self._tokens[self._at][1]
            if found in operators:
                self._at += 1
                return found
        return ""

    def _expect(self, operator: str) -> None:
        if not self._accept(operator):
            raise BadExpression(f"{operator!r} is missing")

    def _next(self) -> tuple[str, str]:
        if self._at == len(self._tokens):
            raise BadExpression("it ends early")
        self._at += 1
        return self._tokens[self._at - 1]

    def _or(self) -> Any:
        value = self._and()
        while self._accept("||"):
            right = self._and()
            value = value if truth(value) else right
        return value

    def _and(self) -> Any:
        value = self._comparison()
        while self._accept("&&"):
            right = self._comparison()
            value = right if truth(value) else value
        return value

    def _comparison(self) -> Any:
        value = self._not()
        while operator := self._accept("==", "!=", "<=", ">=", "<", ">"):
            value = _compare(operator, value, self._not())
        return value

    def _not(self) -> Any:
        return not truth(self._not()) if self._accept("!") else self._postfix()

    def _postfix(self) -> Any:
        kind, text = self._next()
        if kind == "number":
            return float(int(text, 0) if "." not in text else float(text))
        if kind == "text":
            return text.replace("''", "'")
        if kind == "op":
            if text != "(":
                raise BadExpression(f"unexpected {text!r}")
            value = self._or()
            self._expect(")")
            return value
        if text in ("true", "false", "null"):
            return {"true": True, "false": False, "null": None}[text]
        return self._function(text) if self._accept("(") else self._members(text)

    def _function(self, name: str) -> Any:
        arguments = []
        if not self._accept(")"):
            arguments.append(self._or())
            while self._accept(","):
                arguments.append(self._or())
            self._expect(")")
        least, most = _FUNCTIONS.get(name, (-1, -1))
        if least < 0:
            raise BadExpression(f"there is no function {name}")
        if not least <= len(arguments) <= most:
            raise BadExpression(f"{name} does not take {len(arguments)} arguments")
        return self._call(name, arguments)

    def _members(self, name: str) -> Any:
        if name not in _CONTEXTS:
            raise BadExpression(f"there is no context {name}")
        value = None if self._contexts is None else self._contexts.get(name, {})
        while operator := self._accept(".", "["):
            if operator == ".":
                kind, key = self._next()
                if kind != "name":
                    raise BadExpression(f"unexpected {key!r} after a dot")
            else:
                key = as_text(self._or())
                self._expect("]")
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


def _tokens(text: str) -> "list[tuple[str, str]]":
    found = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(f"unexpected {text[at:].strip()[:10]!r}")
        assert match.lastgroup
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def truth(value: Any) -> bool:
    """What ``if:`` makes of a value."""
    return value not in (None, False, 0, "")


def as_text(value: Any) -> str:
    """What an expression becomes in a text."""
    if value is None or isinstance(value, bool):
        return {None: "", True: "true", False: "false"}[value]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _compare(operator: str, left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        # GitHub compares texts without regard to case.
        left, right = left.casefold(), right.casefold()
    elif type(left) is not type(right):
        left, right = _number(left), _number(right)
    match operator:
        case "==":
            return bool(left == right)
        case "!=":
            return bool(left != right)
        case "<":
            return bool(left < right)
        case ">":
            return bool(left > right)
        case "<=":
            return bool(left <= right)
        case _:
            return bool(left >= right)


def _number(value: Any) -> float:
    try:
        return float(value or 0)
    except ValueError:
        return float("nan")


def check(text: str) -> None:
    """Parse without evaluating.

    Raises:
        BadExpression: it does not parse, or names a context or function that there is not.
    """
    _Parser(text, lambda name, arguments: None, None).parse()


def evaluate(text: str, contexts: Mapping[str, Any], call: Callable[[str, list[Any]], Any]) -> Any:
    """The value of an expression.

    Args:
        contexts: by name; what is not there is null.
        call: evaluates a function.
    """
    return _Parser(text, call, contexts).parse()


def find(text: str) -> list[str]:
    """The expressions in a text.

    Raises:
        BadExpression: one that is not closed.
    """
    found = re.findall(r"\$\{\{(.*?)\}\}", text, re.S)
    if len(found) != text.count("${{"):
        raise BadExpression("${{ without }}")
    return found


def substitute(text: str, value_of: Callable[[str], Any]) -> str:
    """A text with its expressions replaced by their values."""
    return re.sub(r"\$\{\{(.*?)\}\}", lambda match: as_text(value_of(match[1])), text, flags=re.S)
