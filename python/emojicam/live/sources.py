"""What a board that runs here is shown: a clip over and over, or what a page sends of its camera or of a file."""

import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from emojicam.errors import EmojicamError
from emojicam.frames import LONGEST_GAP, Footage, Pixels, SourceFrame
from emojicam.image import to_grey
from emojicam.image.fit import SENSOR
from emojicam.live.hub import Hub
from emojicam.live.viewer import Viewer

#: What stands before the grey pixels of a frame that a page sends: the page's own number of it, when it was taken
#: (milliseconds on the page's clock), width and height.
HEAD = struct.Struct("<IIHH")


@dataclass(frozen=True)
class Shot:
    """One frame to be shown.

    Attributes:
        gap_ms: after the one before.
        sent: the page's own number of it; 0 for a clip's.
    """

    frame: SourceFrame
    gap_ms: float
    sent: int = 0


class Clip:
    """Footage over and over, at its rate where the board keeps up."""

    def __init__(self, footage: Footage) -> None:
        self.name = footage.files[0].name if len(footage.files) == 1 else footage.files[0].parent.name
        self._footage = footage
        self._shots = self._endless()
        self._next: Shot | None = None
        self._due = 0.0

    def _endless(self) -> Iterator[Shot]:
        last = 0.0
        for frame in self._footage.over_and_over():
            gap = 1 / self._footage.rate if frame.seconds is None else frame.seconds - last
            last += gap
            yield Shot(replace(frame, pixels=to_grey(frame.pixels)), 1000 * gap)

    def take(self, wait: float) -> Shot | None:
        """The next frame once it is due; None if it isn't within ``wait`` seconds."""
        if self._next is None:
            self._next = next(self._shots)
            self._due = max(self._due + self._next.gap_ms / 1000, time.monotonic())
        left = self._due - time.monotonic()
        if left > 0:
            time.sleep(min(left, wait))
        if left > wait:
            return None
        shot, self._next = self._next, None
        return shot


class Sources:
    """A clip, and whichever page has put its camera or a file in front of the board instead.

    Args:
        clip: None for a board that has nothing but its own camera.
    """

    def __init__(self, hub: Hub, clip: Clip | None) -> None:
        self._hub = hub
        self._clip = clip
        self._changed = threading.Condition()
        self._presenter: Viewer | None = None
        self._shot: Shot | None = None
        self._name = ""
        self._last_ms = 0
        self._tell()

    def _tell(self) -> None:
        if self._presenter is not None:
            self._hub.state("source", what="page", name=self._name, viewer=self._presenter.number)
        elif self._clip is not None:
            self._hub.state("source", what="clip", name=self._clip.name, viewer=0)
        else:
            self._hub.state("source", what="camera", name="the board's own camera", viewer=0)

    def present(self, viewer: Viewer, name: str) -> None:
        """From now on this page's frames count.

        Raises:
            EmojicamError: the board has eyes of its own.
        """
        if self._clip is None:
            raise EmojicamError(
                "a camera that is plugged in sees for itself", "emojicam live --board host for this computer's camera"
            )
        with self._changed:
            if self._presenter not in (None, viewer):
                self._hub.log("another page has put its camera in front of the board", "page")
            self._presenter, self._name, self._shot, self._last_ms = viewer, name, None, 0
            self._tell()

    def withdraw(self, viewer: Viewer) -> None:
        """The page's frames no longer count: the clip is back."""
        with self._changed:
            if self._presenter is viewer:
                self._presenter = self._shot = None
                self._tell()

    def offer(self, viewer: Viewer, data: bytes) -> None:
        """A frame of a page's: it takes the place of one that still waits.

        Raises:
            EmojicamError: it is none.
        """
        wrong = EmojicamError("the page sent something that is no frame", "loading the page again")
        if len(data) < HEAD.size:
            raise wrong
        number, taken_ms, width, height = HEAD.unpack_from(data)
        if (height, width) != SENSOR or len(data) != HEAD.size + width * height:
            raise wrong
        pixels: Pixels = np.frombuffer(data, np.uint8, offset=HEAD.size).reshape(height, width)
        with self._changed:
            if viewer is not self._presenter:
                return
            gap = (taken_ms - self._last_ms) % 2**32 if self._last_ms else 40
            self._last_ms = taken_ms
            frame = SourceFrame(self._name, pixels, None)
            self._shot = Shot(frame, min(max(gap, 1), 1000 * LONGEST_GAP), number)
            self._changed.notify()

    def take(self, wait: float) -> Shot | None:
        """The next frame there is within ``wait`` seconds."""
        with self._changed:
            if self._presenter is not None:
                if self._shot is None:
                    self._changed.wait(wait)
                shot, self._shot = self._shot, None
                return shot
        if self._clip is None:
            time.sleep(wait)
            return None
        return self._clip.take(wait)
