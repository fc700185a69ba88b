"""Crop, area average and grey in integers; see ``firmware/src/image/image.h`` for the rules."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

MAX_FRAME_SIDE = 2048


class Rectangle(NamedTuple):
    """A part of a frame, in pixels."""

    left: int
    top: int
    width: int
    height: int


def centred_square(width: int, height: int, permille: int = 1000) -> Rectangle:
    """The centred square whose side is ``permille`` thousandths of the frame's shorter side."""
    shorter = min(width, height)
    side = min(max((shorter * permille + 500) // 1000, 1), shorter)
    return Rectangle((width - side) // 2, (height - side) // 2, side, side)


def to_grey(frame: Pixels) -> Pixels:
    """Luma of an RGB frame, rounded: (77 R + 150 G + 29 B + 128) / 256; a grey frame as it is."""
    if frame.ndim == 2:
        return frame
    weighted = frame.astype(np.uint32) @ np.array([77, 150, 29], np.uint32)
    grey: Pixels = ((weighted + 128) // 256).astype(np.uint8)
    return grey


def _weights(size_in: int, size_out: int) -> npt.NDArray[np.int64]:
    """Overlap of every output pixel with every input pixel: shape (out, in), rows sum to size_in."""
    begin_in = np.arange(size_in) * size_out
    begin_out = (np.arange(size_out) * size_in)[:, None]
    overlap = np.minimum(begin_in + size_out, begin_out + size_in) - np.maximum(begin_in, begin_out)
    weights: npt.NDArray[np.int64] = np.maximum(overlap, 0).astype(np.int64)
    return weights


def as_int8(pixels: Pixels) -> npt.NDArray[np.int8]:
    """The int8 input of a model that takes pixel - 128, as the firmware feeds it."""
    return (pixels.astype(np.int16) - 128).astype(np.int8)


def prepare(
    frame: Pixels,
    *,
    size: tuple[int, int] = (96, 96),
    crop: Rectangle | None = None,
    crop_permille: int = 1000,
    channels: int = 1,
) -> Pixels:
    """What the model looks at, as bytes 0 to 255; its int8 input is this minus 128.

    Args:
        frame: (height, width) grey or (height, width, 3) RGB.
        size: (height, width) of the model's input.
        crop: the part to take; by default the centred square of ``crop_permille``.
        channels: 1 or 3.

    Returns:
        (height, width) for one channel, (height, width, 3) for three.

    Raises:
        ValueError: the frame is empty, too large, or has another shape.
    """
    if frame.dtype != np.uint8 or frame.ndim not in (2, 3) or (frame.ndim == 3 and frame.shape[2] != 3):
        raise ValueError(f"a frame is (height, width) or (height, width, 3) bytes, not {frame.shape} {frame.dtype}")
    height, width = frame.shape[:2]
    if not (0 < height <= MAX_FRAME_SIDE and 0 < width <= MAX_FRAME_SIDE):
        raise ValueError(f"a frame has 1 to {MAX_FRAME_SIDE} pixels a side, not {width}x{height}")
    if channels == 1:
        frame = to_grey(frame)
    elif frame.ndim == 2:
        frame = np.repeat(frame[:, :, None], 3, axis=2)
    left, top, crop_width, crop_height = crop or centred_square(width, height, crop_permille)
    part = frame[top : top + crop_height, left : left + crop_width].astype(np.int64)
    rows, columns = _weights(crop_height, size[0]), _weights(crop_width, size[1])
    # Exact in int64: at most 2^11 * 2^11 * 255.
    total = np.tensordot(rows, np.tensordot(part, columns, axes=(1, 1)), axes=(1, 0))
    if total.ndim == 3:  # (row, channel, column)
        total = total.transpose(0, 2, 1)
    area = crop_width * crop_height
    averaged: Pixels = ((total + area // 2) // area).astype(np.uint8)
    return averaged
