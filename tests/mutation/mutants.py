"""A mutation run: small changes to the code that decides what is typed, written to flash or trained, one at a time; a
test has to fail for each. Those that none fails for are in ``survivors.toml``, each with the reason why it may live.

    .venv/bin/python tests/mutation/mutants.py              every target of TARGETS
    .venv/bin/python tests/mutation/mutants.py decision     those with this in their file's name
    .venv/bin/python tests/mutation/mutants.py --share 0.3 --seed 1 mixture     three of ten of its mutants

Each mutant of Python is a fork of this process whose import of that one module gives the changed text: nothing is
written, and what is slow to import is imported once. A mutant of C++ is compiled and linked beside the real one with
the commands that Ninja has for it.
"""

import argparse
import ast
import importlib.machinery
import importlib.util
import itertools
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).parents[2]
SURVIVORS = Path(__file__).with_name("survivors.toml")
#: Seconds for one mutant: what takes as long loops.
PATIENCE = 300


@dataclass(frozen=True)
class Target:
    """A file, and the tests that are to notice: pytest's arguments, or the unit test's CMake target for C++."""

    file: str
    tests: tuple[str, ...]


_KEYBOARD = ("tests/keyboard/test_keystrokes.py",)
_GESTURE = ("tests/gesture/test_gesture.py",)
_FLASH = ("tests/flash/test_plan.py", "tests/flash/test_image.py")
_STEP = (
    "tests/training/test_replicas.py",
    "tests/training/test_what_is_learnt.py::test_the_loss_smooths_labels_and_weighs_classes",
    "tests/training/test_teaching.py::test_who_is_taught_by_itself_alone_has_nothing_to_learn",
    "tests/training/test_teaching.py::test_the_loss_is_shared_between_labels_and_teacher",
    "tests/training/test_teaching.py::test_several_teachers_count_alike",
    "tests/training/test_teaching.py::test_a_teacher_says_the_mean_of_a_picture_and_its_mirror_image",
    "tests/training/test_teaching.py::test_a_step_mixes_pictures_only_if_told_to",
    "tests/training/test_teaching.py::test_mixed_pictures_lie_between_two_and_their_labels_alike",
)
_PICTURES = ("tests/training/test_pictures_stay.py", "tests/training/test_draws.py")
TARGETS = (
    Target("python/emojicam/gesture/decision.py", _GESTURE),
    Target("python/emojicam/frame_clock.py", _GESTURE),
    Target("python/emojicam/keyboard/encode.py", _KEYBOARD),
    Target("python/emojicam/keyboard/decode.py", _KEYBOARD),
    Target("python/emojicam/keyboard/methods.py", _KEYBOARD),
    Target("python/emojicam/keyboard/text.py", _KEYBOARD),
    Target("python/emojicam/keyboard/layouts.py", _KEYBOARD),
    Target("python/emojicam/flash/plan.py", _FLASH),
    Target("python/emojicam/flash/layout.py", _FLASH),
    Target("python/emojicam/firmware/image.py", _FLASH),
    Target("python/emojicam/link/codec.py", ("tests/link/test_link.py",)),
    Target("python/emojicam/link/frames.py", ("tests/link/test_link.py",)),
    Target("python/emojicam/config/on_board.py", ("tests/config/test_on_board.py",)),
    Target("python/emojicam/training/augment.py", _PICTURES),
    Target("python/emojicam/training/mixture.py", _PICTURES),
    Target("python/emojicam/training/replicas.py", _STEP),
    Target("python/emojicam/training/metrics.py", ("tests/training/test_metrics.py",)),
    Target("python/emojicam/training/choice.py", ("tests/training/test_choice.py",)),
    Target("firmware/src/gesture/decision.cc", ("decision_test",)),
    Target("firmware/src/keyboard/strokes.cc", ("typist_test", "key_sequence_test")),
    Target("firmware/src/keyboard/key_sequence.cc", ("key_sequence_test", "typist_test")),
    Target("firmware/src/keyboard/typist.cc", ("typist_test",)),
    Target("firmware/src/keyboard/utf8.cc", ("key_sequence_test", "typist_test")),
    Target("firmware/src/storage/slot_store.cc", ("slot_store_test",)),
)

