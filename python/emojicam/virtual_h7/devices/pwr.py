"""PWR: supply and voltage scaling (section 6)."""

from __future__ import annotations

from emojicam.virtual_h7.devices.dbgmcu import Dbgmcu
from emojicam.virtual_h7.devices.syscfg import Syscfg
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

# Highest core frequency for D3CR.VOS (1: VOS3 … 3: VOS1), and with SYSCFG overdrive (VOS0): data sheet
# DS12110 table 22, revision V parts.
_CORE_LIMIT = {0: 200e6, 1: 200e6, 2: 300e6, 3: 400e6}
#: AXI frequency up to which 0, 1, 2, … wait states are enough (section 4.3.8, table 17).
_LATENCY = {
    0: (45e6, 90e6, 135e6, 180e6, 225e6),
    1: (45e6, 90e6, 135e6, 180e6, 225e6),
    2: (55e6, 110e6, 165e6, 225e6),
    3: (70e6, 140e6, 210e6, 225e6),
    4: (70e6, 140e6, 210e6, 225e6, 240e6),
}


class Pwr(Peripheral):
    NAME, BASE = "PWR", 0x5802_4800
    REGISTERS = (
        Register(0x00, "CR1", 0xF000_C000, bits(0, (4, 9), (14, 18)), section="6.8.1"),
        Register(0x04, "CSR1", 0x0000_4000, section="6.8.2"),
        Register(0x08, "CR2", 0, bits(0, 4), section="6.8.3"),
        Register(0x0C, "CR3", 0x0000_0006, bits(0, 1, 2, 8, 9, 24, 25), section="6.8.4"),
        Register(0x10, "CPUCR", 0, bits(0, 1, 2, 9, 11), section="6.8.5"),
        Register(0x18, "D3CR", 0x0000_4000, bits(14, 15), section="6.8.6"),
        Register(0x20, "WKUPCR", 0, section="6.8.7"),
        Register(0x24, "WKUPFR", 0, section="6.8.8"),
        Register(0x28, "WKUPEPR", 0, bits((0, 5), (8, 13), (16, 27)), section="6.8.9"),
    )

    def __init__(self, core: Surroundings, dbgmcu: Dbgmcu, syscfg: Syscfg) -> None:
        super().__init__(core)
        self._dbgmcu = dbgmcu
        self._syscfg = syscfg

    def read_CSR1(self) -> int:
        # ACTVOS follows D3CR.VOS at once once the supply is configured.
        return self.values["D3CR"] & bits(14, 15) | bits(13)

    def read_D3CR(self) -> int:
        return self.values["D3CR"] | bits(13)

    def read_CR3(self) -> int:
        # USB33RDY: VDD33USB is on the board's 3.3 V.
        return self.values["CR3"] | (bits(26) if self.values["CR3"] >> 24 & 1 else 0)

    @property
    def scale(self) -> int:
        """VOS as a code: 1 (VOS3) to 3 (VOS1), 4 for VOS0, which revision V has."""
        vos = self.values["D3CR"] >> 14 & 3
        overdrive = self._dbgmcu.late and self._syscfg.values["PWRCR"] & 1
        return 4 if vos == 3 and overdrive else vos

    def core_limit(self) -> float:
        return 480e6 if self.scale == 4 else _CORE_LIMIT[self.scale]

    def flash_latency(self, bus_hz: float) -> int:
        """Wait states that flash needs at this AXI frequency."""
        limits = _LATENCY[self.scale]
        for states, limit in enumerate(limits):
            if bus_hz <= limit:
                return states
        return len(limits)
