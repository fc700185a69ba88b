"""The decision's settings, written into emojicam.toml without touching anything else in it."""

from pathlib import Path

from emojicam.config import edit
from emojicam.gesture import DecisionSettings


def rewritten(text: str, settings: DecisionSettings) -> str:
    """The text of an emojicam.toml with another time constant, margin, activations and thresholds.

    Args:
        text: as it is; comments, order and everything else are kept.
        settings: one activation and threshold a gesture, in the file's order.

    Raises:
        EmojicamError: a value is not where it should be.
    """
    values: dict[edit.Place, edit.Value] = {
        ("decision", "time_constant_ms"): settings.time_constant_ms,
        ("decision", "margin"): settings.margin,
    }
    for index, both in enumerate(zip(settings.activation, settings.threshold, strict=True)):
        values |= {("gesture", index, key): one for key, one in zip(("activation", "threshold"), both, strict=True)}
    return edit.changed(text, values, add=False)


def write(path: Path, settings: DecisionSettings) -> None:
    """Rewrite a settings file, all or nothing.

    Raises:
        EmojicamError: see `rewritten` and `edit.write`.
    """
    edit.write(path, rewritten(edit.read(path), settings))
