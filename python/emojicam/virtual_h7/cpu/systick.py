"""SysTick (DDI 0403E, section B3.3): a 24-bit down-counter of core cycles, or of every eighth one.

Virtual time is counted in cycles of 480 MHz. Where the chip's core is slower, ``period`` says how many of those
go to how many of its own, so that a second of SysTick's is a virtual second.
"""

from emojicam.virtual_h7.clock import Clock, Event
from emojicam.virtual_h7.cpu.exceptions import SYSTICK, ExceptionModel

_ENABLE, _TICKINT, _CLKSOURCE, _COUNTFLAG = 1, 2, 4, 1 << 16


class SysTick:
    #: Cycles of virtual time, and the core's in the same time.
    period = (1, 1)

    def __init__(self, clock: Clock, exceptions: ExceptionModel) -> None:
        self._clock = clock
        self._exceptions = exceptions
        self._event: Event | None = None
        self.reset()

    def reset(self) -> None:
        if self._event:
            self._event.cancel()
        self._event = None
        self.control = 0
        self.reload = 0
        self._flag = False
        self._held = 0

    @property
    def _divider(self) -> int:
        return 1 if self.control & _CLKSOURCE else 8

    def _start(self, ticks: int) -> None:
        if self._event:
            self._event.cancel()
        self._event = None
        if self.control & _ENABLE and self.reload:
            self._event = self._clock.after(ticks * self._divider * self.period[0] // self.period[1], self._wrap)

    def _wrap(self) -> None:
        self._flag = True
        if self.control & _TICKINT:
            self._exceptions.pend(SYSTICK)
        self._start(self.reload + 1)

    def read_csr(self) -> int:
        value = self.control | (_COUNTFLAG if self._flag else 0)
        self._flag = False
        return value

    def write_csr(self, value: int) -> None:
        held = self.read_current()
        self.control = value & 7
        self._held = held
        self._start(held or self.reload + 1)

    def write_reload(self, value: int) -> None:
        self.reload = value & 0xFF_FFFF
        if not self._event:
            self._start(self.reload + 1)

    def read_current(self) -> int:
        if self._event and self._event.waiting:
            cycles = max(0, self._event.time - self._clock.now) * self.period[1] // self.period[0]
            return cycles // self._divider % (self.reload + 1)
        return self._held

    def write_current(self, _: int) -> None:
        self._held = 0
        self._flag = False
        self._start(self.reload + 1)