#: Those whose every survivor has been looked at: the slow test holds them to that. The others are still to be run.
SETTLED = (
    "firmware/src/gesture/decision.cc",
    "python/emojicam/gesture/decision.py",
    "python/emojicam/keyboard/encode.py",
    "python/emojicam/keyboard/text.py",
    "python/emojicam/flash/plan.py",
    "python/emojicam/flash/layout.py",
    "python/emojicam/config/on_board.py",
    "python/emojicam/training/replicas.py",
    "python/emojicam/training/metrics.py",
    "python/emojicam/training/choice.py",
)


@dataclass(frozen=True)
class Mutant:
    """One change: the text from start to end of a file becomes another."""

    file: str
    start: int
    end: int
    new: str
    text: str

    def source(self) -> str:
        return self.text[: self.start] + self.new + self.text[self.end :]

    @property
    def line(self) -> str:
        """The line of the file in which the change begins, without its indentation."""
        begin = self.text.rfind("\n", 0, self.start) + 1
        return self.text[begin : (self.text + "\n").index("\n", self.start)].strip()

    @property
    def was(self) -> str:
        return self.text[self.start : self.end]

    def __str__(self) -> str:
        return f"{self.file}:{self.text.count(chr(10), 0, self.start) + 1}: {self.was!r} -> {self.new!r}"


_SWAPS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "in": "not in", "not in": "in", "is": "is not",
    "is not": "is", "+": "-", "-": "+", "*": "+", "/": "*", "//": "*", "%": "+", "<<": ">>", ">>": "<<", "&": "|",
    "|": "&", "^": "&", "and": "or", "or": "and", "&&": "||", "||": "&&", "min": "max", "max": "min",
    "True": "False", "False": "True", "true": "false", "false": "true", "break": "continue", "continue": "break",
}  # fmt: skip


class _Python:
    """The mutants of a Python file. Tables at a module's top level, annotations and documentation stay as they are."""

    def __init__(self, file: str, text: str) -> None:
        self._file, self._text = file, text
        self._lines = [0]
        for line in text.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))

    def _at(self, line: int, column: int) -> int:
        start = self._lines[line - 1]
        whole = self._text[start : self._lines[line]].encode()
        return start + len(whole[:column].decode())

    def _span(self, node: Any) -> tuple[int, int]:
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno, node.end_col_offset)

    def _swap(self, start: int, end: int) -> Iterator[Mutant]:
        """The operator between two operands."""
        found = re.search(r"not\s+in|is\s+not|\w+|[<>=!+\-*/%&|^]+", self._text[start:end])
        if found and (new := _SWAPS.get(re.sub(r"\s+", " ", found[0]))):
            yield self._mutant(start + found.start(), start + found.end(), new)

    def _mutant(self, start: int, end: int, new: str) -> Mutant:
        return Mutant(self._file, start, end, new, self._text)

    def all(self) -> Iterator[Mutant]:
        for node in ast.parse(self._text).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield from self._below(node)

    def _below(self, node: ast.AST) -> Iterator[Mutant]:
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list", "bases"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from self._of(child)
                    yield from self._below(child)

    def _of(self, node: ast.AST) -> Iterator[Mutant]:
        match node:
            case ast.Compare():
                operands = [node.left, *node.comparators]
                for before, after in itertools.pairwise(operands):
                    yield from self._swap(self._span(before)[1], self._span(after)[0])
            case ast.BinOp(left=ast.Constant(value=str())) | ast.BinOp(right=ast.Constant(value=str())):
                pass
            case ast.BinOp():
                yield from self._swap(self._span(node.left)[1], self._span(node.right)[0])
            case ast.AugAssign():
                start, end = self._span(node)
                yield self._mutant(start, end, "pass")
            case ast.BoolOp():
                for before, after in itertools.pairwise(node.values):
                    yield from self._swap(self._span(before)[1], self._span(after)[0])
            case ast.UnaryOp(op=ast.Not()):
                yield self._mutant(self._span(node)[0], self._span(node.operand)[0], "")
            case ast.UnaryOp(op=ast.USub()):
                yield self._mutant(self._span(node)[0], self._span(node.operand)[0], "")
            case ast.Constant(value=bool()):
                yield self._mutant(*self._span(node), str(not node.value))
            case ast.Constant(value=int() | float()):
                yield self._mutant(*self._span(node), f"{node.value + 1!r}")
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                if isinstance(test, ast.Compare | ast.BoolOp | ast.UnaryOp):
                    return  # they have mutants of their own
                start, end = self._span(test)
                yield self._mutant(start, end, f"not ({self._text[start:end]})")
            case ast.Raise() | ast.Expr(value=ast.Call()):
                yield self._mutant(*self._span(node), "pass")
            case ast.Break() | ast.Continue() | ast.Name(id="min" | "max"):
                start, end = self._span(node)
                yield self._mutant(start, end, _SWAPS[self._text[start:end]])


