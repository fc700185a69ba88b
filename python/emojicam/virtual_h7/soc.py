"""The chip: core, clock, bus and devices, wired together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

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
from emojicam.virtual_h7.registers import Peripheral

if TYPE_CHECKING:
    from emojicam.virtual_h7.usb.host import UsbHost

D = TypeVar("D", bound=Peripheral)
_PERIPHERALS = (0x4000_0000, 0x2000_0000)


class Soc:
    """An STM32H743VI.

    Args:
        unique_id: the 96 bits at 0x1FF1E800.
        revision: of the chip: "Y", "W", "X" or "V".
    """

    #: Set by the board: the computer on the USB port.
    usb: UsbHost

    def __init__(self, unique_id: bytes = bytes(range(1, 13)), revision: str = "V") -> None:
        self.clock = Clock()
        self.core = Core(self.clock)
        self.bus = Bus()
        #: What is at OSC_IN: a crystal, or somebody else's clock.
        self.hse_hz = 12e6
        self.hse_is_crystal = True
        #: Called when TIM1's output may have changed.
        self.camera_clock_changed: Callable[[], None] = lambda: None
        #: Called with the cause after each reset of the chip.
        self.on_system_reset: Callable[[str], None] = lambda cause: None
        self.resets: list[str] = []
        self.rcc = self._attach(Rcc(self))
        self.pwr = self._attach(Pwr(self))
        self.flash = self._attach(Flash(self))
        self.syscfg = self._attach(Syscfg(self))
        self.gpio: dict[str, Gpio] = {letter: self._attach(port(letter)(self)) for letter in "ABCDE"}
        self.exti = self._attach(Exti(self))
        self.i2c1 = self._attach(I2c1(self))
        self.tim1 = self._attach(Tim1(self))
        self.dcmi = self._attach(Dcmi(self))
        self.dmamux1 = self._attach(Dmamux1(self))
        self.dma2 = self._attach(Dma2(self))
        self.iwdg1 = self._attach(Iwdg1(self))
        self.crs = self._attach(Crs(self))
        self.dbgmcu = self._attach(Dbgmcu(self))
        self.dbgmcu.revision = REVISIONS[revision]
        self.core.control.systick.period = (1, 1) if self.dbgmcu.late else (6, 5)
        self.axi = self._attach(Axi(self))
        self.otg = self._attach(OtgFs(self))
        self.core.engine.map_io(*_PERIPHERALS, self._read, self._write)
        self.core.flash_store = self.flash.store
        self.core.on_reset = self.system_reset
        engine = self.core.engine
        engine.store(memory.FLASH.base, b"\xff" * memory.FLASH.size)
        engine.store(memory.UNIQUE_ID, unique_id)
        engine.store(memory.FLASH_SIZE, (memory.FLASH.size >> 10).to_bytes(2, "little"))

    def _attach(self, device: D) -> D:
        self.bus.attach(device)
        return device

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
