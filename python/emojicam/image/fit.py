"""A picture of any size as a board can be shown it: as its camera would give it, or its memory holds it."""

import numpy as np
import numpy.typing as npt
import PIL.Image

from emojicam.image.stage import MAX_FRAME_SIDE, to_grey

Pixels = npt.NDArray[np.uint8]

#: (height, width) of what the cameras give, in grey.
SENSOR = (240, 320)
#: (height, width) of the square that a picture larger than that becomes for a model that sees colours.
COLOUR = (224, 224)
#: What a board's memory for a frame holds (kFrameBytes in firmware/src/app/main.cc).
FRAME_BYTES = 320 * 240 * 2
#: Pictures longer than this many times their shorter side lose their ends before they are scaled.
_LONGEST = 8


def fit(pixels: Pixels, size: tuple[int, int] = SENSOR) -> Pixels:
    """A picture of any size as a camera of (height, width) would see it from in front of it.

    The picture's centred square fills the camera's, as that is what the model looks at; what is missing
    beside it is the picture's edge. A picture of the camera's size comes out unchanged.
    """
    height, width = size
    if pixels.shape[:2] == size:
        return pixels
    pixels = _without_ends(pixels)
    scale = min(height, width) / min(pixels.shape[:2])
    scaled = (max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale)))
    grown = np.asarray(PIL.Image.fromarray(pixels).resize(scaled, PIL.Image.Resampling.BILINEAR))
    rows = np.clip(np.arange(height) + (grown.shape[0] - height) // 2, 0, grown.shape[0] - 1)
    columns = np.clip(np.arange(width) + (grown.shape[1] - width) // 2, 0, grown.shape[1] - 1)
    seen: Pixels = grown[rows][:, columns]
    return seen


def fits(pixels: Pixels) -> bool:
    """Whether a board takes a frame as it is."""
    return pixels.nbytes <= FRAME_BYTES and max(pixels.shape[:2]) <= MAX_FRAME_SIDE


def fit_frame(pixels: Pixels, colour: bool = False) -> Pixels:
    """A frame that every board takes: the same one where it fits, else what the camera gives of it, in grey.

    Args:
        colour: a picture in colour becomes a square that fits in colour instead.
    """
    if fits(pixels):
        return pixels
    return fit(pixels, COLOUR) if colour and pixels.ndim == 3 else to_grey(fit(pixels))


def _without_ends(pixels: Pixels) -> Pixels:
    """A line of pixels would grow to hundreds of megabytes."""
    most = _LONGEST * min(pixels.shape[:2])
    top, left = (max(0, side - most) // 2 for side in pixels.shape[:2])
    return pixels[top : top + most, left : left + most]