#: A statement of C++ on a line of its own that does something: a call, an assignment.
_STATEMENT = re.compile(
    r"^ +(?!return|const|constexpr|case|using|\w+ \w+;)[\w.\->\[\]() +*&,:]+"
    r"(\([^;{}]*\)| [+\-|&]?= [^;{}]*|\+\+);$",
    re.MULTILINE,
)


def _cxx(file: str, text: str) -> Iterator[Mutant]:
    """The mutants of a C++ file: operators with a space on either side, numbers, truth, statements of one line."""
    # What is not code keeps its length and loses its text.
    code = re.sub(r"//[^\n]*|#[^\n]*|\"(\\.|[^\"\\\n])*\"|'(\\.|[^'\\\n])+'", lambda found: " " * len(found[0]), text)
    for found in re.finditer(r"(?<= )(<=|>=|==|!=|&&|\|\||<<|>>|[<>+\-*/%&|^])(?= )", code):
        if not code[found.end() :].lstrip().startswith((">", ",")):
            yield Mutant(file, found.start(), found.end(), _SWAPS[found[0]], text)
    for found in re.finditer(r"(?<![\w.])(0x[0-9A-Fa-f]+|\d+)(?=[uU]?\b)(?!\.)", code):
        yield Mutant(file, found.start(), found.end(), str(int(found[0], 0) + 1), text)
    for found in re.finditer(r"\b(true|false|break|continue)\b", code):
        yield Mutant(file, found.start(), found.end(), _SWAPS[found[0]], text)
    for found in re.finditer(r"(?<=\()!(?=[\w(])|(?<= )!(?=[\w(])", code):
        yield Mutant(file, found.start(), found.end(), "", text)
    for found in _STATEMENT.finditer(code):
        start = found.start() + len(found[0]) - len(found[0].lstrip())
        yield Mutant(file, start, found.end(), ";", text)


def mutants(file: str) -> list[Mutant]:
    """Every mutant of a file, in its order."""
    text = (ROOT / file).read_text(encoding="utf-8")
    found = _cxx(file, text) if file.endswith(".cc") else _Python(file, text).all()
    return sorted(found, key=lambda mutant: (mutant.start, mutant.new))


class _Changed(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, source: str, copy: Path) -> None:
        super().__init__(name, path)
        self._source, self._copy = source, copy

    def get_code(self, fullname: str) -> CodeType | None:
        # TensorFlow's AutoGraph compiles what the file of a function says.
        self._copy.write_text(self._source, encoding="utf-8")
        return compile(self._source, str(self._copy), "exec")


class _Finder:
    """Finds one module, with another text."""

    def __init__(self, mutant: Mutant, copy: Path) -> None:
        self._copy = copy
        place = Path(mutant.file).relative_to("python").with_suffix("")
        self._name = ".".join(place.parts[:-1] if place.name == "__init__" else place.parts)
        self._mutant = mutant

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name != self._name:
            return None
        file = str(ROOT / self._mutant.file)
        loader = _Changed(name, file, self._mutant.source(), self._copy)
        return importlib.util.spec_from_file_location(name, file, loader=loader)


def _survives_python(mutant: Mutant | None, tests: tuple[str, ...], folder: Path) -> bool:
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
        # What numba has compiled is kept on disk for the file, which has not changed.
        os.environ["NUMBA_DISABLE_JIT"] = "1"
        import pytest

        if mutant:
            sys.meta_path.insert(0, _Finder(mutant, folder / "mutant.py"))  # type: ignore[arg-type]
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        os.chdir(ROOT)
        # pytest-timeout would take the alarm for itself.
        rest = [
            "--timeout=0",
            "-x",
            "-q",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-m",
            "not slow and not emulator",
            *tests,
        ]
        os._exit(int(pytest.main(rest)))
    return os.waitpid(child, 0)[1] == 0


