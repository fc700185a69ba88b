"""The virtual board as a transport of the main job: frames go in at the camera's pins, keystrokes come out
of the USB host.

`emojicam.targets.session.Session` speaks to it as to any board. What it sends of a frame over the link is
put in front of the camera instead; what the firmware says of that frame comes back under the number that
the session gave it; keyboard reports are those that the host received, not those that the firmware tells of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from emojicam.errors import EmojicamError
from emojicam.link import Decoder, Received, encode
from emojicam.targets.virtual_h7.board import VirtualBoard
from emojicam.targets.virtual_h7.clock import HZ, cycles
from emojicam.targets.virtual_h7.sensors.camera import Image

#: Virtual time between two looks at what the host has.
_LOOK = cycles(0.001)
#: A frame that nothing is heard of is shown again after this: the board has lost it.
_LOST_SECONDS = 0.4
_SILENT_SECONDS = 10.0
#: The typist is done when no report has come for this long.
_QUIET_SECONDS = 0.3


@dataclass
class _Frame:
    number: int
    time_ms: int
    pixels: Image


class VirtualTransport:
    """Enumerates the board, opens its serial port, and shows it frames.

    Args:
        board: with an image and a camera, switched off or on.
    """

    def __init__(self, board: VirtualBoard) -> None:
        if board.camera is None:
            raise EmojicamError("the main job on the virtual board needs a camera", "camera='ov7725'")
        self.board = board
        self._camera = board.camera
        self._camera.hold()
        self._down = Decoder()
        self._up = Decoder()
        self._begun: tuple[Received, bytearray] | None = None
        self._waiting: deque[_Frame] = deque()
        self._shown: _Frame | None = None
        self._shown_at = 0
        self._to_send = bytearray()
        self._run_to = 0
        self._start = 0
        self._open = False
        #: Frames that had to be shown again.
        self.repeated = 0

    def send(self, data: bytes) -> None:
        """What a session sends: frames go to the camera, all else to the serial port."""
        for message in self._down.feed(data):
            match message.name:
                case "FrameBegin":
                    self._begun = (message, bytearray())
                case "FrameData":
                    self._take_pixels(message)
                case "Time":
                    self._run_to = message.time_ms
                case _:
                    self._to_send += encode(message.name, **message.fields)

    def _take_pixels(self, message: Received) -> None:
        assert self._begun is not None
        begin, pixels = self._begun
        pixels += message.pixels
        channels = 3 if begin.format == 1 else 1
        if len(pixels) == begin.width * begin.height * channels:
            shape = (begin.height, begin.width, 3) if channels == 3 else (begin.height, begin.width)
            image = np.frombuffer(bytes(pixels), np.uint8).reshape(shape)
            self._waiting.append(_Frame(begin.frame, begin.time_ms, image))
            self._begun = None

    def messages(self) -> Iterator[Received]:
        """What the board says, while it runs, until the caller has had enough.

        Raises:
            EmojicamError: it does not enumerate, breaks a rule of the chip, or has said nothing for too long.
        """
        self._connect()
        silent_since = self.board.clock.now
        while True:
            if self._to_send:
                data, self._to_send = bytes(self._to_send), bytearray()
                self.board.usb.cdc_write(data)
            self._show_next()
            self.board.run_cycles(_LOOK)
            self._reconnect()
            for message in self._up.feed(self.board.usb.cdc_read()):
                silent_since = self.board.clock.now
                yield from self._translated(message)
            for report in self.board.usb.take_reports():
                silent_since = self.board.clock.now
                yield Received("KeyReport", {"time_ms": self._now_ms(), "report": report})
            self._let_time_pass()
            if self.board.clock.now - silent_since > cycles(_SILENT_SECONDS) and not self._run_to:
                raise EmojicamError(
                    f"the firmware on the virtual board has said nothing for {_SILENT_SECONDS:.0f} virtual "
                    f"seconds; it is at PC {self.board.core.pc:#010x}",
                    "arm-none-eabi-addr2line -e the ELF with that PC",
                )

    def _connect(self) -> None:
        if not self._open:
            self.board.usb.enumerate()
            self.board.usb.cdc_open()
            self._open = True
            self._start = self.board.clock.now

    def _reconnect(self) -> None:
        """The board was reset: it is another device on the bus."""
        if not self.board.usb.configured:
            self._open = False
            self._up = Decoder()
            self._connect()

    def _now_ms(self) -> int:
        return (self.board.clock.now - self._start) * 1000 // HZ

    def _show_next(self) -> None:
        now = self.board.clock.now
        if self._shown is not None:
            if now - self._shown_at > cycles(_LOST_SECONDS):
                self.repeated += 1
                self._show(self._shown)
        elif self._waiting and self._now_ms() >= self._waiting[0].time_ms:
            self._show(self._waiting.popleft())

    def _show(self, frame: _Frame) -> None:
        self._shown, self._shown_at = frame, self.board.clock.now
        self._camera.feed(frame.pixels)

    def _translated(self, message: Received) -> Iterator[Received]:
        if message.name == "KeyReport":
            return  # told; the host has it as well, or it has not been typed
        if "frame" in message.fields and message.name != "Error":
            if self._shown is None:
                return
            yield Received(message.name, {**message.fields, "frame": self._shown.number})
            if message.name == "FrameDone":
                self._shown = None
            return
        yield message

    def _let_time_pass(self) -> None:
        """A Time message: the typist gets to its end; the rest of that time would be idle."""
        if not self._run_to or self._shown is not None or self._waiting:
            return
        quiet = self.board.clock.now
        while self._now_ms() < self._run_to and self.board.clock.now - quiet < cycles(_QUIET_SECONDS):
            count = len(self.board.usb.reports)
            self.board.run_cycles(_LOOK)
            if len(self.board.usb.reports) > count:
                quiet = self.board.clock.now
        self._run_to = 0
