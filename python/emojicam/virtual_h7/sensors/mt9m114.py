"""onsemi MT9M114 (developer guide, register and variable reference): 16-bit addresses, big-endian values.

Variables of the camera pages take effect when the host has the system enter Change-Config.
"""

from __future__ import annotations

from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.errors import BoardError, UnknownRegister
from emojicam.virtual_h7.sensors.camera import Camera, Image, interleave

_CHIP_ID, _RESET_CONTROL, _PAD_SLEW, _COMMAND = 0x0000, 0x001A, 0x001E, 0x0080
_LINE_LENGTH, _FRAME_LENGTH, _READ_MODE, _RESET_REGISTER = 0xC814, 0xC812, 0xC834, 0x301A
_WIDTH, _HEIGHT, _FORMAT, _PLL, _PORT = 0xC868, 0xC86A, 0xC86C, 0xC980, 0xC984
_NEXT_STATE, _CURRENT_STATE, _COMMAND_STATUS = 0xDC00, 0xDC01, 0xDC02
_MEAN_LUMA = 0xBC02
_SET_STATE, _REFRESH, _OK = 0x0002, 0x0004, 0x8000
_CONFIG_CHANGE, _STREAMING, _START, _ENTER_STANDBY, _STANDBY, _LEAVE_STANDBY = (
    0x28,
    0x31,
    0x34,
    0x50,
    0x52,
    0x54,
)

#: Its own boot after a reset: the command register shows a change of state until it is over.
_BOOT_SECONDS = 0.0445
#: Bad frames are masked (0x301A), the parallel port's clock is slowed down (0xC984).
_MASK_BAD, _SLOW_PORT, _MIPI = 0x0200, 0x0008, 0x0001
#: Hz that the PLL may have at its input, before and behind the multiplier, and as pixel clock (Linux mt9m114.c).
_LIMITS = ((6e6, 54e6), (2e6, 13.5e6), (180e6, 384e6), (0, 48e6))

#: Reset values: address -> (bytes, value). Addresses of no range below are errors.
_RESET = {
    _CHIP_ID: (2, 0x2481),
    _RESET_CONTROL: (2, 0x0010),
    _PAD_SLEW: (2, 0x0777),
    _COMMAND: (2, 0x8000),
    _RESET_REGISTER: (2, 0x0034),
    _FRAME_LENGTH: (2, 0x03EE),
    _LINE_LENGTH: (2, 0x0640),
    _WIDTH: (2, 0x0500),
    _HEIGHT: (2, 0x03C0),
    _FORMAT: (2, 0x0000),
    _PLL: (2, 0x0120),
    _PORT: (2, 0x8040),
    _READ_MODE: (2, 0x0000),
    _NEXT_STATE: (1, 0),
    _CURRENT_STATE: (1, _STREAMING),
    _COMMAND_STATUS: (1, 0),
}
_RANGES = (
    (0x0000, 0x0002),
    (0x001A, 0x0020),
    (0x0080, 0x0082),
    (0x0982, 0x0990),
    (0x3000, 0x3FFF),
    (0x8400, 0x8408),
    (0xA800, 0xA820),
    (0xAC00, 0xAC40),
    (0xB000, 0xB040),
    (0xBC00, 0xBC20),
    (0xC800, 0xCA00),
    (0xCC00, 0xCC20),
    (0xDC00, 0xDC10),
    (0xE000, 0xE010),
    (0xE800, 0xE802),
)


