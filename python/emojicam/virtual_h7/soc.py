"""The chip: core, clock, bus and devices, wired together."""

from __future__ import annotations

from collections.abc import Callable

from emojicam.virtual_h7 import memory
from emojicam.virtual_h7.bus import Bus
from emojicam.virtual_h7.clock import Clock
from emojicam.virtual_h7.cpu.core import Core
from emojicam.virtual_h7.devices.axi import Axi
from emojicam.virtual_h7.devices.crs import Crs
from emojicam.virtual_h7.devices.dbgmcu import REVISIONS, Dbgmcu
from emojicam.virtual_h7.devices.dcmi import Dcmi
from emojicam.virtual_h7.devices.dma import Dma2, Dmamux1
from emojicam.virtual_h7.devices.exti import Exti
from emojicam.virtual_h7.devices.flash import Flash
from emojicam.virtual_h7.devices.gpio import Gpio, port
from emojicam.virtual_h7.devices.i2c import I2c1
from emojicam.virtual_h7.devices.iwdg import Iwdg1
from emojicam.virtual_h7.devices.otg_fs import OtgFs
from emojicam.virtual_h7.devices.pwr import Pwr
from emojicam.virtual_h7.devices.rcc import Rcc
from emojicam.virtual_h7.devices.syscfg import Syscfg
from emojicam.virtual_h7.devices.tim1 import Tim1

_PERIPHERALS = (0x4000_0000, 0x2000_0000)


class Soc:
    """An STM32H743VI.

    Args:
        unique_id: the 96 bits at 0x1FF1E800.
        revision: of the chip: "Y", "W", "X" or "V".
    """

    def __init__(self, unique_id: bytes = bytes(range(1, 13)), revision: str = "V") -> None:
        self.clock = Clock()
        self.core = Core(self.clock)
        #: Called with the cause after each reset of the chip.
        self.on_system_reset: Callable[[str], None] = lambda cause: None
        self.resets: list[str] = []
        core = self.core
        self.dbgmcu = Dbgmcu(core)
        self.dbgmcu.revision = REVISIONS[revision]
        core.control.systick.period = (1, 1) if self.dbgmcu.late else (6, 5)
        self.syscfg = Syscfg(core, self.dbgmcu)
        self.pwr = Pwr(core, self.dbgmcu, self.syscfg)
        self.flash = Flash(core)
        self.rcc = Rcc(core, self.dbgmcu, self.flash, self.pwr)
        self.gpio: dict[str, Gpio] = {letter: port(letter)(core) for letter in "ABCDE"}
        self.exti = Exti(core)
        self.i2c1 = I2c1(core, self.gpio["B"])
        self.tim1 = Tim1(core, self.rcc, self.gpio["A"])
        self.axi = Axi(core)
        self.dmamux1 = Dmamux1(core)
        self.dma2 = Dma2(core, self.dmamux1, self.dbgmcu, self.axi)
        self.dcmi = Dcmi(core, self.gpio, self.dma2)
        self.iwdg1 = Iwdg1(core, lambda: self.system_reset("watchdog"))
        self.crs = Crs(core, self.dbgmcu)
        self.otg = OtgFs(core, self.rcc, self.pwr, self.gpio["A"], self.crs)
        self.bus = Bus(self.rcc)
        for device in (
            self.rcc, self.pwr, self.flash, self.syscfg, *self.gpio.values(), self.exti, self.i2c1, self.tim1,
            self.dcmi, self.dmamux1, self.dma2, self.iwdg1, self.crs, self.dbgmcu, self.axi, self.otg,
        ):  # fmt: skip
            self.bus.attach(device)
        self.core.engine.map_io(*_PERIPHERALS, self._read, self._write)
        self.core.flash_store = self.flash.store
        self.core.on_reset = self.system_reset
        engine = self.core.engine
        engine.store(memory.FLASH.base, b"\xff" * memory.FLASH.size)
        engine.store(memory.UNIQUE_ID, unique_id)
        engine.store(memory.FLASH_SIZE, (memory.FLASH.size >> 10).to_bytes(2, "little"))

    def _read(self, address: int, size: int) -> int:
        self.core.sync()
        device = self.bus.find(address, "read", self.core.pc)
        return device.read(address - device.BASE, size)

    def _write(self, address: int, size: int, value: int) -> None:
        self.core.sync()
        device = self.bus.find(address, "write", self.core.pc)
        device.write(address - device.BASE, size, value)

    def system_reset(self, cause: str) -> None:
        """Reset all devices and let the board restart the core.

        Args:
            cause: "power", "pin", "software" or "watchdog": what RCC_RSR will say.
        """
        self.resets.append(cause)
        for device in self.bus.devices:
            if device is self.rcc:
                self.rcc.system_reset(cause)
            else:
                device.reset()
        self.on_system_reset(cause)
