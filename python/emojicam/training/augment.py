"""Changes to a picture that do not change its class, made while training.

Turned up to 15 degrees and no more: a thumb pointing sideways is nobody's gesture.
"""

import math

import numpy as np
import numpy.typing as npt

from emojicam.data.jit import njit

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@njit
def _warp(source: Bytes, target: Floats, strength: float) -> None:
    """Turn, scale, stretch, shear, shift and mirror, with reflected edges; grey levels 0 to 255."""
    side, new = source.shape[0], target.shape[0]
    turn = np.random.uniform(-15.0, 15.0) * math.pi / 180 * strength
    zoom = math.exp(np.random.uniform(-0.24, 0.24) * strength)
    aspect = math.exp(np.random.uniform(-0.08, 0.08) * strength)
    shear = np.random.uniform(-0.1, 0.1) * strength
    dx = np.random.uniform(-0.09, 0.09) * side * strength
    dy = np.random.uniform(-0.09, 0.09) * side * strength
    flip = -1.0 if strength > 0 and np.random.random() < 0.5 else 1.0
    c, s = math.cos(turn) / zoom, math.sin(turn) / zoom
    xx, xy, yx, yy = c * aspect * flip, shear * c - s, s * aspect * flip, c + shear * s
    step, last = side / new, side - 1.001
    for v in range(new):
        for u in range(new):
            x, y = (u - (new - 1) / 2) * step, (v - (new - 1) / 2) * step
            px = abs(xx * x + xy * y + (side - 1) / 2 + dx)
            py = abs(yx * x + yy * y + (side - 1) / 2 + dy)
            px = 2 * (side - 1) - px if px > side - 1 else px
            py = 2 * (side - 1) - py if py > side - 1 else py
            px, py = min(max(px, 0.0), last), min(max(py, 0.0), last)
            i, j = int(px), int(py)
            fx, fy = px - i, py - j
            top = (1 - fx) * source[j, i] + fx * source[j, i + 1]
            bottom = (1 - fx) * source[j + 1, i] + fx * source[j + 1, i + 1]
            target[v, u] = (1 - fy) * top + fy * bottom


@njit
def _blur(picture: Floats) -> None:
    """A three-tap blur of random strength along rows and columns, in place."""
    side = picture.shape[0]
    w = np.random.uniform(0.05, 0.3)
    for v in range(side):
        before = picture[v, 0]
        for u in range(1, side - 1):
            here = picture[v, u]
            picture[v, u] = w * before + (1 - 2 * w) * here + w * picture[v, u + 1]
            before = here
    for u in range(side):
        before = picture[0, u]
        for v in range(1, side - 1):
            here = picture[v, u]
            picture[v, u] = w * before + (1 - 2 * w) * here + w * picture[v + 1, u]
            before = here


@njit
def augment(images: Bytes, rows: npt.NDArray[np.int64], side: int, seed: int, strength: float) -> Floats:
    """A batch for training.

    Args:
        images: (N, S, S) grey levels.
        rows: (B,) which of them.
        side: of the pictures to give back.
        seed: the same one gives the same batch.
        strength: 0 only resizes, 1 is full.

    Returns:
        (B, side, side, 1), 0 to 1.
    """
    np.random.seed(seed)
    batch = np.empty((len(rows), side, side, 1), np.float32)
    picture = np.empty((side, side), np.float32)
    for b in range(len(rows)):
        _warp(images[rows[b]], picture, strength)
        if np.random.random() < 0.28 * strength:
            _blur(picture)
        gamma = math.exp(np.random.uniform(-0.38, 0.38) * strength)
        contrast = 1 + np.random.uniform(-0.4, 0.3) * strength
        brightness = np.random.uniform(-38, 38) * strength
        noise = np.random.uniform(0, 1) ** 3 * 13 * strength
        mean = picture.mean()
        # A slope of light across the picture: lamps and windows beside it.
        gx, gy = np.random.uniform(-30, 30) * strength, np.random.uniform(-30, 30) * strength
        for v in range(side):
            for u in range(side):
                value = (min(max(picture[v, u], 0.0), 255.0) / 255.0) ** gamma * 255.0
                value = (value - mean) * contrast + mean + brightness
                value += gx * (u / side - 0.5) + gy * (v / side - 0.5)
                if noise > 0.5:
                    value += np.random.normal() * noise
                batch[b, v, u, 0] = min(max(value, 0.0), 255.0) / 255.0
        if np.random.random() < 0.3 * strength:  # something small in front
            h, w = np.random.randint(side // 12, side // 3), np.random.randint(side // 12, side // 3)
            top, left = np.random.randint(0, side - h), np.random.randint(0, side - w)
            batch[b, top : top + h, left : left + w, 0] = np.random.random()
        if np.random.random() < 0.03 * strength:  # a negative: hands are lighter or darker than the room
            for v in range(side):
                for u in range(side):
                    batch[b, v, u, 0] = 1 - batch[b, v, u, 0]
    return batch