class Mt9m114(Camera):
    ADDRESS = 0x48
    #: FRAME_VALID is high in a frame, so DCMI's VSYNC is low while blanking.
    VSYNC_BLANKING_HIGH = False
    HSYNC_BLANKING_HIGH = False
    PIXCLK_RISING = False

    def reset_registers(self) -> None:
        self._bytes: dict[int, int] = {}
        for address, (size, value) in _RESET.items():
            self._put(address, size, value)
        self.active = dict(self._bytes)
        self._pointer = 0
        self._index = 0
        self._booted_at = self.clock.now + cycles(_BOOT_SECONDS)
        self._bad_frame = False

    @property
    def _booting(self) -> bool:
        return self.clock.now < self._booted_at

    def _put(self, address: int, size: int, value: int) -> None:
        for n in range(size):
            self._bytes[address + n] = value >> 8 * (size - 1 - n) & 0xFF

    def _word(self, address: int, *, active: bool = True) -> int:
        source = self.active if active else self._bytes
        return source.get(address, 0) << 8 | source.get(address + 1, 0)

    def i2c_start(self, *, read: bool) -> bool:
        if not read:
            self._index = 0
        return self.powered

    def i2c_write(self, byte: int) -> bool:
        if self.wedged:
            return False
        if self._index == 0:
            self._pointer = byte << 8
        elif self._index == 1:
            self._pointer |= byte
        else:
            self._check("write")
            if self._pointer >= 2:  # the chip ID is read-only
                self._bytes[self._pointer] = byte
            self._written(self._pointer)
            self._pointer += 1
        self._index += 1
        return True

    def i2c_read(self) -> int:
        self._check("read")
        value = int(self._scene.mean()) if self._pointer == _MEAN_LUMA else self._bytes.get(self._pointer, 0)
        if self._booting and self._pointer in (_COMMAND, _COMMAND + 1):
            value = _SET_STATE >> 8 * (_COMMAND + 1 - self._pointer) & 0xFF
        self._pointer += 1
        return value

    def i2c_stop(self) -> None:
        pass

    def _check(self, kind: str) -> None:
        if not any(low <= self._pointer < high for low, high in _RANGES):
            raise UnknownRegister(f"{kind} of MT9M114 register {self._pointer:#06x}, which the model does not have")

    def _written(self, address: int) -> None:
        if address == _RESET_CONTROL + 1 and self._bytes[address] & 1:
            self.reset_registers()
            self.update()
        elif address == _COMMAND + 1:
            command = self._word(_COMMAND, active=False) & 0x7FFF
            if command and not self._booting:
                self.clock.after(cycles(0.002), lambda: self._execute(command))

    def _execute(self, command: int) -> None:
        ok = True
        if command & _SET_STATE:
            ok = self._set_state(self._bytes.get(_NEXT_STATE, 0))
        elif not command & _REFRESH:
            ok = False
        self._put(_COMMAND, 2, _OK if ok else 0)
        self._put(_COMMAND_STATUS, 1, 0 if ok else 1)
        self.update()

    def _set_state(self, state: int) -> bool:
        if state in (_CONFIG_CHANGE, _START, _LEAVE_STANDBY):
            self._put(_CURRENT_STATE, 1, _STREAMING)
            self.active = dict(self._bytes)
            self._bad_frame = not self._word(_RESET_REGISTER) & _MASK_BAD
            self.check_clocks()
        elif state == _ENTER_STANDBY:
            self._put(_CURRENT_STATE, 1, _STANDBY)
        else:
            return False
        return True

    def check_clocks(self) -> None:
        """Whether its PLL and its port can do what has been asked for. Raises BoardError."""
        m, n = self._word(_PLL) & 0xFF, (self._word(_PLL) >> 8 & 0x3F) + 1
        clocks = (self.clock_hz, self.clock_hz / n, self.clock_hz / n * m, self.clock_hz / n * m / 8)
        for clock, (low, high) in zip(clocks, _LIMITS, strict=True):
            if not low <= clock <= high:
                raise BoardError(
                    f"the MT9M114's PLL has {clock / 1e6:.1f} MHz where {low / 1e6:.1f} to {high / 1e6:.1f} MHz are "
                    f"allowed (0xC980 is {self._word(_PLL):#06x} at {self.clock_hz / 1e6:.1f} MHz)",
                    "another CAM_SYSCTL_PLL_DIVIDER_M_N, or another clock from TIM1",
                )
        if self._word(_PORT) & _SLOW_PORT and self._word(_LINE_LENGTH) % 5 == 0:
            raise BoardError(
                f"the MT9M114's line of {self._word(_LINE_LENGTH)} clocks is a multiple of 5 while its port is slowed "
                "down: onsemi's erratum 4",
                "one clock more in CAM_SENSOR_CFG_LINE_LENGTH_PCK",
            )

    def size(self) -> tuple[int, int]:
        return self._word(_WIDTH), self._word(_HEIGHT)

    def frame_seconds(self) -> float:
        """Line length times frame length at the pixel clock, an eighth of the PLL's output."""
        m, n = self._word(_PLL) & 0xFF, self._word(_PLL) >> 8 & 0x3F
        pixel_clock = self.clock_hz * m / (n + 1) / 8
        return self._word(_LINE_LENGTH) * self._word(_FRAME_LENGTH) / pixel_clock

    def streaming(self) -> bool:
        width, height = self.size()
        parallel = not self._word(_PORT) & _MIPI
        return self._bytes.get(_CURRENT_STATE) == _STREAMING and parallel and width > 0 and height > 0

    def orientation(self) -> tuple[bool, bool]:
        """The module sits in the camera so that both bits have to be set for an upright picture."""
        mode = self._word(_READ_MODE)
        return not mode & 1, not mode & 2

    def pixel_bytes(self, view: Image) -> Image:
        form = self._word(_FORMAT)
        if form & 0x0F00:
            raise UnknownRegister(f"MT9M114 CAM_OUTPUT_FORMAT {form:#06x}: only YUV is modelled")
        if self._bad_frame:
            self._bad_frame = False
            view = view * 0
        # Cb Y Cr Y by itself, Y Cb Y Cr with the bytes swapped.
        return interleave(*self.yuv(view), luma_first=bool(form & 2))
