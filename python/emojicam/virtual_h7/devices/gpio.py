"""GPIO ports A to E (section 11), and what hangs on their pins."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from emojicam.virtual_h7.registers import ALL, Peripheral, Register, Surroundings, bits

INPUT, OUTPUT, ALTERNATE, ANALOG = range(4)

#: MODER, OSPEEDR and PUPDR after reset: the debug pins of ports A and B (section 11.4.1 to 11.4.4).
_RESET = {"A": (0xABFF_FFFF, 0x0C00_0000, 0x6400_0000), "B": (0xFFFF_FEBF, 0x0000_00C0, 0x0000_0100)}


def _registers(port: str) -> tuple[Register, ...]:
    mode, speed, pull = _RESET.get(port, (ALL, 0, 0))
    return (
        Register(0x00, "MODER", mode, ALL, section="11.4.1"),
        Register(0x04, "OTYPER", 0, bits((0, 15)), section="11.4.2"),
        Register(0x08, "OSPEEDR", speed, ALL, section="11.4.3"),
        Register(0x0C, "PUPDR", pull, ALL, section="11.4.4"),
        Register(0x10, "IDR", 0, section="11.4.5"),
        Register(0x14, "ODR", 0, bits((0, 15)), section="11.4.6"),
        Register(0x18, "BSRR", 0, section="11.4.7", byte_access=True),
        Register(0x1C, "LCKR", 0, bits((0, 16)), section="11.4.8"),
        Register(0x20, "AFRL", 0, ALL, section="11.4.9"),
        Register(0x24, "AFRH", 0, ALL, section="11.4.10"),
    )


class Gpio(Peripheral):
    """A port. ``drive(pin, level)`` is the outside; ``listeners[pin]`` hear what the chip drives."""

    PORT: ClassVar[str]

    def __init__(self, core: Surroundings) -> None:
        super().__init__(core)
        self.outside: dict[int, Callable[[], int | None]] = {}
        self.listeners: dict[int, list[Callable[[int | None], None]]] = {}
        self._seen: dict[int, int | None] = {}

    def reset(self) -> None:
        super().reset()
        self._tell()

    def mode(self, pin: int) -> int:
        return self.values["MODER"] >> 2 * pin & 3

    def function(self, pin: int) -> int:
        """The alternate function's number."""
        return self.values["AFRL" if pin < 8 else "AFRH"] >> 4 * (pin & 7) & 0xF

    def is_function(self, pin: int, number: int) -> bool:
        return self.mode(pin) == ALTERNATE and self.function(pin) == number

    def output(self, pin: int) -> int | None:
        """What the chip drives: 0, 1, or None (not driven)."""
        if self.mode(pin) != OUTPUT:
            return None
        level = self.values["ODR"] >> pin & 1
        return None if level and self.values["OTYPER"] >> pin & 1 else level

    def level(self, pin: int) -> int:
        """The pin's level: the chip's driver, the outside, or the pull resistor."""
        source = self.outside.get(pin)
        outside = source() if source else None
        driven = self.output(pin)
        if driven is not None:
            return driven if outside is None else driven & outside
        if outside is not None:
            return outside
        return 1 if self.values["PUPDR"] >> 2 * pin & 3 == 1 else 0

    def read_IDR(self) -> int:
        return sum(self.level(pin) << pin for pin in range(16) if self.mode(pin) != ANALOG)

    def read_BSRR(self) -> int:
        return 0

    def write_BSRR(self, value: int) -> None:
        self.values["ODR"] = (self.values["ODR"] & ~(value >> 16)) | value & 0xFFFF
        self._tell()

    def write_ODR(self, _: int) -> None:
        self._tell()

    def write_MODER(self, _: int) -> None:
        self._tell()

    def write_OTYPER(self, _: int) -> None:
        self._tell()

    def _tell(self) -> None:
        for pin, listeners in self.listeners.items():
            level = self.output(pin)
            if self._seen.get(pin, "never") != level:
                self._seen[pin] = level
                for listener in listeners:
                    listener(level)


def port(letter: str) -> type[Gpio]:
    """The class of one port."""
    index = ord(letter) - ord("A")
    return type(
        f"Gpio{letter}", (Gpio,),
        {"NAME": f"GPIO{letter}", "BASE": 0x5802_0000 + 0x400 * index, "PORT": letter,
         "CLOCK": ("AHB4ENR", index), "REGISTERS": _registers(letter)},
    )  # fmt: skip
