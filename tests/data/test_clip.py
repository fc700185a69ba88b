"""Clips: what they show, frame by frame, and the bundled one."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

from emojicam.data import clip as clip_module
from emojicam.data import poses
from emojicam.data.classes import CLASSES, FIST, NONE
from emojicam.data.clip import DEMO_SEED, Beat, demo_beats, render_clip

pytestmark = pytest.mark.train

DEMO = Path(clip_module.__file__).parent / "clips" / "demo.webp"

BEATS = [
    Beat(None, 0, 0, 0, 2),
    Beat(poses.kind_named("fist"), 2, 3, 2, 2),
    Beat(poses.kind_named("horns"), 1, 2, 1, 1),
]


def test_clip_labels_follow_the_beats_and_transitions_have_none() -> None:
    clip = render_clip(3, BEATS, width=40, height=32)
    assert clip.frames.shape == (16, 32, 40)
    assert clip.frames.dtype == np.uint8
    assert clip.labels == [0, 0, None, None, FIST, FIST, FIST, None, None, 0, 0, *[NONE] * 5]
    assert clip.beats == [0] * 2 + [1] * 9 + [2] * 5
    assert clip.expected == [FIST]


def test_clip_same_seed_same_frames() -> None:
    first, again = (render_clip(4, BEATS, width=40, height=32).frames for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_clip_hand_is_in_the_picture_only_while_it_is_up() -> None:
    clip = render_clip(3, BEATS, width=40, height=32, noise=0.0)
    empty = clip.frames[0].astype(int)
    changed = [float((np.abs(frame.astype(int) - empty) > 25).mean()) for frame in clip.frames]
    assert max(changed[4:7]) > 0.03
    assert changed[1] < 0.01
    assert changed[10] < 0.01


def test_bundled_clip_shows_the_four_gestures_in_order() -> None:
    note = json.loads(DEMO.with_suffix(".json").read_text())
    with Image.open(DEMO) as film:
        sizes = [frame.size for frame in ImageSequence.Iterator(film)]
    assert sizes == [(160, 120)] * note["frames"]
    assert len(note["labels"]) == note["frames"]
    assert note["expected"] == ["✋", "👎", "👍", "👊"]
    order = [label for label, before in zip(note["labels"], [None, *note["labels"]], strict=False) if label != before]
    assert [name for name in order if name not in (None, "none")] == list(CLASSES[1:])
    assert DEMO.stat().st_size < 700_000


@pytest.mark.slow
def test_bundled_clip_is_what_the_command_renders() -> None:
    clip = render_clip(DEMO_SEED, demo_beats())
    with Image.open(DEMO) as film:
        frames = [np.asarray(frame.convert("L")).astype(int) for frame in ImageSequence.Iterator(film)]
    assert len(frames) == len(clip.frames)
    apart = [np.abs(a - b).mean() for a, b in zip(frames, clip.frames, strict=True)]
    assert max(apart) < 3  # grey levels lost to the compression
