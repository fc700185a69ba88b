"""The AXI interconnect: the one register that an erratum asks for (section 2.2.4, ES0392 2.2.10)."""

from __future__ import annotations

from emojicam.virtual_h7.registers import Peripheral, Register, bits


class Axi(Peripheral):
    NAME, BASE, SIZE = "AXI", 0x5100_0000, 0x10_0000
    REGISTERS = (Register(0x8108, "TARG7_FN_MOD", 4, bits(0, 1), section="2.2.4"),)

    @property
    def one_read_at_a_time(self) -> bool:
        """Whether AXI SRAM is read through its port one access after the other."""
        return bool(self.values["TARG7_FN_MOD"] & 1)
