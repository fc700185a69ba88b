"""What the page's controls act on: the board, its settings, what it is shown, gestures of one's own."""

import shlex
import threading
from pathlib import Path
from typing import Any, Protocol

from emojicam import paths
from emojicam.config import Settings
from emojicam.errors import EmojicamError
from emojicam.live.capture import Captures
from emojicam.live.hub import Hub, Pixels
from emojicam.live.sources import Clip, Sources
from emojicam.live.tape import Tape
from emojicam.live.teaching import Teaching
from emojicam.live.training import Training
from emojicam.live.tuning import Tuning
from emojicam.live.viewer import Viewer


class Send(Protocol):
    """Gives the board a message of the link; from any thread."""

    def __call__(self, name: str, **fields: Any) -> object: ...


class Desk:
    """One board and everything around it.

    Args:
        settings: those that the board was built with.
        settings_path: their file.
        captures: where pictures are kept.
        clip: what a board that runs here is shown until a page has something better; None for a real camera.
        model: where a taught model is written.
        recordings: where recordings are.

    Attributes:
        changed: set when the feed is to end, and begin again with other settings.
        here: whether the board runs on this computer.
    """

    def __init__(
        self,
        hub: Hub,
        settings: Settings,
        settings_path: Path,
        captures: Captures,
        clip: Clip | None = None,
        model: Path | None = None,
        recordings: Path = Path("recordings"),
    ) -> None:
        self.hub = hub
        self.here = clip is not None
        self._send: Send | None = None
        self.changed = threading.Event()
        self.wanted: Path | None = None
        self.training = Training(hub, model or paths.models_dir() / "taught.tflite")
        self._describe(settings)
        self.tuning = Tuning(hub, settings, settings_path, lambda fields: self.send("SettingsSet", **fields))
        self.teaching = Teaching(hub, settings_path, captures)
        self.sources = Sources(hub, clip)
        self.tape = Tape(hub, recordings)
        hub.event = self.tape.event
        hub.taps.append(self._see)

    @property
    def settings(self) -> Settings:
        """Those that are in force."""
        return self.tuning.settings

    def _describe(self, settings: Settings) -> None:
        self.hub.state(
            "classes",
            classes=[{"name": one.name, "emoji": one.emoji, "led": list(one.led)} for one in settings.gesture],
            crop=round(settings.camera.crop * 1000),
        )

    def connect(self, send: Send | None) -> None:
        """There is a board now, or no longer."""
        self._send = send

    def send(self, name: str, **fields: Any) -> None:
        """Give the board a message.

        Raises:
            EmojicamError: there is none.
        """
        if self._send is None:
            raise EmojicamError("there is no board", "plugging it in")
        self._send(name, **fields)

    def train(self) -> None:
        """Teach the gestures as they are to be, from their pictures."""
        self.training.start(self.teaching.captures.folder, self.teaching.settings_path)

    def use(self) -> None:
        """Have the board run what was taught; of a camera, say how it is flashed.

        Raises:
            EmojicamError: nothing was taught.
        """
        result = self.hub.known("training").get("result")
        if not result:
            raise EmojicamError("nothing has been taught yet", "Train")
        if self.here:
            self.wanted = Path(result["settings"])
            self.changed.set()
        else:
            self.hub.log(f"to flash it: emojicam flash --config {shlex.quote(result['settings'])}", "page")

    def begin(self, settings: Settings, settings_path: Path) -> None:
        """The board has been built with other settings, and starts anew."""
        self.changed.clear()
        self.tape.stop()  # another model is another recording
        self._describe(settings)
        self.tuning = Tuning(self.hub, settings, settings_path, lambda fields: self.send("SettingsSet", **fields))
        self.teaching.base_on(settings_path)

    def arm(self, armed: bool) -> None:
        self.send("Arm", armed=int(armed))

    def _see(self, message: dict[str, Any], pixels: Pixels | None) -> None:
        self.tape.see(message, pixels)
        if pixels is not None:
            self.teaching.see(message["number"], pixels)

    def leave(self, viewer: Viewer) -> None:
        """A page is gone: what it held down is let go."""
        self.sources.withdraw(viewer)
        self.teaching.let_go(viewer)
