"""Reading a recording: in order, or any frame."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import ValidationError

from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.gesture import ScoreScale
from emojicam.model import export
from emojicam.recording.archive import Archive
from emojicam.recording.write import FORMAT, VERSION


@dataclass(frozen=True)
class RecordedFrame:
    """One frame, see `Recorder.frame`."""

    number: int
    time_ms: int
    pixels: npt.NDArray[np.uint8] | None
    scores: list[int]
    smoothed: list[float]
    decision: int
    fired: bool


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Attributes:
        values: what belongs to it.
    """

    time_ms: int
    kind: str
    values: dict[str, Any] = field(default_factory=dict)


class Recording:
    """A recording in a file; frames are read as they are asked for.

    Attributes:
        settings: of the board. board: its name.
        model: what is known of its model, see the package's docstring; None if nothing.
        broken_off: one line, if the file's end is missing; empty if all is there.
    """

    def __init__(self, path: Path, archive: Archive, head: dict[str, Any], settings: Settings) -> None:
        self.path = path
        self._archive = archive
        self.settings = settings
        self.board = str(head.get("board", ""))
        self.model: dict[str, Any] | None = head.get("model")
        names = archive.names()
        self._frames = [name for name in names if name.startswith("frames/") and name.endswith(".json")]
        self._events = [name for name in names if name.startswith("events/")]
        self.broken_off = (
            f"{path} breaks off: its {len(self._frames)} whole frames are read" if archive.broken_off else ""
        )

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open a recording.

        Raises:
            EmojicamError: it can't be read, or is none.
        """
        if not path.is_file():
            raise EmojicamError(f"there is no file {path}", "a recording that emojicam record has made")
        archive = Archive(path)
        what, hint = f"{path} is no recording", "a file that emojicam record has made"
        if "recording.json" not in archive:
            raise EmojicamError(what, hint)
        try:
            head = json.loads(archive.read("recording.json"))
            if head["format"] != FORMAT:
                raise EmojicamError(what, hint)
            if head["version"] != VERSION:
                raise EmojicamError(f"{path} is a recording of version {head['version']}, not {VERSION}", hint)
            # The emoji's variation selectors and all: as they were checked when they were recorded.
            settings = Settings.model_validate_json(json.dumps(head["settings"]))
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            raise EmojicamError(f"{what}: {type(error).__name__}", hint) from None
        return cls(path, archive, head, settings)

    def __len__(self) -> int:
        return len(self._frames)

    def frame(self, index: int) -> RecordedFrame:
        """The frame of this number in the recording, from 0.

        Raises:
            IndexError: there is none. EmojicamError: it is damaged.
        """
        return self._frame(index, with_pixels=True)

    def _frame(self, index: int, with_pixels: bool) -> RecordedFrame:
        name = self._frames[index]
        picture = name.removesuffix(".json") + ".png"
        told = self._json(name)
        try:
            pixels = None
            if with_pixels and picture in self._archive:
                with Image.open(io.BytesIO(self._archive.read(picture))) as image:
                    pixels = np.asarray(image, np.uint8)
            return RecordedFrame(
                int(told["frame"]), int(told["time_ms"]), pixels, [int(one) for one in told["scores"]],
                [float(one) for one in told["smoothed"]], int(told["decision"]), bool(told["fired"]),
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, OSError, SyntaxError):
            raise self._damaged(name) from None

    def frames(self) -> Iterator[RecordedFrame]:
        """All of them, in order."""
        for index in range(len(self)):
            yield self.frame(index)

    def told(self) -> Iterator[RecordedFrame]:
        """All of them without their pictures, which are most of the file."""
        for index in range(len(self)):
            yield self._frame(index, with_pixels=False)

    def events(self) -> list[Event]:
        """What happened, in order."""
        found = []
        for name in self._events:
            told = self._json(name)
            try:
                found.append(Event(int(told.pop("time_ms")), str(told.pop("kind")), told))
            except (KeyError, TypeError, ValueError):
                raise self._damaged(name) from None
        return found

    def scale(self) -> ScoreScale:
        """How the recorded scores become probabilities.

        Raises:
            EmojicamError: the model was not known when it was recorded.
        """
        if self.model is None:
            raise EmojicamError(f"{self.path} doesn't say which model gave its scores", "a recording of a known model")
        scale = float(self.model["scale"])
        table = None if self.model["probability"] else export.softmax_table(scale)
        return ScoreScale(scale, int(self.model["zero_point"]), table)

    def _json(self, name: str) -> dict[str, Any]:
        try:
            told = json.loads(self._archive.read(name))
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise self._damaged(name)
        return told

    def _damaged(self, name: str) -> EmojicamError:
        return EmojicamError(f"{self.path} is damaged: {name}", "another recording")
