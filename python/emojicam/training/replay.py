"""Replay of labelled clips: false firings against delay.

Clips are rendered with people who make gestures, hard negatives and nothing in random order, hold them for a
while and let go. The model scores every frame once; the decision is then replayed on the scores with any settings
(`emojicam.training.choice` compares them).
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from emojicam import paths
from emojicam.config.settings import Model
from emojicam.data import generate, mesh, poses
from emojicam.data.classes import CLASSES, NONE, SIZE, drawn_as
from emojicam.data.clip import RATE, Beat, render_clip
from emojicam.errors import EmojicamError
from emojicam.frame_clock import LONGEST_GAP_MS, FrameClock
from emojicam.gesture import DecisionSettings, decay_of, weight_of
from emojicam.parallel import HERE, Workers
from emojicam.training import predict

_FRAME_MS = 1000 // RATE

#: A firing after this long is late to whoever holds the gesture, in milliseconds.
LATE_MS = 500
#: Beats of one clip; each clip is another person in another place.
BEATS_A_CLIP = 14
#: Share of beats that are gestures; the rest are hard negatives and pauses.
GESTURES = 0.4


@dataclass(frozen=True)
class Track:
    """One clip as the decision sees it.

    Attributes:
        probabilities: (N, C) float32.
        beats: what the person did, in frames of RATE a second; `starts` the time at which each begins, milliseconds.
        times_ms: (N,) when each frame was taken.
        drawn: which of the C classes each of CLASSES is, see `classes.drawn_as`.
    """

    probabilities: npt.NDArray[np.float32]
    beats: list[Beat]
    starts: list[int]
    times_ms: npt.NDArray[np.int64]
    drawn: tuple[int, ...] = tuple(range(len(CLASSES)))

    @property
    def duration_ms(self) -> int:
        return sum(beat.frames for beat in self.beats) * _FRAME_MS

    @classmethod
    def even(cls, rows: npt.NDArray[np.float32], beats: list[Beat], classes: Sequence[str] = CLASSES) -> Self:
        """One whose frames are those of the beats, RATE a second."""
        starts = np.concatenate([[0], np.cumsum([beat.frames for beat in beats])[:-1]]) * _FRAME_MS
        drawn = tuple(drawn_as(classes).tolist())
        return cls(rows, beats, [int(start) for start in starts], np.arange(len(rows)) * _FRAME_MS, drawn)


@dataclass(frozen=True)
class Outcome:
    """What a decision with certain settings did on some tracks.

    Attributes:
        milliseconds: how long the tracks are together.
        held: gestures that were held; fired: those that typed their own emoji exactly once.
        missed: those that never did.
        false_firings: firings of nothing, of the wrong gesture, or once too often.
        delays: of those that fired: the gesture's class, and the milliseconds from the moment that it was fully made
            to its firing, 0 if before.
    """

    milliseconds: int
    held: int
    fired: int
    missed: int
    false_firings: int
    delays: tuple[tuple[int, int], ...]

    @property
    def false_per_hour(self) -> float:
        return self.false_firings * 3_600_000 / max(1, self.milliseconds)

    @property
    def late(self) -> int:
        """Gestures that did not fire within half a second of being fully made."""
        return self.missed + sum(delay > LATE_MS for _, delay in self.delays)

    @property
    def median_delay_ms(self) -> float:
        """Median delay in milliseconds of the clip's own time."""
        return _median([delay for _, delay in self.delays])

    def gesture_delays_ms(self) -> dict[int, float]:
        """The median delay of each class that fired."""
        classes = sorted({gesture for gesture, _ in self.delays})
        return {one: _median([delay for gesture, delay in self.delays if gesture == one]) for one in classes}

    @property
    def slowest_delay_ms(self) -> float:
        """The median delay of the gesture that takes the longest."""
        return max(self.gesture_delays_ms().values(), default=float("inf"))


def _median(delays: list[int]) -> float:
    return float(np.median(delays)) if delays else float("inf")


