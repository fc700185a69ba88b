"""Caches and memories: who waits for what, counted on traces written by hand."""

import numpy as np
import pytest

from emojicam.cycles import memory
from emojicam.cycles.trace import NAMES, Trace

FLASH, DTCM, SRAM, DMA, ITCM = 0x0810_0000, 0x2000_1000, 0x2400_0000, 0x3000_0000, 0x1000
BLOCK, AHEAD = object(), object()


def waits(
    *frames: list[object], random: bool = False, cached: tuple[str, ...] = ("flash", "AXI SRAM")
) -> dict[str, int]:
    """What the last of some frames waits for. An access is (address, whether it writes); BLOCK begins a block in ITCM,
    (BLOCK, address, size) one elsewhere; (AHEAD, address) asks for a line."""
    events, blocks, begins = list[int](), [(ITCM, 8)], list[int]()
    for frame in frames:
        begins.append(len(events))
        for event in frame:
            if event is BLOCK:
                events.append(1 << 48)
            elif isinstance(event, tuple) and event[0] is AHEAD:
                events.append(1 << 41 | event[1])
            elif isinstance(event, tuple) and event[0] is BLOCK:
                blocks.append(event[1:])
                events.append(1 << 48 | len(blocks) - 1)
            else:
                address, write = event  # type: ignore[misc]
                events.append(int(write) << 40 | 3 << 32 | address)
    trace = Trace(np.array(events, np.uint64), blocks, [*begins, len(events)], frozenset(cached))
    counts = memory.waits(trace, len(frames) - 1, random=random)
    assert not counts[1:].any()
    assert counts.shape == (len(NAMES), len(memory.KINDS))
    return {kind.name: int(count) for kind, count in zip(memory.KINDS, counts[0], strict=True) if count}


def reads(begin: int, size: int, step: int = 4) -> list[object]:
    return [(address, False) for address in range(begin, begin + size, step)]


def writes(begin: int, size: int) -> list[object]:
    return [(address, True) for address in range(begin, begin + size, 4)]


@pytest.mark.parametrize("random", [False, True])
def test_a_line_is_fetched_once_and_then_there(random: bool) -> None:
    table = reads(FLASH, 1024)
    assert waits(table, random=random) == {"data lines from flash": 32}
    assert waits(table, table, random=random) == {}


def test_a_line_that_was_asked_for_is_not_waited_for() -> None:
    asked = [(AHEAD, FLASH + 32 * n) for n in range(8)]
    assert waits([*asked, *reads(FLASH, 512)]) == {"data lines asked for ahead": 8, "data lines from flash": 8}
    assert waits(reads(FLASH, 256), [*asked, *reads(FLASH, 256)]) == {}  # it is there
    assert waits([(AHEAD, DMA), *reads(DMA, 4)]) == {"uncached reads": 1}  # nothing keeps it


def test_tightly_coupled_memory_never_waits() -> None:
    assert waits([*reads(DTCM, 4096), *writes(DTCM, 4096), BLOCK]) == {}


def test_more_than_the_cache_holds_is_fetched_again_and_what_was_written_goes_back() -> None:
    assert waits(reads(SRAM, 8192), reads(SRAM, 8192)) == {}
    # By age, a ring that is larger than the cache is never there.
    assert waits(reads(SRAM, 32768), reads(SRAM, 32768)) == {"data lines from SRAM": 1024}
    by_chance = waits(reads(SRAM, 32768), reads(SRAM, 32768), random=True)
    assert 512 < by_chance["data lines from SRAM"] < 1024
    assert waits(writes(SRAM, 16384), reads(FLASH, 16384)) == {"data lines from flash": 512, "lines written back": 512}


def test_uncached_words_of_one_burst_are_cheaper_than_those_of_many() -> None:
    burst, loop = reads(DMA, 16), [event for read in reads(DMA, 16) for event in (read, BLOCK)]
    assert waits(burst) == {"uncached reads": 1, "uncached reads, the next word of an LDM or LDRD": 3}
    assert waits(loop) == {"uncached reads": 4}
    assert waits(writes(DMA, 16)) == {"uncached writes": 4}
    # The same memory, where the firmware has made it cacheable.
    assert waits(burst, cached=("flash", "SRAM1")) == {"data lines from SRAM": 1}


def test_code_in_flash_has_a_cache_of_its_own_and_code_in_itcm_needs_none() -> None:
    code = [(BLOCK, FLASH + 64 * n, 64) for n in range(16)]
    assert waits([*code, BLOCK]) == {"code lines from flash": 32}
    assert waits(code, reads(SRAM, 65536), code) == {}


def test_peripherals_are_counted() -> None:
    assert waits([(0x5802_0000, False), (0x5802_0004, True), (0xE000_E010, False)]) == {"peripheral accesses": 2}
