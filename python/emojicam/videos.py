"""Videos as upright RGB frames with the times at which they are shown."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError

if TYPE_CHECKING:
    from av import VideoFrame

Pixels = npt.NDArray[np.uint8]

#: Endings of video files.
SUFFIXES = (".3gp", ".avi", ".m4v", ".mkv", ".mov", ".mp4", ".webm")
#: Most pixels of a frame: 8K, and then some.
MOST_PIXELS = 50_000_000


def rate(path: Path) -> float | None:
    """Frames a second on average, where the file says so.

    Raises:
        EmojicamError: it is not a video, or has no picture.
    """
    with _opened(path) as container:
        average = container.streams.video[0].average_rate
    return float(average) if average else None


def frames(path: Path) -> Iterator[tuple[Pixels, float | None]]:
    """Each frame, (height, width, 3), the way up that a player shows it, and its time in seconds, if it has one.

    Raises:
        EmojicamError: as `rate`; the video breaks off or is damaged.
    """
    with _opened(path) as container:
        for frame in container.decode(video=0):
            if frame.width * frame.height > MOST_PIXELS:
                raise EmojicamError(
                    f"{path.name} has frames of {frame.width}x{frame.height}, larger than "
                    f"{MOST_PIXELS // 1_000_000} megapixels",
                    "a smaller copy of it",
                )
            yield upright(frame.to_ndarray(format="rgb24"), _matrix(frame)), frame.time


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    import av

    opened = False
    try:
        with av.open(path) as container:
            container.streams.video[0]
            opened = True
            yield container
    except (av.FFmpegError, IndexError, ValueError, OSError):
        what = "breaks off or is damaged" if opened else "is not a video that can be read"
        raise EmojicamError(f"{path.name} {what}", "a file that a player shows") from None


def _matrix(frame: "VideoFrame") -> tuple[int, int, int, int]:
    """a, b, c, d of the display matrix: (x, y) is shown at (a x + c y, b x + d y)."""
    from av.sidedata.sidedata import Type

    side_data: Any = frame.side_data
    content = bytes(side_data.get(Type.DISPLAYMATRIX) or b"")
    if len(content) < 36:
        return 1, 0, 0, 1
    a, b, _, c, d, *_ = struct.unpack("=9i", content[:36])
    return a, b, c, d


def upright(pixels: Pixels, matrix: tuple[int, int, int, int]) -> Pixels:
    """Pixels turned and mirrored by a display matrix, to the nearest right angle."""
    a, b, c, d = matrix
    across, down = a, d
    if abs(b) > abs(a):
        pixels = pixels.swapaxes(0, 1)
        across, down = c, b
    pixels = pixels[:, ::-1] if across < 0 else pixels
    pixels = pixels[::-1] if down < 0 else pixels
    return np.ascontiguousarray(pixels)
