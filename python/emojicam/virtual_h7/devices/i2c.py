"""I2C1 as a master (section 47, the "v2" peripheral), and the bus with its slaves.

A byte takes nine bit times of 100 kHz whatever TIMINGR says; what TIMINGR says is checked in the
firmware's own tests, as nothing here could prove it right.
"""

from __future__ import annotations

from typing import Protocol

from emojicam.virtual_h7.clock import Event, cycles
from emojicam.virtual_h7.devices.gpio import Gpio
from emojicam.virtual_h7.registers import ALL, Peripheral, Register, Surroundings, bits

_BYTE_TIME = cycles(9 / 100_000)
_TXE, _TXIS, _RXNE, _NACKF, _STOPF, _TC, _TCR, _BUSY = (1 << n for n in (0, 1, 2, 4, 5, 6, 7, 15))
_BERR, _ARLO = 1 << 8, 1 << 9
_EVENT_IRQ, _ERROR_IRQ = 31, 32


class I2cSlave(Protocol):
    """A device on the bus."""

    def i2c_start(self, *, read: bool) -> bool:
        """It was addressed. Returns whether it acknowledges."""

    def i2c_write(self, byte: int) -> bool:
        """It was sent a byte. Returns whether it acknowledges."""

    def i2c_read(self) -> int:
        """It sends a byte."""

    def i2c_stop(self) -> None:
        """The transfer is over."""


