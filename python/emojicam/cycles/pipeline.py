"""Cycles of basic blocks on the Cortex-M7 by llvm-mca, all memory answering at once."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from emojicam import process
from emojicam.errors import EmojicamError

_ITERATIONS = 40
#: What is not in the model of the pipeline: barriers and the like.
_UNKNOWN = ("dsb", "dmb", "isb", "wfi", "wfe", "bkpt", "svc", "cpsi", "mrs", "msr", "udf", "pld", "yield", "sev")


#: What it knows and has no unit for.
_UNSUPPORTED = ("vcmp", "vmrs", "vmsr")
#: In place of what takes a slot and does nothing that matters.
_MOVE = "mov r0, r0"
_REFUSED = re.compile(r"^<stdin>:(\d+):\d+: error", re.MULTILINE)


@dataclass(frozen=True)
class BlockCost:
    """One pass through a block.

    Attributes:
        instructions: in it.
        least: cycles if nothing waited for a result, as many units and slots as there are.
        steady: cycles of pass after pass, results awaited.
    """

    instructions: int
    least: float
    steady: float


def costs(blocks: Sequence[Sequence[str]]) -> list[BlockCost]:
    """What each block of instructions costs.

    An instruction that llvm-mca does not know is taken for a move.

    Raises:
        EmojicamError: llvm-mca is not installed.
    """
    lines, regions = list[str](), list[int]()
    for number, block in enumerate(blocks):
        known = _plain([line for line in block if not line.startswith(_UNKNOWN)])
        if known:
            lines += ["@ LLVM-MCA-BEGIN", *known, "@ LLVM-MCA-END"]
            regions.append(number)
    found = dict(zip(regions, _mca(lines), strict=True))
    made = []
    for number, block in enumerate(blocks):
        least, steady = found.get(number, (0.0, 0.0))
        left_out = sum(line.startswith(_UNKNOWN) for line in block)
        made.append(BlockCost(len(block), least + left_out, steady + left_out))
    return made


def _plain(block: Sequence[str]) -> list[str]:
    """As LLVM's assembler takes it: without widths, literals from a register instead of the PC, and what an IT makes
    conditional as if it always were: a skipped instruction takes its slot too.
    """
    made = []
    conditional = 0
    for line in block:
        name, _, operands = line.partition(" ")
        name = name.removesuffix(".w").removesuffix(".n")
        if re.fullmatch("it[te]*", name):
            conditional = len(name) - 1
            made.append(_MOVE)
            continue
        if conditional:
            conditional -= 1
            bare, dot, kind = name.partition(".")
            name = bare[:-2] + dot + kind
        if name.startswith(_UNSUPPORTED):
            made.append(_MOVE)
            continue
        if name in ("bl", "blx"):  # for a call it assumes 100 cycles
            name, operands = "b", "somewhere"
        made.append(f"{name} {operands.replace('[pc', '[r0')}")
    return made


def _mca(lines: list[str]) -> list[tuple[float, float]]:
    tool = process.find_tool("llvm-mca")
    command: list[str | Path] = [
        tool, "-mtriple=thumbv7em-none-eabihf", "-mcpu=cortex-m7", f"-iterations={_ITERATIONS}", "-json",
    ]  # fmt: skip
    for _ in range(4):
        done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=False)
        refused = {int(number) for number in _REFUSED.findall(done.stderr)}
        if done.returncode == 0 or not refused:
            break
        lines = [_MOVE if number in refused else line for number, line in enumerate(lines, 1)]
    if done.returncode != 0:
        raise EmojicamError(f"llvm-mca: {(done.stderr.strip() or 'failed').splitlines()[0]}", "llvm-mca 14 or newer")
    regions = json.loads(done.stdout)["CodeRegions"]
    return [(_summary(region, "BlockRThroughput"), _summary(region, "TotalCycles") / _ITERATIONS) for region in regions]


def _summary(region: dict[str, dict[str, float]], name: str) -> float:
    return float(region["SummaryView"][name])
