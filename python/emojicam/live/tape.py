"""Recordings from the page: started and stopped by a button, and the last one held against other settings."""

import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.live.hub import Hub, Pixels

if TYPE_CHECKING:
    from emojicam.recording import Recorder


class Tape:
    """One recording at a time.

    Args:
        folder: made when the first recording is.
    """

    def __init__(self, hub: Hub, folder: Path) -> None:
        self._hub = hub
        self._folder = folder
        self._lock = threading.RLock()
        self._recorder: Recorder | None = None
        self._last: Path | None = None
        self._now_ms = 0
        hub.state("tape", on=False, frames=0, file="", fired=None)

    def start(self, settings: Settings) -> None:
        """Begin.

        Raises:
            EmojicamError: there is one already, no board has spoken yet, or the file can't be written.
        """
        from emojicam.recording import Recorder

        with self._lock:
            if self._recorder is not None:
                raise EmojicamError("a recording is being made already", "stopping it")
            board = self._hub.known("board").get("name", "")
            if not board:
                raise EmojicamError("the board has not started yet", "once its name is shown")
            path = self._folder / f"{datetime.now():%Y%m%d-%H%M%S-%f}.zip"
            self._recorder = Recorder(path, settings, board)
            self._hub.state("tape", on=True, frames=0, file=str(path), fired=None)

    def stop(self) -> None:
        """End it; without one, nothing happens."""
        with self._lock:
            if self._recorder is None:
                return
            recorder, self._recorder = self._recorder, None
            self._hub.state("tape", on=False, frames=recorder.frames)
            try:
                recorder.close()
            finally:
                self._last = recorder.path
            self._hub.log(f"recorded: {recorder.path}, {recorder.frames} frames", "page")

    def see(self, message: dict[str, Any], pixels: Pixels | None) -> None:
        """A frame of the hub's: recorded once its picture is known."""
        if pixels is None:
            return
        with self._lock:
            if self._recorder is None:
                return
            self._now_ms = message["time_ms"]
            try:
                self._recorder.frame(
                    message["number"], message["time_ms"], pixels, message["scores"], message["smoothed"],
                    message["decision"], message["fired"],
                )  # fmt: skip
            except EmojicamError as error:
                self._broke_off(error)
                return
            if self._recorder.frames % 10 == 0:
                self._hub.state("tape", frames=self._recorder.frames)

    def event(self, kind: str, **values: Any) -> None:
        """Something happened."""
        with self._lock:
            if self._recorder is not None:
                try:
                    self._recorder.event(self._now_ms, kind, **values)
                except EmojicamError as error:
                    self._broke_off(error)

    def _broke_off(self, error: EmojicamError) -> None:
        assert self._recorder
        self._last, frames, self._recorder = self._recorder.path, self._recorder.frames, None
        self._hub.state("tape", on=False, frames=frames)
        self._hub.log(str(error), "problem")

    def hold_against(self, settings: Settings) -> None:
        """Say how often each gesture of the last recording would have fired with these settings.

        Raises:
            EmojicamError: there is none, or it has other classes.
        """
        from emojicam.recording import Recording, would_fire

        with self._lock:
            if self._last is None:
                raise EmojicamError("nothing has been recorded yet", "Record")
            last = self._last
        self._hub.state("tape", fired=would_fire(Recording.open(last), settings))
