"""The deepest way through a firmware's calls, against the stack that its linker script gives it.

Calls are read from the linked image, so that only what is in it counts. A function's frame is GCC's own figure
(``-fstack-usage``), or what its instructions take from SP where that is more: assembly, the compiler's libraries.
Calls through pointers go where ``firmware/stack.toml`` says; one that it does not cover is an error, and so is a
recursion without a bound. Figures are upper bounds in bytes.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from emojicam import paths, process
from emojicam.config import boards
from emojicam.errors import EmojicamError
from emojicam.firmware import elf as elf_file
from emojicam.firmware.build import libraries_dir

#: What the core pushes for an interrupt while the FPU is in use, and to align SP. (DDI 0403E B1.5.7)
EXCEPTION_FRAME = 26 * 4 + 4


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Indirect(_Table):
    """Where the calls through pointers of some functions may go: patterns for whole names, parameters included."""

    caller: str
    callee: str
    why: str


class Recursion(_Table):
    """A function that calls itself, and how often at most."""

    function: str
    depth: int
    why: str


class Roots(_Table):
    """Where execution begins: one entry, and of each priority of interrupts those that may be running."""

    reset: str
    interrupts: tuple[str, ...]


class Rules(_Table):
    """``firmware/stack.toml``."""

    indirect: tuple[Indirect, ...]
    recursion: tuple[Recursion, ...] = ()
    board: Mapping[str, Roots]


@dataclass
class Function:
    """One function of an image.

    Attributes:
        name: demangled.
        frame: bytes of stack.
        calls: addresses of functions that it calls directly.
        indirect: how many calls through pointers it has.
        unbounded: an instruction that moves SP by a register, if there is one.
    """

    name: str
    frame: int = 0
    calls: set[int] = field(default_factory=set)
    indirect: int = 0
    unbounded: str = ""


@dataclass(frozen=True)
class Way:
    """The deepest way from a root: ``(function, its frame)`` from the outside in, and the sum."""

    bytes: int
    steps: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Result:
    """What a board's firmware needs.

    Attributes:
        size: of its stack.
        main, interrupts: the deepest ways; interrupts nest, one of each priority.
    """

    size: int
    main: Way
    interrupts: tuple[Way, ...]

    @property
    def needed(self) -> int:
        return self.main.bytes + sum(way.bytes + EXCEPTION_FRAME for way in self.interrupts)


def rules_file() -> Path:
    return paths.project_root() / "firmware" / "stack.toml"


def load_rules(path: Path) -> Rules:
    """Read the rules.

    Raises:
        EmojicamError: missing, no TOML, or malformed.
    """
    try:
        return Rules.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        first = str(error).splitlines()[0]
        restore = f"git restore {path}, or correcting it" if paths.in_checkout() else "a checkout, which has it"
        raise EmojicamError(f"cannot use {path.name}: {first}", restore) from None


_HEADER = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_CODE = re.compile(r"^\s+([0-9a-f]+):\t(\S+)(?:\t(.*))?$")
_TARGET = re.compile(r"^(?:\w+, )?([0-9a-f]+) <")


def parse(listing: str, entries: Iterable[int]) -> dict[int, Function]:
    """Functions by address, from ``objdump -d -C --no-show-raw-insn``.

    Args:
        entries: addresses of the symbols that are functions; other labels belong to the function before them.
    """
    known = set(entries)
    found: dict[int, Function] = {}
    here = Function("")
    jumps: list[tuple[Function, int]] = []
    for line in listing.splitlines():
        if header := _HEADER.match(line):
            address = int(header[1], 16)
            if address in known or not here.name:
                here = found.setdefault(address, Function(header[2]))
        elif code := _CODE.match(line):
            _instruction(here, code[2], (code[3] or "").split("@")[0].split(";")[0].strip(), jumps)
    for function, target in jumps:
        # A jump inside the function is no call; one to another's beginning is (a tail call).
        if target in found and found[target] is not function:
            function.calls.add(target)
    return found


def _instruction(here: Function, op: str, operands: str, jumps: list[tuple[Function, int]]) -> None:
    op = op.removesuffix(".w").removesuffix(".n")
    if op in ("push", "vpush") or (op.startswith(("stmdb", "vstmdb", "stmfd")) and operands.startswith("sp!")):
        here.frame += _registers(operands)
    elif op in ("sub", "subw", "subs") and operands.startswith("sp,"):
        amount = re.search(r"#(\d+)$", operands)
        if amount:
            here.frame += int(amount[1])
        else:
            here.unbounded = f"{op} {operands}"
    elif (op.startswith("str") or op.startswith("vstr")) and (moved := re.search(r"\[sp, #-(\d+)\]!", operands)):
        here.frame += int(moved[1])
    elif op == "blx" or (op.startswith("bx") and operands != "lr") or (op.startswith("ldr") and operands[:3] == "pc,"):
        if target := _TARGET.match(operands):
            jumps.append((here, int(target[1], 16)))
        elif "[sp]" not in operands:
            here.indirect += 1
    elif op.startswith(("b", "cbz", "cbnz")) and (target := _TARGET.match(operands)):
        jumps.append((here, int(target[1], 16)))


def _registers(operands: str) -> int:
    """Bytes of a register list."""
    inside = operands[operands.index("{") + 1 : operands.index("}")]
    count = 0
    for item in inside.split(","):
        first, _, last = item.strip().partition("-")
        count += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return count * (8 if inside.strip().startswith("d") else 4)


def read_usage(*folders: Path) -> dict[str, int]:
    """Qualified name without parameters -> the largest frame that GCC's .su files below the folders give it.

    Raises:
        EmojicamError: there are none, or a frame has no bound.
    """
    frames: dict[str, int] = {}
    files = sorted(path for folder in folders for path in folder.rglob("*.su"))
    for path in files:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            where, amount, kind = line.rsplit("\t", 2)
            if kind == "dynamic":
                raise EmojicamError(f"the frame of {where} has no bound", "no alloca and no array of variable length")
            name = bare_name(where.split(":", 3)[3])
            frames[name] = max(frames.get(name, 0), int(amount))
    if not files:
        raise EmojicamError(f"{folders[0]} has no .su files of GCC's", "emojicam build")
    return frames


def bare_name(text: str) -> str:
    """``a::b`` of a demangled name or of GCC's own: without parameters, template arguments and result."""
    text = text.replace("{anonymous}", "_anonymous_").replace("(anonymous namespace)", "_anonymous_")
    text = re.sub(r" \[(?:with .*|clone .*)\]$| \[.*\]$", "", text).removesuffix(" const")
    while (shorter := re.sub(r"<[^<>]*>", "", text.replace("->", "_"))) != text:
        text = shorter
    text = re.sub(r"\.(constprop|isra|part|cold)(\.\d+)*", "", text)
    text = text.replace("operator()", "operator_call")
    return text.split("(")[0].strip().split(" ")[-1].lstrip("*&")


