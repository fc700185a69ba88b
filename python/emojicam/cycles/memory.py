"""What caches and memories of the STM32H743 add to a frame: accesses are counted by kind, and each kind has a price
with a range, as nobody publishes these figures.

The Cortex-M7 has an instruction cache of 16 KiB in 2 ways and a data cache of 16 KiB in 4, lines of 32 bytes (RM0433
table 1; DDI 0489 chapter 5), which replaces pseudo-randomly. Tightly coupled memories answer at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from emojicam.cycles.trace import NAMES, Trace
from emojicam.virtual_h7 import memory

_LINE, _CODE_SETS, _CODE_WAYS, _DATA_SETS, _DATA_WAYS = 5, 256, 2, 128, 4
_jit: Callable[..., Any] = numba.njit(cache=True)


@dataclass(frozen=True)
class Kind:
    """One way in which memory makes the core wait.

    Attributes:
        least, most: core cycles each time. AXI and AHB run at half of the core's clock, so this is twice their clocks.
    """

    name: str
    least: float
    most: float


# A line: the bus matrix there and back (6 to 12 AXI clocks for flash behind its own port, 5 to 9 for the SRAM), the
# memory (1 + 4 wait states at 240 MHz: RM0433 table 17), and three or four more beats of 8 bytes.
KINDS = (
    Kind("code lines from flash", 28, 44),
    Kind("data lines from flash", 28, 44),
    Kind("data lines from SRAM", 18, 28),
    # By PLD: it waits for nothing, unless both buffers that lines come in are taken.
    Kind("data lines asked for ahead", 0, 14),
    Kind("lines for writing", 0, 14),  # no one waits for them, unless the store buffer is full
    Kind("lines written back", 0, 8),
    Kind("uncached reads", 20, 30),  # through the AXI-AHB bridge into domain D2
    Kind("uncached reads, the next word of an LDM or LDRD", 2, 10),
    Kind("uncached writes", 2, 10),
    Kind("peripheral accesses", 10, 40),
)
(_CODE_FLASH, _DATA_FLASH, _DATA_SRAM, _AHEAD, _FOR_WRITING, _BACK, _READ, _READ_ON, _WRITE, _PERIPHERAL) = range(
    len(KINDS)
)
# How an address is reached.
_AT_ONCE, _CACHED_FLASH, _CACHED_SRAM, _UNCACHED, _DEVICE = range(5)


def _regions(cached: frozenset[str]) -> npt.NDArray[np.int64]:
    """(N, 3): begin, end and how they are reached; peripherals are whatever else there is."""
    rows = []
    for block in memory.MEMORIES:
        if block in (memory.ITCM, memory.DTCM):
            how = _AT_ONCE
        elif block.name not in cached:
            how = _UNCACHED
        else:
            how = _CACHED_FLASH if block in (memory.FLASH, memory.SYSTEM) else _CACHED_SRAM
        rows.append((block.base, block.end, how))
    rows.append((0xE000_0000, 0x1_0000_0000, _AT_ONCE))  # the core's own
    return np.array(rows, np.int64)


def waits(trace: Trace, frame: int, *, random: bool) -> npt.NDArray[np.int64]:
    """(stage, kind): how often memory makes a frame wait, after the frames before it have filled the caches.

    Args:
        random: whether the data cache replaces a line by chance, or the one least recently used.
    """
    blocks = np.array(trace.blocks, np.int64).reshape(-1, 2)
    counts: npt.NDArray[np.int64] = _simulate(
        trace.of_blocks(), trace.writes(), trace.ahead(), trace.values(), trace.stages(),
        blocks, _regions(trace.cached), trace.frames[frame], trace.frames[frame + 1], random, len(NAMES), len(KINDS),
    )  # fmt: skip
    return counts


@_jit
def _lookup(lines: Any, dirty: Any, line: int, sets: int, random: int) -> tuple[bool, bool]:
    """Whether a cache has the line, which it has afterwards, most recent first; and whether a dirty one went."""
    at = line % sets
    ways = lines.shape[1]
    for way in range(ways):
        if lines[at, way] == line:
            mark = dirty[at, way]
            if random < 0:  # by age
                for other in range(way, 0, -1):
                    lines[at, other] = lines[at, other - 1]
                    dirty[at, other] = dirty[at, other - 1]
                lines[at, 0] = line
                dirty[at, 0] = mark
            return True, False
    if random < 0:
        went = dirty[at, ways - 1]
        for other in range(ways - 1, 0, -1):
            lines[at, other] = lines[at, other - 1]
            dirty[at, other] = dirty[at, other - 1]
        lines[at, 0] = line
        dirty[at, 0] = False
    else:
        way = random % ways
        went = dirty[at, way]
        lines[at, way] = line
        dirty[at, way] = False
    return False, went


@_jit
def _soil(lines: Any, dirty: Any, line: int, sets: int) -> None:
    at = line % sets
    for way in range(lines.shape[1]):
        if lines[at, way] == line:
            dirty[at, way] = True


@_jit
def _simulate(
    of_blocks: Any, writes: Any, ahead: Any, values: Any, stages: Any, blocks: Any, regions: Any, begin: int, end: int,
    by_chance: bool, stage_count: int, kind_count: int,
) -> Any:  # fmt: skip
    counts = np.zeros((stage_count, kind_count), np.int64)
    code = np.full((_CODE_SETS, _CODE_WAYS), -1, np.int64)
    clean = np.zeros((_CODE_SETS, _CODE_WAYS), np.bool_)
    data = np.full((_DATA_SETS, _DATA_WAYS), -1, np.int64)
    dirty = np.zeros((_DATA_SETS, _DATA_WAYS), np.bool_)
    chance = 1
    after = -1  # the address behind an uncached read, while no block has begun since
    for event in range(end):
        stage, value = stages[event], values[event]
        counted = 1 if event >= begin else 0
        chance = (chance * 1103515245 + 12345) & 0x7FFFFFFF
        draw = chance >> 20 if by_chance else -1  # the low bits repeat too soon
        address = blocks[value, 0] if of_blocks[event] else value
        how = _DEVICE
        for region in range(regions.shape[0]):
            if regions[region, 0] <= address < regions[region, 1]:
                how = regions[region, 2]
                break
        if of_blocks[event]:
            after = -1
            if how in (_CACHED_FLASH, _CACHED_SRAM):
                for line in range(address >> _LINE, ((address + blocks[value, 1] - 1) >> _LINE) + 1):
                    hit, _ = _lookup(code, clean, line, _CODE_SETS, draw)
                    if not hit:
                        counts[stage, _CODE_FLASH] += counted
        elif how in (_CACHED_FLASH, _CACHED_SRAM):
            line = address >> _LINE
            hit, went = _lookup(data, dirty, line, _DATA_SETS, draw)
            if not hit:
                if ahead[event]:
                    counts[stage, _AHEAD] += counted
                elif writes[event]:
                    counts[stage, _FOR_WRITING] += counted
                elif how == _CACHED_FLASH:
                    counts[stage, _DATA_FLASH] += counted
                else:
                    counts[stage, _DATA_SRAM] += counted
            if went:
                counts[stage, _BACK] += counted
            if writes[event]:
                _soil(data, dirty, line, _DATA_SETS)
        elif ahead[event]:
            pass  # not cached: a hint that nothing comes of
        elif how == _UNCACHED:
            if writes[event]:
                counts[stage, _WRITE] += counted
            else:
                # Words that follow each other are one burst. A loop's passes are blocks, which part them.
                counts[stage, _READ_ON if address == after else _READ] += counted
                after = address + 4
        elif how == _DEVICE:
            counts[stage, _PERIPHERAL] += counted
    return counts
