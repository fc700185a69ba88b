"""Bus events at chosen moments: what a host, a hub or a foot on the cable does in the middle of things."""

from __future__ import annotations

from collections.abc import Callable

from emojicam.usb.errors import UsbError
from emojicam.virtual_h7.clock import Clock, cycles
from emojicam.virtual_h7.usb.host import Report, UsbHost

ACTIONS = ("reset", "suspend", "resume", "unplug", "plug")


class UsbScript:
    """Arms actions of the host: one of ACTIONS, at a time or at a report.

    ``done`` lists what happened, with the clock's time.
    """

    def __init__(self, clock: Clock, host: UsbHost) -> None:
        self._clock = clock
        self._host = host
        self.done: list[tuple[int, str]] = []

    def at(self, seconds: float, action: str) -> None:
        """Do it so many virtual seconds from now."""
        self._clock.after(cycles(seconds), self._action(action))

    def at_report(self, count: int, action: str, *, delay: float = 0.0) -> None:
        """Do it at the ``count``-th input report from now (1 is the next), or ``delay`` seconds after it."""
        left = count

        def on_report(_: Report) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                self._host.on_report.remove(on_report)
                # Never within the transaction that brought the report.
                self._clock.after(cycles(delay), self._action(action))

        self._host.on_report.append(on_report)

    def _action(self, action: str) -> Callable[[], None]:
        if action not in ACTIONS:
            raise UsbError(f"{action} is no USB action", f"one of {', '.join(ACTIONS)}")

        def act() -> None:
            getattr(self._host, action)()
            self.done.append((self._clock.now, action))

        return act
