"""DCMI: the parallel camera interface (section 33)."""

from __future__ import annotations

from collections.abc import Mapping

from emojicam.virtual_h7.devices.dma import Dma2
from emojicam.virtual_h7.devices.gpio import Gpio
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

_IRQ = 78
#: DMAMUX1 request line (section 18.3.2, table 121).
DMA_REQUEST = 75
DATA_REGISTER = 0x4802_0028
FRAME, OVERRUN, ERROR, VSYNC, LINE = 1, 2, 4, 8, 16
_CAPTURE, _SNAPSHOT, _CROP, _PIXEL_POLARITY, _HSYNC_POLARITY, _VSYNC_POLARITY, _ENABLE = (
    1 << n for n in (0, 1, 2, 5, 6, 7, 14)
)
#: The DCMI's FIFO, in bytes (section 33.3.7: eight words).
_FIFO = 32
#: Pins of the 8-bit interface on this board: port, pin.
PINS = (
    ("A", 4),
    ("A", 6),
    ("B", 6),
    ("B", 7),
    ("C", 6),
    ("C", 7),
    ("E", 0),
    ("E", 1),
    ("E", 4),
    ("E", 5),
    ("E", 6),
)


class Dcmi(Peripheral):
    """Takes lines of bytes from the camera, and hands words to the DMA."""

    NAME, BASE = "DCMI", 0x4802_0000
    CLOCK = ("AHB2ENR", 0)
    REGISTERS = (
        Register(0x00, "CR", 0, bits((0, 11), 14, (16, 20)), section="33.5.1"),
        Register(0x04, "SR", 0, section="33.5.2"),
        Register(0x08, "RIS", 0, section="33.5.3"),
        Register(0x0C, "IER", 0, bits((0, 4)), section="33.5.4"),
        Register(0x10, "MIS", 0, section="33.5.5"),
        Register(0x14, "ICR", 0, section="33.5.6"),
        Register(0x18, "ESCR", 0, bits((0, 31)), section="33.5.7"),
        Register(0x1C, "ESUR", 0, bits((0, 31)), section="33.5.8"),
        Register(0x20, "CWSTRT", 0, bits((0, 13), (16, 28)), section="33.5.9"),
        Register(0x24, "CWSIZE", 0, bits((0, 13), (16, 29)), section="33.5.10"),
        Register(0x28, "DR", 0, section="33.5.11"),
    )

    def __init__(self, core: Surroundings, gpio: Mapping[str, Gpio], dma2: Dma2) -> None:
        super().__init__(core)
        self._gpio = gpio
        self._dma2 = dma2
        self._capturing = False
        self._line = 0
        self._frames_seen = 0
        self._fifo = bytearray()
        #: A fault to inject: report an overrun on the next line.
        self.overrun_next = False

    def reset(self) -> None:
        super().reset()
        self._capturing = False
        self._fifo.clear()

    @property
    def wired(self) -> bool:
        """All pins carry the DCMI's alternate function (13)."""
        return all(self._gpio[port].is_function(pin, 13) for port, pin in PINS)

    def _flag(self, flags: int) -> None:
        self.values["RIS"] |= flags
        self._update_irq()

    def _update_irq(self) -> None:
        self.core.set_irq(_IRQ, bool(self.values["RIS"] & self.values["IER"]))

    def read_MIS(self) -> int:
        return self.values["RIS"] & self.values["IER"]

    def read_SR(self) -> int:
        return self.values["SR"] | (4 if self._fifo else 0)

    def write_IER(self, _: int) -> None:
        self._update_irq()

    def write_ICR(self, value: int) -> None:
        self.values["RIS"] &= ~(value & 0x1F)
        self._update_irq()

    def write_CR(self, _: int) -> None:
        if not self.values["CR"] & _CAPTURE:
            # A capture in progress ends with its frame (33.3.6); the model ends it here.
            self._capturing = False
        if not self.values["CR"] & _ENABLE:
            self._fifo.clear()

    def read_DR(self) -> int:
        word = bytes(self._fifo[:4])
        del self._fifo[:4]
        return int.from_bytes(word, "little")

    # The camera's side.

    def vsync(self, *, blanking: bool, high: bool) -> None:
        """VSYNC changed: blanking begins or ends.

        Args:
            high: the level that means blanking on this sensor; CR.VSPOL has to agree.
        """
        cr = self.values["CR"]
        if not cr & _ENABLE or not self.wired or bool(cr & _VSYNC_POLARITY) != high:
            return
        self.values["SR"] = self.values["SR"] & ~2 | (2 if blanking else 0)
        if blanking:
            self._end_frame()
            self._flag(VSYNC)
            return
        self._frames_seen += 1
        every = 1 << (cr >> 8 & 3)
        self._capturing = bool(cr & _CAPTURE) and self._frames_seen % every == 0
        self._line = 0
        self._fifo.clear()

    def _end_frame(self) -> None:
        if not self._capturing:
            return
        self._capturing = False
        if self.values["CR"] & _SNAPSHOT:
            self.values["CR"] &= ~_CAPTURE
        self._flag(FRAME)

    def line(self, data: bytes, *, high: bool, rising: bool) -> None:
        """One line of bytes, as they came on D0 to D7.

        Args:
            high: the level of HSYNC while blanking; CR.HSPOL has to agree.
            rising: the edge of PIXCLK on which data is stable; CR.PCKPOL has to agree.
        """
        cr = self.values["CR"]
        if not self._capturing or bool(cr & _HSYNC_POLARITY) != high or bool(cr & _PIXEL_POLARITY) != rising:
            return
        data = self._cropped(data)
        self._line += 1
        selection = cr >> 16 & 3
        if selection == 1:
            data = data[cr >> 18 & 1 :: 2]
        elif selection:
            step = data[(cr >> 18 & 1) * (2 if selection == 3 else 1) :: 4]
            data = step if selection == 2 else bytes(b for n, b in enumerate(data) if n % 4 // 2 == (cr >> 18 & 1))
        self._fifo += data
        whole = len(self._fifo) & ~3
        taken = self._dma2.request(DMA_REQUEST, DATA_REGISTER, bytes(self._fifo[:whole]))
        del self._fifo[:taken]
        if len(self._fifo) > _FIFO or self.overrun_next:
            self.overrun_next = False
            self._fifo.clear()
            self._capturing = False
            self._flag(OVERRUN)
        self._flag(LINE)

    def _cropped(self, data: bytes) -> bytes:
        if not self.values["CR"] & _CROP:
            return data
        start, size = self.values["CWSTRT"], self.values["CWSIZE"]
        first, lines = start >> 16 & 0x1FFF, (size >> 16 & 0x3FFF) + 1
        if not first <= self._line < first + lines:
            return b""
        offset, count = start & 0x3FFF, (size & 0x3FFF) + 1
        return data[offset : offset + count]