def deepest(functions: Mapping[int, Function], root: int, rules: Rules) -> Way:
    """The deepest way from a function.

    Raises:
        EmojicamError: a call through a pointer or a recursion that no rule covers, or a frame without a bound.
    """
    targets = _Targets(functions, rules)
    done: dict[int, Way] = {}
    trail: list[int] = []

    def visit(address: int) -> Way:
        if address in done:
            return done[address]
        here = functions[address]
        if address in trail:
            ring = " -> ".join(functions[item].name for item in [*trail[trail.index(address) :], address])
            raise EmojicamError(f"a recursion without a bound: {ring}", "no recursion, or [[recursion]] in stack.toml")
        if here.unbounded:
            raise EmojicamError(f"{here.name} moves SP by a register: {here.unbounded}", "a frame of constant size")
        depth = targets.depth(here)
        trail.append(address)
        inner = [visit(item) for item in sorted(targets.of(here)) if not (depth > 1 and item == address)]
        trail.pop()
        below = max(inner, key=lambda way: way.bytes, default=Way(0, ()))
        frame = here.frame * depth
        done[address] = Way(frame + below.bytes, ((here.name, frame), *below.steps))
        return done[address]

    return visit(root)


class _Targets:
    """Where a function's calls may go."""

    def __init__(self, functions: Mapping[int, Function], rules: Rules) -> None:
        self._rules = rules
        self._callees = [
            {address for address, item in functions.items() if re.fullmatch(rule.callee, item.name)}
            for rule in rules.indirect
        ]

    def depth(self, function: Function) -> int:
        for rule in self._rules.recursion:
            if re.fullmatch(rule.function, function.name):
                return rule.depth
        return 1

    def of(self, function: Function) -> set[int]:
        if not function.indirect:
            return function.calls
        for rule, callees in zip(self._rules.indirect, self._callees, strict=True):
            if re.fullmatch(rule.caller, function.name):
                return function.calls | callees
        raise EmojicamError(
            f"{function.name} calls through a pointer, and nothing says where to", "[[indirect]] in firmware/stack.toml"
        )


def analyse(board: str, elf: Path) -> Result:
    """The deepest ways through a board's firmware.

    Args:
        elf: in its build folder, where GCC has left its .su files; those of its libraries are in theirs.

    Raises:
        EmojicamError: see `deepest`; or the image has no function that the rules name as a root.
    """
    rules = load_rules(rules_file())
    if board not in rules.board:
        raise EmojicamError(f"nothing says where {board} begins", f"[board.{board}] in firmware/stack.toml")
    functions, symbols = _read(elf)
    usage = read_usage(elf.parent, libraries_dir(boards.find(board)))
    for function in functions.values():
        # GCC's figure; its clones of a part of a function have none, so that the instructions count, too.
        function.frame = max(usage.get(bare_name(function.name), 0), function.frame)
    roots = rules.board[board]
    ways = [deepest(functions, _root(functions, name), rules) for name in (roots.reset, *roots.interrupts)]
    return Result(symbols["__stack_size"], ways[0], tuple(ways[1:]))


def _root(functions: Mapping[int, Function], pattern: str) -> int:
    """The root of that name; of several that share a priority an invented one that calls each."""
    found = [address for address, item in functions.items() if re.fullmatch(pattern, item.name)]
    if not found:
        raise EmojicamError(f"the image has no function {pattern}", "its name in firmware/stack.toml")
    if len(found) == 1:
        return found[0]
    assert isinstance(functions, dict)
    functions[-min(found)] = Function(f"one of {pattern}", 0, set(found))
    return -min(found)


def _read(elf: Path) -> tuple[dict[int, Function], dict[str, int]]:
    """Functions, and all symbols' values."""
    listed = elf_file.read(elf).symbols
    if not listed:
        raise EmojicamError(f"{elf} has no symbols", "emojicam build")
    symbols = {symbol.name: symbol.address for symbol in listed}
    entries = {symbol.address for symbol in listed if symbol.function}
    listing = process.run(
        ["arm-none-eabi-objdump", "-d", "-C", "--no-show-raw-insn", elf], what=f"disassemble {elf.name}"
    )
    functions = parse(listing, entries)
    for function in functions.values():
        # The linker's long jumps: between flash and ITCM.
        if veneer := re.fullmatch(r"__(.+)_veneer", function.name):
            function.calls, function.indirect = {symbols[veneer[1]]}, 0
    return functions, symbols