def random_beats(rng: np.random.Generator, count: int) -> list[Beat]:
    """Gestures, hard negatives and pauses as they come."""
    gestures = [i for i, kind in enumerate(poses.KINDS) if kind.label != NONE]
    others = [i for i, kind in enumerate(poses.KINDS) if kind.label == NONE]
    weights = np.array([poses.KINDS[i].weight for i in others])
    beats = []
    for _ in range(count):
        draw = rng.random()
        rest = int(rng.integers(4, 30))
        if draw < GESTURES:
            kind: int | None = int(rng.choice(gestures))
        elif draw < 0.9:
            kind = int(rng.choice(others, p=weights / weights.sum()))
        else:
            beats.append(Beat(None, 0, 0, 0, rest + 20))
            continue
        beats.append(Beat(kind, int(rng.integers(5, 16)), int(rng.integers(20, 55)), int(rng.integers(5, 16)), rest))
    return beats


def _beats(seed: int, index: int) -> list[Beat]:
    return random_beats(np.random.default_rng([seed, index, 9]), BEATS_A_CLIP)


def _clip(rig: mesh.HandMesh, seed: int, work: tuple[int, list[Beat]]) -> bytes:
    """Render clip number `index` of a seed: the content of its file."""
    index, beats = work
    mesh.use(rig)
    clip = render_clip(seed * 100_003 + index, beats, width=SIZE, height=SIZE)
    stream = io.BytesIO()
    np.savez_compressed(stream, frames=clip.frames)
    return stream.getvalue()


def _track(scorer: predict.Scorer, work: tuple[str, bytes, list[Beat]]) -> Track:
    """Score the frames of a rendered clip: the name of its file, the content, and what is done in it."""
    name, content, beats = work
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            frames = stored["frames"]
    except Exception as error:  # zipfile, zlib and numpy each raise their own
        raise EmojicamError(f"{name} is damaged: {error}", "delete it: it is rendered again") from None
    return track_of(scorer, frames, beats)


def track_of(scorer: predict.Scorer, frames: npt.NDArray[np.uint8], beats: list[Beat]) -> Track:
    """Score frames of some beats.

    Args:
        frames: (N, 96, 96), RATE a second; the board's image stage makes the model's of them.

    Raises:
        EmojicamError: the model takes no pictures, or its outputs and the classes don't go together.
    """
    answers = scorer.film(frames, np.arange(len(frames)) * _FRAME_MS)
    return Track.even(answers.probabilities(), beats, scorer.classes.names)


def clip_count(seed: int, minutes: float) -> int:
    """How many clips of a seed last this long together at RATE frames a second."""
    wanted, count, total = int(minutes * 60 * RATE), 0, 0
    while total < wanted:
        total += sum(beat.frames for beat in _beats(seed, count))
        count += 1
    return count


def clips_folder(seed: int) -> Path:
    return paths.build_dir() / "data" / f"clips-{seed}-r{generate.RENDERER}"


def _path(folder: Path, index: int) -> Path:
    return folder / f"clip-{index:05d}.npz"


def render_clips(seed: int, minutes: float, workers: Workers = HERE) -> Path:
    """Render the clips that are not there yet.

    Args:
        minutes: how much at least.
        workers: who renders.

    Returns:
        Their folder.
    """
    folder, count = clips_folder(seed), clip_count(seed, minutes)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [index for index in range(count) if not _path(folder, index).is_file()]
    if not missing:
        return folder
    work = [(index, _beats(seed, index)) for index in missing]
    found = workers.each(_clip, work, "render clips", common=(mesh.hand(), seed))
    for index, content in zip(missing, found, strict=True):
        with paths.replacing(_path(folder, index)) as new:
            new.write_bytes(content)
    return folder


def tracks(
    model: Path,
    seed: int,
    minutes: float,
    workers: Workers = HERE,
    classes: predict.Classes | None = None,
    said: Model | None = None,
) -> list[Track]:
    """Render clips where they are missing, and score them.

    Args:
        model: an int8 .tflite for pictures.
        minutes: how much at least, at RATE frames a second.
        workers: who does it.
        classes: what the model's outputs are, those that it is drawn with by default; gestures of the clips that are
            not among them are none.
        said: what emojicam.toml says of the model.

    Raises:
        EmojicamError: the model cannot be read, takes no pictures, or its outputs and the classes don't go together.
    """
    scorer = predict.Scorer(predict.read(model), classes or predict.Classes(CLASSES), said)
    scorer(np.zeros((1, SIZE, SIZE), np.uint8))  # says what is wrong before anything is rendered
    folder, count = render_clips(seed, minutes, workers), clip_count(seed, minutes)

    def clips() -> Iterator[tuple[str, bytes, list[Beat]]]:
        for index in range(count):
            path = _path(folder, index)
            try:
                yield str(path), path.read_bytes(), _beats(seed, index)
            except OSError as error:
                raise EmojicamError(f"{path} can't be read: {error.strerror}", "permission to read it") from None

    return list(workers.each(_track, clips(), "score clips", common=(scorer,), count=count))


