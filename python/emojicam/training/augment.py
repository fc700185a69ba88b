"""Changes to a picture that do not change its class, made while training.

Turned up to 15 degrees and no more: a thumb pointing sideways is nobody's gesture.
"""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from emojicam.data.jit import njit

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


class Paste(NamedTuple):
    """How rendered hands are put before the backgrounds of other pictures (Ghiasi et al. 2021, "Simple
    Copy-Paste"): what is behind a hand then says nothing about its class.

    Attributes:
        covers: (N, S, S) how much of each pixel the hand takes, 0 to 255; may be empty with share 0.
        behind: (M, S, S) pictures without a hand.
        share: of the pictures with a hand.
    """

    covers: Bytes
    behind: Bytes
    share: float


NO_PASTE = Paste(np.zeros((0, 1, 1), np.uint8), np.zeros((0, 1, 1), np.uint8), 0.0)


@njit
def draw_warp(side: int, strength: float, mirror: bool = True) -> Floats:
    """Turn, scale, stretch, shear, shift and mirror: the rows of a 2 x 3 matrix, in source pixels."""
    turn = np.random.uniform(-15.0, 15.0) * math.pi / 180 * strength
    zoom = math.exp(np.random.uniform(-0.24, 0.24) * strength)
    aspect = math.exp(np.random.uniform(-0.08, 0.08) * strength)
    shear = np.random.uniform(-0.1, 0.1) * strength
    dx = np.random.uniform(-0.09, 0.09) * side * strength
    dy = np.random.uniform(-0.09, 0.09) * side * strength
    flip = -1.0 if strength > 0 and np.random.random() < 0.5 and mirror else 1.0
    c, s = math.cos(turn) / zoom, math.sin(turn) / zoom
    return np.array([c * aspect * flip, shear * c - s, dx, s * aspect * flip, c + shear * s, dy], np.float32)


@njit
def warp(source: Bytes, target: Floats, by: Floats) -> None:
    """Sample a picture through a matrix of `draw_warp`, with reflected edges; values 0 to 255."""
    side, new = source.shape[0], target.shape[0]
    step, last, middle = side / new, side - 1.001, (side - 1) / 2
    for v in range(new):
        for u in range(new):
            x, y = (u - (new - 1) / 2) * step, (v - (new - 1) / 2) * step
            px = abs(by[0] * x + by[1] * y + middle + by[2])
            py = abs(by[3] * x + by[4] * y + middle + by[5])
            px = 2 * (side - 1) - px if px > side - 1 else px
            py = 2 * (side - 1) - py if py > side - 1 else py
            px, py = min(max(px, 0.0), last), min(max(py, 0.0), last)
            i, j = int(px), int(py)
            fx, fy = px - i, py - j
            top = (1 - fx) * source[j, i] + fx * source[j, i + 1]
            bottom = (1 - fx) * source[j + 1, i] + fx * source[j + 1, i + 1]
            target[v, u] = (1 - fy) * top + fy * bottom


@njit
def _paste(picture: Floats, cover: Floats, behind: Floats, strength: float) -> None:
    """Keep only the hand of a picture, a little darker or brighter, and put `behind` around it, in place."""
    side = picture.shape[0]
    gain = math.exp(np.random.uniform(-0.25, 0.25) * strength)
    for v in range(side):
        for u in range(side):
            # Pixels that were mostly background would keep a rim of the old one.
            share = max(cover[v, u] / 255.0 - 0.35, 0.0) / 0.65
            picture[v, u] = share * min(gain * picture[v, u], 255.0) + (1 - share) * behind[v, u]


@njit
def _smear(picture: Floats, w: float) -> None:
    """A three-tap filter along rows and columns, in place: each neighbour counts w; below 0 it sharpens."""
    side = picture.shape[0]
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
def _light(picture: Floats, amount: float) -> None:
    """What real rooms and pipelines do more of than rendered ones: far too dark or bright, hard contrast, sharpening.

    In place.
    """
    side = picture.shape[0]
    if np.random.random() < 0.5 * amount:
        gain = math.exp(np.random.uniform(math.log(0.4), math.log(1.6)))
        for v in range(side):
            for u in range(side):
                picture[v, u] = min(picture[v, u] * gain, 255.0)
    if np.random.random() < 0.2 * amount:
        mean, contrast = picture.mean(), np.random.uniform(1.0, 1.7)
        for v in range(side):
            for u in range(side):
                picture[v, u] = min(max((picture[v, u] - mean) * contrast + mean, 0.0), 255.0)
    if np.random.random() < 0.2 * amount:
        _smear(picture, np.random.uniform(-0.16, -0.03))


