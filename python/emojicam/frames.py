"""Frames for the main job: an image, a folder of images, a video or an animated picture.

A folder whose name is a class labels its images. A video or animated picture may have a JSON file of the same
name beside it: ``{"rate": frames a second, "labels": [class name or null, ...], "expected": [emoji, ...]}``.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageSequence, UnidentifiedImageError

from emojicam.errors import EmojicamError
from emojicam.image import MAX_FRAME_SIDE

Pixels = npt.NDArray[np.uint8]

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".ppm", ".tif", ".tiff", ".webp"}
VIDEOS = {".mp4", ".mkv", ".mov", ".avi", ".webm", ".m4v"}
ANIMATED = {".gif", ".webp", ".apng", ".png"}

#: What a still picture, or a video that does not say, is shown at.
DEFAULT_RATE = 25.0


@dataclass(frozen=True)
class SourceFrame:
    """One frame.

    Attributes:
        source: the file, with the frame's number behind ``#`` where the file has several.
        pixels: (height, width) grey bytes, or (height, width, 3) RGB.
        label: its class's name, where that is known.
    """

    source: str
    pixels: Pixels
    label: str | None


@dataclass(frozen=True)
class Footage:
    """What `open_footage` found.

    Attributes:
        files: image files, or the one animated picture or video.
        moving: whether it is one animated picture or video.
        rate: frames a second.
        expected: emoji that ought to be typed, where somebody has said so.
    """

    files: tuple[Path, ...]
    moving: bool
    rate: float
    labels: dict[Path, str] = field(default_factory=dict)
    frame_labels: tuple[str | None, ...] = ()
    expected: tuple[str, ...] | None = None

    def frames(self) -> Iterator[SourceFrame]:
        """The frames in order, read as they are asked for.

        Raises:
            EmojicamError: a file can't be read as what it claims to be.
        """
        if not self.moving:
            for path in self.files:
                yield SourceFrame(path.name, _read_image(path), self.labels.get(path))
            return
        (path,) = self.files
        decode = _decode_video if path.suffix.lower() in VIDEOS else _decode_animation
        count = 0
        for pixels in decode(path):
            label = self.frame_labels[count] if count < len(self.frame_labels) else None
            yield SourceFrame(f"{path.name}#{count}", pixels, label)
            count += 1
        if not count:
            raise EmojicamError(f"{path.name} has no frames", "a video that a player shows")


def open_footage(path: Path, class_names: Sequence[str]) -> Footage:
    """Find out what there is at a path, without decoding it yet.

    Args:
        class_names: folders of these names label what is in them.

    Raises:
        EmojicamError: nothing there, or nothing that has frames.
    """
    if path.is_dir():
        files = sorted(item for item in path.rglob("*") if item.suffix.lower() in IMAGES)
        if not files:
            raise EmojicamError(f"there is no image in {path}", f"files ending in {', '.join(sorted(IMAGES))}")
        labels = {item: item.parent.name for item in files if item.parent.name in class_names}
        return Footage(tuple(files), False, DEFAULT_RATE, labels)
    if not path.is_file():
        raise EmojicamError(f"there is no file or folder {path}", "an image, a folder of images, a video or a GIF")
    suffix = path.suffix.lower()
    if suffix in VIDEOS or (suffix in ANIMATED and _is_animated(path)):
        return _moving(path, class_names)
    if suffix not in IMAGES | ANIMATED:
        raise EmojicamError(
            f"{path.name} is neither image nor video by its name", f"{', '.join(sorted(IMAGES | ANIMATED | VIDEOS))}"
        )
    labels = {path: path.parent.name} if path.parent.name in class_names else {}
    return Footage((path,), False, DEFAULT_RATE, labels)


def _moving(path: Path, class_names: Sequence[str]) -> Footage:
    notes = path.with_suffix(".json")
    if not notes.is_file():
        return Footage((path,), True, _rate(path))
    try:
        content = json.loads(notes.read_text(encoding="utf-8"))
        labels = tuple(content.get("labels", ()))
        expected = tuple(content["expected"]) if "expected" in content else None
        rate = float(content.get("rate", _rate(path)))
    except (ValueError, TypeError, AttributeError, OSError) as error:
        raise EmojicamError(f"{notes.name} is not what labels a clip: {error}", "the form that --help shows") from None
    unknown = {label for label in labels if label is not None} - set(class_names)
    if unknown:
        raise EmojicamError(
            f"{notes.name} has labels that are no class: {', '.join(sorted(map(str, unknown)))}",
            "the names in emojicam.toml",
        )
    return Footage((path,), True, rate, {}, labels, expected)


def _is_animated(path: Path) -> bool:
    try:
        with Image.open(path) as image:
            return bool(getattr(image, "is_animated", False))
    except (OSError, UnidentifiedImageError):
        raise EmojicamError(f"{path.name} is not an image that can be read", "a file that a viewer shows") from None


def _rate(path: Path) -> float:
    if path.suffix.lower() in VIDEOS:
        import av

        try:
            with av.open(path) as container:
                return float(container.streams.video[0].average_rate or DEFAULT_RATE)
        except (av.FFmpegError, IndexError, OSError):
            raise EmojicamError(f"{path.name} is not a video that can be read", "a file that a player shows") from None
    with Image.open(path) as image:
        duration = float(image.info.get("duration", 0) or 0)
    return 1000 / duration if duration else DEFAULT_RATE


def _to_pixels(image: Image.Image, name: str) -> Pixels:
    if max(image.size) > MAX_FRAME_SIDE:
        raise EmojicamError(
            f"{name} is {image.width}x{image.height}: a frame has at most {MAX_FRAME_SIDE} pixels a side",
            "a smaller copy of it",
        )
    grey = image.mode in ("1", "L", "I", "I;16", "LA")
    return np.asarray(image.convert("L" if grey else "RGB"))


def _read_image(path: Path) -> Pixels:
    try:
        with Image.open(path) as image:
            return _to_pixels(image, path.name)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError, ValueError):
        raise EmojicamError(f"{path.name} is not an image that can be read", "a file that a viewer shows") from None


def _decode_animation(path: Path) -> Iterator[Pixels]:
    try:
        with Image.open(path) as image:
            for frame in ImageSequence.Iterator(image):
                yield _to_pixels(frame, path.name)
    except (OSError, UnidentifiedImageError, EOFError):
        raise EmojicamError(f"{path.name} breaks off or is damaged", "a file that a viewer shows") from None


def _decode_video(path: Path) -> Iterator[Pixels]:
    import av

    try:
        with av.open(path) as container:
            for frame in container.decode(video=0):
                yield _to_pixels(frame.to_image(), path.name)  # type: ignore[no-untyped-call]
    except (av.FFmpegError, IndexError):
        raise EmojicamError(f"{path.name} breaks off or is damaged", "a file that a player shows") from None
