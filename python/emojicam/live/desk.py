"""What the page's controls act on: the board, its settings, what it is shown, gestures of one's own."""

import shlex
import threading
from collections.abc import Sequence
from contextlib import suppress
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
from emojicam.live.type_here import TypeHere
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
        type_here: types into this computer what the board types; None where nobody has asked for it.

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
        type_here: TypeHere | None = None,
    ) -> None:
        self.hub = hub
        self.type_here = type_here
        hub.state("typing", here=type_here is not None)
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
        if send is None:
            self._stop_typing()

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
        if not armed:
            self._stop_typing()
        self.send("Arm", armed=int(armed))

    def typed(self, text: str, reports: Sequence[bytes]) -> None:
        """The board has typed a text, to its end, by these reports."""
        self.hub.typed(text)
        if not text or self.type_here is None or not self.hub.known("armed").get("armed"):
            return
        if why := self.type_here.why_not(self.settings):
            self.hub.log(f"{text} was not typed into this computer: {why}", "not typed")
        else:
            self.type_here.type(reports, self.settings.keyboard.press_ms / 1000)

    def focus(self, viewer: Viewer, on: bool) -> None:
        """A page has got the focus, or lost it."""
        if self.type_here is not None:
            self.type_here.focus(viewer, on)

    def _stop_typing(self) -> None:
        if self.type_here is not None:
            self.type_here.stop()

    def _see(self, message: dict[str, Any], pixels: Pixels | None) -> None:
        self.tape.see(message, pixels)
        if pixels is not None:
            self.teaching.see(message["number"], pixels)

    def leave(self, viewer: Viewer) -> None:
        """A page is gone: what it held down is let go; with the last one, nobody sees what is typed here."""
        self.focus(viewer, False)
        if self.type_here is not None and not self.hub.watched:
            with suppress(EmojicamError):
                self.arm(False)
        self.sources.withdraw(viewer)
        self.teaching.let_go(viewer)
