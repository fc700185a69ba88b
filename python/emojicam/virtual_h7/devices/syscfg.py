"""SYSCFG (section 12)."""

from emojicam.virtual_h7.devices.dbgmcu import Dbgmcu
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, array, bits


class Syscfg(Peripheral):
    NAME, BASE = "SYSCFG", 0x5800_0400
    CLOCK = ("APB4ENR", 1)
    REGISTERS = (
        Register(0x04, "PMCR", 0, bits((0, 9), (21, 27)), section="12.3.1"),
        *array(Register(0x08, "EXTICR{}", 0, bits((0, 15)), section="12.3.2"), 4, 4, start=1),
        Register(0x20, "CCCSR", 0, bits(0, 1, 16), section="12.3.6"),
        Register(0x2C, "PWRCR", 0, bits(0), section="12.3.9"),
    )

    def __init__(self, core: Surroundings, dbgmcu: Dbgmcu) -> None:
        super().__init__(core)
        self._dbgmcu = dbgmcu

    def write_PWRCR(self, value: int) -> None:
        if value & 1 and not self._dbgmcu.late:
            raise BoardError(
                "overdrive is asked for (SYSCFG_PWRCR.ODEN): revisions before V have no VOS0",
                "look at DBGMCU_IDC.REV_ID, and stay at 400 MHz",
            )
