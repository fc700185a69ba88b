"""A virtual OpenMV Cam H7, or NUCLEO-H743ZI: an STM32H743 in Python, good enough to run the very image that is flashed.

    board = VirtualBoard(camera="ov7725")
    board.load_hex(path)
    board.show(image)
    board.usb.enumerate()
    board.run_for(1.0)
    board.usb.take_reports()

Time is virtual: one instruction is one cycle of 480 MHz, so a run is the same each time, and figures are
instruction counts. What the board cannot show: caches, bus timing, memory that is too slow, analogue
signals. What it refuses: registers it does not know, peripherals whose clock is off, DMA into memory that
the DMA does not reach, a clock faster than supply and flash allow.

Its instruction set is PyPI's unicorn (GPLv2): the extra `virtual`, never shipped with the product.
"""

from emojicam.usb.errors import UsbError
from emojicam.virtual_h7.board import NUCLEO_H743ZI, OPENMV_H7, WIRINGS, VirtualBoard, Wiring
from emojicam.virtual_h7.devices.flash import PowerCutError
from emojicam.virtual_h7.errors import BoardError, ClockOff, UnknownRegister
from emojicam.virtual_h7.usb.script import UsbScript

__all__ = [
    "NUCLEO_H743ZI",
    "OPENMV_H7",
    "WIRINGS",
    "BoardError",
    "ClockOff",
    "PowerCutError",
    "UnknownRegister",
    "UsbError",
    "UsbScript",
    "VirtualBoard",
    "Wiring",
]
