"""The decision lives in time: the bundled clip fires the same at any rate, evenly or not, with frames dropped."""

import functools
import math

import numpy as np
import numpy.typing as npt
import pytest

from emojicam import config, gesture, image, paths
from emojicam.cli.run import demo_clip
from emojicam.frames import open_footage
from emojicam.model import export, graph
from emojicam.model.oracle import TfliteMicro

#: For how long a frame of the clip is shown: it has 25 a second.
FRAME_MS = 40


@functools.cache
def seen() -> npt.NDArray[np.float32]:
    """(2, N, C) probabilities of each frame of the clip, as it is and mirrored."""
    settings = config.load()
    prepared = export.prepare(graph.load(paths.project_root() / settings.model.file))
    output = prepared.graph.tensors[prepared.graph.outputs[0]]
    scale = gesture.ScoreScale(output.scale, output.zero_point, export.softmax_table(output.scale))
    oracle = TfliteMicro(prepared.data)
    footage = open_footage(demo_clip(), settings.class_names)
    pictures = [image.prepare(frame.pixels) for frame in footage.frames()]

    def said(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        return gesture.probabilities(oracle.run(image.as_int8(picture)[None, :, :, None]).ravel(), scale)

    mirrored = [image.mirrored(one) if settings.model.mirror_in_turn else one for one in pictures]
    return np.array([[said(one) for one in turn] for turn in (pictures, mirrored)])


def shown(time_ms: int) -> npt.NDArray[np.float32]:
    """What a camera sees of the clip then."""
    return np.asarray(seen()[int(image.mirrored_at(time_ms)), time_ms // FRAME_MS])


def length_ms() -> int:
    return seen().shape[1] * FRAME_MS


def firings(times_ms: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """(moment, gesture) of what a camera fires that takes its pictures of the clip at these times."""
    decider = gesture.Decider(gesture.DecisionSettings.of(config.load()))
    decided = [(int(t), decider.update(shown(int(t)), int(t))) for t in times_ms]
    return [(t, decision.gesture) for t, decision in decided if decision.fired]


def times(rate: float, seed: int, uneven: bool, dropped: bool) -> npt.NDArray[np.int64]:
    """When the pictures are taken, beginning at any moment of the clip's first frame."""
    rng = np.random.default_rng(seed)
    gap, end = 1000 / rate, length_ms()
    at = np.arange(rng.uniform(0, gap), end, gap)
    if uneven:
        at = np.sort(at + rng.uniform(-0.4 * gap, 0.4 * gap, len(at)))
    if dropped:
        at = at[rng.random(len(at)) > 0.15]
    return np.round(at[(at >= 0) & (at < end - 1)]).astype(np.int64)


def test_at_25_frames_a_second_the_clip_fires_as_before() -> None:
    """The moments are those of one weight for every frame, with which the thresholds were chosen."""
    settings = config.load()
    smoothed = np.eye(len(settings.gesture))[0]
    weight = 1 - math.exp(-FRAME_MS / settings.decision.time_constant_ms)
    held, wanted = 0, []
    for number in range(length_ms() // FRAME_MS):
        probabilities = shown(number * FRAME_MS)
        second, first = np.sort(probabilities)[-2:]
        best = int(probabilities.argmax())
        sure = first - second >= settings.decision.margin and first >= settings.gesture[best].activation
        smoothed += weight * ((probabilities if sure else np.eye(len(smoothed))[0]) - smoothed)
        strongest = int(smoothed.argmax())
        if smoothed[strongest] >= settings.gesture[strongest].threshold and strongest != held:
            held = strongest
            wanted += [(number * FRAME_MS, held)] if held else []
    assert [which for _, which in wanted] == [1, 2, 3, 4]
    assert firings(np.arange(0, length_ms(), FRAME_MS)) == wanted


@pytest.mark.parametrize("dropped", [False, True], ids=["whole", "dropped"])
@pytest.mark.parametrize("uneven", [False, True], ids=["even", "uneven"])
@pytest.mark.parametrize("rate", [12, 25, 48, 75])
def test_the_clip_fires_the_same_at_the_same_moments(rate: int, uneven: bool, dropped: bool) -> None:
    """Within a frame of 25 a second, and the camera's own longest gap: nothing fires but with a picture."""
    whole = firings(np.arange(0, length_ms(), FRAME_MS))
    for seed in range(6):
        taken = times(rate, seed, uneven, dropped)
        fired = firings(taken)
        assert [which for _, which in fired] == [which for _, which in whole]
        allowed = FRAME_MS + int(np.diff(taken).max())
        assert [t for t, _ in fired] == pytest.approx([t for t, _ in whole], abs=allowed)


def test_a_stall_of_two_seconds_fires_nothing_else() -> None:
    at = np.arange(0, length_ms(), FRAME_MS)
    for start in range(200, int(at[-1]) - 2000, 450):
        kept = at[(at < start) | (at >= start + 2000)]
        fired = [which for _, which in firings(kept)]
        whole = [which for _, which in firings(at)]
        # What was made and unmade meanwhile is missed, but nothing comes twice or out of order.
        assert [which for which in whole if which in fired] == fired
