"""The system control space, 0xE000E000: SysTick, NVIC, SCB, MPU, FPU and cache maintenance registers.

Sections of DDI 0403E (ARMv7-M) unless noted; Cortex-M7 values from its technical reference manual
(DDI 0489). Caches have no effect here: their registers keep what is written.
"""

from __future__ import annotations

from collections.abc import Callable

from emojicam.virtual_h7.clock import Clock
from emojicam.virtual_h7.cpu import exceptions as exc
from emojicam.virtual_h7.cpu.mpu import Mpu, Region
from emojicam.virtual_h7.cpu.systick import SysTick
from emojicam.virtual_h7.errors import UnknownRegister

BASE = 0xE000_E000
DWT = 0xE000_1000
_VECTKEY = 0x05FA
_CPUID = 0x411F_C271  # Cortex-M7 r1p1 (RM0433: revision V)
_CLIDR = 0x0900_0003
_CTR = 0x8303_C003
_CCSIDR = {0: 0xF00F_E019, 1: 0xF01F_E009}  # 16 KiB data, 16 KiB instruction (DDI 0489 table 4-5)
#: Cache maintenance by set, way or address (B2.2.7): accepted, without effect.
_CACHE_OPERATIONS = range(0xF50, 0xF80, 4)
_FAULT_ENABLES = ((16, exc.MEM_MANAGE), (17, exc.BUS_FAULT), (18, exc.USAGE_FAULT))
_ACTIVE_BITS = (
    (0, exc.MEM_MANAGE),
    (1, exc.BUS_FAULT),
    (3, exc.USAGE_FAULT),
    (7, exc.SVCALL),
    (8, exc.DEBUG_MONITOR),
    (10, exc.PENDSV),
    (11, exc.SYSTICK),
)
_PENDING_BITS = ((12, exc.USAGE_FAULT), (13, exc.MEM_MANAGE), (14, exc.BUS_FAULT), (15, exc.SVCALL))