class I2c1(Peripheral):
    """The controller, with ``slaves`` by 7-bit address.

    Faults to inject: ``hold_scl`` (a slave stretches the clock for ever), ``hold_sda`` (a wedged slave
    keeps SDA low: the bus stays busy until nine clock pulses), ``lose_arbitration`` (once), ``nack_next`` (so
    many bytes to come, addresses included, are not acknowledged), ``bus_errors`` (so many are reported that there
    are none, as ES0392 2.19.4 has it: the transfer goes on).
    """

    NAME, BASE = "I2C1", 0x4000_5400
    CLOCK = ("APB1LENR", 21)
    REGISTERS = (
        Register(0x00, "CR1", 0, bits((0, 12), (14, 23)), section="47.7.1"),
        Register(0x04, "CR2", 0, bits((0, 12), (15, 26)), section="47.7.2"),
        Register(0x08, "OAR1", 0, bits((0, 10), 15), section="47.7.3"),
        Register(0x0C, "OAR2", 0, bits((1, 10), 15), section="47.7.4"),
        Register(0x10, "TIMINGR", 0, bits((0, 23), (28, 31)), section="47.7.5"),
        Register(0x14, "TIMEOUTR", 0, bits((0, 12), (15, 27), 31), section="47.7.6"),
        Register(0x18, "ISR", 1, section="47.7.7"),
        Register(0x1C, "ICR", 0, section="47.7.8"),
        Register(0x20, "PECR", 0, section="47.7.9"),
        Register(0x24, "RXDR", 0, section="47.7.10"),
        Register(0x28, "TXDR", 0, ALL & 0xFF, section="47.7.11"),
    )

    def __init__(self, core: Surroundings, pins: Gpio) -> None:
        super().__init__(core)
        self._pins = pins
        self.slaves: dict[int, I2cSlave] = {}
        self.hold_scl = False
        self.hold_sda = False
        self.lose_arbitration = False
        self.nack_next = 0
        self.bus_errors = 0
        self._pulses = 0
        self._idle()
        # The board has pull-ups.
        pins.outside[8] = lambda: 0 if self.hold_scl else 1
        pins.outside[9] = self._sda
        pins.listeners.setdefault(8, []).append(self._scl_changed)

    def hold_sda_for(self, pulses: int) -> None:
        """A slave stands in the middle of a byte: it keeps SDA low until it has seen so many clocks."""
        self._pulses = pulses

    def _sda(self) -> int:
        return 0 if self.hold_sda or self._pulses else 1

    def _scl_changed(self, level: int | None) -> None:
        if level == 0 and self._pulses:
            self._pulses -= 1

    def _idle(self) -> None:
        self._slave: I2cSlave | None = None
        self._reading = False
        self._left = 0
        self._event: Event | None = None

    def reset(self) -> None:
        super().reset()
        self._cancel()

    def _cancel(self) -> None:
        if self._event:
            self._event.cancel()
        if self._slave:
            self._slave.i2c_stop()
        self._idle()

    def _later(self, action: object) -> None:
        if self.hold_scl:
            return  # the clock never rises: nothing more happens on this bus
        self._event = self.core.clock.after(_BYTE_TIME, action)  # type: ignore[arg-type]

    def _flag(self, flags: int) -> None:
        self.values["ISR"] |= flags
        self._update_irq()

    def _update_irq(self) -> None:
        isr, cr1 = self.read_ISR(), self.values["CR1"]
        event = (
            (isr & _TXIS and cr1 & 2) or (isr & _RXNE and cr1 & 4) or (isr & _NACKF and cr1 & 0x10)
            or (isr & _STOPF and cr1 & 0x20) or (isr & (_TC | _TCR) and cr1 & 0x40)
        )  # fmt: skip
        self.core.set_irq(_EVENT_IRQ, bool(event))
        self.core.set_irq(_ERROR_IRQ, bool(isr & (_BERR | _ARLO) and cr1 & 0x80))

    def read_ISR(self) -> int:
        busy = _BUSY if self._sda() == 0 and self.values["CR1"] & 1 else 0
        return self.values["ISR"] | busy

    def write_CR1(self, value: int) -> None:
        if not value & 1:  # PE = 0 resets the state machine (47.4.6)
            self._cancel()
            self.values["ISR"] = _TXE
            self.values["CR2"] &= ~bits(13, 14, 15)
        self._update_irq()

    def write_CR2(self, value: int) -> None:
        if not self.values["CR1"] & 1:
            return
        if value >> 13 & 1:
            self._start(value)
        elif value >> 14 & 1:
            self._later(self._stop)
        elif self.values["ISR"] & _TCR and value >> 16 & 0xFF:
            self.values["ISR"] &= ~_TCR
            self._left = value >> 16 & 0xFF
            self._next()

    def _start(self, value: int) -> None:
        if self._sda() == 0:
            return  # START waits for a free bus
        self.values["ISR"] = (self.values["ISR"] | _BUSY) & ~(_TC | _TCR)
        self._reading = bool(value >> 10 & 1)
        self._left = value >> 16 & 0xFF
        if self.lose_arbitration:
            self.lose_arbitration = False
            self.values["ISR"] &= ~_BUSY
            self._flag(_ARLO)
            return
        self._later(self._addressed)

    def _addressed(self) -> None:
        address = self.values["CR2"] >> 1 & 0x7F
        previous, self._slave = self._slave, self.slaves.get(address)
        if previous and previous is not self._slave:
            previous.i2c_stop()
        pins = self._pins
        wired = pins.is_function(8, 4) and pins.is_function(9, 4)
        if self._refused() or not wired or self._slave is None or not self._slave.i2c_start(read=self._reading):
            self._nack()
        else:
            self._next()

    def _refused(self) -> bool:
        refused = self.nack_next > 0
        self.nack_next -= refused
        return refused

    def _nack(self) -> None:
        self._flag(_NACKF)
        # A master stops by itself after a NACK when AUTOEND is set, and on an address NACK always (47.4.9).
        self._stop()

    def _stop(self) -> None:
        if self._slave:
            self._slave.i2c_stop()
        self._idle()
        self.values["ISR"] = (self.values["ISR"] | _TXE) & ~(_BUSY | _TC | _TXIS)
        self._flag(_STOPF)

    def _next(self) -> None:
        """What comes after an acknowledged byte (47.4.9, figures 512 and 515)."""
        cr2 = self.values["CR2"]
        if self.bus_errors:
            self.bus_errors -= 1
            self._flag(_BERR)
        if self._left == 0:
            if cr2 >> 24 & 1:
                self._flag(_TCR)
            elif cr2 >> 25 & 1:
                self._later(self._stop)
            else:
                self._flag(_TC)
        elif self._reading:
            self._later(self._received)
        else:
            self.values["ISR"] &= ~_TXE
            self._flag(_TXIS)

    def _received(self) -> None:
        assert self._slave is not None
        self.values["RXDR"] = self._slave.i2c_read() & 0xFF
        self._left -= 1
        self._flag(_RXNE)

    def read_RXDR(self) -> int:
        if self.values["ISR"] & _RXNE:
            self.values["ISR"] &= ~_RXNE
            self._update_irq()
            self._next()
        return self.values["RXDR"]

    def write_TXDR(self, value: int) -> None:
        if self.values["ISR"] & _TXIS:
            self.values["ISR"] &= ~_TXIS
            self._update_irq()
            self._later(lambda: self._sent(value & 0xFF))

    def _sent(self, value: int) -> None:
        assert self._slave is not None
        self._left -= 1
        if not self._refused() and self._slave.i2c_write(value):
            self._next()
        else:
            self._nack()

    def write_ICR(self, value: int) -> None:
        self.values["ISR"] &= ~(value & bits(3, 4, 5, (8, 13)))
        self._update_irq()
