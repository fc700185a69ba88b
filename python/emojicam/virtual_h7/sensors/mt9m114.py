"""onsemi MT9M114 (developer guide, register and variable reference): 16-bit addresses, big-endian values.

Variables of the camera pages take effect when the host has the system enter Change-Config.
"""

from __future__ import annotations

from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.errors import UnknownRegister
from emojicam.virtual_h7.sensors.camera import Camera, Image, interleave

_CHIP_ID, _RESET_CONTROL, _PAD_SLEW, _COMMAND = 0x0000, 0x001A, 0x001E, 0x0080
_LINE_LENGTH, _FRAME_LENGTH, _READ_MODE = 0xC814, 0xC812, 0xC834
_WIDTH, _HEIGHT, _FORMAT, _PLL = 0xC868, 0xC86A, 0xC86C, 0xC980
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

#: Reset values: address -> (bytes, value). Addresses of no range below are errors.
_RESET = {
    _CHIP_ID: (2, 0x2481),
    _RESET_CONTROL: (2, 0x0010),
    _PAD_SLEW: (2, 0x0777),
    _COMMAND: (2, 0x8000),
    0x301A: (2, 0x0234),
    _FRAME_LENGTH: (2, 0x03EE),
    _LINE_LENGTH: (2, 0x0640),
    _WIDTH: (2, 0x0500),
    _HEIGHT: (2, 0x03C0),
    _FORMAT: (2, 0x0000),
    _PLL: (2, 0x0120),
    0xC984: (2, 0x8040),
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
    PIXCLK_RISING = True

    def reset_registers(self) -> None:
        self._bytes: dict[int, int] = {}
        for address, (size, value) in _RESET.items():
            self._put(address, size, value)
        self._active = dict(self._bytes)
        self._pointer = 0
        self._index = 0

    def _put(self, address: int, size: int, value: int) -> None:
        for n in range(size):
            self._bytes[address + n] = value >> 8 * (size - 1 - n) & 0xFF

    def _word(self, address: int, *, active: bool = True) -> int:
        source = self._active if active else self._bytes
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
            if command:
                self.soc.clock.after(cycles(0.002), lambda: self._execute(command))

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
            self._active = dict(self._bytes)
        elif state == _ENTER_STANDBY:
            self._put(_CURRENT_STATE, 1, _STANDBY)
        else:
            return False
        return True

    def size(self) -> tuple[int, int]:
        return self._word(_WIDTH), self._word(_HEIGHT)

    def frame_seconds(self) -> float:
        """Line length times frame length at the pixel clock, an eighth of the PLL's output."""
        m, n = self._word(_PLL) & 0xFF, self._word(_PLL) >> 8 & 0x3F
        pixel_clock = self.clock_hz * m / (n + 1) / 8
        return self._word(_LINE_LENGTH) * self._word(_FRAME_LENGTH) / pixel_clock

    def streaming(self) -> bool:
        width, height = self.size()
        return self._bytes.get(_CURRENT_STATE) == _STREAMING and width > 0 and height > 0

    def orientation(self) -> tuple[bool, bool]:
        mode = self._word(_READ_MODE)
        return bool(mode & 1), bool(mode & 2)

    def pixel_bytes(self, view: Image) -> Image:
        form = self._word(_FORMAT)
        if form & 0x0F00:
            raise UnknownRegister(f"MT9M114 CAM_OUTPUT_FORMAT {form:#06x}: only YUV is modelled")
        # Cb Y Cr Y by itself, Y Cb Y Cr with the bytes swapped.
        return interleave(*self.yuv(view), luma_first=bool(form & 2))
