"""OTG2 in full-speed device mode, FIFOs filled and emptied by the CPU (section 57).

The bus side is a set of transactions that the host model calls: setup(), out() and token_in(), each
answered at once with the handshake that the core would send.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from emojicam.virtual_h7.clock import cycles
from emojicam.virtual_h7.devices import otg_registers as r
from emojicam.virtual_h7.devices.crs import Crs
from emojicam.virtual_h7.devices.gpio import Gpio
from emojicam.virtual_h7.devices.pwr import Pwr
from emojicam.virtual_h7.devices.rcc import Rcc
from emojicam.virtual_h7.errors import BoardError
from emojicam.virtual_h7.registers import Peripheral, Surroundings

_IRQ = 101
ACK, NAK, STALLED, TIMEOUT = "ACK", "NAK", "STALL", "timeout"
_SETUP_TOGGLE = 1


@dataclass
class _Endpoint:
    """What the registers do not show."""

    fifo: bytearray = field(default_factory=bytearray)
    words: int = 0
    toggle: int = 0


class OtgFs(Peripheral):
    NAME, BASE, SIZE = "OTG_FS", 0x4008_0000, 0x4_0000
    CLOCK = ("AHB1ENR", 27)
    REGISTERS = r.REGISTERS

    def __init__(self, core: Surroundings, rcc: Rcc, pwr: Pwr, pins: Gpio, crs: Crs) -> None:
        super().__init__(core)
        self._rcc, self._pwr, self._pins, self._crs = rcc, pwr, pins, crs
        #: Called when it signals resume to a sleeping bus.
        self.on_remote_wakeup: Callable[[], None] = lambda: None
        for n in range(r.ENDPOINTS):
            self._writers[0x900 + 0x20 * n] = partial(self._write_in_control, n)
            self._writers[0xB00 + 0x20 * n] = partial(self._write_out_control, n)
            self._writers[0x910 + 0x20 * n] = partial(self._write_in_size, n)
            self._readers[0x908 + 0x20 * n] = partial(self._in_interrupts, n)
            self._readers[0x918 + 0x20 * n] = partial(self._tx_space, n)
        self._reset_core()

    def reset(self) -> None:
        super().reset()
        self._reset_core()
        self.core.set_irq(_IRQ, False)

    def _reset_core(self) -> None:
        self._in = [_Endpoint() for _ in range(r.ENDPOINTS)]
        self._out_toggle = [0] * r.ENDPOINTS
        self._rx: deque[tuple[int, bytes]] = deque()
        self._rx_data = bytearray()
        self._suspended = False
        #: What the core answers to: DCFG.DAD, once the status stage of SET_ADDRESS is over (57.16.6).
        self.bus_address = 0

    # Bus: registers and FIFOs.

    def read(self, offset: int, size: int) -> int:
        if offset >= 0x1000:
            word = bytes(self._rx_data[:4])
            del self._rx_data[:4]
            return int.from_bytes(word, "little")
        return super().read(offset, size)

    def write(self, offset: int, size: int, value: int) -> None:
        if offset >= 0x1000:
            self._push((offset >> 12) - 1, value)
        else:
            super().write(offset, size, value)
        self.update_irq()

    def update_irq(self) -> None:
        self.core.set_irq(_IRQ, bool(self.values["GAHBCFG"] & 1 and self.read_GINTSTS() & self.values["GINTMSK"]))

    def _push(self, n: int, word: int) -> None:
        """The CPU writes a word into a transmit FIFO."""
        if n >= r.ENDPOINTS:
            raise self.unknown("write", 0x1000 * (n + 1), 4)
        endpoint, size = self._in[n], self.values[f"DIEPTSIZ{n}"]
        left = size & (0x7F if n == 0 else 0x7_FFFF)
        if not left or self._tx_space(n) == 0:
            raise BoardError(
                f"a word too many is written into USB transmit FIFO {n}, at PC {self.core.pc:#010x}",
                "write no more than DIEPTSIZ.XFRSIZ bytes, and only where DTXFSTS shows room",
            )
        count = min(4, left)
        endpoint.fifo += word.to_bytes(4, "little")[:count]
        endpoint.words += 1
        self.values[f"DIEPTSIZ{n}"] = size - count

    def _tx_space(self, n: int) -> int:
        depth = self.values[f"DIEPTXF{n}"] >> 16
        return max(0, depth - self._in[n].words)

    def _in_interrupts(self, n: int) -> int:
        empty = r.TXFE if not self._in[n].fifo else 0
        return self.values[f"DIEPINT{n}"] & ~r.TXFE | empty

    def read_DAINT(self) -> int:
        values, value = self.values, 0
        for n in range(r.ENDPOINTS):
            inside = self._in_interrupts(n)
            if inside & values["DIEPMSK"] & ~r.TXFE or (inside & r.TXFE and values["DIEPEMPMSK"] >> n & 1):
                value |= 1 << n
            if values[f"DOEPINT{n}"] & values["DOEPMSK"]:
                value |= 1 << (16 + n)
        return value

    def read_GINTSTS(self) -> int:
        value = self.values["GINTSTS"]
        value &= ~(1 | r.OTGINT | r.RXFLVL | r.GINAKEFF | r.GONAKEFF | r.IEPINT | r.OEPINT)
        control = self.values["DCTL"]
        value |= r.OTGINT if self.values["GOTGINT"] else 0
        value |= r.RXFLVL if self._rx else 0
        value |= r.GINAKEFF if control & 4 else 0
        value |= r.GONAKEFF if control & 8 else 0
        waiting = self.read_DAINT() & self.values["DAINTMSK"]
        value |= r.IEPINT if waiting & 0xFFFF else 0
        value |= r.OEPINT if waiting >> 16 else 0
        return value

    def read_GRSTCTL(self) -> int:
        return 0x8000_0000 | self.values["GRSTCTL"]  # AHB idle; the self-clearing bits are clear

    def write_GRSTCTL(self, value: int) -> None:
        if value & 1:
            kept = {name: self.values[name] for name in ("GUSBCFG", "GCCFG", "GOTGCTL", "DCFG")}
            Peripheral.reset(self)
            self.values.update(kept)
            self._reset_core()
        if value & 0x10:
            self._rx.clear()
            self._rx_data.clear()
        if value & 0x20:
            number = value >> 6 & 0x1F
            for n in range(r.ENDPOINTS) if number == 0x10 else [number]:
                self._in[n].fifo.clear()
                self._in[n].words = 0

    def write_DCTL(self, value: int) -> None:
        control = self.values["DCTL"]
        for set_bit, clear_bit, status in ((7, 8, 2), (9, 10, 3)):
            if value >> set_bit & 1:
                control |= 1 << status
            elif value >> clear_bit & 1:
                control &= ~(1 << status)
        self.values["DCTL"] = control
        if value & 1 and self._suspended:
            self.on_remote_wakeup()

    def read_GRXSTSR(self) -> int:
        return self._rx[0][0] if self._rx else 0

    def read_GRXSTSP(self) -> int:
        if not self._rx:
            return 0
        status, data = self._rx.popleft()
        self._rx_data = bytearray(data)
        n, kind = status & 0xF, status >> 17 & 0xF
        if kind == r.RX_SETUP_DONE:
            self.values[f"DOEPINT{n}"] |= r.STUP
        elif kind == r.RX_OUT_DONE:
            self.values[f"DOEPINT{n}"] |= r.XFRC
            self.values[f"DOEPCTL{n}"] = self.values[f"DOEPCTL{n}"] & ~r.EPENA | r.NAKSTS
        self.update_irq()
        return status

    # Endpoint control.

    def _write_in_control(self, n: int, value: int) -> None:
        old = self.values[f"DIEPCTL{n}"]
        new = value & r.CTL_KEPT | old & (r.NAKSTS | r.EPENA)
        if n == 0:
            new |= r.USBAEP | old & r.STALL  # endpoint 0 is always active; only SETUP clears its STALL
        new = new & ~r.NAKSTS if value & r.CNAK else new
        if value & r.SNAK:
            new |= r.NAKSTS
            self.values[f"DIEPINT{n}"] |= r.INEPNE
        if value & r.SD0PID:
            self._in[n].toggle = 0
        elif value & r.SODD:
            self._in[n].toggle = 1
        if value & r.EPDIS and old & r.EPENA:
            new &= ~r.EPENA
            self.values[f"DIEPINT{n}"] |= r.EPDISD
        elif value & r.EPENA:
            new |= r.EPENA
        self.values[f"DIEPCTL{n}"] = new

    def _write_in_size(self, n: int, value: int) -> None:
        if self.values[f"DIEPCTL{n}"] & r.EPENA:
            raise BoardError(
                f"DIEPTSIZ{n} is written while a transfer is going on, at PC {self.core.pc:#010x}",
                f"disable the endpoint first, and flush its FIFO (DIEPCTL{n}.EPDIS, GRSTCTL.TXFFLSH)",
            )

    def _write_out_control(self, n: int, value: int) -> None:
        old = self.values[f"DOEPCTL{n}"]
        new = value & r.CTL_KEPT | old & (r.NAKSTS | r.EPENA)
        if n == 0:
            new |= r.USBAEP | old & r.STALL
        new = new & ~r.NAKSTS if value & r.CNAK else new
        new = new | r.NAKSTS if value & r.SNAK else new
        if value & r.SD0PID:
            self._out_toggle[n] = 0
        elif value & r.SODD:
            self._out_toggle[n] = 1
        if value & r.EPDIS and old & r.EPENA and n != 0:
            new &= ~r.EPENA
            self.values[f"DOEPINT{n}"] |= r.EPDISD
        elif value & r.EPENA:
            new |= r.EPENA
        self.values[f"DOEPCTL{n}"] = new

    def packet_size(self, control: int, n: int) -> int:
        return (64, 32, 16, 8)[control & 3] if n == 0 else control & 0x7FF

    # The bus.

    def why_detached(self) -> str:
        """What keeps the pull-up off the bus, or ""."""
        if not self._rcc.values["AHB1ENR"] >> 27 & 1:
            return "its clock is off (RCC_AHB1ENR.USB2OTGEN)"
        if abs(self._rcc.usb_hz() / 48e6 - 1) > 0.0025:
            return f"its clock is {self._rcc.usb_hz() / 1e6:.3f} MHz instead of 48 (RCC_D2CCIP2R.USBSEL)"
        if not self._pwr.values["CR3"] >> 24 & 1:
            return "the USB supply detector is off (PWR_CR3.USB33DEN)"
        if not all(self._pins.is_function(pin, 10) for pin in (11, 12)):
            return "PA11 and PA12 are not on alternate function 10"
        if not self.values["GCCFG"] >> 16 & 1:
            return "the transceiver is powered down (OTG_GCCFG.PWRDWN)"
        override = self.values["GOTGCTL"] & 0xC0 == 0xC0
        if not override and not self.values["GCCFG"] >> 21 & 1:
            return "no session is valid (OTG_GOTGCTL.BVALOEN or OTG_GCCFG.VBDEN)"
        if self.values["DCTL"] & 2:
            return "it is soft-disconnected (OTG_DCTL.SDIS)"
        return ""

    @property
    def attached(self) -> bool:
        return not self.why_detached()

    def bus_reset(self) -> None:
        """The host drives SE0; the end of it, with the speed, follows 10 ms later."""
        self._suspended = False
        self.bus_address = 0
        self.values["DSTS"] &= ~1
        # EPENA and the FIFOs stay: the driver has to end what it had begun (seen on chips: TinyUSB's #2607).
        for n in range(r.ENDPOINTS):
            self.values[f"DIEPCTL{n}"] &= ~r.STALL if n == 0 else ~(r.USBAEP | r.STALL)
            self.values[f"DOEPCTL{n}"] &= ~r.STALL if n == 0 else ~(r.USBAEP | r.STALL)
            self._in[n].toggle = self._out_toggle[n] = 0
        self.values["GINTSTS"] |= r.USBRST
        self.update_irq()

        def done() -> None:
            if self.attached:
                self.values["DSTS"] = self.values["DSTS"] & ~6 | 3 << 1
                self.values["GINTSTS"] |= r.ENUMDNE
                self.update_irq()

        self.core.clock.after(cycles(0.010), done)

    def start_of_frame(self, number: int) -> None:
        self.values["DSTS"] = self.values["DSTS"] & ~(0x3FFF << 8) | (number & 0x3FFF) << 8
        self.values["GINTSTS"] |= r.SOF
        if self.values["GINTMSK"] & r.SOF:
            self.update_irq()
        self._crs.start_of_frame()

    def suspend(self) -> None:
        """3 ms without traffic."""
        self._suspended = True
        self.values["DSTS"] |= 1
        self.values["GINTSTS"] |= r.USBSUSP
        self.update_irq()

    def resume(self) -> None:
        self._suspended = False
        self.values["DSTS"] &= ~1
        self.values["GINTSTS"] |= r.WKUPINT
        self.update_irq()

    def unplug(self) -> None:
        """VBUS is gone: with the B-session override the core sees only silence, so a suspend;
        without it, the session's end."""
        if self.values["GOTGCTL"] & 0xC0 == 0xC0:
            self.suspend()
        else:
            self.values["GOTGINT"] |= 1 << 2
            self.update_irq()

    @property
    def address(self) -> int:
        return self.values["DCFG"] >> 4 & 0x7F

    def _receive(self, n: int, kind: int, data: bytes = b"", pid: int = 0) -> None:
        self._rx.append((n | len(data) << 4 | pid << 15 | kind << 17, data))

    def _rx_room(self, length: int) -> bool:
        used = sum(1 + (len(data) + 3) // 4 for _, data in self._rx)
        return used + (length + 3) // 4 + 2 <= self.values["GRXFSIZ"] & 0xFFFF

    def setup(self, packet: bytes) -> str:
        """A SETUP transaction, which a device never refuses."""
        if not self.attached or self._suspended:
            return TIMEOUT
        self._receive(0, r.RX_SETUP, packet)
        self._receive(0, r.RX_SETUP_DONE)
        # An answer that was still to be sent stays in its FIFO, and enabled (Zephyr's udc_dwc2 #88642).
        self.values["DIEPCTL0"] = self.values["DIEPCTL0"] & ~r.STALL | r.NAKSTS
        self.values["DOEPCTL0"] = self.values["DOEPCTL0"] & ~(r.STALL | r.EPENA) | r.NAKSTS
        self._in[0].toggle = self._out_toggle[0] = _SETUP_TOGGLE
        self.update_irq()
        return ACK

    def out(self, n: int, data: bytes, toggle: int) -> str:
        """An OUT transaction."""
        if not self.attached or self._suspended:
            return TIMEOUT
        control = self.values[f"DOEPCTL{n}"]
        if control & r.STALL:
            return STALLED
        if n and not control & r.USBAEP:
            return TIMEOUT
        if not control & r.EPENA or control & r.NAKSTS or self.values["DCTL"] & 8 or not self._rx_room(len(data)):
            return NAK
        if toggle != self._out_toggle[n]:
            return ACK  # a repetition: acknowledged and dropped
        self._out_toggle[n] ^= 1
        size = self.values[f"DOEPTSIZ{n}"]
        left = size & (0x7F if n == 0 else 0x7_FFFF)
        packets = (size >> 19 & (1 if n == 0 else 0x3FF)) - 1
        left = max(0, left - len(data))
        self.values[f"DOEPTSIZ{n}"] = size & 0x6000_0000 | max(0, packets) << 19 | left
        self._receive(n, r.RX_DATA, data, toggle << 1)
        if packets <= 0 or len(data) < self.packet_size(control, n):
            self.values[f"DOEPCTL{n}"] |= r.NAKSTS
            self._receive(n, r.RX_OUT_DONE)
        self.update_irq()
        return ACK

    def token_in(self, n: int) -> tuple[str, bytes, int]:
        """An IN transaction: (handshake, data, data toggle). The host acknowledges it."""
        if not self.attached or self._suspended:
            return TIMEOUT, b"", 0
        control, endpoint = self.values[f"DIEPCTL{n}"], self._in[n]
        if control & r.STALL:
            return STALLED, b"", 0
        if n and not control & r.USBAEP:
            return TIMEOUT, b"", 0
        if not control & r.EPENA or control & r.NAKSTS or self.values["DCTL"] & 4:
            return NAK, b"", 0
        size = self.values[f"DIEPTSIZ{n}"]
        left, packets = size & (0x7F if n == 0 else 0x7_FFFF), size >> 19 & (3 if n == 0 else 0x3FF)
        length = self.packet_size(control, n)
        if packets == 0 or (len(endpoint.fifo) < length and left):
            return NAK, b"", 0  # the packet is not complete in the FIFO
        data = bytes(endpoint.fifo[:length])
        del endpoint.fifo[:length]
        endpoint.words -= (len(data) + 3) // 4
        toggle = endpoint.toggle
        endpoint.toggle ^= 1
        if n == 0 and not data:
            self.bus_address = self.address
        packets -= 1
        self.values[f"DIEPTSIZ{n}"] = size & 0x6000_0000 | packets << 19 | left
        if packets == 0:
            self.values[f"DIEPCTL{n}"] = control & ~r.EPENA | (r.NAKSTS if n == 0 else 0)
            self.values[f"DIEPINT{n}"] |= r.XFRC
        self.update_irq()
        return ACK, data, toggle