class _Build:
    """A unit test with one object of its own."""

    def __init__(self, file: str, target: str, folder: Path) -> None:
        from emojicam.firmware import build

        self._file = file

        program = build.build_host_program(target)
        self._folder = program.parents[1]
        ask = ["ninja", "-C", self._folder, "-t", "commands", f"tests/{target}"]
        listed = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.splitlines()
        source = str(ROOT / file)
        (compiles,) = [shlex.split(line) for line in listed if f"-c {source}" in line]
        link = next(line for line in reversed(listed) if f"-o tests/{target}" in line)
        link = link.removeprefix(": && ").removesuffix(" && :")
        place = compiles[compiles.index("-o") + 1]
        self._changed, made = folder / Path(file).name, folder / "mutant.o"
        self._program = folder / target
        where = compiles.index("-o")
        self._compile = [str(self._changed) if part == source else part for part in compiles]
        self._compile[where + 1] = str(made)
        for option in ("-MD", "-MT", "-MF"):  # the real build's list of what it depends on
            at = self._compile.index(option)
            del self._compile[at : at + (1 if option == "-MD" else 2)]
        # Found beside the original no more.
        self._compile += ["-iquote", str(Path(source).parent)]
        words = shlex.split(link)
        if place in words:
            self._link = [str(made) if part == place else part for part in words]
        else:  # in a library: before it, so that the linker needs the library's own no more
            self._link = words[:1] + words[1:]
            self._link.insert(next(n for n, part in enumerate(words) if part.endswith(".a")), str(made))
        self._link[self._link.index("-o") + 1] = str(self._program)

    def survives(self, mutant: Mutant | None) -> bool:
        self._changed.write_text(mutant.source() if mutant else self._changed_text(), encoding="utf-8")
        for command in (self._compile, self._link):
            if subprocess.run(command, cwd=self._folder, capture_output=True).returncode:
                return False  # the compiler has noticed
        try:
            return subprocess.run([self._program], capture_output=True, timeout=PATIENCE).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def _changed_text(self) -> str:
        return (ROOT / self._file).read_text(encoding="utf-8")


def survivors(target: Target, share: float = 1.0, seed: int = 0) -> Iterator[tuple[Mutant, bool]]:
    """Each mutant of a target, and whether all tests passed with it.

    Args:
        share: of the mutants that are tried, drawn with the seed; the same seed draws the same ones.

    Raises:
        RuntimeError: the tests don't pass without one.
    """
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        if target.file.endswith(".cc"):
            builds = [_Build(target.file, test, Path(name)) for test in target.tests]

            def survives(mutant: Mutant | None) -> bool:
                return all(build.survives(mutant) for build in builds)

        else:

            def survives(mutant: Mutant | None) -> bool:
                return _survives_python(mutant, target.tests, Path(name))

        if not survives(None):
            raise RuntimeError(f"{' '.join(target.tests)} fail without a mutant")
        draw = random.Random(seed)
        for mutant in mutants(target.file):
            if draw.random() < share:
                yield mutant, survives(mutant)


def excused() -> set[tuple[str, str, str, str]]:
    """File, line, old and new text of the survivors that have a reason."""
    rows = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    return {(row["file"], row["line"], row["was"], row["new"]) for row in rows}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="part of a file's name")
    parser.add_argument("--share", type=float, default=1.0, help="of the mutants (0 to 1)")
    parser.add_argument("--seed", type=int, default=0, help="that the share is drawn with")
    given = parser.parse_args()
    names = given.name
    reasons, unexcused = excused(), 0
    for module in ("numpy", "pytest", "pydantic", "PIL.Image", "jinja2", "typer", "rich.console", "rich.progress"):
        importlib.import_module(module)
    for target in TARGETS:
        if names and not any(name in target.file for name in names):
            continue
        tried = lived = 0
        for mutant, alive in survivors(target, given.share, given.seed):
            tried += 1
            lived += alive
            if alive and (mutant.file, mutant.line, mutant.was, mutant.new) not in reasons:
                unexcused += 1
                print(f"survives: {mutant}    in {mutant.line}", flush=True)
        print(f"{target.file}: {tried} mutants, {tried - lived} noticed, {lived} lived", flush=True)
    return 1 if unexcused else 0


if __name__ == "__main__":
    sys.exit(main())
