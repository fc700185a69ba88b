"""The settings that a running board can be given: ``emojicam.toml`` <-> the link's messages."""

from typing import Any

from emojicam.config.settings import Settings
from emojicam.keyboard import Host, Layout

#: The order of the C++ enumerators, which are generated from the same Python ones.
_HOSTS, _LAYOUTS = list(Host), list(Layout)


def message(settings: Settings) -> dict[str, Any]:
    """The fields of SettingsSet, which are those of Settings."""
    keyboard, decision = settings.keyboard, settings.decision
    return {
        "host": _HOSTS.index(keyboard.host),
        "layout": _LAYOUTS.index(keyboard.layout),
        "armed_at_start": int(keyboard.armed_at_start),
        "press_ms": keyboard.press_ms,
        "release_ms": keyboard.release_ms,
        "gap_ms": keyboard.gap_ms,
        "min_interval_ms": keyboard.min_interval_ms,
        "time_constant_ms": decision.time_constant_ms,
        "margin": decision.margin,
        "activation": [gesture.activation for gesture in settings.gesture],
        "threshold": [gesture.threshold for gesture in settings.gesture],
    }


def differs_only_in_what_is_sent(settings: Settings, built_in: Settings) -> bool:
    """Whether a board that was built with other settings has these once they are sent."""
    if settings.class_names != built_in.class_names:
        return False
    gestures = tuple(
        ours.model_copy(update={"activation": theirs.activation, "threshold": theirs.threshold})
        for ours, theirs in zip(settings.gesture, built_in.gesture, strict=True)
    )
    sent = {"keyboard": built_in.keyboard, "decision": built_in.decision, "gesture": gestures}
    return settings.model_copy(update=sent) == built_in


def describe(fields: dict[str, Any]) -> dict[str, Any]:
    """A Settings message in the words and to the digits of ``emojicam.toml``."""
    shown = dict(fields)
    shown["host"] = str(_HOSTS[fields["host"]])
    shown["layout"] = str(_LAYOUTS[fields["layout"]])
    shown["armed_at_start"] = bool(fields["armed_at_start"])
    shown["margin"] = round(fields["margin"], 6)
    for name in ("activation", "threshold"):
        shown[name] = [round(value, 6) for value in fields[name]]
    return shown
