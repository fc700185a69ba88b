"""TIM1 as a clock source on PA8 (section 38)."""

from __future__ import annotations

from collections.abc import Callable

from emojicam.virtual_h7.devices.gpio import Gpio
from emojicam.virtual_h7.devices.rcc import Rcc
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, array, bits


class Tim1(Peripheral):
    """Only the edge-aligned PWM of channel 1 is modelled: all other channels keep their registers."""

    NAME, BASE = "TIM1", 0x4001_0000
    CLOCK = ("APB2ENR", 0)
    REGISTERS = (
        Register(0x00, "CR1", 0, bits((0, 9), 11), section="38.4.1"),
        Register(0x04, "CR2", 0, bits(0, (2, 14), 16, 18, (20, 23)), section="38.4.2"),
        Register(0x0C, "DIER", 0, bits((0, 14)), section="38.4.4"),
        Register(0x10, "SR", 0, section="38.4.5"),
        Register(0x14, "EGR", 0, section="38.4.6"),
        Register(0x18, "CCMR1", 0, bits((0, 15), 16, 24), section="38.4.7"),
        Register(0x1C, "CCMR2", 0, bits((0, 15), 16, 24), section="38.4.8"),
        Register(0x20, "CCER", 0, bits((0, 13), (15, 17), 20, 21), section="38.4.9"),
        Register(0x24, "CNT", 0, bits((0, 15)), section="38.4.10"),
        Register(0x28, "PSC", 0, bits((0, 15)), section="38.4.11"),
        Register(0x2C, "ARR", 0xFFFF, bits((0, 15)), section="38.4.12"),
        Register(0x30, "RCR", 0, bits((0, 15)), section="38.4.13"),
        *array(Register(0x34, "CCR{}", 0, bits((0, 15)), section="38.4.14"), 4, 4, start=1),
        Register(0x44, "BDTR", 0, bits((0, 25)), section="38.4.18"),
    )

    def __init__(self, core: Surroundings, rcc: Rcc, pins: Gpio) -> None:
        super().__init__(core)
        self._rcc = rcc
        self._pins = pins
        #: Called when its output may have changed.
        self.on_change: Callable[[], None] = lambda: None

    def output_hz(self) -> float:
        """Frequency on PA8, or 0 where any link of the chain is missing."""
        values = self.values
        running = values["CR1"] & 1 and values["CCER"] & 1 and values["BDTR"] >> 15 & 1
        pwm = values["CCMR1"] >> 4 & 7 in (6, 7) and not values["CCMR1"] & 3
        duty = 0 < values["CCR1"] <= values["ARR"]
        if not (running and pwm and duty and self._pins.is_function(8, 1)):
            return 0.0
        return self._rcc.apb2_timer_frequency() / (values["PSC"] + 1) / (values["ARR"] + 1)

    def write_SR(self, value: int) -> None:
        self.values["SR"] &= value  # rc_w0

    def _changed(self, _: int) -> None:
        self.on_change()

    write_CR1 = write_CCMR1 = write_CCER = write_PSC = write_ARR = write_CCR1 = write_BDTR = _changed
