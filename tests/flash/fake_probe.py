"""A pyOCD session on an STM32H743 that is not there.

pyOCD's own loader, builder and eraser run on it, with its own memory map of the chip; only the calls of the
flash algorithm are replaced, by flash that behaves as the chip's: a word is programmed once after an erase.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from pyocd.core import exceptions
from pyocd.core.memory_map import MemoryType
from pyocd.flash.flash import Flash
from pyocd.target.builtin import BUILTIN_TARGETS

BASE, SIZE, SECTOR, WORD = 0x0800_0000, 0x20_0000, 0x2_0000, 32


class FakeFlash(Flash):
    def init(self, operation: Any, address: Any = None, clock: int = 0, reset: bool = False) -> None:
        self._active_operation = operation

    def uninit(self) -> None:
        self._active_operation = None

    def cleanup(self) -> None:
        self._active_operation = None

    def erase_all(self) -> None:
        assert self._active_operation == self.Operation.ERASE
        self.target.erase(self.region.start, self.region.length)

    def erase_sector(self, address: int) -> None:
        assert self._active_operation == self.Operation.ERASE
        assert address % SECTOR == 0
        self.target.erase(address, SECTOR)

    def program_page(self, address: int, data: list[int]) -> None:
        assert self._active_operation == self.Operation.PROGRAM
        self.target.program(address, bytes(data))


class FakeTarget:
    def __init__(self) -> None:
        self.memory = bytearray((at // SECTOR) & 0x7F for at in range(SIZE))
        self.programmed = [True] * (SIZE // WORD)
        self.erased: list[int] = []
        self.log: list[str] = []
        # Option bytes as they leave ST: RDP level 0, no sector write-protected. (RM0433 4.9.8, 4.9.15)
        self.options = {0x5200_201C: 0x1BC6_AAF0, 0x5200_2038: 0xFF, 0x5200_2138: 0xFF}
        self.weak: set[int] = set()  # addresses of bytes that don't take
        self.debug_sequence_delegate = None
        self.selected_core = SimpleNamespace(node_name=None)
        self.memory_map = BUILTIN_TARGETS["stm32h743xx"].MEMORY_MAP.clone()
        self.session: Any = None
        for region in self.memory_map.iter_matching_regions(type=MemoryType.FLASH):
            flash = FakeFlash(self, region.algo)
            flash.region = region
            region.flash = flash

    def erase(self, address: int, size: int) -> None:
        at = address - BASE
        self.memory[at : at + size] = bytes([0xFF]) * size
        self.programmed[at // WORD : (at + size) // WORD] = [False] * (size // WORD)
        self.erased += range(address, address + size, SECTOR)

    def program(self, address: int, data: bytes) -> None:
        at = address - BASE
        assert at % WORD == len(data) % WORD == 0
        for word in range(at // WORD, (at + len(data)) // WORD):
            if self.programmed[word]:
                raise exceptions.FlashProgramFailure("word is not erased", address=BASE + word * WORD)
            self.programmed[word] = True
        self.memory[at : at + len(data)] = data
        for weak in self.weak:
            if address <= weak < address + len(data):
                self.memory[weak - BASE] = 0xFF

    def read_memory_block8(self, address: int, size: int) -> list[int]:
        return list(self.memory[address - BASE : address - BASE + size])

    def read32(self, address: int) -> int:
        return self.options[address]

    def reset_and_halt(self) -> None:
        self.log.append("halt")

    def reset(self) -> None:
        self.log.append("reset")


class FakeSession:
    """What our code and pyOCD's loader use of a session."""

    def __init__(self) -> None:
        self.target = FakeTarget()
        self.target.session = self
        self.board = SimpleNamespace(target=self.target)
        self.context_state = SimpleNamespace()
        self.settings: dict[str, Any] = {}
        self.options = SimpleNamespace(get=self.settings.get, set=self.settings.__setitem__)
        self.closed = False

    def notify(self, *arguments: Any, **named: Any) -> None:
        pass

    def __enter__(self) -> "FakeSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.closed = True

    @contextmanager
    def open(self, unique_id: str, target: str, hertz: int) -> Iterator["FakeSession"]:
        self.opened = (unique_id, target, hertz)
        with self:
            yield self
