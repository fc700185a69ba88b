"""A recording shown to a board again: what differs from what was recorded."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from emojicam.frames import SourceFrame
from emojicam.link.session import FrameResult, Session
from emojicam.recording.read import RecordedFrame, Recording

#: So many time constants after its first frame, evidence from before a recording weighs less than an int8 score's step.
_SETTLED = 10


@dataclass(frozen=True)
class Difference:
    """A frame that came out differently.

    Attributes:
        index: in the recording. time_ms: of the frame.
        scores: whether the scores differ. decision: whether what is held or what fires does.
        line: what was, and what is now.
    """

    index: int
    time_ms: int
    scores: bool
    decision: bool
    line: str


@dataclass(frozen=True)
class Judged:
    """What of a recording can be compared.

    Attributes:
        from_ms: decisions are compared from this time on; None for not at all.
        why: one line on what isn't compared; empty where all is.
    """

    from_ms: int | None
    why: str = ""


def frames(recording: Recording) -> Iterator[tuple[int, RecordedFrame]]:
    """Those that can be shown again, with their places: classified ones with a picture."""
    for index, frame in enumerate(recording.frames()):
        if frame.pixels is not None and frame.scores:
            yield index, frame


def judged(recording: Recording, first: list[float]) -> Judged:
    """What can be compared.

    Args:
        first: the evidence after the first frame, from a board that has just been reset.
    """
    told = list(recording.told())
    if any(after.number != before.number + 1 for before, after in itertools.pairwise(told)):
        return Judged(None, "frames are missing between the recorded ones: only scores are compared")
    if told and told[0].smoothed != first:
        begin = told[0].time_ms + _SETTLED * recording.settings.decision.time_constant_ms
        return Judged(begin, f"the recording begins in the middle: decisions are compared from {begin} ms on")
    return Judged(0)


def replay(recording: Recording, session: Session) -> Iterator[tuple[RecordedFrame, FrameResult]]:
    """Show a recording to a board.

    Args:
        session: with a board that has just been reset, started.

    Yields:
        Each frame that can be shown, with what the board says now.
    """
    waiting: list[RecordedFrame] = []

    def sources() -> Iterator[SourceFrame]:
        for index, frame in frames(recording):
            assert frame.pixels is not None
            waiting.append(frame)
            # Of these seconds the session makes the recorded time, see frames.time_ms.
            yield SourceFrame(f"{recording.path.name}#{index}", frame.pixels, None, (frame.time_ms - 1) / 1000)

    for result in session.run(sources(), rate=25):
        yield waiting.pop(0), result


def difference(index: int, was: RecordedFrame, now: FrameResult, of: Judged, names: list[str]) -> Difference | None:
    """How a frame came out differently; None if it didn't.

    Args:
        names: of the classes.
    """
    scores = was.scores != now.scores
    counts = of.from_ms is not None and was.time_ms >= of.from_ms
    decision = counts and (was.decision, was.fired) != (now.decision, now.fired)
    if not scores and not decision:
        return None

    def told(held: int, fired: bool, values: list[int]) -> str:
        return f"{names[held]}{' fires' if fired else ''} {values}"

    line = f"{told(was.decision, was.fired, was.scores)}, now {told(now.decision, now.fired, now.scores)}"
    return Difference(index, was.time_ms, scores, decision, f"{line}: {now.error}" if now.error else line)
