"""Virtual time and the events in it.

Time is a count of core clock cycles, one an instruction, at 480 MHz. Nothing else advances it, so a
run is repeatable to the instruction.
"""

import heapq
from collections.abc import Callable

#: Cycles in a virtual second.
HZ = 480_000_000

#: Further away than any run.
NEVER = 1 << 62


class Event:
    """Something that happens once, at ``time``, unless cancelled before."""

    __slots__ = ("action", "time")

    def __init__(self, time: int, action: Callable[[], None]) -> None:
        self.time = time
        self.action: Callable[[], None] | None = action

    @property
    def waiting(self) -> bool:
        return self.action is not None

    def cancel(self) -> None:
        self.action = None


class Clock:
    """The event queue. Events of one time happen in the order in which they were scheduled."""

    def __init__(self) -> None:
        self.now = 0
        #: Called with an event's time when it is scheduled: the CPU shortens the slice that it is in.
        self.on_schedule: Callable[[int], None] = lambda time: None
        self._queue: list[tuple[int, int, Event]] = []
        self._count = 0

    def after(self, delay: int, action: Callable[[], None]) -> Event:
        """Have ``action`` called ``delay`` cycles (at least 1) from now."""
        event = Event(self.now + max(1, delay), action)
        self._count += 1
        heapq.heappush(self._queue, (event.time, self._count, event))
        self.on_schedule(event.time)
        return event

    def next_time(self) -> int:
        """When the next event is due, or NEVER."""
        while self._queue and self._queue[0][2].action is None:
            heapq.heappop(self._queue)
        return self._queue[0][0] if self._queue else NEVER

    def fire_due(self) -> None:
        """Call everything that is due."""
        while self._queue and self._queue[0][0] <= self.now:
            event = heapq.heappop(self._queue)[2]
            action, event.action = event.action, None
            if action is not None:
                action()


def cycles(seconds: float) -> int:
    return round(seconds * HZ)
