"""FLASH: two banks of eight 128-KiB sectors, programmed in words of 256 bits (section 4)."""

from __future__ import annotations

import random
from collections.abc import Callable

from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.cpu.engine import Fault
from emojicam.virtual_h7.memory import FLASH, FLASH_SECTOR
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

_IRQ = 4
KEYS = (0x4567_0123, 0xCDEF_89AB)
_WORD = 32
_BANK = FLASH.size // 2
_LOCK, _PG, _SER, _BER, _FW, _START = (1 << n for n in (0, 1, 2, 3, 6, 7))
_BSY, _WBNE, _QW, _EOP, _PGSERR, _INCERR = (1 << n for n in (0, 1, 2, 16, 18, 21))
_CLEARABLE = bits((16, 19), (21, 27))
#: Typical times with 64-bit parallelism (data sheet DS12110, table 53).
PROGRAM_SECONDS = 100e-6
ERASE_SECONDS = 1.0


class PowerCutError(Exception):
    """The supply failed in the middle of a flash operation: contents are torn."""


def _bank_registers(base: int, n: int) -> tuple[Register, ...]:
    return (
        Register(base + 0x04, f"KEYR{n}", section="4.9.2"),
        Register(base + 0x0C, f"CR{n}", 0x31, bits((0, 10), 15, (16, 19), (21, 27)), section="4.9.4"),
        Register(base + 0x10, f"SR{n}", section="4.9.5"),
        Register(base + 0x14, f"CCR{n}", section="4.9.6"),
        Register(base + 0x28, f"PRAR_CUR{n}", 0x0000_00FF, section="4.9.11"),
        Register(base + 0x30, f"SCAR_CUR{n}", 0x0000_00FF, section="4.9.13"),
        Register(base + 0x38, f"WPSN_CUR{n}", 0x0000_00FF, section="4.9.15"),
        Register(base + 0x60, f"ECC_FA{n}", section="4.9.24"),
    )


