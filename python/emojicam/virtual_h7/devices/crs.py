"""CRS: trims HSI48 to the USB frame clock (section 10)."""

from emojicam.virtual_h7.devices.dbgmcu import Dbgmcu
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

#: CFGR.SYNCSRC for the frames of USB2, the core on PA11 and PA12 (ST's HAL): 3, and 0 up to revision Y. 2 is USB1.
_USB2, _EARLY_USB2 = 3, 0


class Crs(Peripheral):
    NAME, BASE = "CRS", 0x4000_8400
    CLOCK = ("APB1HENR", 1)
    REGISTERS = (
        Register(0x00, "CR", 0x2000, bits(0, 1, 2, 3, 5, 6, 7, (8, 13)), section="10.7.1"),
        Register(0x04, "CFGR", 0x2022_BB7F, bits((0, 26), 28, 29, 31), section="10.7.2"),
        Register(0x08, "ISR", 0, section="10.7.3"),
        Register(0x0C, "ICR", 0, section="10.7.4"),
    )

    def __init__(self, core: Surroundings, dbgmcu: Dbgmcu) -> None:
        super().__init__(core)
        self._dbgmcu = dbgmcu

    def start_of_frame(self) -> None:
        """A USB frame began: the counter is in time, as the model's HSI48 has no error."""
        source = _USB2 if self._dbgmcu.revision >= 0x2000 else _EARLY_USB2
        if self.values["CR"] >> 5 & 1 and self.values["CFGR"] >> 28 & 3 == source:
            self.values["ISR"] |= 1  # SYNCOKF

    def write_ICR(self, value: int) -> None:
        self.values["ISR"] &= ~(value & 0xF)
        if value & 4:
            self.values["ISR"] &= ~bits(8, 9, 10)
