"""The main job on a board: frames go in over the link, and everything that became of them comes back."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.frames import Pixels, SourceFrame, time_ms
from emojicam.keyboard import Host, Layout, begins, decode
from emojicam.link import Received, encode, messages
from emojicam.link.frames import encode_frame
from emojicam.link.image import ImageAssembly

#: Frames that are sent before the first of them has been answered.
_AHEAD = 2
#: How long the board is given to finish typing after the last frame, on the clock of the frames; so many times at
#: most, as long as it has not.
TAIL_MS = 3000
MOST_TAILS = 10
_STATUS = {code.value: code for code in messages.ERRORS}


class Transport(Protocol):
    """Where a board is: an emulator's UART, or a serial port."""

    def send(self, data: bytes) -> None: ...
    def messages(self) -> Iterator[Received]: ...


@runtime_checkable
class HasCamera(Protocol):
    """A transport whose board has a camera: frames are put in front of it instead of sent."""

    def show(self, number: int, time_ms: int, pixels: npt.NDArray[np.uint8]) -> None: ...


@runtime_checkable
class InBlocks(Protocol):
    """A transport for which a few bytes more cost less than making them fewer."""

    @property
    def blocks(self) -> bool: ...


@dataclass
class FrameResult:
    """One frame and all that the board said about it.

    Attributes:
        scores: the model's int8 output.
        decision: index of the class that is held.
        wants: the text that the board set out to type because of this frame; an emoji may be several code points.
        typed: what the computer received of it, decoded from the keyboard's reports.
        error: why the board could not use the frame, or did not type; empty if all went well.
        code: its name in `messages.ERRORS`; empty without one.
        instructions: of the inference; image_instructions: of the image stage.
        mirrored: the probabilities of a still picture's mirror image, where the board has been shown both.
    """

    frame: int
    source: SourceFrame
    scores: list[int] = field(default_factory=list)
    probabilities: list[float] = field(default_factory=list)
    smoothed: list[float] = field(default_factory=list)
    decision: int = 0
    fired: bool = False
    wants: str = ""
    typed: str | None = None
    error: str = ""
    code: str = ""
    instructions: int = 0
    image_instructions: int = 0
    mirrored: list[float] = field(default_factory=list)

    def as_json(self, class_names: list[str]) -> dict[str, object]:
        """The object of ``emojicam run --json``."""
        return {
            "frame": self.frame,
            "source": self.source.source,
            "label": self.source.label,
            "scores": self.scores,
            "probabilities": self.probabilities,
            "smoothed": self.smoothed,
            "decision": class_names[self.decision],
            "fired": self.fired,
            "typed": self.typed,
            "instructions": self.instructions,
            **({"mirrored": self.mirrored} if self.mirrored else {}),
            **({"error": self.error} if self.error else {}),
        }


def check_version(hello: Received) -> None:
    """Refuse a board whose Hello speaks another version of the link.

    Raises:
        EmojicamError: it does.
    """
    if hello.version != messages.VERSION:
        raise EmojicamError(
            f"the board speaks version {hello.version} of the link, not {messages.VERSION}",
            "flash the firmware of this checkout",
        )