class Flash(Peripheral):
    """The controller. Contents are the engine's memory at 0x08000000.

    ``before_write(kind, address)`` is called before each program ("word") and erase ("sector"); what it
    raises ends the operation half-way. :meth:`cut_power_at` uses it.
    """

    NAME, BASE = "FLASH", 0x5200_2000
    REGISTERS = (
        Register(0x00, "ACR", 0x37, bits((0, 5)), section="4.9.1"),
        Register(0x08, "OPTKEYR", section="4.9.3"),
        Register(0x18, "OPTCR", 1, bits(0), section="4.9.7"),
        Register(0x1C, "OPTSR_CUR", 0x0BC6_AAF0, section="4.9.8"),
        *_bank_registers(0x000, 1),
        *_bank_registers(0x100, 2),
    )

    def __init__(self, core: Surroundings) -> None:
        super().__init__(core)
        self.operations = 0
        self.program_seconds = PROGRAM_SECONDS
        self.erase_seconds = ERASE_SECONDS
        self.before_write: Callable[[str, int], None] = lambda kind, address: None
        self._torn: dict[int, Callable[[], None]] = {}
        self._clear_state()

    def _clear_state(self) -> None:
        self._keys = [0, 0]
        self._refused = [False, False]
        self._buffer: tuple[int, dict[int, int]] | None = None

    def reset(self) -> None:
        super().reset()
        self._clear_state()

    def cut_power_at(self, operation: int, seed: int = 0) -> None:
        """Cut the supply during the n-th program or erase from now on (1 is the next)."""
        target = self.operations + operation

        def check(kind: str, address: int) -> None:
            if self.operations == target:
                self.before_write = lambda kind, address: None
                self._tear(kind, address, random.Random(seed))
                raise PowerCutError(f"power cut while writing flash {kind} {address:#010x}")

        self.before_write = check

    def _tear(self, kind: str, address: int, chance: random.Random) -> None:
        engine = self.core.engine
        if kind == "word":
            assert self._buffer is not None
            new, old = self._word(self._buffer[1]), engine.load(address, _WORD)
            torn = bytes(o & (n | chance.getrandbits(8)) for o, n in zip(old, new, strict=True))
            engine.store(address, torn)
            if torn not in (old, bytes(o & n for o, n in zip(old, new, strict=True))):
                self._mark_torn(address)
        else:
            # Erase raises all bits by and by; what was torn off has lost its ECC as well.
            old = engine.load(address, FLASH_SECTOR)
            cut = chance.randrange(0, FLASH_SECTOR, _WORD)
            engine.store(address, b"\xff" * cut + old[cut:])
            if old[cut : cut + _WORD] != b"\xff" * _WORD:
                self._mark_torn(address + cut)

    def _mark_torn(self, address: int) -> None:
        """The word's ECC does not fit it any more: reading it is a double error, a bus fault (4.3.9)."""
        if address not in self._torn:
            self._torn[address] = self.core.engine.fault_accesses(address, address + _WORD, reason="ecc")

    def _heal(self, begin: int, end: int) -> None:
        for address in [a for a in self._torn if begin <= a < end]:
            self._torn.pop(address)()

    @staticmethod
    def _word(writes: dict[int, int]) -> bytes:
        return bytes(writes.get(n, 0xFF) for n in range(_WORD))

    # Registers.

    def _write_key(self, n: int, value: int) -> None:
        if value == KEYS[self._keys[n]] and not self._refused[n]:
            self._keys[n] += 1
            if self._keys[n] == 2:
                self._keys[n] = 0
                self.values[f"CR{n + 1}"] &= ~_LOCK
        else:
            self._refused[n] = True  # until the next reset (4.5.1)
            self.values[f"CR{n + 1}"] |= _LOCK

    def write_KEYR1(self, value: int) -> None:
        self._write_key(0, value)

    def write_KEYR2(self, value: int) -> None:
        self._write_key(1, value)

    def write(self, offset: int, size: int, value: int) -> None:
        for n, at in ((1, 0x0C), (2, 0x10C)):
            if offset == at and self.values[f"CR{n}"] & _LOCK and not value & _LOCK:
                return  # a locked register takes no writes; only its key unlocks it
        super().write(offset, size, value)

    def _control(self, n: int, value: int) -> None:
        self.values[f"CR{n}"] &= ~(_START | _FW)
        if value & _START and value & _SER:
            self._erase(n, value >> 8 & 7)
        elif value & _FW and self._buffer is not None:
            self._program()
        self._update_irq()

    def write_CR1(self, value: int) -> None:
        self._control(1, value)

    def write_CR2(self, value: int) -> None:
        self._control(2, value)

    def write_CCR1(self, value: int) -> None:
        self.values["SR1"] &= ~(value & _CLEARABLE)
        self._update_irq()

    def write_CCR2(self, value: int) -> None:
        self.values["SR2"] &= ~(value & _CLEARABLE)
        self._update_irq()

    def _update_irq(self) -> None:
        wanted = any(self.values[f"SR{n}"] & self.values[f"CR{n}"] & _CLEARABLE for n in (1, 2))
        self.core.set_irq(_IRQ, wanted)

    # Operations.

    def _busy(self, n: int, flags: int, seconds: float) -> None:
        self.values[f"SR{n}"] |= flags

        def done() -> None:
            self.values[f"SR{n}"] = self.values[f"SR{n}"] & ~flags | _EOP
            self._update_irq()

        self.core.clock.after(cycles(seconds), done)

    def _erase(self, n: int, sector: int) -> None:
        start = FLASH.base + (n - 1) * _BANK + sector * FLASH_SECTOR

        def erase() -> None:
            self.operations += 1
            self.before_write("sector", start)
            self._heal(start, start + FLASH_SECTOR)
            self.core.engine.store(start, b"\xff" * FLASH_SECTOR)

        self._busy(n, _BSY | _QW, self.erase_seconds)
        self.core.defer(erase)

    def store(self, fault: Fault) -> bool:
        """An instruction writes into flash: the engine has stopped before it.

        Returns:
            False if no programming is enabled for that bank: the write is a bus fault.
        """
        n = 1 if fault.address < FLASH.base + _BANK else 2
        control = self.values[f"CR{n}"]
        if control & _LOCK or not control & _PG:
            self.values[f"SR{n}"] |= _PGSERR
            return False
        writes: list[tuple[int, int, int]] = []
        engine = self.core.engine
        page = fault.address & ~1023
        kept = engine.load(page, 2048)
        engine.protect(page, 2048, read=True, write=True, execute=True)
        stop_watching = engine.watch_writes(page, page + 2048, lambda *write: writes.append(write))
        engine.step()
        stop_watching()
        engine.store(page, kept)
        engine.protect(page, 2048, read=True, write=False, execute=True)
        for address, size, value in writes:
            self._buffer_write(n, address, value.to_bytes(size, "little"))
        return True

    def _buffer_write(self, n: int, address: int, data: bytes) -> None:
        start = address & ~(_WORD - 1)
        if self._buffer is None:
            self._buffer = (start, {})
        if self._buffer[0] != start:
            self.values[f"SR{n}"] |= _INCERR  # a word may not be left half-filled (4.7.4)
            self._buffer = None
            return
        for offset, byte in enumerate(data, address - start):
            self._buffer[1][offset] = byte
        self.values[f"SR{n}"] |= _WBNE
        if len(self._buffer[1]) == _WORD:
            self._program()

    def _program(self) -> None:
        assert self._buffer is not None
        start, writes = self._buffer
        n = 1 if start < FLASH.base + _BANK else 2
        self.operations += 1
        self.before_write("word", start)
        engine = self.core.engine
        old = engine.load(start, _WORD)
        if start in self._torn or old != b"\xff" * _WORD:
            # Programming a word twice breaks its ECC unless it was erased (4.3.9).
            engine.store(start, bytes(o & w for o, w in zip(old, self._word(writes), strict=True)))
            self._mark_torn(start)
        else:
            engine.store(start, self._word(writes))
        self._buffer = None
        self.values[f"SR{n}"] &= ~_WBNE
        self._busy(n, _BSY | _QW, self.program_seconds)
