"""Gestures of one's own: which there are to be, the pictures of each, and what these still lack."""

import threading
from pathlib import Path

import numpy as np

from emojicam.config import Settings, edit, load
from emojicam.errors import EmojicamError
from emojicam.live.capture import Captures, Holding, Pixels
from emojicam.live.hub import Hub
from emojicam.live.viewer import Viewer

#: Pictures of a class that teaching is known to gain by.
ENOUGH = 10
#: Thumbnails of a class that are shown.
SHOWN = 60
#: The settings with the gestures that are to be taught, beside their pictures.
SETTINGS = "emojicam.toml"
#: What a name that is also a folder's may not hold.
_NOT_IN_NAMES = set('/\\:*?"<>|')


class Teaching:
    """The gestures as they are to be, and their pictures.

    Args:
        settings_path: the settings file that the board runs with.
        captures: the pictures.
    """

    def __init__(self, hub: Hub, settings_path: Path, captures: Captures) -> None:
        self._hub = hub
        self._based_on = settings_path
        self.captures = captures
        self._lock = threading.RLock()
        self._holding: tuple[Viewer, Holding] | None = None
        self._bursts: dict[str, int] = {}
        self.tell()

    @property
    def settings_path(self) -> Path:
        """The settings with the gestures as they are to be: with none added, renamed or removed, the board's own."""
        own = self.captures.folder / SETTINGS
        return own if own.is_file() else self._based_on

    def base_on(self, settings_path: Path) -> None:
        """The board runs with other settings now: these gestures have been taught."""
        with self._lock:
            (self.captures.folder / SETTINGS).unlink(missing_ok=True)
            self._based_on = settings_path
            self.tell()

    @property
    def settings(self) -> Settings:
        return load(self.settings_path)

    def tell(self) -> None:
        """Say how things stand."""
        with self._lock:
            rows = []
            for gesture in self.settings.gesture:
                names = self.captures.names(gesture.name)
                rows.append({
                    "name": gesture.name, "emoji": gesture.emoji, "led": list(gesture.led), "count": len(names),
                    "pictures": names[-SHOWN:], "hint": self._hint(gesture.name, len(names)),
                })  # fmt: skip
            holding = self._holding[1].label if self._holding else ""
            self._hub.state(
                "teaching", gestures=rows, holding=holding, deleted=self.captures.deleted, enough=ENOUGH,
                folder=str(self.captures.folder),
            )  # fmt: skip

    def _hint(self, name: str, count: int) -> str:
        """What is missing, in a few words; empty if nothing is."""
        is_none = name == self.settings.gesture[0].name
        if count == 0:
            return "your face, hands at rest, nothing at all" if is_none else "hold the button while you show it"
        if count < ENOUGH:
            return f"{ENOUGH - count} more"
        held = self._bursts.get(name, 0)
        if held == 1:
            return "once more: other light, another place" if is_none else "once more with the other hand"
        if held == 2:
            return "and from further away, another background"
        return ""

    def change(self, rows: list[edit.GestureRow]) -> None:
        """Add, rename, remove gestures. Pictures of those that are renamed go along; of those removed they stay.

        Raises:
            EmojicamError: they are no gestures.
        """
        with self._lock:
            before = self.settings.class_names
            for row in rows:
                if row.name.startswith(".") or row.name != row.name.strip() or set(row.name) & _NOT_IN_NAMES:
                    raise EmojicamError(f"{row.name!r} can't be the name of a folder", "letters and spaces")
            in_turn = load(self._based_on).model.mirror_in_turn
            text = edit.with_gestures(edit.read(self.settings_path), rows, in_turn=in_turn)
            try:
                self.captures.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise EmojicamError(
                    f"{self.captures.folder} can't be written: {error.strerror}", "another --captures"
                ) from None
            # The model's file is named relative to the settings'; the first class stays the first.
            if rows and rows[0].was != 0:
                raise EmojicamError("the first class means that there is no gesture: it stays", "another one")
            edit.write(self.captures.folder / SETTINGS, text)
            for row in rows:
                if row.was is not None and before[row.was] != row.name:
                    self.captures.rename(before[row.was], row.name)
            if self.settings == load(self._based_on):
                (self.captures.folder / SETTINGS).unlink()
            self.tell()

    def hold(self, viewer: Viewer, label: str) -> None:
        """Keep the frames that come from now on.

        Raises:
            EmojicamError: there is no such class, or another page does so already.
        """
        with self._lock:
            if label not in self.settings.class_names:
                raise EmojicamError(f"there is no class {label}", "one of " + ", ".join(self.settings.class_names))
            if self._holding and self._holding[0] is not viewer:
                raise EmojicamError("another page is recording", "once it has ended")
            self._holding = viewer, Holding(label)
            self.tell()

    def let_go(self, viewer: Viewer) -> None:
        """The button is up, or the page is gone."""
        with self._lock:
            if self._holding and self._holding[0] is viewer:
                holding = self._holding[1]
                self._holding = None
                if holding.kept:
                    self._bursts[holding.label] = self._bursts.get(holding.label, 0) + 1
                self.tell()

    def see(self, number: int, pixels: Pixels) -> None:
        """A frame as the board has seen it: kept while a button is held."""
        with self._lock:
            if not self._holding or not self._holding[1].wants(number, pixels):
                return
            viewer, holding = self._holding
            try:
                self.captures.keep(holding.label, np.asarray(pixels))
            except EmojicamError as error:
                self._holding = None
                self._hub.log(str(error), "problem")
                viewer.refuse(str(error))
            self.tell()

    def delete(self, label: str, name: str) -> None:
        with self._lock:
            self.captures.delete(label, name)
            self.tell()

    def undo(self) -> None:
        with self._lock:
            self.captures.undo()
            self.tell()
