"""DBGMCU: device identity and debug freezes (section 60.5.8)."""

from emojicam.virtual_h7.registers import Peripheral, Register, bits


class Dbgmcu(Peripheral):
    NAME, BASE = "DBGMCU", 0x5C00_1000
    REGISTERS = (
        Register(0x00, "IDC", 0x2003_6450, section="60.5.8"),  # STM32H743, revision V
        Register(0x04, "CR", 0, bits(0, 1, 2, 20, 21, 22, 28), section="60.5.8"),
        Register(0x54, "APB4FZ1", 0, bits(7, 9, 10, 11, 12, 16, 18), section="60.5.8"),
    )
