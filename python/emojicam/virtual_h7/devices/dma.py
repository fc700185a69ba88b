"""DMA2 (section 15) with DMAMUX1 in front of it (section 17)."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from emojicam.virtual_h7 import memory
from emojicam.virtual_h7.devices.axi import Axi
from emojicam.virtual_h7.devices.dbgmcu import Dbgmcu
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.registers import ALL, Peripheral, Register, Surroundings, array, bits

FEIF, DMEIF, TEIF, HTIF, TCIF = 1, 4, 8, 16, 32
#: Where a stream's five flags start in LISR or HISR.
_SHIFT = (0, 6, 16, 22)
_IRQS = (56, 57, 58, 59, 60, 68, 69, 70)
_EN, _DMEIE, _TEIE, _HTIE, _TCIE, _CIRC, _MINC, _DBM, _CT = (1 << n for n in (0, 1, 2, 3, 4, 8, 10, 18, 19))
_STREAM = (
    Register(0x10, "S{}CR", 0, bits((0, 24)), section="15.5.5"),
    Register(0x14, "S{}NDTR", 0, 0xFFFF, section="15.5.6"),
    Register(0x18, "S{}PAR", 0, ALL, section="15.5.7"),
    Register(0x1C, "S{}M0AR", 0, ALL, section="15.5.8"),
    Register(0x20, "S{}M1AR", 0, ALL, section="15.5.9"),
    Register(0x24, "S{}FCR", 0x21, bits((0, 2), 7), section="15.5.10"),
)


def _writable(address: int, size: int) -> bool:
    """Whether the DMA can write there: in memory that it reaches; SRAM1, 2 and 3 follow one another."""
    first, last = memory.find(address), memory.find(address + size - 1)
    return all(block is not None and block.dma and block.volatile for block in (first, last)) and (
        first is last or (first is not None and last is not None and last.base - first.base < 0x10_0000)
    )


class Dmamux1(Peripheral):
    """Which request drives which stream. Channels 0 to 7 are DMA1's, 8 to 15 DMA2's."""

    NAME, BASE = "DMAMUX1", 0x4002_0800
    REGISTERS = (
        *array(Register(0x00, "C{}CR", 0, bits((0, 6), 8, 9, (16, 26)), section="17.6.1"), 16, 4),
        Register(0x80, "CSR", 0, section="17.6.3"),
        Register(0x84, "CFR", 0, section="17.6.4"),
    )


class Dma2(Peripheral):
    """Eight streams. Peripheral-to-memory transfers of words are modelled: what DCMI needs."""

    NAME, BASE = "DMA2", 0x4002_0400
    CLOCK: ClassVar[tuple[str, int] | None] = ("AHB1ENR", 1)
    REGISTERS = (
        Register(0x00, "LISR", 0, section="15.5.1"),
        Register(0x04, "HISR", 0, section="15.5.2"),
        Register(0x08, "LIFCR", 0, section="15.5.3"),
        Register(0x0C, "HIFCR", 0, section="15.5.4"),
        *(register for template in _STREAM for register in array(template, 8, 0x18)),
    )

    def __init__(self, core: Surroundings, dmamux1: Dmamux1, dbgmcu: Dbgmcu, axi: Axi) -> None:
        super().__init__(core)
        self._dmamux1 = dmamux1
        self._dbgmcu = dbgmcu
        self._axi = axi
        self._length = [0] * 8
        #: A fault to inject: the next transfer meets a bus error.
        self.fail_next = False
        for n in range(8):
            base = 0x10 + 0x18 * n
            self._writers[base] = partial(self._write_cr, n)
            self._writers[base + 4] = partial(self._write_ndtr, n)

    def _write_cr(self, n: int, _: int) -> None:
        enabled = self.values[f"S{n}CR"] & _EN
        if enabled and not self._length[n]:
            self._length[n] = self.values[f"S{n}NDTR"]
        elif not enabled and self._length[n]:
            # Disabling mid-transfer completes it with TCIF (15.3.20).
            self._length[n] = 0
            self._flag(n, TCIF)
        self._update_irq(n)

    def _write_ndtr(self, n: int, value: int) -> None:
        if not self.values[f"S{n}CR"] & _EN:
            self.values[f"S{n}NDTR"] = value & 0xFFFF

    def _flag(self, n: int, flags: int) -> None:
        self.values["LISR" if n < 4 else "HISR"] |= flags << _SHIFT[n & 3]
        self._update_irq(n)

    def _flags(self, n: int) -> int:
        return self.values["LISR" if n < 4 else "HISR"] >> _SHIFT[n & 3] & 0x3D

    def _update_irq(self, n: int) -> None:
        flags, cr, fcr = self._flags(n), self.values[f"S{n}CR"], self.values[f"S{n}FCR"]
        wanted = (
            (flags & TCIF and cr & _TCIE) or (flags & HTIF and cr & _HTIE) or (flags & TEIF and cr & _TEIE)
            or (flags & DMEIF and cr & _DMEIE) or (flags & FEIF and fcr & 0x80)
        )  # fmt: skip
        self.core.set_irq(_IRQS[n], bool(wanted))

    def write_LIFCR(self, value: int) -> None:
        self.values["LISR"] &= ~value
        for n in range(4):
            self._update_irq(n)

    def write_HIFCR(self, value: int) -> None:
        self.values["HISR"] &= ~value
        for n in range(4, 8):
            self._update_irq(n)

    def _fail(self, n: int) -> None:
        self.values[f"S{n}CR"] &= ~_EN
        self._length[n] = 0
        self._flag(n, TEIF)

    def request(self, line: int, register: int, data: bytes) -> int:
        """A peripheral has data.

        Args:
            line: its DMAMUX1 request number.
            register: address of its data register; the stream's PAR has to be the same.
            data: whole words.

        Returns:
            how many bytes a stream took: 0 where none is set up for it.
        """
        for n in range(8):
            if self._dmamux1.values[f"C{8 + n}CR"] & 0x7F == line and self.values[f"S{n}CR"] & _EN:
                return self._transfer(n, register, data)
        return 0

    def _transfer(self, n: int, register: int, data: bytes) -> int:
        values = self.values
        if not self._dbgmcu.late and not self._axi.one_read_at_a_time:
            raise BoardError(
                "DMA2 uses the bus while the core may read AXI SRAM, which corrupts what is read before revision V",
                "set AXI_TARG7_FN_MOD bit 0 first (ES0392 2.2.10)",
            )
        cr = values[f"S{n}CR"]
        psize, msize = 1 << (cr >> 11 & 3), 1 << (cr >> 13 & 3)
        if self.fail_next or cr >> 6 & 3 != 0 or values[f"S{n}PAR"] != register or psize != 4 or msize != 4:
            self.fail_next = False
            self._fail(n)
            return 0
        taken = 0
        while taken < len(data) and values[f"S{n}CR"] & _EN:
            cr, left = values[f"S{n}CR"], values[f"S{n}NDTR"]
            total = self._length[n]
            count = min(left, (len(data) - taken) // 4)
            if left > total // 2:  # stop at the half, where a flag is due
                count = min(count, left - total // 2)
            base = values[f"S{n}M1AR" if cr & _DBM and cr & _CT else f"S{n}M0AR"]
            address = base + (4 * (total - left) if cr & _MINC else 0)
            if address & 3 or not _writable(address, 4 * count):
                self._fail(n)
                break
            self.core.engine.store(address, data[taken : taken + 4 * count])
            taken += 4 * count
            values[f"S{n}NDTR"] = left - count
            if left - count == total // 2 and count:
                self._flag(n, HTIF)
            if left == count:
                self._complete(n, total)
        return taken

    def _complete(self, n: int, total: int) -> None:
        cr = self.values[f"S{n}CR"]
        if cr & (_CIRC | _DBM):
            self.values[f"S{n}NDTR"] = total
            if cr & _DBM:
                self.values[f"S{n}CR"] ^= _CT
        else:
            self.values[f"S{n}CR"] &= ~_EN
            self._length[n] = 0
        self._flag(n, TCIF)
