"""Frames for the main job: an image, a folder of images, a video or an animated picture.

A folder whose name is a class labels its images. A video or animated picture may have a JSON file of the same
name beside it: ``{"rate": frames a second, "labels": [class name or null, ...], "expected": [emoji, ...]}``.

Frames come out as every board takes them (`emojicam.image.fit`), and with the times at which the file shows them.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emojicam import console, pictures, videos
from emojicam.errors import EmojicamError
from emojicam.image.fit import COLOUR, SENSOR, fit_frame, fits

Pixels = npt.NDArray[np.uint8]

#: What a still picture, or a video that does not say, is shown at.
DEFAULT_RATE = 25.0
#: Seconds: what a frame that is shown for longer counts as. A board gives up on a camera that is silent.
LONGEST_GAP = 2.0
_ANIMATED = (".apng", ".avif", ".gif", ".png", ".webp")


@dataclass(frozen=True)
class SourceFrame:
    """One frame.

    Attributes:
        source: the file, with the frame's number behind ``#`` where the file has several.
        pixels: (height, width) grey bytes, or (height, width, 3) RGB.
        label: its class's name, where that is known.
        seconds: when it is shown, counted from the first frame; None where all last equally long.
    """

    source: str
    pixels: Pixels
    label: str | None
    seconds: float | None = None


def time_ms(number: int, frame: SourceFrame, rate: float, before: int = 0) -> int:
    """A frame's time on the board's clock, later than that of the one before.

    Args:
        number: of the frame, from 0.
        rate: frames a second, for a frame that has no time of its own.
        before: the time of the frame before it.
    """
    seconds = number / rate if frame.seconds is None else frame.seconds
    return max(round(1000 * seconds) + 1, before + 1)


@dataclass(frozen=True)
class Footage:
    """What `open_footage` found.

    Attributes:
        files: image files, or the one animated picture or video.
        moving: whether it is one animated picture or video.
        rate: frames a second.
        timed: whether the file's own times count instead.
        colour: pictures keep their colours, for a model of three channels.
        expected: emoji that ought to be typed, where somebody has said so.
        left_out: files of a folder that are no pictures, one line each; grows while frames are read.
    """

    files: tuple[Path, ...]
    moving: bool
    rate: float
    labels: dict[Path, str] = field(default_factory=dict)
    frame_labels: tuple[str | None, ...] = ()
    expected: tuple[str, ...] | None = None
    timed: bool = False
    colour: bool = False
    left_out: list[str] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    def frames(self) -> Iterator[SourceFrame]:
        """The frames in order, read as they are asked for.

        Raises:
            EmojicamError: a file can't be read as what it claims to be. In a folder such a file is left out,
                unless none is left.
        """
        return self._moving() if self.moving else self._stills()

    def over_and_over(self) -> Iterator[SourceFrame]:
        """The frames again and again, without end, in times that go on rising."""
        start = 0.0
        while True:
            last = 0.0
            for frame in self.frames():
                last = frame.seconds or 0.0
                yield frame if frame.seconds is None else replace(frame, seconds=start + frame.seconds)
            start += last + 1 / self.rate

    def _stills(self) -> Iterator[SourceFrame]:
        count, seen = 0, pictures.Labels()
        for path in self.files:
            try:
                picture = pictures.read(path)
            except EmojicamError as error:
                if len(self.files) == 1:
                    raise
                self._leave_out(error.message)
                continue
            label = self.labels.get(path)
            if doubt := seen.contradiction(picture.pixels, label, str(path)):
                self._say_once(doubt, doubt)
            yield SourceFrame(path.name, self._fitted(path.name, picture), label)
            count += 1
        if not count:
            raise EmojicamError(f"none of {len(self.files)} pictures can be read: {self.left_out[-1]}", "other ones")

    def _moving(self) -> Iterator[SourceFrame]:
        (path,) = self.files
        count = 0
        for picture, seconds in _even_gaps(_video(path) if _is_video(path) else _animation(path)):
            label = self.frame_labels[count] if count < len(self.frame_labels) else None
            pixels = self._fitted(path.name, picture)
            yield SourceFrame(f"{path.name}#{count}", pixels, label, seconds if self.timed else None)
            count += 1
        if not count:
            raise EmojicamError(f"{path.name} has no frames", "a video that a player shows")

    def _fitted(self, name: str, picture: pictures.Picture) -> Pixels:
        if (picture.height, picture.width) != SENSOR and not fits(picture.pixels):
            more = "" if self.moving or len(self.files) == 1 else " (and so are others, without a word)"
            fitted = (
                "what a board's memory holds, {1}x{0} in colour"
                if self._in_colour(picture)
                else ("what the camera gives, {1}x{0} in grey")
            )
            size = COLOUR if self._in_colour(picture) else SENSOR
            self._say_once(
                "fit",
                f"{name} is {picture.width}x{picture.height}: fitted to {fitted.format(*size)}, "
                f"its centred square in the middle{more}",
            )
        return pictures.plain_grey(fit_frame(picture.pixels, self.colour))

    def _in_colour(self, picture: pictures.Picture) -> bool:
        return self.colour and picture.pixels.ndim == 3

    def _leave_out(self, line: str) -> None:
        if line not in self.left_out:
            self.left_out.append(line)
            console.step(f"left out: {line}")

    def _say_once(self, key: str, line: str) -> None:
        if key not in self._said:
            self._said.add(key)
            console.step(line)


def open_footage(path: Path, class_names: Sequence[str], *, of_others: bool = False, colour: bool = False) -> Footage:
    """Find out what there is at a path. The first frame is decoded, of a folder's other files only the heads are read.

    Args:
        class_names: folders of these names label what is in them.
        of_others: whether a clip's labels may be of other classes, as the bundled one's are for a model of one's own:
            they count for nothing then, nor does what was expected of it.
        colour: keep colours, for a model of three channels (`emojicam.model.pixels.takes_colour`).

    Raises:
        EmojicamError: nothing there, or nothing that has frames.
    """
    if path.is_dir():
        footage = _folder(path, class_names)
    elif path.exists() and not path.is_file():
        raise EmojicamError(f"{path} is neither file nor folder", "an image, a folder of images, a video or a GIF")
    elif not path.is_file():
        raise EmojicamError(f"there is no file or folder {path}", "an image, a folder of images, a video or a GIF")
    elif _is_video(path) or (path.suffix.lower() in _ANIMATED and pictures.is_animated(path)):
        footage = _clip(path, class_names, of_others)
    elif path.suffix.lower() in pictures.SUFFIXES:
        labels = {path: path.parent.name} if path.parent.name in class_names else {}
        footage = Footage((path,), False, DEFAULT_RATE, labels)
    else:
        raise EmojicamError(
            f"{path.name} is neither image nor video by its name", ", ".join((*pictures.SUFFIXES, *videos.SUFFIXES))
        )
    footage = replace(footage, colour=colour)
    next(footage.frames())  # what is wrong with it is said before a board is built for it
    return footage


def _folder(path: Path, class_names: Sequence[str]) -> Footage:
    found, left_out = pictures.find(path)
    files = []
    for file in found:
        try:
            pictures.check(file)
        except EmojicamError as error:
            left_out.append(f"{error.message} ({error.hint})" if "HEIC" in error.message else error.message)
        else:
            files.append(file)
    pictures.say_left_out(left_out, console.step)
    if not files:
        why = f": {left_out[0]}" if left_out else ""
        raise EmojicamError(f"there is no image in {path}{why}", f"files ending in {', '.join(pictures.SUFFIXES)}")
    labels = {file: file.parent.name for file in files if file.parent.name in class_names}
    return Footage(tuple(files), False, DEFAULT_RATE, labels, left_out=left_out)


def _clip(path: Path, class_names: Sequence[str], of_others: bool) -> Footage:
    notes = path.with_suffix(".json")
    rate = _rate(path)
    if not notes.is_file():
        return Footage((path,), True, rate, timed=True)
    try:
        content = json.loads(notes.read_text(encoding="utf-8"))
        labels = tuple(content.get("labels", ()))
        expected = tuple(map(str, content["expected"])) if "expected" in content else None
        timed = "rate" not in content
        rate = float(content.get("rate", rate))
        if not 0 < rate < 1000:
            raise ValueError(f"a rate of {rate:g} frames a second")
    except (ValueError, TypeError, AttributeError, OSError) as error:
        raise EmojicamError(f"{notes.name} is not what labels a clip: {error}", "the form that --help shows") from None
    unknown = {str(label) for label in labels if label is not None and label not in class_names}
    if unknown and of_others:
        labels, expected = tuple(label if label in class_names else None for label in labels), None
        console.step(f"{path.name} also shows what is no class here: {', '.join(sorted(unknown))}")
    elif unknown:
        raise EmojicamError(
            f"{notes.name} has labels that are no class: {', '.join(sorted(unknown))}",
            "the names in emojicam.toml",
        )
    return Footage((path,), True, rate, {}, labels, expected, timed)


def _is_video(path: Path) -> bool:
    return path.suffix.lower() in videos.SUFFIXES


def _rate(path: Path) -> float:
    if _is_video(path):
        return videos.rate(path) or DEFAULT_RATE
    for _, duration in pictures.animation(path):
        return 1 / duration if duration > 0 else DEFAULT_RATE
    return DEFAULT_RATE


def _video(path: Path) -> Iterator[tuple[pictures.Picture, float | None]]:
    for pixels, seconds in videos.frames(path):
        yield pictures.Picture(pixels, pixels.shape[1], pixels.shape[0]), seconds


def _animation(path: Path) -> Iterator[tuple[pictures.Picture, float | None]]:
    seconds = 0.0
    for picture, duration in pictures.animation(path):
        yield picture, seconds
        seconds += duration if duration > 0 else 1 / DEFAULT_RATE


def _even_gaps(
    frames: Iterator[tuple[pictures.Picture, float | None]],
) -> Iterator[tuple[pictures.Picture, float | None]]:
    """Times from 0 on, never falling, with no gap longer than LONGEST_GAP."""
    now, last = 0.0, None
    for picture, seconds in frames:
        if seconds is None:
            yield picture, None
            continue
        now += min(max(0.0, seconds - (seconds if last is None else last)), LONGEST_GAP)
        last = seconds
        yield picture, now
