"""EXTI: pin and wake-up interrupts (section 20)."""

from __future__ import annotations

from emojicam.virtual_h7.registers import ALL, Peripheral, Register, bits

_LINES = {
    0: 6,
    1: 7,
    2: 8,
    3: 9,
    4: 10,
    **dict.fromkeys(range(5, 10), 23),
    **dict.fromkeys(range(10, 16), 40),
}


class Exti(Peripheral):
    NAME, BASE = "EXTI", 0x5800_0000
    REGISTERS = (
        Register(0x00, "RTSR1", 0, bits((0, 21)), section="20.6.1"),
        Register(0x04, "FTSR1", 0, bits((0, 21)), section="20.6.2"),
        Register(0x08, "SWIER1", 0, bits((0, 21)), section="20.6.3"),
        Register(0x20, "RTSR2", 0, bits(17, 19), section="20.6.7"),
        Register(0x24, "FTSR2", 0, bits(17, 19), section="20.6.8"),
        Register(0x80, "CPUIMR1", 0xFFC0_0000, ALL, section="20.6.19"),
        Register(0x84, "CPUEMR1", 0, ALL, section="20.6.20"),
        Register(0x88, "CPUPR1", 0, 0, bits((0, 21)), section="20.6.21"),
        Register(0x90, "CPUIMR2", 0, ALL & ~bits(13), section="20.6.22"),
        Register(0x94, "CPUEMR2", 0, ALL & ~bits(13), section="20.6.23"),
        Register(0x98, "CPUPR2", 0, 0, bits(17, 19), section="20.6.24"),
    )

    def edge(self, line: int, *, rising: bool) -> None:
        """A pin that SYSCFG selects for this line changed."""
        trigger = self.values["RTSR1" if rising else "FTSR1"]
        if trigger >> line & 1:
            self._pend(1 << line)

    def _pend(self, lines: int) -> None:
        self.values["CPUPR1"] |= lines
        self._update_irq()

    def _update_irq(self) -> None:
        waiting = self.values["CPUPR1"] & self.values["CPUIMR1"]
        wanted = dict.fromkeys(_LINES.values(), False)
        for line, irq in _LINES.items():
            wanted[irq] |= bool(waiting >> line & 1)
        for irq, high in wanted.items():
            self.core.set_irq(irq, high)

    def write_SWIER1(self, value: int) -> None:
        self._pend(value & bits((0, 21)))

    def write_CPUPR1(self, value: int) -> None:
        self.values["SWIER1"] &= ~value
        self._update_irq()

    def write_CPUIMR1(self, _: int) -> None:
        self._update_irq()
