"""What ``emojicam run`` says of still pictures: the model's answer to each, and what holding it would type."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from rich.console import Console

from emojicam.config import Settings
from emojicam.frames import SourceFrame
from emojicam.gesture import DecisionSettings, hold
from emojicam.image import MIRROR_SLOT_MS, in_turn
from emojicam.link.session import FrameResult

#: A gesture that has not been taken for held by then never is.
_PATIENCE_SECONDS = 10.0
#: Columns of a name where the output has no width of its own.
_NAME = 40
#: Columns of what stands between and after the name, the class and the verdict.
_REST = 34
_WRONG = "wrong: "
#: Turns from a picture to its mirror image; odd.
_TURNS_APART = 5


@dataclass(frozen=True)
class Held:
    """What a picture would do if it were held in front of the camera.

    Attributes:
        text: what is typed; empty for nothing.
        seconds: until then.
        why: nothing is typed; empty where that is as it should be.
    """

    text: str = ""
    seconds: float = 0.0
    why: str = ""

    def __str__(self) -> str:
        if self.text:
            return f"{self.text} after {self.seconds:.1f} s"
        return f"nothing, it {self.why}" if self.why else "nothing"


def answer(result: FrameResult) -> int | None:
    """The class that the model names, as an index; None if the board has not classified the frame."""
    return int(np.argmax(result.scores)) if result.scores else None


def held(
    probabilities: Sequence[float], settings: Settings, rate: float, mirrored: Sequence[float] | None = None
) -> Held:
    """Put the same frame before the decision's twin again and again.

    Args:
        rate: frames a second.
        mirrored: the probabilities of its mirror image, where the model sees both in turn.
    """
    frame = np.array(probabilities, np.float32)
    turned = frame if mirrored is None else np.array(mirrored, np.float32)
    if fired := hold(in_turn(frame, turned), DecisionSettings.of(settings), _PATIENCE_SECONDS, rate):
        return Held(settings.gesture[fired[0]].emoji, fired[1])
    best = int(np.argmax(frame))
    if best == 0:
        return Held()
    return Held(why=_unsure(frame, settings) or _unsure(turned, settings, best) or "stays below its threshold")


def _unsure(frame: npt.NDArray[np.float32], settings: Settings, wanted: int | None = None) -> str:
    """Why a frame does not count for its best class; empty if it does.

    Args:
        wanted: the class that it is to be, of a mirror image.
    """
    order = np.argsort(-frame, kind="stable")
    best, lead = int(order[0]), float(frame[order[0]] - frame[order[1]])
    gesture, where = settings.gesture[best], "" if wanted is None else " in the mirror"
    if wanted not in (None, best):
        return f"is {gesture.name}{where}"
    if frame[best] < np.float32(gesture.activation):
        return f"counts from {gesture.activation:.0%} on{where and f', {frame[best]:.0%}{where}'}"
    if lead < settings.decision.margin:
        return f"leads by {lead:.0%}{where} of the {settings.decision.margin:.0%} it needs"
    return ""


def in_the_mirror_too(frames: Iterable[SourceFrame]) -> Iterator[SourceFrame]:
    """Each picture twice, at times at which a model that sees mirror images in turn sees it as it is and mirrored.

    A quarter into a turn, as a camera takes a picture up to a frame later than it is there, and several turns apart, so
    that the slowest model is done with one before the next is due.
    """
    for number, frame in enumerate(frames):
        for turn in (0, 1):
            yield replace(frame, seconds=((2 * number + turn) * _TURNS_APART + 0.25) * MIRROR_SLOT_MS / 1000)


def together(results: Iterable[FrameResult]) -> Iterator[FrameResult]:
    """Of each picture of `in_the_mirror_too` what the board said to it, and to its mirror image."""
    pairs = iter(results)
    for number, (result, other) in enumerate(zip(pairs, pairs, strict=True)):
        fired = result if result.fired and not other.fired else other
        wrong = other if other.error else result
        typed = [one.typed for one in (result, other) if one.typed is not None]
        yield replace(
            result, frame=number, mirrored=other.probabilities, smoothed=fired.smoothed, decision=fired.decision,
            fired=fired.fired, wants=result.wants + other.wants, typed="".join(typed) if typed else None,
            error=wrong.error, code=wrong.code,
        )  # fmt: skip


def counts(results: Sequence[FrameResult], class_names: Sequence[str]) -> str:
    """How many pictures got which answer; of a single one also how sure the model is."""
    found = [(result, index) for result in results if (index := answer(result)) is not None]
    if len(found) == 1:
        result, index = found[0]
        return f"{class_names[index]}, {result.probabilities[index]:.1%}"
    number = Counter(index for _, index in found)
    return ", ".join(f"{class_names[index]} {number[index]}" for index in sorted(number))


class Lines:
    """Prints a line for each picture.

    Args:
        names: of all pictures: the first column is as wide as they are.
        labelled: whether any picture's class is known.
        rate: frames a second at which a gesture is held.
    """

    def __init__(
        self, console: Console, settings: Settings, names: Sequence[str], *, labelled: bool, rate: float
    ) -> None:
        self._console = console
        self._settings = settings
        self._rate = rate
        self._class_width = max(len(name) for name in settings.class_names)
        self._verdict_width = self._class_width + len(_WRONG) if labelled else 0
        room = console.width - _REST - self._class_width - self._verdict_width if console.is_terminal else _NAME
        self._width = min(max((len(name) for name in names), default=0), max(12, room))
        self._alone = len(names) == 1

    def show(self, result: FrameResult) -> None:
        """Name, class, probability, whether the label says so too, and what holding it would do.

        Of a single picture, the other classes' probabilities as well.
        """
        name = _short(" ".join(result.source.source.split()), self._width).ljust(self._width)
        index = answer(result)
        if index is None:
            line = f"{name}  {result.error or 'not classified'}"
        else:
            class_name, label = self._settings.class_names[index], result.source.label
            verdict = "" if label is None else "right" if label == class_name else f"{_WRONG}{label}"
            would = held(result.probabilities, self._settings, self._rate, result.mirrored or None)
            line = (
                f"{name}  {class_name.ljust(self._class_width)}  {result.probabilities[index]:6.1%}  "
                f"{verdict.ljust(self._verdict_width)}{'  ' if self._verdict_width else ''}held: {would}"
            )
        self._console.print(line, markup=False, soft_wrap=True)
        if self._alone and index is not None:
            rest = np.argsort(-np.array(result.probabilities), kind="stable")[1:].tolist()
            shares = ", ".join(f"{self._settings.class_names[i]} {result.probabilities[i]:.1%}" for i in rest)
            self._console.print(f"  the others: {shares}", markup=False, soft_wrap=True)


def _short(name: str, width: int) -> str:
    """A name with its middle left out where it is too long: both ends tell pictures apart."""
    if len(name) <= width:
        return name
    stem = Path(name)
    tail = min(len(stem.suffix) + 4, width // 2)
    return f"{name[: width - tail - 1]}…{name[-tail:]}"
