"""Settings that are tried out while the board runs: sent at once, undone, saved."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from emojicam.config import Settings, edit, on_board
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host, Layout
from emojicam.live.hub import Hub

#: What the page has controls for, of what a board can be sent (`config.on_board`); the latter two, one value a class.
KEYBOARD = ("host", "layout", "armed_at_start", "press_ms", "release_ms", "gap_ms", "min_interval_ms")
DECISION = ("time_constant_ms", "margin")
EACH_CLASS = ("activation", "threshold")
#: Seconds: changes of the same control that follow one another so fast are one to be undone.
_ONE_MOVE = 1.5
_MOST_UNDONE = 100


class Tuning:
    """Which settings the board has, had, and ought to have.

    Args:
        settings: those that it was built with.
        path: where `save` writes.
        send: gives the board the fields of SettingsSet.
    """

    def __init__(self, hub: Hub, settings: Settings, path: Path, send: Callable[[dict[str, Any]], object]) -> None:
        self._hub = hub
        self._path = path
        self._send = send
        self._undo: list[dict[str, Any]] = []
        self._last: tuple[frozenset[str], float] = frozenset(), 0.0
        self.settings = settings
        self._tell(saved=on_board.describe(on_board.message(settings)))

    @property
    def values(self) -> dict[str, Any]:
        """The settings in force, in the words of ``emojicam.toml``."""
        return on_board.describe(on_board.message(self.settings))

    def _tell(self, **more: Any) -> None:
        self._hub.state(
            "settings", values=self.values, undo=len(self._undo), hosts=[str(one) for one in Host],
            layouts=[str(one) for one in Layout], file=self._path.name, **more,
        )  # fmt: skip

    def board_has(self, fields: dict[str, Any]) -> None:
        """The board's own word for what it has, a Settings message."""
        self.settings = self._with(on_board.describe(fields))
        self._tell()

    def change(self, values: dict[str, Any]) -> None:
        """Try other values.

        Args:
            values: some of those of `values`, whole lists where there is one value a class.

        Raises:
            EmojicamError: they are no settings.
        """
        wanted = self._with(values)
        keys, now = frozenset(values), time.monotonic()
        if keys != self._last[0] or now - self._last[1] > _ONE_MOVE:
            self._undo = [*self._undo[-_MOST_UNDONE:], self.values]
        self._last = keys, now
        self._use(wanted)

    def back(self) -> None:
        """Undo the last change.

        Raises:
            EmojicamError: there is none.
        """
        if not self._undo:
            raise EmojicamError("nothing has been changed", "moving a control first")
        self._last = frozenset(), 0.0
        self._use(self._with(self._undo.pop()))

    def save(self) -> Path:
        """Write what is in force into the settings file, in which everything else stays as it is.

        Returns:
            The file.

        Raises:
            EmojicamError: it can't be written.
        """
        values = self.values
        places: dict[edit.Place, edit.Value] = {("keyboard", key): values[key] for key in KEYBOARD}
        places |= {("decision", key): values[key] for key in DECISION}
        for key in EACH_CLASS:
            places |= {("gesture", index, key): value for index, value in enumerate(values[key])}
        edit.write(self._path, edit.changed(edit.read(self._path), places))
        self._tell(saved=values)
        return self._path

    def _use(self, settings: Settings) -> None:
        self.settings = settings
        self._send(on_board.message(settings))
        self._tell()

    def _with(self, values: dict[str, Any]) -> Settings:
        known = {*KEYBOARD, *DECISION, *EACH_CLASS}
        if unknown := set(values) - known:
            raise EmojicamError(f"there is no setting {sorted(unknown)[0]}", ", ".join(sorted(known)))
        content = self.settings.model_dump()
        for key, value in values.items():
            if key in EACH_CLASS:
                gestures = content["gesture"]
                if not isinstance(value, list) or len(value) != len(gestures):
                    raise EmojicamError(f"{key} has one value for each of {len(gestures)} classes", "all of them")
                for gesture, one in zip(gestures, value, strict=True):
                    gesture[key] = one
            else:
                content["keyboard" if key in KEYBOARD else "decision"][key] = value
        try:
            return Settings.model_validate(content)
        except ValidationError as error:
            first = error.errors()[0]
            where = " ".join(str(part) for part in first["loc"])
            raise EmojicamError(f"{where}: {first['msg']}", "another value") from None
