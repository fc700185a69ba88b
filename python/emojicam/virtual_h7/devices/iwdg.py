"""IWDG1: the independent watchdog on LSI, 32 kHz (section 44)."""

from __future__ import annotations

from collections.abc import Callable

from emojicam.virtual_h7.clock import Event, cycles
from emojicam.virtual_h7.registers import Peripheral, Register, Surroundings, bits

LSI_HZ = 32_000
START, RELOAD, UNLOCK = 0xCCCC, 0xAAAA, 0x5555


class Iwdg1(Peripheral):
    """``expired()`` is called when nobody has fed it in time."""

    NAME, BASE = "IWDG1", 0x5800_4800
    REGISTERS = (
        Register(0x00, "KR", section="44.4.1"),
        Register(0x04, "PR", 0, bits((0, 2)), section="44.4.2"),
        Register(0x08, "RLR", 0xFFF, bits((0, 11)), section="44.4.3"),
        Register(0x0C, "SR", section="44.4.4"),
        Register(0x10, "WINR", 0xFFF, bits((0, 11)), section="44.4.5"),
    )

    def __init__(self, core: Surroundings, expired: Callable[[], None]) -> None:
        super().__init__(core)
        self._expired = expired
        self._event: Event | None = None
        self._unlocked = False

    def reset(self) -> None:
        super().reset()
        if self._event:
            self._event.cancel()
        self._event = None
        self._unlocked = False

    @property
    def running(self) -> bool:
        return self._event is not None

    @property
    def timeout_seconds(self) -> float:
        return (4 << min(self.values["PR"], 6)) * (self.values["RLR"] + 1) / LSI_HZ

    def write(self, offset: int, size: int, value: int) -> None:
        if offset in (0x04, 0x08, 0x10) and not self._unlocked:
            return  # write-protected
        super().write(offset, size, value)

    def write_KR(self, value: int) -> None:
        self._unlocked = value == UNLOCK
        if value == START or (value == RELOAD and self._event):
            self._arm()

    def _arm(self) -> None:
        if self._event:
            self._event.cancel()
        self._event = self.core.clock.after(cycles(self.timeout_seconds), self._expired)
