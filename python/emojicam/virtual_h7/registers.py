"""Register files that work from a table: offset, name, reset value, what can be written, what clears."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Protocol

from emojicam.virtual_h7.clock import Clock
from emojicam.virtual_h7.cpu.engine import Engine
from emojicam.virtual_h7.errors import BoardError, UnknownRegister

ALL = 0xFFFF_FFFF


def bits(*positions: int | tuple[int, int]) -> int:
    """A mask of single bits and of ranges ``(low, high)``, both ends included."""
    mask = 0
    for position in positions:
        low, high = position if isinstance(position, tuple) else (position, position)
        mask |= ((1 << (high - low + 1)) - 1) << low
    return mask


@dataclass(frozen=True)
class Register:
    """One 32-bit register.

    Args:
        offset: bytes from the peripheral's base.
        name: as in RM0433, without the peripheral's prefix, in capitals.
        reset: value after reset.
        writable: bits that take the written value.
        w1c: bits that a written 1 clears.
        section: where RM0433 (rev 7) describes it.
        byte_access: 8- and 16-bit accesses are allowed as well.
    """

    offset: int
    name: str
    reset: int = 0
    writable: int = 0
    w1c: int = 0
    section: str = ""
    byte_access: bool = False


def array(register: Register, count: int, stride: int, start: int = 0) -> list[Register]:
    """``count`` registers like this one; ``{}`` in the name is its number."""
    return [
        replace(register, offset=register.offset + stride * n, name=register.name.format(n + start))
        for n in range(count)
    ]


class Surroundings(Protocol):
    """What a device has of the core: time, memory, interrupts."""

    @property
    def clock(self) -> Clock:
        """Events of virtual time."""

    @property
    def engine(self) -> Engine:
        """Memory as a bus master sees it."""

    @property
    def pc(self) -> int:
        """Where the core is, for messages."""

    def set_irq(self, irq: int, high: bool) -> None:
        """Drive an interrupt line of the NVIC."""

    def defer(self, action: Callable[[], None]) -> None:
        """Have ``action`` called behind the instruction that is executing."""


class Peripheral:
    """A block of registers on the bus.

    A subclass gives NAME, BASE, SIZE and REGISTERS. Where a register does more than keep its bits, it
    has methods ``read_NAME() -> int`` (side effects and status) or ``write_NAME(value)`` (called after
    the table's rule has been applied; ``value`` is what was written).
    """

    NAME: ClassVar[str]
    BASE: ClassVar[int]
    SIZE: ClassVar[int] = 0x400
    REGISTERS: ClassVar[Iterable[Register]]
    #: RCC enable register and bit, or None where the clock can't be switched off.
    CLOCK: ClassVar[tuple[str, int] | None] = None

    def __init__(self, core: Surroundings) -> None:
        self.core = core
        self.by_offset = {register.offset: register for register in self.REGISTERS}
        self.values = {register.name: register.reset for register in self.REGISTERS}
        self._readers: dict[int, Callable[[], int]] = {}
        self._writers: dict[int, Callable[[int], None]] = {}
        for offset, register in self.by_offset.items():
            if reader := getattr(self, f"read_{register.name}", None):
                self._readers[offset] = reader
            if writer := getattr(self, f"write_{register.name}", None):
                self._writers[offset] = writer

    def reset(self) -> None:
        """What a system reset does to it."""
        for register in self.REGISTERS:
            self.values[register.name] = register.reset

    def read(self, offset: int, size: int) -> int:
        """A bus read. Raises UnknownRegister for what the table does not hold."""
        word = offset & ~3
        register = self.by_offset.get(word)
        if register is None or (size != 4 and not register.byte_access) or offset % size:
            raise self.unknown("read", offset, size)
        reader = self._readers.get(word)
        value = reader() if reader else self.values[register.name]
        if size == 4:
            return value
        return (value >> 8 * (offset & 3)) & ((1 << 8 * size) - 1)

    def write(self, offset: int, size: int, value: int) -> None:
        """A bus write. Raises UnknownRegister for what the table does not hold."""
        register = self.by_offset.get(offset & ~3)
        if register is None or (size != 4 and not register.byte_access) or offset % size:
            raise self.unknown("write", offset, size)
        old = self.values[register.name]
        if size != 4:
            shift = 8 * (offset & 3)
            mask = ((1 << 8 * size) - 1) << shift
            value = ((value << shift) & mask) | (0 if register.w1c else old & ~mask)
        self.values[register.name] = ((old & ~register.writable) | (value & register.writable)) & ~(
            value & register.w1c
        )
        writer = self._writers.get(offset & ~3)
        if writer:
            writer(value)

    def unknown(self, kind: str, offset: int, size: int) -> BoardError:
        return UnknownRegister(
            f"{8 * size}-bit {kind} of {self.NAME} offset {offset:#x} ({self.BASE + offset:#010x}), which "
            f"the virtual board does not model, at PC {self.core.pc:#010x}",
            "check the address against RM0433, or add the register to the device's table",
        )