@njit
def finish(picture: Floats, target: Floats, strength: float, light: float) -> None:
    """Light, exposure, noise and what may be in front.

    Args:
        picture: (S, S) grey levels 0 to 255; changed.
        target: (S, S, 1) what a network sees, 0 to 1.
        strength: 0 changes nothing, 1 is full.
        light: how often real rooms' extremes of light are put on top, 0 to 1.
    """
    side = picture.shape[0]
    if light > 0:
        _light(picture, light * strength)
    if np.random.random() < 0.28 * strength:
        _smear(picture, np.random.uniform(0.05, 0.3))
    gamma = math.exp(np.random.uniform(-0.38, 0.38) * strength)
    contrast = 1 + np.random.uniform(-0.4, 0.3) * strength
    brightness = np.random.uniform(-38, 38) * strength
    noise = np.random.uniform(0, 1) ** 3 * 13 * strength
    mean = picture.mean()
    curve = (np.arange(256) / 255.0) ** gamma * 255.0
    # A slope of light across the picture: lamps and windows beside it.
    gx, gy = np.random.uniform(-30, 30) * strength, np.random.uniform(-30, 30) * strength
    for v in range(side):
        for u in range(side):
            level = min(max(picture[v, u], 0.0), 254.999)
            low = int(level)
            value = curve[low] + (level - low) * (curve[low + 1] - curve[low])
            value = (value - mean) * contrast + mean + brightness
            value += gx * (u / side - 0.5) + gy * (v / side - 0.5)
            if noise > 0.5:
                value += np.random.normal() * noise
            target[v, u, 0] = min(max(value, 0.0), 255.0) / 255.0
    if np.random.random() < 0.3 * strength:  # something small in front
        h, w = np.random.randint(side // 12, side // 3), np.random.randint(side // 12, side // 3)
        top, left = np.random.randint(0, side - h), np.random.randint(0, side - w)
        target[top : top + h, left : left + w, 0] = np.random.random()
    if np.random.random() < 0.03 * strength:  # a negative: hands are lighter or darker than the room
        for v in range(side):
            for u in range(side):
                target[v, u, 0] = 1 - target[v, u, 0]


@njit
def finish_all(pictures: Floats, seed: int, strength: float, light: float) -> Floats:
    """`finish` for a batch (B, S, S): (B, S, S, 1)."""
    np.random.seed(seed)
    batch = np.empty((len(pictures), pictures.shape[1], pictures.shape[2], 1), np.float32)
    for b in range(len(pictures)):
        finish(pictures[b], batch[b], strength, light)
    return batch


@njit
def augment(
    images: Bytes,
    rows: npt.NDArray[np.int64],
    side: int,
    seed: int,
    strength: float,
    paste: Paste = NO_PASTE,
    light: float = 0.0,
    mirror: bool = True,
) -> Floats:
    """A batch for training.

    Args:
        images: (N, S, S) grey levels.
        rows: (B,) which of them.
        side: of the pictures to give back.
        seed: the same one gives the same batch.
        strength: 0 only resizes, 1 is full.
        light: see `finish`.
        mirror: whether left and right may be swapped: a gesture that points means another one then.

    Returns:
        (B, side, side, 1), 0 to 1.
    """
    np.random.seed(seed)
    batch = np.empty((len(rows), side, side, 1), np.float32)
    picture, cover = np.empty((side, side), np.float32), np.empty((side, side), np.float32)
    behind = np.empty((side, side), np.float32)
    for b in range(len(rows)):
        row = rows[b]
        by = draw_warp(images.shape[1], strength, mirror)
        warp(images[row], picture, by)
        if np.random.random() < paste.share and paste.covers[row].max() > 0:
            warp(paste.covers[row], cover, by)
            other = np.random.randint(0, len(paste.behind))
            warp(paste.behind[other], behind, draw_warp(images.shape[1], strength))
            _paste(picture, cover, behind, strength)
        finish(picture, batch[b], strength, light)
    return batch