def _weights(time_constant_ms: int) -> npt.NDArray[np.float32]:
    """(LONGEST_GAP_MS + 1,) what a frame weighs, by the gap before it in milliseconds."""
    decay = decay_of(time_constant_ms)
    return np.array([weight_of(gap, decay) for gap in range(LONGEST_GAP_MS + 1)], np.float32)


def firings(found: Sequence[Track], settings: Sequence[DecisionSettings]) -> npt.NDArray[np.int8]:
    """What `emojicam.gesture.Decider` fires, for all tracks and settings at once: a hundred times as fast.

    Returns:
        (N, T, S): the class that fires in a frame of a track with some settings, 0 for nothing. N is the
        longest track's length.
    """
    longest, classes = max(len(track.probabilities) for track in found), found[0].probabilities.shape[1]
    frames = np.zeros((longest, len(found), 1, classes), np.float32)
    for number, track in enumerate(found):
        frames[: len(track.probabilities), number, 0] = track.probabilities
    best = frames.argmax(-1)
    others = frames.copy()
    np.put_along_axis(others, best[..., None], 0, axis=-1)
    top = frames.max(-1)
    lead = top - others.max(-1)
    # (gap, S): what a frame weighs.
    by_gap = np.stack([_weights(one.time_constant_ms) for one in settings], axis=-1)
    gaps = np.zeros((longest, len(found)), np.int64)
    for number, track in enumerate(found):
        clock = FrameClock()
        gaps[: len(track.times_ms), number] = [clock.gap(int(time_ms)) for time_ms in track.times_ms]
    margin = np.array([one.margin for one in settings], np.float32)
    activation = np.array([one.activation for one in settings], np.float32)
    threshold = np.array([one.threshold for one in settings], np.float32)
    nothing = np.eye(classes, dtype=np.float32)[0]
    smoothed = np.broadcast_to(nothing, (len(found), len(settings), classes)).copy()
    held = np.zeros((len(found), len(settings)), np.int64)
    fired = np.zeros((longest, *held.shape), np.int8)
    every = np.arange(len(settings))
    for number, frame in enumerate(frames):
        certain = (top[number] >= activation[every, best[number]]) & (lead[number] >= margin)
        smoothed += by_gap[gaps[number]][..., None] * (np.where(certain[..., None], frame, nothing) - smoothed)
        strongest = smoothed.argmax(-1)
        changed = (smoothed.max(-1) >= threshold[every, strongest]) & (strongest != held)
        held[changed] = strongest[changed]
        fired[number] = np.where(changed, strongest, 0)
    return fired


def replay(found: Sequence[Track], settings: Sequence[DecisionSettings]) -> list[Outcome]:
    """Run the decision over tracks with each of some settings.

    A firing counts for a gesture from the moment its hand comes up until the next beat begins, as the
    decision may lag behind; each gesture may fire once.
    """
    if not settings:
        return []
    fired = firings(found, settings)
    return [_outcome(found, fired[:, :, number]) for number in range(len(settings))]


def _outcome(found: Sequence[Track], fired: npt.NDArray[np.int8]) -> Outcome:
    milliseconds = held = once = missed = false = 0
    delays: list[tuple[int, int]] = []
    for number, track in enumerate(found):
        length = len(track.probabilities)
        seen = fired[:length, number]
        moments = np.flatnonzero(seen)
        when = track.times_ms[moments]
        duration = track.duration_ms
        milliseconds += duration
        for beat, start, end in zip(track.beats, track.starts, [*track.starts[1:], duration], strict=True):
            mine = moments[(when >= start) & (when < end)]
            label = track.drawn[beat.label]
            right = mine[seen[mine] == label]
            if label == NONE:
                false += len(mine)
            else:
                false += len(mine) - min(1, len(right))
                held += 1
                once += len(right) == 1
                missed += not len(right)
                if len(right):
                    delays.append((label, max(0, int(track.times_ms[right[0]]) - start - beat.rise * _FRAME_MS)))
    return Outcome(milliseconds, held, once, missed, false, tuple(delays))
