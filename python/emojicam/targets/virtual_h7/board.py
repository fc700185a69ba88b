"""The virtual OpenMV Cam H7: the chip, a camera, LEDs, and a computer on the USB port."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.targets.virtual_h7 import memory
from emojicam.targets.virtual_h7.clock import HZ, cycles
from emojicam.targets.virtual_h7.devices.flash import PowerCutError
from emojicam.targets.virtual_h7.sensors.camera import Camera
from emojicam.targets.virtual_h7.sensors.mt9m114 import Mt9m114
from emojicam.targets.virtual_h7.sensors.ov7725 import Ov7725
from emojicam.targets.virtual_h7.soc import Soc
from emojicam.targets.virtual_h7.usb.host import UsbHost

CAMERAS: dict[str, type[Camera]] = {"ov7725": Ov7725, "mt9m114": Mt9m114}
#: LED -> port and pin; low is on (OPENMV4/mpconfigboard.h). The infrared LED is on when high.
LEDS = {"red": ("C", 0), "green": ("C", 1), "blue": ("C", 2)}
INFRARED = ("E", 2)
#: P9 of the header, on port D (OPENMV4/pins.csv).
ARM_BUTTON = 14


class VirtualBoard:
    """Runs an image from reset on.

    OpenMV's bootloader is not part of it: after a reset the core starts at ``entry``'s vector table, as
    that bootloader leaves it (VTOR still at 0x08000000).

    Args:
        camera: "ov7725", "mt9m114", or None for a board without a sensor.
        seed: for what a real board leaves to chance: memory contents after power-on.
        entry: address of the vector table.
    """

    def __init__(self, camera: str | None = "ov7725", *, seed: int = 0, entry: int = memory.FIRMWARE) -> None:
        if camera is not None and camera not in CAMERAS:
            raise EmojicamError(f"the virtual board has no camera {camera}", f"one of {', '.join(CAMERAS)}")
        self.entry = entry
        self._chance = random.Random(seed)
        self.soc = Soc()
        self.clock = self.soc.clock
        self.core = self.soc.core
        self.usb = self.soc.usb = UsbHost(self.soc, self.run_cycles)
        self.camera: Camera | None = None
        #: (cycles, LED, on) for each change.
        self.led_log: list[tuple[int, str, bool]] = []
        if camera is not None:
            self.camera = CAMERAS[camera](self.soc)
            self.soc.i2c1.slaves[self.camera.ADDRESS] = self.camera  # type: ignore[assignment]
            self.soc.camera_clock_changed = self.camera.update
        self._watch_leds()
        self.soc.on_system_reset = self._restart
        self.powered = False

    def _watch_leds(self) -> None:
        for name, (port, pin) in LEDS.items():

            def changed(level: int | None, name: str = name) -> None:
                self.led_log.append((self.clock.now, name, level == 0))

            self.soc.gpio[port].listeners.setdefault(pin, []).append(changed)

    # Images.

    def load_hex(self, path: Path) -> None:
        """Put an Intel HEX file, the one that is flashed, into flash.

        Raises:
            EmojicamError: not readable, or with bytes outside flash.
        """
        from intelhex import HexReaderError, IntelHex

        try:
            image = IntelHex(str(path))
        except (OSError, HexReaderError) as error:
            raise EmojicamError(f"cannot read {path}: {error}", "make firmware") from error
        for begin, end in image.segments():
            self.load(begin, image.tobinstr(start=begin, end=end - 1))

    def load(self, address: int, data: bytes) -> None:
        """Put bytes into flash, as a programmer does."""
        if memory.find(address, len(data)) is not memory.FLASH:
            raise EmojicamError(
                f"{len(data)} bytes at {address:#010x} do not lie in flash",
                "link the image for 0x08040000, and load the HEX of board openmv_h7",
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
        self.usb.device_gone()
        self.core.reset(self.entry)

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
        """Press or let go a button between P9 (PD14) and ground."""
        self.soc.gpio["D"].outside[ARM_BUTTON] = lambda: 0 if down else None

    def led(self, name: str) -> bool:
        """Whether an LED is on."""
        port, pin = LEDS[name]
        return self.soc.gpio[port].output(pin) == 0

    def read(self, address: int, size: int) -> bytes:
        """Memory, as a debugger sees it."""
        return self.core.engine.load(address, size)

    def read_word(self, address: int) -> int:
        return self.core.engine.load_word(address)

    def write(self, address: int, data: bytes) -> None:
        """Change memory, as a debugger or a cosmic ray does."""
        self.core.engine.store(address, data)
