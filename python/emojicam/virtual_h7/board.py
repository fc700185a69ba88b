"""A virtual board: the chip, a camera, LEDs, and a computer on the USB port."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.virtual_h7 import memory
from emojicam.virtual_h7.clock import HZ, cycles
from emojicam.virtual_h7.devices.dbgmcu import REVISIONS
from emojicam.virtual_h7.devices.flash import PowerCutError
from emojicam.virtual_h7.sensors.camera import Camera
from emojicam.virtual_h7.sensors.mt9m114 import Mt9m114
from emojicam.virtual_h7.sensors.ov7725 import Ov7725
from emojicam.virtual_h7.soc import Soc
from emojicam.virtual_h7.usb.host import UsbHost

CAMERAS: dict[str, type[Camera]] = {"ov7725": Ov7725, "mt9m114": Mt9m114}


@dataclass(frozen=True)
class Wiring:
    """What a board has around the chip.

    Attributes:
        entry: address of the vector table that the core starts with.
        hse_hz: at OSC_IN; ``crystal``: between OSC_IN and OSC_OUT, else a clock comes in.
        leds: name -> port and pin; ``led_on``: the level at which they are on.
        button: port and pin of the one that arms; ``button_down``: the level while it is pressed.
        camera: whether it has a place for one.
    """

    name: str
    entry: int
    hse_hz: float
    crystal: bool
    leds: Mapping[str, tuple[str, int]] = field(hash=False)
    led_on: int
    button: tuple[str, int]
    button_down: int
    camera: bool


#: Low is on (OPENMV4/mpconfigboard.h); the button is between P9 of the header and ground (OPENMV4/pins.csv).
#: OpenMV's bootloader is not part of it.
OPENMV_H7 = Wiring(
    "openmv_h7", memory.FIRMWARE, 12e6, True, {"red": ("C", 0), "green": ("C", 1), "blue": ("C", 2)}, 0,
    button=("D", 14), button_down=0, camera=True,
)  # fmt: skip
#: LD3, LD1 and LD2; B1; the ST-LINK's clock (UM1974, sections 6.5 to 6.7.1).
NUCLEO_H743ZI = Wiring(
    "nucleo_h743zi", memory.FLASH.base, 8e6, False, {"red": ("B", 14), "green": ("B", 0), "blue": ("B", 7)}, 1,
    button=("C", 13), button_down=1, camera=False,
)  # fmt: skip
WIRINGS = {wiring.name: wiring for wiring in (OPENMV_H7, NUCLEO_H743ZI)}


def segments(path: Path) -> list[tuple[int, bytes]]:
    """What an Intel HEX file puts at which addresses.

    Raises:
        EmojicamError: not readable.
    """
    from intelhex import HexReaderError, IntelHex

    try:
        image = IntelHex(str(path))
    except (OSError, HexReaderError) as error:
        raise EmojicamError(f"cannot read {path}: {error}", "make firmware") from error
    return [(begin, image.tobinstr(start=begin, end=end - 1)) for begin, end in image.segments()]


class VirtualBoard:
    """Runs an image from reset on.

    OpenMV's bootloader is not part of it: after a reset the core starts at ``entry``'s vector table, as
    that bootloader leaves it (VTOR still at 0x08000000).

    Args:
        camera: "ov7725", "mt9m114", or None for a board without a sensor.
        seed: for what a real board leaves to chance: memory contents after power-on.
        wiring: which board it is.
        revision: of the chip: "Y", "W", "X" or "V". Before V the core runs at 400 MHz, for SysTick that is: an
            instruction still takes a 480 millionth of a virtual second.
        bootloader: the chip is handed over as OpenMV's bootloader does, its clocks running.
    """

    def __init__(
        self,
        camera: str | None = "ov7725",
        *,
        seed: int = 0,
        wiring: Wiring = OPENMV_H7,
        revision: str = "V",
        bootloader: bool = False,
    ) -> None:
        if camera is not None and camera not in CAMERAS:
            raise EmojicamError(f"the virtual board has no camera {camera}", f"one of {', '.join(CAMERAS)}")
        if camera is not None and not wiring.camera:
            raise EmojicamError(f"{wiring.name} has no camera", "camera=None")
        if revision not in REVISIONS:
            raise EmojicamError(f"there is no STM32H743 of revision {revision}", f"one of {', '.join(REVISIONS)}")
        self.wiring = wiring
        self._chance = random.Random(seed)
        self.soc = Soc(revision=revision)
        self._bootloader = bootloader
        self.soc.rcc.hse_hz = wiring.hse_hz
        self.soc.rcc.hse_is_crystal = wiring.crystal
        self.clock = self.soc.clock
        self.core = self.soc.core
        self.usb = UsbHost(self.soc.otg, self.clock, self.run_cycles)
        self.camera: Camera | None = None
        #: (cycles, LED, on) for each change.
        self.led_log: list[tuple[int, str, bool]] = []
        if camera is not None:
            self._connect(self._camera(camera))
        self._watch_leds()
        #: The clock at the last reset.
        self.started = 0
        self.soc.on_system_reset = self._restart
        self.powered = False

    def _camera(self, name: str) -> Camera:
        return CAMERAS[name](self.clock, self.soc.gpio, self.soc.tim1, self.soc.dcmi)

    def _connect(self, camera: Camera) -> None:
        self.camera = camera
        self.soc.i2c1.slaves = {camera.ADDRESS: camera}  # type: ignore[dict-item]
        self.soc.tim1.on_change = camera.update

    def swap_camera(self, name: str) -> None:
        """Take the sensor module out and put another one in, while the board is on."""
        old = self.camera
        if old is None:
            raise EmojicamError("this virtual board has no camera")
        old.absent = True
        old.update()
        camera = self._camera(name)
        if old.on_demand:
            camera.hold()
        self._connect(camera)
        camera.plugged_in()

    def _watch_leds(self) -> None:
        for name, (port, pin) in self.wiring.leds.items():

            def changed(level: int | None, name: str = name) -> None:
                self.led_log.append((self.clock.now, name, level == self.wiring.led_on))

            self.soc.gpio[port].listeners.setdefault(pin, []).append(changed)

    # Images.

    def load_hex(self, path: Path) -> None:
        """Put an Intel HEX file, the one that is flashed, into flash.

        Raises:
            EmojicamError: not readable, or with bytes outside flash.
        """
        for address, data in segments(path):
            self.load(address, data)

    def load(self, address: int, data: bytes) -> None:
        """Put bytes into flash, as a programmer does."""
        if memory.find(address, len(data)) is not memory.FLASH:
            raise EmojicamError(
                f"{len(data)} bytes at {address:#010x} do not lie in flash",
                f"link the image for {self.wiring.entry:#010x}, and load the HEX of board {self.wiring.name}",
            )
        self.core.engine.store(address, data)

    # Supply and reset.

    def power_on(self) -> None:
        """Supply on: volatile memory holds what chance left there, and the core starts."""
        for block in memory.MEMORIES:
            if block.volatile:
                self.core.engine.store(block.base, self._chance.randbytes(block.size))
        self.powered = True
        self.soc.system_reset("power")

    def reset(self, cause: str = "pin") -> None:
        """Reset the chip; memory keeps its contents."""
        self.soc.system_reset(cause)

    def _restart(self, cause: str) -> None:
        self.started = self.clock.now
        self.usb.device_gone()
        if self._bootloader:
            self._hand_over()
        self.core.reset(self.wiring.entry)

    def _hand_over(self) -> None:
        """What OpenMV's bootloader leaves behind (boards/OPENMV4, boot/src)."""
        self.soc.rcc.bootloader_state()
        self.soc.pwr.values["D3CR"] |= 3 << 14
        self.soc.syscfg.values["PWRCR"] = int(self.soc.dbgmcu.late)
        self.soc.flash.values["ACR"] = 0x24
        # Its mark for DFU.
        self.core.engine.store(memory.DTCM.end - 4, bytes(4))

    # Running.

    def run_cycles(self, count: int, stop: Callable[[], bool] | None = None) -> None:
        """Let so much virtual time pass.

        Raises:
            BoardError: the firmware did what the chip would not forgive.
            PowerCutError: a power cut that was asked for; power_on() goes on from there.
        """
        if not self.powered:
            self.power_on()
        try:
            self.core.run_until(self.clock.now + count, stop)
        except PowerCutError:
            self.powered = False
            raise

    def run_for(self, seconds: float) -> None:
        self.run_cycles(cycles(seconds))

    def run_until(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Run until ``condition()`` (asked between slices), for at most so many virtual seconds.

        Returns:
            whether the condition came true.
        """
        self.run_cycles(cycles(seconds), condition)
        return condition()

    @property
    def seconds(self) -> float:
        """Virtual time since the board was made."""
        return self.clock.now / HZ

    # Surroundings.

    def show(self, image: npt.NDArray[np.uint8]) -> None:
        """Put a picture in front of the camera."""
        if self.camera is None:
            raise EmojicamError("this virtual board has no camera")
        self.camera.show(image)

    def button(self, down: bool) -> None:
        """Press or let go the button that arms."""
        port, pin = self.wiring.button
        self.soc.gpio[port].outside[pin] = lambda: self.wiring.button_down if down else None

    def led(self, name: str) -> bool:
        """Whether an LED is on."""
        port, pin = self.wiring.leds[name]
        return self.soc.gpio[port].output(pin) == self.wiring.led_on

    def read(self, address: int, size: int) -> bytes:
        """Memory, as a debugger sees it."""
        return self.core.engine.load(address, size)

    def read_word(self, address: int) -> int:
        return self.core.engine.load_word(address)

    def write(self, address: int, data: bytes) -> None:
        """Change memory, as a debugger or a cosmic ray does."""
        self.core.engine.store(address, data)
