"""A computer that a board's USB hangs on: enumerates it, and takes what it types."""

import socket
import threading
from types import TracebackType
from typing import Self

from emojicam.errors import EmojicamError
from emojicam.keyboard.usages import CAPS_LOCK, NUM_LOCK, Led
from emojicam.usb import host as h
from emojicam.usb.bus import Observer, SocketLine, TunnelBus
from emojicam.usb.host import Host, Identity

_LOCKS = {NUM_LOCK: Led.NUM_LOCK, CAPS_LOCK: Led.CAPS_LOCK}
#: Between two questions for a report, as a full-speed host asks.
_INTERVAL = 0.002


class Computer:
    """Works in a thread of its own from ``with`` to its end.

    Args:
        line: the board's USB line.
        observer: sees every transaction.
        leds: lights that are on to begin with; lock keys change them, as on any computer.

    Attributes:
        identity: what the board said it is.
        reports: every keyboard report so far, in order.
        error: what ended it before its time, or None.
    """

    identity: Identity

    def __init__(self, line: socket.socket, *, observer: Observer | None = None, leds: Led = Led.NUM_LOCK) -> None:
        self._host = Host(TunnelBus(SocketLine(line), observer=observer))
        self._leds = leds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="usb", daemon=True)
        self.reports: list[bytes] = []
        self.error: EmojicamError | None = None

    def __enter__(self) -> Self:
        self.identity = self._host.enumerate()
        self._host.hid_write(h.HID_SET_IDLE, 0)
        self._host.set_leds(self._leds)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def finish(self) -> None:
        """Take what the board still has to say, and ask no more.

        Raises:
            EmojicamError: the board went away, or did not answer.
        """
        self._stop.set()
        self._thread.join()
        if self.error:
            raise self.error

    def _run(self) -> None:
        try:
            while True:
                stopping = self._stop.is_set()
                report = self._host.keyboard_report()
                if report is None:
                    if stopping:
                        return
                    self._stop.wait(_INTERVAL)
                    continue
                before = self.reports[-1] if self.reports else bytes(8)
                self.reports.append(report)
                pressed = set(report[2:]) - set(before[2:])
                if lights := [led for key, led in _LOCKS.items() if key in pressed]:
                    for led in lights:
                        self._leds ^= led
                    self._host.set_leds(self._leds)
        except EmojicamError as error:
            self.error = error
