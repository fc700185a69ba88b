"""A virtual board as a transport of the main job: frames go in at the camera's pins, or over the serial port
of a board without a camera, and keystrokes come out of the USB host.

`emojicam.link.session.Session` speaks to it as to any board, and shows its frames to the camera where there
is one. What the firmware says of a frame comes back under the number that the session gave it; keyboard reports
are those that the host received, not those that the firmware tells of.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from emojicam.errors import EmojicamError
from emojicam.image import MIRROR_SLOT_MS
from emojicam.image.fit import fit
from emojicam.link import Decoder, Received, encode
from emojicam.virtual_h7.board import VirtualBoard
from emojicam.virtual_h7.clock import HZ, cycles
from emojicam.virtual_h7.sensors.camera import Image

#: Virtual time between two looks at what the host has.
_LOOK = cycles(0.001)
#: After so much time the turns of a picture and of its mirror image begin again.
_TURNS = cycles(2 * MIRROR_SLOT_MS / 1000)
#: A frame that nothing is heard of is shown again after this, in the same turn: the board has lost it.
_LOST = 3 * _TURNS
_SILENT_SECONDS = 10.0
#: Time that passes is over when no report has come for this long: it would be idle.
_QUIET_SECONDS = 0.3
#: The board's own clock may be ahead of the frames'. Time that a session lets pass lasts so long all the same.
_LEAST_MS = 1000


#: Fields of messages that are times.
_TIMES = ("nanoseconds", "image_nanoseconds")


@dataclass
class _Message:
    """Bytes for the serial port, from a time on."""

    time_ms: int
    wire: bytes


@dataclass
class _Frame:
    number: int
    time_ms: int
    pixels: Image


def transport(board: VirtualBoard) -> VirtualLink:
    """The transport that suits a board: with a camera or without."""
    return VirtualTransport(board) if board.camera is not None else VirtualLink(board)


class VirtualLink:
    """Enumerates a board, opens its serial port, and sends it frames as they are due on the board's own clock.

    Args:
        board: with an image, switched off or on.
    """

    def __init__(self, board: VirtualBoard) -> None:
        self.board = board
        self._down = Decoder()
        self._up = Decoder()
        #: In the order in which the session sent them.
        self._queue: deque[_Frame | _Message | int] = deque()
        self._start = 0
        self._open = False

    def send(self, data: bytes) -> None:
        """What a session sends: all but the passing of time goes to the serial port."""
        for message in self._down.feed(data):
            if message.name == "Time":
                self._queue.append(message.time_ms)
            else:
                due = message.time_ms if message.name == "FrameBegin" else 0
                self._queue.append(_Message(due, encode(message.name, **message.fields)))

    def messages(self) -> Iterator[Received]:
        """What the board says, while it runs, until the caller has had enough.

        Raises:
            EmojicamError: it does not enumerate, breaks a rule of the chip, or has said nothing for too long.
        """
        self._connect()
        silent_since = self.board.clock.now
        while True:
            self._go_on()
            self.board.run_cycles(_LOOK)
            self._reconnect()
            for message in self._up.feed(self.board.usb.cdc_read()):
                silent_since = self.board.clock.now
                yield from self._translated(message)
            for report in self.board.usb.take_reports():
                silent_since = self.board.clock.now
                yield Received("KeyReport", {"time_ms": self._now_ms(), "report": report})
            if self.board.clock.now - silent_since > cycles(_SILENT_SECONDS):
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
            # A frame is seen mirrored, or not, by the board's clock: what is due in one turn is to be taken in it.
            since = self.board.clock.now - self.board.started
            self._start = self.board.started - (-since // _TURNS) * _TURNS

    def _reconnect(self) -> None:
        """The board was reset: it is another device on the bus."""
        if not self.board.usb.configured:
            self._open = False
            self._up = Decoder()
            self._connect()

    def _now_ms(self) -> int:
        return (self.board.clock.now - self._start) * 1000 // HZ

    def _go_on(self) -> None:
        """Do what is next of what the session has sent."""
        while self._queue and self._act(self._queue[0]):
            self._queue.popleft()

    def _act(self, item: _Frame | _Message | int) -> bool:
        """Returns whether it has been done; False if it is not due yet."""
        if isinstance(item, int):
            self._let_time_pass(item)
        elif self._now_ms() < item.time_ms:
            return False
        else:
            self._deliver(item)
        return True

    def _deliver(self, item: _Frame | _Message) -> None:
        assert isinstance(item, _Message)
        self.board.usb.cdc_write(item.wire)

    def _translated(self, message: Received) -> Iterator[Received]:
        if message.name == "KeyReport":
            return  # told; the host has it as well, or it has not been typed
        # One instruction a cycle: the firmware's time counts them.
        counted = {name: round(message.fields[name] * HZ / 1e9) for name in _TIMES if name in message.fields}
        yield Received(message.name, {**message.fields, **counted})

    def _let_time_pass(self, until_ms: int) -> None:
        """The typist goes on; what of that time would be idle is left out."""
        quiet = self.board.clock.now
        until_ms = max(until_ms, self._now_ms() + _LEAST_MS)
        while self._now_ms() < until_ms and self.board.clock.now - quiet < cycles(_QUIET_SECONDS):
            count = len(self.board.usb.reports)
            self.board.run_cycles(_LOOK)
            if len(self.board.usb.reports) > count:
                quiet = self.board.clock.now


class VirtualTransport(VirtualLink):
    """The same for a board with a camera: it is shown the frames.

    Args:
        board: with an image and a camera, switched off or on.
    """

    def __init__(self, board: VirtualBoard) -> None:
        super().__init__(board)
        if board.camera is None:
            raise EmojicamError("this transport needs a camera", "camera='ov7725', or VirtualLink")
        self._camera = board.camera
        self._camera.hold()
        self._shown: _Frame | None = None
        self._shown_at = 0
        #: The camera's number of the frame that the board spoke of last, and the session's.
        self._classified = (-1, 0)
        #: Frames that had to be shown again.
        self.repeated = 0

    def show(self, number: int, time_ms: int, pixels: Image) -> None:
        """A picture of any size that is to be in front of the camera at a time, once those before are done."""
        self._queue.append(_Frame(number, time_ms, pixels))

    def _go_on(self) -> None:
        """Nothing overtakes a frame."""
        if self._shown is None:
            super()._go_on()
        elif self.board.clock.now - self._shown_at > _LOST:
            self.repeated += 1
            self._show(self._shown)

    def _act(self, item: _Frame | _Message | int) -> bool:
        return self._shown is None and super()._act(item)

    def _deliver(self, item: _Frame | _Message) -> None:
        if isinstance(item, _Frame):
            self._show(item)
        else:
            super()._deliver(item)

    def _show(self, frame: _Frame) -> None:
        self._shown, self._shown_at = frame, self.board.clock.now
        self._camera.feed(fit(frame.pixels))

    def _translated(self, message: Received) -> Iterator[Received]:
        """Under the number that the session has given the frame."""
        key = "number" if message.name == "ImageBegin" else "frame"
        number = message.fields.get(key, 0)
        if message.name in ("ImageBegin", "Error"):
            # About the frame that was classified last; an error without a number is about none.
            ours = self._classified[1] if number == self._classified[0] else 0
            yield from super()._translated(Received(message.name, {**message.fields, key: ours}))
        elif key not in message.fields:
            yield from super()._translated(message)
        elif self._shown is not None:
            self._classified = number, self._shown.number
            yield from super()._translated(Received(message.name, {**message.fields, "frame": self._shown.number}))
            if message.name == "FrameDone":
                self._shown = None
