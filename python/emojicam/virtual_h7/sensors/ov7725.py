"""OmniVision OV7725 (data sheet version 1.31): 8-bit registers on SCCB."""

from __future__ import annotations

import numpy as np

from emojicam.virtual_h7.errors import UnknownRegister
from emojicam.virtual_h7.sensors.camera import Camera, Image, interleave

_PID, _VER, _COM2, _COM3, _COM4, _CLKRC, _COM7, _COM10 = 0x0A, 0x0B, 0x09, 0x0C, 0x0D, 0x11, 0x12, 0x15
_HSIZE, _VSIZE, _HOUTSIZE, _EXHCH, _VOUTSIZE, _YAVE = 0x18, 0x1A, 0x29, 0x2A, 0x2C, 0x2F
_VSTART, _HREF = 0x19, 0x32
_MIDH, _MIDL = 0x1C, 0x1D

#: Reset values that matter here (data sheet table 5); all other registers start at 0.
_RESET = {
    _PID: 0x77,
    _VER: 0x21,
    _MIDH: 0x7F,
    _MIDL: 0xA2,
    _COM2: 0x01,
    0x08: 0x00,
    _COM3: 0x10,
    0x10: 0x40,
    _COM4: 0x41,
    0x0E: 0x01,
    0x0F: 0x43,
    _CLKRC: 0x80,
    0x13: 0x8F,
    0x14: 0x4A,
    0x17: 0x23,
    _HSIZE: 0xA0,
    _VSTART: 0x07,
    _VSIZE: 0xF0,
    0x1B: 0x40,
    _HOUTSIZE: 0xA0,
    _VOUTSIZE: 0xF0,
    0x22: 0x7F,
    0x23: 0x03,
    0x24: 0x75,
    0x25: 0x63,
    0x26: 0xD4,
    0x3D: 0x03,
    0x3E: 0xE2,
    0x42: 0x80,
    0x43: 0x80,
    0x44: 0x80,
    0x45: 0x80,
    0x46: 0x00,
    0x63: 0xE0,
    0x64: 0x1F,
    0x65: 0x00,
    0x66: 0x10,
    0x67: 0x00,
    0xAB: 0x06,
}
_READ_ONLY = {_PID, _VER, _MIDH, _MIDL, _YAVE}
_LAST = 0xAC


class Ov7725(Camera):
    ADDRESS = 0x21
    VSYNC_BLANKING_HIGH = True
    HSYNC_BLANKING_HIGH = False
    PIXCLK_RISING = True

    def reset_registers(self) -> None:
        self.registers = [_RESET.get(n, 0) for n in range(_LAST + 1)]
        self._pointer = 0
        self._index = 0

    # SCCB: a write of one byte sets the address, of two writes a register; a read gives one byte.

    def i2c_start(self, *, read: bool) -> bool:
        self._index = 0
        return self.powered

    def i2c_write(self, byte: int) -> bool:
        if self.wedged:
            return False
        if self._index == 0:
            self._pointer = byte
        elif self._index == 1:
            self._set(self._pointer, byte)
        self._index += 1
        return True

    def i2c_read(self) -> int:
        if self._pointer > _LAST:
            raise UnknownRegister(f"read of OV7725 register {self._pointer:#04x}, which it does not have")
        if self._pointer == _YAVE:
            return int(self._scene.mean())
        return self.registers[self._pointer]

    def i2c_stop(self) -> None:
        pass

    def _set(self, register: int, value: int) -> None:
        if register > _LAST:
            raise UnknownRegister(f"write of OV7725 register {register:#04x}, which it does not have")
        if register == _COM7 and value & 0x80:
            self.reset_registers()
        elif register not in _READ_ONLY:
            self.registers[register] = value
        self.update()

    def size(self) -> tuple[int, int]:
        low = self.registers[_EXHCH]
        return self.registers[_HOUTSIZE] << 2 | low & 3, self.registers[_VOUTSIZE] << 1 | low >> 2 & 1

    def frame_seconds(self) -> float:
        """VGA is 784 by 510 clocks of the pixel rate, QVGA 576 by 278 (data sheet figure 9)."""
        multiplier = (1, 4, 6, 8)[self.registers[_COM4] >> 6]
        rate = self.registers[_CLKRC]
        divider = 1 if rate & 0x40 else 2 * ((rate & 0x3F) + 1)
        pixels = 576 * 278 if self.registers[_COM7] & 0x40 else 784 * 510
        return 2 * pixels * divider / (self.clock_hz * multiplier)

    def streaming(self) -> bool:
        width, height = self.size()
        return not self.registers[_COM2] & 0x10 and width > 0 and height > 0

    def orientation(self) -> tuple[bool, bool]:
        return bool(self.registers[_COM3] & 0x40), bool(self.registers[_COM3] & 0x80)

    def pixel_bytes(self, view: Image) -> Image:
        if self.registers[_COM7] & 3:
            raise UnknownRegister(
                f"OV7725 COM7 {self.registers[_COM7]:#04x}: only YUV output is modelled",
                "write COM7 with bits 1:0 = 0",
            )
        # COM3[4] puts Y first: YUYV with it, UYVY without.
        return interleave(*self.yuv(self._windowed(view)), luma_first=bool(self.registers[_COM3] & 0x10))

    def _windowed(self, view: Image) -> Image:
        """What the window's first line does to the picture: a line too late shows the next one at the top.

        Upright it is line 6 of QVGA and 14 of VGA; flipped, one earlier.
        """
        registers = self.registers
        first = registers[_VSTART] << 1 | registers[_HREF] >> 6 & 1
        wanted = (6 if registers[_COM7] & 0x40 else 14) - (registers[_COM3] >> 7)
        lines = np.clip(np.arange(len(view)) + first - wanted, 0, len(view) - 1)
        return np.ascontiguousarray(view[lines])
