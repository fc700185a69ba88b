"""The bundled clip, short enough for an emulated board."""

from collections.abc import Iterator

from emojicam.cli.run import demo_clip
from emojicam.config import Settings
from emojicam.frames import SourceFrame, open_footage

#: Frames that are shown of each stretch without a gesture: enough for the last one to be let go.
_STRETCH = 14


def condensed(settings: Settings) -> Iterator[SourceFrame]:
    """The demo clip, with everything but the gestures cut short: how long they must be held, the settings decide."""
    gestures = set(settings.class_names[1:])
    label, count = None, 0
    for frame in open_footage(demo_clip(), settings.class_names).frames():
        label, count = frame.label, count + 1 if frame.label == label else 0
        if label in gestures or count < _STRETCH:
            yield frame