class Session:
    """Drives one board that runs the product.

    Args:
        transport: the board, reset.
        host: how the computer that the keyboard hangs on would read it.
        layout: the keyboard layout that it is set to.
    """

    def __init__(self, transport: Transport, host: Host, layout: Layout) -> None:
        self._transport = transport
        self._host = host
        self._layout = layout
        self.incoming = transport.messages()
        self.hello: Received | None = None
        self.statistics: Received | None = None
        self._idle: bool | None = None
        self.reports: list[bytes] = []
        self.log: list[str] = []
        self.armed = False
        self.fault: Received | None = None
        #: The frame that an ImageRequest has brought last, as the board has seen it, and its number.
        self.image: Pixels | None = None
        self.image_number = 0
        #: The board's answer to what asks for or changes its settings.
        self.settings: Received | None = None
        self._image = ImageAssembly()
        self._open: dict[int, FrameResult] = {}
        self._typing: list[FrameResult] = []
        self._decoded = 0
        self._before: Pixels | None = None  # what the board can build the next frame on

    @property
    def typed(self) -> str:
        """Everything that the computer has received so far."""
        return decode(self.reports, self._host, self._layout).text

    def start(self, *, arm: bool | None = True) -> Received:
        """Wait for the board, and let it type, or not; None leaves that as it is.

        Returns:
            Its Hello.

        Raises:
            EmojicamError: it speaks another version of the link, or refuses its model.
        """
        self._transport.send(encode("HelloRequest") + (encode("Arm", armed=int(arm)) if arm is not None else b""))
        for message in self.incoming:
            self._handle(message)
            if any(line.startswith("model refused") for line in self.log):
                raise EmojicamError("the firmware: " + "; ".join(self.log), "emojicam build again")
            if self.hello is not None:
                check_version(self.hello)
                return self.hello
        raise AssertionError("messages() only ends by an exception")

    def send(self, name: str, **fields: object) -> None:
        """Send one message; its answer is in an attribute once it is here."""
        self._transport.send(encode(name, **fields))

    def read_as(self, host: Host, layout: Layout) -> None:
        """The board types for another system or layout from now on; what was being typed has been cut off."""
        self.reports.clear()
        self._decoded = 0
        self._typing.clear()
        self._host, self._layout = host, layout

    def awaits(self, result: FrameResult) -> bool:
        """Whether the text of a frame that fired is still on its way."""
        return any(one is result for one in self._typing)

    def forget(self) -> str:
        """Drop the keyboard reports of what has been typed to its end, so that a long run needs no more and more
        memory.

        Returns:
            The text that they made.
        """
        if not self.reports or any(self.reports[-1]) or self._typing:
            return ""
        text = self.typed
        self.reports.clear()
        self._decoded = 0
        return text

    def run(self, frames: Iterable[SourceFrame], rate: float, *, ahead: int = _AHEAD) -> Iterator[FrameResult]:
        """Send frames and give back each one's result as soon as it is known.

        A frame whose keystrokes are still on their way holds back those after it.

        Args:
            rate: frames a second: the times of frames that have none of their own.
            ahead: frames that are sent before the first of them has been answered. With 1, a frame's result is
                known before the next frame is asked for; with more, the board has no time to wait.
        """
        waiting: list[FrameResult] = []
        now = 0
        for number, source in enumerate(frames):
            now = time_ms(number, source, rate, now)
            waiting.append(self._show(number, now, source))
            while len(self._open) >= ahead:
                self._handle(next(self.incoming))
            yield from self._settled(waiting)
        self._finish(now)
        yield from waiting

    def ask(self, number: int, time_ms: int, source: SourceFrame) -> FrameResult:
        """Show the board one frame, and wait for what it says of it, but not for what it types.

        Args:
            number: another one each time.
            time_ms: on the board's clock, later than that of the frame before.
        """
        result = self._show(number, time_ms, source)
        while number in self._open:
            self._handle(next(self.incoming))
        return result

    def catch_up(self, time_ms: int | None = None) -> bool:
        """Take in what the board has said, up to its answer to a question that is asked now.

        Args:
            time_ms: lets time pass until then, on a board whose clock is the host.

        Returns:
            Whether all has been typed to its end.
        """
        self._idle = None
        passing = b"" if time_ms is None else encode("Time", time_ms=time_ms)
        self._transport.send(passing + encode("KeyboardStateRequest"))
        while self._idle is None:
            self._handle(next(self.incoming))
        return self._idle

    def _show(self, number: int, time_ms: int, source: SourceFrame) -> FrameResult:
        result = self._open[number] = FrameResult(number, source)
        if isinstance(self._transport, HasCamera):
            self._transport.show(number, time_ms, source.pixels)
        else:
            self._transport.send(encode_frame(number, time_ms, source.pixels, self._before))
        whole = isinstance(self._transport, InBlocks) and self._transport.blocks
        self._before = None if whole else source.pixels
        return result

    def _finish(self, time_ms: int) -> None:
        """Have everything answered and typed to its end: until every key is up and no text waits."""
        for _ in range(MOST_TAILS):
            time_ms += TAIL_MS
            if self.catch_up(time_ms):
                break
        self.statistics = None
        self._transport.send(encode("StatisticsRequest"))
        while self.statistics is None:
            self._handle(next(self.incoming))
        for result in self._typing:
            result.error = result.error or "the computer has not received all of it"
        for result in self._open.values():
            result.error = result.error or "the board has not answered"

    def _settled(self, waiting: list[FrameResult]) -> Iterator[FrameResult]:
        while waiting and waiting[0].frame not in self._open and waiting[0] not in self._typing:
            yield waiting.pop(0)

    def _handle(self, message: Received) -> None:
        match message.name:
            case "Hello":
                self.hello = message
                self.armed = bool(message.armed)
            case "Armed":
                self.armed = bool(message.armed)
                if not self.armed:
                    self._typing.clear()  # it has been cut off
            case "Fault":
                self.fault = message
            case "ImageBegin" | "ImageData":
                if (image := self._image.feed(message)) is not None:
                    self.image, self.image_number = image, self._image.number
            case "Settings":
                self.settings = message
            case "KeyboardState":
                self._idle = bool(message.idle)
            case "Statistics":
                self.statistics = message
            case "Log":
                self.log.append(message.line)
            case "KeyReport":
                self.reports.append(message.report)
                self._attribute_typed()
            case "Error":
                code = _STATUS[message.code]
                text = f"{code.doc}: {message.detail}" if message.detail else code.doc
                if result := self._open.get(message.frame):
                    result.error, result.code = text, code.name
                else:
                    self.log.append(text)
            case _:
                if result := self._open.get(message.fields.get("frame", -1)):
                    self._handle_frame(message, result)

    def _handle_frame(self, message: Received, result: FrameResult) -> None:
        match message.name:
            case "Scores":
                result.scores = message.scores
                result.instructions = message.nanoseconds
                result.image_instructions = message.image_nanoseconds
            case "Decision":
                result.decision = message.gesture
                result.fired = bool(message.fired)
                result.probabilities = [float(np.float32(value)) for value in message.probabilities]
                result.smoothed = [float(np.float32(value)) for value in message.smoothed]
            case "Typing":
                result.wants = message.text
                self._typing.append(result)
            case "FrameDone":
                if message.status and not result.error:
                    result.error, result.code = _STATUS[message.status].doc, _STATUS[message.status].name
                if message.status:
                    self._before = None
                del self._open[result.frame]

    def _attribute_typed(self) -> None:
        """When a text has come to its end, it belongs to the frame that fired it."""
        if any(self.reports[-1]) or not self._typing:
            return
        text = self.typed
        while self._typing and len(text) > self._decoded:
            more, wanted = text[self._decoded :], self._typing[0].wants
            if begins(more, wanted):
                return
            self._typing.pop(0).typed = came = wanted if wanted and more.startswith(wanted) else more
            self._decoded += len(came)
