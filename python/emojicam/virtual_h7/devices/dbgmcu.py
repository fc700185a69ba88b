"""DBGMCU: device identity and debug freezes (section 60.5.8)."""

from __future__ import annotations

from emojicam.virtual_h7.registers import Peripheral, Register, bits

#: REV_ID by the letter on the package (ES0392 table 2). Y and W can't be told apart.
REVISIONS = {"Y": 0x1003, "W": 0x1003, "X": 0x2001, "V": 0x2003}
_DEVICE = 0x6450


class Dbgmcu(Peripheral):
    NAME, BASE = "DBGMCU", 0x5C00_1000
    REGISTERS = (
        Register(0x00, "IDC", 0x2003_6450, section="60.5.8"),  # STM32H743, revision V
        Register(0x04, "CR", 0, bits(0, 1, 2, 20, 21, 22, 28), section="60.5.8"),
        Register(0x54, "APB4FZ1", 0, bits(7, 9, 10, 11, 12, 16, 18), section="60.5.8"),
    )

    #: REV_ID, set by the chip.
    revision = REVISIONS["V"]

    @property
    def late(self) -> bool:
        """Revision V and later: VOS0, 480 MHz, and no erratum about AXI SRAM."""
        return self.revision >= REVISIONS["V"]

    def read_IDC(self) -> int:
        return self.revision << 16 | _DEVICE
