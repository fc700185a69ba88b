"""The bundled clip, short enough for an emulated board."""

from collections.abc import Iterator
from itertools import groupby

from emojicam.avh.expectation import expected_frames
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


#: Frames for which a gesture is held on after it should have fired: a camera's sensor sees it a little larger.
_LONGER = 5


def hurried(settings: Settings) -> list[SourceFrame]:
    """Of the demo clip each gesture, right after the one before, and no longer than it takes to fire."""
    gestures = set(settings.class_names[1:])
    shown: list[SourceFrame] = []
    for label, frames in groupby(open_footage(demo_clip(), settings.class_names).frames(), lambda one: one.label):
        if label in gestures:
            held = [*shown, *frames]
            expected = expected_frames(held, range(40, 40 * len(held) + 1, 40), settings)
            fires = next(n for n in range(len(shown), len(held)) if expected[n].fired)
            shown = held[: fires + _LONGER]
    return shown