class SystemControl:
    """Registers of the private peripheral bus that this core has.

    Args:
        recheck: called when an exception may have become due.
        reset: called with the cause when software asks for a reset.
    """

    def __init__(
        self,
        clock: Clock,
        exceptions: exc.ExceptionModel,
        mpu: Mpu,
        *,
        recheck: Callable[[], None],
        reset: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._exceptions = exceptions
        self._mpu = mpu
        self._recheck = recheck
        self._reset_chip = reset
        self.systick = SysTick(clock, exceptions)
        self.reset()
        #: Plain storage: offset -> bits that can be written.
        self._plain = {
            0x008: 0xFFFF_FFFF,
            0xD10: 0x16,
            0xD14: 0x0007_0B1B,
            0xD84: 0xF,
            0xDFC: 0x010F_07F1,
            0xF34: 0xC000_0000,
            0xF38: 0xFFFF_FFF8,
            0xF3C: 0x07C0_0000,
            0xF90: 0xF,
            0xF94: 0xF,
            0xF98: 0x1,
            0xF9C: 0x7,
            0xFA0: 0x7FF,
            0xD88: 0x00F0_0000,
            0xD3C: 0xFFFF_FFFF,
        }
        self._readers: dict[int, Callable[[], int]] = {
            0x004: lambda: 4,  # ICTR: 160 lines
            0x010: self.systick.read_csr,
            0x014: lambda: self.systick.reload,
            0x018: self.systick.read_current,
            0x01C: lambda: 0x4000_0000,  # CALIB: SKEW, no reference given
            0xD00: lambda: _CPUID,
            0xD04: self._read_icsr,
            0xD08: lambda: self._exceptions.vtor,
            0xD0C: lambda: 0xFA05_0000 | self._exceptions.prigroup << 8,
            0xD24: self._read_shcsr,
            0xD28: lambda: self.cfsr,
            0xD2C: lambda: self.hfsr,
            0xD30: lambda: 0,
            0xD34: lambda: self.mmfar,
            0xD38: lambda: self.bfar,
            0xD78: lambda: _CLIDR,
            0xD7C: lambda: _CTR,
            0xD80: lambda: _CCSIDR[self.values[0xD84] & 1],
            0xD90: lambda: 16 << 8,
            0xD94: lambda: self._mpu.control,
            0xD98: lambda: self._mpu.number,
            0xDF0: lambda: 0,  # DHCSR: no debugger is attached (C1.6.2)
            0xF40: lambda: 0x1011_0221,
            0xF44: lambda: 0x1200_0011,
            0xF48: lambda: 0x40,  # MVFR: FPv5 D16
        }
        self._writers: dict[int, Callable[[int], None]] = {
            0x010: self.systick.write_csr,
            0x014: self.systick.write_reload,
            0x018: self.systick.write_current,
            0xD04: self._write_icsr,
            0xD08: self._write_vtor,
            0xD0C: self._write_aircr,
            0xD24: self._write_shcsr,
            0xD28: self._clear_cfsr,
            0xD2C: self._clear_hfsr,
            0xD34: self._set_mmfar,
            0xD38: self._set_bfar,
            0xD94: self._write_mpu_ctrl,
            0xD98: self._write_mpu_rnr,
            0xF00: lambda value: self._exceptions.pend(exc.FIRST_IRQ + (value & 0x1FF)),
        }

    def reset(self) -> None:
        self.values = {
            0xD10: 0,
            0xD14: 0x0004_0200,
            0xD84: 0,
            0xDFC: 0,
            0x008: 0,
            0xF34: 0xC000_0000,
            0xF38: 0,
            0xF3C: 0,
            0xF90: 0x1,
            0xF94: 0x1,
            0xF98: 0,
            0xF9C: 0,
            0xFA0: 0x4,
            0xD88: 0,
            0xD3C: 0,
        }
        self.cfsr = self.hfsr = self.mmfar = self.bfar = 0
        self.dwt_control = 0
        self.dwt_base = 0
        self.systick.reset()

    @property
    def fpu_enabled(self) -> bool:
        return self.values[0xD88] >> 20 & 0xF == 0xF

    # Bus side.

    def read(self, address: int, size: int) -> int:
        if address >> 12 == DWT >> 12:
            return self._read_dwt(address)
        word, shift = address & ~3, 8 * (address & 3)
        return self._read_word(word - BASE) >> shift & ((1 << 8 * size) - 1)

    def write(self, address: int, size: int, value: int) -> None:
        if address >> 12 == DWT >> 12:
            self._write_dwt(address, value)
            return
        offset = address - BASE
        if 0x400 <= offset < 0x400 + exc.IRQS + 2 or 0xD18 <= offset < 0xD24:
            self._write_priorities(offset, size, value)
        elif size == 4:
            self._write_word(offset, value)
        elif 0xD28 <= offset < 0xD2C:
            self._clear_cfsr(value << 8 * (offset & 3))
        else:
            raise self._unknown("write", address)
        self._recheck()

    def _read_word(self, offset: int) -> int:
        if reader := self._readers.get(offset):
            return reader()
        if offset in self.values:
            return self.values[offset]
        model = self._exceptions
        block, index = offset & ~0x7F, (offset & 0x7F) // 4
        if 0x100 <= offset < 0x380 and index < 5:
            source = {
                0x100: model.enabled,
                0x180: model.enabled,
                0x200: model.pending,
                0x280: model.pending,
                0x300: model.active,
            }[block]
            return source >> (exc.FIRST_IRQ + 32 * index) & 0xFFFF_FFFF
        if 0x400 <= offset < 0x400 + exc.IRQS + 2:
            first = exc.FIRST_IRQ + offset - 0x400
        elif 0xD18 <= offset < 0xD24:
            first = 4 + offset - 0xD18
        elif 0xD9C <= offset < 0xDBC:
            region = self._region()
            return region.attributes if offset & 4 == 0 else region.base | (self._mpu.number & 0xF)
        else:
            raise self._unknown("read", BASE + offset)
        levels = (model.priorities + [0] * 4)[first : first + 4]
        return int.from_bytes(bytes(levels), "little")

    def _write_word(self, offset: int, value: int) -> None:
        if writer := self._writers.get(offset):
            writer(value)
        elif offset in self._plain:
            mask = self._plain[offset]
            self.values[offset] = self.values[offset] & ~mask | value & mask
        elif 0x100 <= offset < 0x300 and offset & 0x7F < 20:
            self._write_irq_masks(offset, value)
        elif 0xD9C <= offset < 0xDBC:
            self._write_region(offset, value)
        elif offset in _CACHE_OPERATIONS:
            pass
        else:
            raise self._unknown("write", BASE + offset)

    def _unknown(self, kind: str, address: int) -> UnknownRegister:
        return UnknownRegister(
            f"{kind} of {address:#010x} in the system control space, which the virtual board does not model, "
            f"at PC {self._exceptions.engine.pc:#010x}",
            "check the address against the ARMv7-M manual, section B3.2",
        )

    # NVIC (B3.4).

    def _write_irq_masks(self, offset: int, value: int) -> None:
        model = self._exceptions
        lines = (value << 32 * ((offset & 0x7F) // 4) & ((1 << exc.IRQS) - 1)) << exc.FIRST_IRQ
        match offset & ~0x7F:
            case 0x100:
                model.enabled |= lines
            case 0x180:
                model.enabled &= ~lines
            case 0x200:
                model.pending |= lines
            case 0x280:
                # A line that is still high pends again at once.
                model.pending = model.pending & ~lines | (model.levels & lines & ~model.active)

    def _write_priorities(self, offset: int, size: int, value: int) -> None:
        model = self._exceptions
        first = exc.FIRST_IRQ + offset - 0x400 if offset < 0xD00 else 4 + offset - 0xD18
        for n in range(size):
            if first + n < len(model.priorities) and first + n not in (7, 8, 9, 10, 13):
                model.priorities[first + n] = value >> 8 * n & exc.PRIORITY_MASK

    # SCB (B3.2).

    def _read_icsr(self) -> int:
        model = self._exceptions
        number = model.current
        value = number | model.best() << 12
        value |= (1 << 11) if model.active & ~(1 << number) == 0 else 0
        value |= (1 << 22) if model.pending >> exc.FIRST_IRQ & model.enabled >> exc.FIRST_IRQ else 0
        for bit, exception in ((26, exc.SYSTICK), (28, exc.PENDSV), (31, exc.NMI)):
            value |= (model.pending >> exception & 1) << bit
        return value

    def _write_icsr(self, value: int) -> None:
        model = self._exceptions
        for set_bit, clear_bit, exception in (
            (26, 25, exc.SYSTICK),
            (28, 27, exc.PENDSV),
            (31, None, exc.NMI),
        ):
            if value >> set_bit & 1:
                model.pend(exception)
            elif clear_bit is not None and value >> clear_bit & 1:
                model.pending &= ~(1 << exception)

    def _write_vtor(self, value: int) -> None:
        self._exceptions.vtor = value & 0xFFFF_FF80

    def _write_aircr(self, value: int) -> None:
        if value >> 16 != _VECTKEY:
            return
        self._exceptions.prigroup = value >> 8 & 7
        if value & 4:
            self._reset_chip("software")

    def _read_shcsr(self) -> int:
        model = self._exceptions
        value = 0
        for bit, exception in _FAULT_ENABLES:
            value |= (model.enabled >> exception & 1) << bit
        for bit, exception in _ACTIVE_BITS:
            value |= (model.active >> exception & 1) << bit
        for bit, exception in _PENDING_BITS:
            value |= (model.pending >> exception & 1) << bit
        return value

    def _write_shcsr(self, value: int) -> None:
        model = self._exceptions
        for bit, exception in _FAULT_ENABLES:
            model.enabled = model.enabled & ~(1 << exception) | (value >> bit & 1) << exception

    def _clear_cfsr(self, value: int) -> None:
        self.cfsr &= ~value

    def _clear_hfsr(self, value: int) -> None:
        self.hfsr &= ~value

    def _set_mmfar(self, value: int) -> None:
        self.mmfar = value

    def _set_bfar(self, value: int) -> None:
        self.bfar = value

    # MPU (B3.5.4 to B3.5.9).

    def _region(self) -> Region:
        return self._mpu.regions[self._mpu.number]

    def _write_mpu_ctrl(self, value: int) -> None:
        self._mpu.control = value & 7
        self._mpu.changed()

    def _write_mpu_rnr(self, value: int) -> None:
        self._mpu.number = value & 0xF

    def _write_region(self, offset: int, value: int) -> None:
        mpu = self._mpu
        if offset & 4:  # RBAR and its aliases lie at 0xD9C, 0xDA4, …
            if value & 0x10:
                mpu.number = value & 0xF
            mpu.regions[mpu.number].base = value & ~0x1F
        else:
            mpu.regions[mpu.number].attributes = value & 0x173F_FF3F
        mpu.changed()

    # DWT (C1.8): the cycle counter, which counts instructions here.

    def _read_dwt(self, address: int) -> int:
        match address - DWT:
            case 0x0:
                return 0x4000_0000 | self.dwt_control
            case 0x4:
                running = self.dwt_control & 1
                return (self._clock.now - self.dwt_base if running else self.dwt_base) & 0xFFFF_FFFF
            case 0xFB0 | 0xFB4:
                return 0
        raise self._unknown("read", address)

    def _write_dwt(self, address: int, value: int) -> None:
        now = self._clock.now
        match address - DWT:
            case 0x0:
                running, wanted = self.dwt_control & 1, value & 1
                if running != wanted:
                    # The base is the start time while it runs and the count while it stands.
                    self.dwt_base = now - self.dwt_base
                self.dwt_control = value & 0x0FFF_FFFF
            case 0x4:
                self.dwt_base = now - value if self.dwt_control & 1 else value
            case 0xFB0:  # LAR
                pass
            case _:
                raise self._unknown("write", address)
