"""A recording of a camera that is plugged in: the frames that it sends, as fast as USB takes them."""

from collections.abc import Iterable

from emojicam.keyboard import Host, Layout, Reader
from emojicam.link import Received, encode, faults
from emojicam.link.image import ImageAssembly
from emojicam.link.session import Transport, check_version
from emojicam.recording.write import Recorder

#: Frames whose scores are kept until their picture is here.
_MOST_WAITING = 64


class CameraRecorder:
    """Takes a camera's messages and records every frame of which it has the picture.

    Args:
        port: where the camera is; asked for a picture whenever the last one is here.
        host, layout: how the computer that the keyboard hangs on would read it.
    """

    def __init__(self, port: Transport, recorder: Recorder, host: Host, layout: Layout) -> None:
        self._port = port
        self._recorder = recorder
        self._reader = Reader(host, layout)
        self._image = ImageAssembly()
        self._time_ms = 0
        self._first_ms: int | None = None
        self._scores: dict[int, list[int]] = {}
        self._decided: dict[int, Received] = {}

    def run(self, incoming: Iterable[Received], seconds: float | None = None) -> None:
        """Record until the messages end, or for so many seconds of the camera's clock.

        Raises:
            EmojicamError: the camera speaks another version of the link, is gone, or the file can't be written.
        """
        self._port.send(encode("HelloRequest") + encode("ImageRequest"))
        for message in incoming:
            self._take(message)
            if seconds is not None and self._first_ms is not None and self._time_ms - self._first_ms >= seconds * 1000:
                return

    def _take(self, message: Received) -> None:
        match message.name:
            case "Hello":
                check_version(message)
            case "Scores":
                self._scores[message.frame] = message.scores
                while len(self._scores) > _MOST_WAITING:
                    self._scores.pop(next(iter(self._scores)))
            case "Decision":
                self._decided[message.frame] = message
                while len(self._decided) > _MOST_WAITING:
                    self._decided.pop(next(iter(self._decided)))
            case "ImageBegin" | "ImageData":
                self._picture(message)
            case "Typing":
                self._reader.expect(message.text)
                self._recorder.event(self._time_ms, "types", frame=message.frame, text=message.text)
            case "KeyReport":
                if text := self._reader.take(message.report):
                    self._recorder.event(message.time_ms, "typed", text=text)
            case "Armed":
                if not message.armed:
                    self._reader.cut()
                self._recorder.event(self._time_ms, "armed", armed=bool(message.armed))
            case "Fault":
                self._recorder.event(self._time_ms, "fault", line=faults.describe(message))
            case "Log":
                self._recorder.event(self._time_ms, "log", line=message.line)

    def _picture(self, message: Received) -> None:
        if message.name == "ImageBegin":
            self._time_ms = message.time_ms
            self._first_ms = self._time_ms if self._first_ms is None else self._first_ms
        pixels = self._image.feed(message)
        if pixels is None:
            return
        self._port.send(encode("ImageRequest"))
        number = self._image.number
        if number in self._scores and number in self._decided:
            said = self._decided[number]
            self._recorder.frame(
                number, self._time_ms, pixels, self._scores[number], said.smoothed, said.gesture, bool(said.fired)
            )
