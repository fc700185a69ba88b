"""The memory protection unit (DDI 0403E, section B3.5), at the grain of the engine's pages, 1 KiB, and below.

Privileged rights and execute-never are enforced on memory; attributes (cacheable, shareable) are kept,
as a program may read them back, but there are no caches here for them to act on.
"""

from collections.abc import Callable
from dataclasses import dataclass

from emojicam.virtual_h7.cpu.engine import Engine
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.memory import MEMORIES, find

REGIONS = 16
_GRAIN = 1024

#: Privileged (read, write) for AP (table B3-15); 4 is reserved.
_AP = {
    0: (False, False),
    1: (True, True),
    2: (True, True),
    3: (True, True),
    5: (True, False),
    6: (True, False),
    7: (True, False),
}


@dataclass
class Region:
    base: int = 0
    attributes: int = 0

    @property
    def enabled(self) -> bool:
        return bool(self.attributes & 1)

    @property
    def size(self) -> int:
        return 1 << ((self.attributes >> 1 & 0x1F) + 1)

    def covers(self, address: int) -> bool:
        size = self.size
        start = self.base & ~(size - 1) & 0xFFFF_FFFF
        if not (self.enabled and start <= address < start + size):
            return False
        return size < 256 or not self.attributes >> (8 + (address - start) * 8 // size) & 1


class Mpu:
    """Regions, and the rights that follow from them."""

    def __init__(self, engine: Engine, defer: Callable[[Callable[[], None]], None]) -> None:
        self._engine = engine
        self._defer = defer
        self._watches: list[Callable[[], None]] = []
        self.control = 0
        self.number = 0
        self.regions = [Region() for _ in range(REGIONS)]
        #: Address / 32, the smallest region -> rights, as asked for by every exception.
        self._known: dict[int, tuple[bool, bool, bool]] = {}
        self._applied: dict[int, list[tuple[int, int, tuple[bool, bool, bool]]]] = {}

    def reset(self) -> None:
        self.control = self.number = 0
        self.regions = [Region() for _ in range(REGIONS)]
        self.apply()

    def _apply_small(self) -> None:
        """Regions below a page, stack guards mostly, are watched access by access."""
        while self._watches:
            self._watches.pop()()
        for region in self.regions:
            if self.control & 1 and region.enabled and region.size < _GRAIN and find(region.base):
                read, write = _AP.get(region.attributes >> 24 & 7, (False, False))
                self._watches.append(
                    self._engine.fault_accesses(region.base, region.base + region.size, read=not read, write=not write)
                )

    def rights(self, address: int, smallest: int = 0) -> tuple[bool, bool, bool]:
        """(read, write, execute) of privileged code, by the regions of at least ``smallest`` bytes."""
        default = (True, True, True)
        if not self.control & 1:
            return default
        for region in reversed(self.regions):
            if region.size >= smallest and region.covers(address):
                access = _AP.get(region.attributes >> 24 & 7)
                if access is None:
                    raise BoardError("an MPU region has the reserved access permission AP = 4")
                read, write = access
                return read, write, read and not region.attributes >> 28 & 1
        # PRIVDEFENA: the default map is the background.
        return default if self.control & 4 else (False, False, False)

    def may(self, address: int, size: int, *, write: bool) -> bool:
        """Whether privileged code may access all of these bytes of memory."""
        if find(address, size) is None:
            return False
        for at in {address, address + size - 1, *range(address & ~31, address + size, 32)}:
            block = max(address, at) >> 5
            if block not in self._known:
                self._known[block] = self.rights(block << 5)
            read, can_write, _ = self._known[block]
            if not (can_write if write else read):
                return False
        return True

    def changed(self) -> None:
        """A register was written: apply it behind the instruction that did so."""
        self._known.clear()
        self._defer(self.apply)

    def apply(self) -> None:
        """Give the engine's pages their rights."""
        self._known.clear()
        self._apply_small()
        for memory in MEMORIES:
            start, current = memory.base, self._page(memory.base)
            runs = []
            for page in range(memory.base + _GRAIN, memory.end, _GRAIN):
                rights = self._page(page)
                if rights != current:
                    runs.append((start, page, current))
                    start, current = page, rights
            runs.append((start, memory.end, current))
            key = memory.base
            if self._applied.get(key) == runs:
                continue
            self._applied[key] = runs
            for begin, end, (read, write, execute) in runs:
                self._engine.protect(begin, end - begin, read=read, write=write, execute=execute)

    def _page(self, address: int) -> tuple[bool, bool, bool]:
        read, write, execute = self.rights(address, _GRAIN)
        if 0x0800_0000 <= address < 0x2000_0000:
            # Flash is programmed through its controller, which gets these writes as faults.
            write = False
        return read, write, execute
