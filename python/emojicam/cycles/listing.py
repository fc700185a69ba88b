"""An ELF's instructions and functions by address, from objdump."""

import re
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path

from emojicam import process

_FUNCTION = re.compile(r"^([0-9a-f]{8}) <(.*)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(\S+)(?:\t([^@;]*))?")
#: What names an address is `address <symbol+offset>`, the symbol with whatever C++ has in a name.
_TARGET = re.compile(r"\b[0-9a-f]+ <.*")


@dataclass(frozen=True)
class Listing:
    """Instructions as an assembler takes them, and where functions begin."""

    instructions: dict[int, str]
    functions: dict[int, str]
    _order: list[int]

    def block(self, address: int, size: int) -> list[str]:
        """The instructions of a basic block."""
        return [self.instructions[at] for at in range(address, address + size, 2) if at in self.instructions]

    def function_at(self, address: int) -> str:
        """The name of the function that an instruction is of."""
        place = bisect_right(self._order, address) - 1
        return self.functions[self._order[place]] if place >= 0 else "?"

    def entry(self, prefix: str) -> int | None:
        """The address of the function whose demangled name begins so."""
        return next((at for at, name in self.functions.items() if name.startswith(prefix)), None)


def read(elf: Path) -> Listing:
    """Disassemble an ELF.

    Raises:
        EmojicamError: the tool is missing, or the file is no ELF.
    """
    text = process.run(["arm-none-eabi-objdump", "-d", "-C", "--no-show-raw-insn", elf], what=f"disassemble {elf.name}")
    instructions: dict[int, str] = {}
    functions: dict[int, str] = {}
    for line in text.splitlines():
        if match := _FUNCTION.match(line):
            if not match[2].startswith((".L", "$")):
                functions[int(match[1], 16)] = match[2]
        elif match := _INSTRUCTION.match(line):
            operands = _TARGET.sub("somewhere", match[3] or "").strip()
            instructions[int(match[1], 16)] = f"{match[2]} {operands}".strip()
    return Listing(instructions, functions, sorted(functions))
