"""Photographs in a batch: drawn by class and source, and composed as a camera might see them.

A photograph's hand is shown at any size, turned a little, mirrored, and often put before another background: what is
around it then says nothing about its class, whether it was cut tight at the hand or shows a whole scene.
"""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from emojicam.data.classes import NONE
from emojicam.data.jit import njit
from emojicam.data.photographs import SIDE, Photographs
from emojicam.training.augment import Bytes, Floats, draw_warp, warp

#: Share of class none among the photographs of a batch; the gestures share the rest.
_NONE = 0.28
#: Of class none, pictures of a room or a face alone.
_ROOMS = 0.12


class Shots(NamedTuple):
    """Photographs for the compiled code; see `emojicam.data.photographs.Photographs`.

    Attributes:
        images: (N, SIDE, SIDE). hands, real: (N, 4). covers: (N, 96, 96).
        backgrounds: (M, S, S) pictures without a hand.
        swap: share of the hands that are cut out of their own scene.
        mirror: share of the whole scenes that go on as their mirror image where the view is wider than they are, as
            long as that shows no hand upside down; the others end in front of a background.
        cut: share of the hands put before another background that are cut out along their outline, where that is
            known; of the others a rectangle is kept.
    """

    images: Bytes
    hands: Floats
    real: Floats
    covers: Bytes
    backgrounds: Bytes
    swap: float
    mirror: float
    cut: float


@dataclass(frozen=True)
class Mixture:
    """What a training run draws photographs from.

    Attributes:
        shots: the photographs.
        labels: (N,) of them.
        chances: (N,) how likely each is drawn: classes as they are to be, and within a class each source by the
            square root of its number, as a source's pictures show few people.
        digest: of the photographs.
    """

    shots: Shots
    labels: npt.NDArray[np.int64]
    chances: npt.NDArray[np.float64]
    digest: str

    @classmethod
    def of(cls, photographs: Photographs, backgrounds: Bytes) -> Self:
        """Prepare photographs.

        Args:
            backgrounds: (M, S, S) rendered pictures without a hand; those of the photographs are added.
        """
        labels, sources = photographs.labels, np.array(photographs.sources)
        chances = np.zeros(len(labels))
        classes = len(photographs.classes)
        for label in range(classes):
            share = _NONE if label == NONE else (1 - _NONE) / (classes - 1)
            mine = labels == label
            weights = np.zeros(len(labels))
            for source in sorted(set(sources[mine])):
                here = mine & (sources == source)
                weights[here] = math.sqrt(here.sum()) / here.sum()
            if mine.any():
                chances += share * weights / weights.sum()
        behind = np.concatenate([backgrounds, photographs.rooms(backgrounds.shape[1])])
        shots = Shots(
            photographs.images, photographs.hands, photographs.real, photographs.covers, behind, 0.3, 0.0, 0.0
        )
        return cls(shots, labels, chances / chances.sum(), photographs.digest)

    def shown(self, swap: float, mirror: float, cut: float) -> Self:
        """The same photographs with other shares of `Shots`."""
        return replace(self, shots=self.shots._replace(swap=swap, mirror=mirror, cut=cut))

    def draw(self, rng: np.random.Generator, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows for `compose` and their labels."""
        rows = rng.choice(len(self.labels), count, p=self.chances)
        labels = self.labels[rows]
        empty = (labels == NONE) & (rng.random(count) < _ROOMS)
        rooms = -1 - rng.integers(len(self.shots.backgrounds), size=count)
        return np.where(empty, rooms, rows), labels


@njit
def _extent(usual: float) -> float:
    """The hand's size in picture heights, triangular in its logarithm: 0.25 to 1.3 for a usual one of 0.65."""
    return math.exp(np.random.triangular(math.log(usual / 2.6), math.log(usual), math.log(1.3)))


@njit
def _sample(source: Bytes, x: float, y: float) -> float:
    last = source.shape[0] - 1.001
    x, y = min(max(x, 0.0), last), min(max(y, 0.0), last)
    i, j = int(x), int(y)
    fx, fy = x - i, y - j
    top = (1 - fx) * source[j, i] + fx * source[j, i + 1]
    bottom = (1 - fx) * source[j + 1, i] + fx * source[j + 1, i + 1]
    level: float = (1 - fy) * top + fy * bottom
    return level


@njit
def _view(hand: Floats, real: Floats, side: int, strength: float, usual: float) -> tuple[Floats, float]:
    """Where output pixels lie in the photograph (2 x 3 matrix), and how many of its pixels one takes."""
    if hand[0] >= 0:
        size = max(hand[2] - hand[0], hand[3] - hand[1])
        extent = _extent(usual)
        view = size / extent
        # A small hand may be anywhere, a large one is cut by the picture's edge now and then.
        loose = max(0.0, 1 - extent) / 2 * 0.9 + 0.07
        x = (hand[0] + hand[2]) / 2 + np.random.uniform(-loose, loose) * view
        y = (hand[1] + hand[3]) / 2 + np.random.uniform(-loose, loose) * view
    else:
        whole = real[2] - real[0]
        view = np.random.uniform(0.4, 1.0) * whole
        x = real[0] + whole / 2 + np.random.uniform(-0.5, 0.5) * (whole - view)
        y = real[1] + whole / 2 + np.random.uniform(-0.5, 0.5) * (whole - view)
    turn = np.random.uniform(-20.0, 20.0) * math.pi / 180 * strength
    aspect = math.exp(np.random.uniform(-0.08, 0.08) * strength)
    shear = np.random.uniform(-0.1, 0.1) * strength
    flip = -1.0 if np.random.random() < 0.5 else 1.0
    step = view / side
    c, s = math.cos(turn) * step, math.sin(turn) * step
    return np.array([c * aspect * flip, shear * c - s, x, s * aspect * flip, c + shear * s, y], np.float32), step


@njit
def _shown(hand: Floats, real: Floats, swap: float) -> tuple[float, float, float, float]:
    """The part of a photograph that is kept: all of it, or the hand and a little around it."""
    if hand[0] < 0 or np.random.random() >= swap:
        return real[0], real[1], real[2], real[3]
    grown = np.random.uniform(0.02, 0.2) * max(hand[2] - hand[0], hand[3] - hand[1])
    return (
        max(real[0], hand[0] - grown),
        max(real[1], hand[1] - grown),
        min(real[2], hand[2] + grown),
        min(real[3], hand[3] + grown),
    )


@njit
def _mirrors(by: Floats, side: int, hand: Floats) -> bool:
    """Whether a scene can go on as its mirror image beyond its edges, and move the view up or down so that it does.

    No part of the hand may be seen again upside down: a thumb up would be one down too. Beside itself it may.
    """
    if hand[0] < 0:
        return True
    reach = (abs(by[3]) + abs(by[4])) * side / 2
    least, most = reach - hand[1], 2 * SIDE - hand[3] - reach
    if least >= most:
        return False
    by[5] = min(max(by[5], least), most)
    return True


@njit
def _compose_one(shots: Shots, row: int, picture: Floats, behind: Floats, strength: float, usual: float) -> None:
    side = picture.shape[0]
    hand, real = shots.hands[row], shots.real[row]
    by, step = _view(hand, real, side, strength, usual)
    left, top, right, bottom = _shown(hand, real, shots.swap)
    # The kept part's edge: hard or soft, and its corners more or less round, where hands seldom are.
    feather = np.random.uniform(0.02, 0.2) if np.random.random() < 0.8 else 0.001
    rounded = np.random.random() < 0.6
    middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
    half_x, half_y = max((right - left) / 2, 1.0), max((bottom - top) / 2, 1.0)
    whole = right - left >= SIDE - 1 and bottom - top >= SIDE - 1
    rounded = rounded and not whole
    mirrors = whole and np.random.random() < shots.mirror and _mirrors(by, side, hand)
    cut = not whole and shots.cut > 0 and np.random.random() < shots.cut and shots.covers[row].max() > 0
    # Where the outline lies in the cover, and how soft it is: neither is known.
    least, ramp = np.random.uniform(0.15, 0.45), np.random.uniform(0.1, 0.45)
    scale = shots.covers.shape[1] / SIDE
    other = np.random.randint(0, len(shots.backgrounds))
    warp(shots.backgrounds[other], behind, draw_warp(shots.backgrounds.shape[1], strength))
    gain = math.exp(np.random.uniform(-0.3, 0.3))
    source, taps = shots.images[row], 2 if step > 1.2 else 1
    for v in range(side):
        for u in range(side):
            total = 0.0
            for j in range(taps):
                for i in range(taps):
                    x = u + (i + 0.5) / taps - side / 2
                    y = v + (j + 0.5) / taps - side / 2
                    px = by[0] * x + by[1] * y + by[2]
                    py = by[3] * x + by[4] * y + by[5]
                    if mirrors:
                        px = SIDE - abs(SIDE - abs(px))
                        py = SIDE - abs(SIDE - abs(py))
                        total += _sample(source, px - 0.5, py - 0.5)
                        continue
                    across, down = abs((px - middle_x) / half_x), abs((py - middle_y) / half_y)
                    far = math.sqrt(math.sqrt(across**4 + down**4)) if rounded else max(across, down)
                    share = min(max((1 - far) / feather, 0.0), 1.0)
                    if cut:
                        inside = 0 <= px < SIDE and 0 <= py < SIDE
                        cover = _sample(shots.covers[row], px * scale - 0.5, py * scale - 0.5) / 255
                        share = min(max((cover - least) / ramp, 0.0), 1.0) if inside else 0.0
                    level = behind[v, u] * gain
                    if share > 0:
                        level += share * (_sample(source, px - 0.5, py - 0.5) - level)
                    total += level
            picture[v, u] = min(total / (taps * taps), 255.0)


@njit
def compose(
    shots: Shots, rows: npt.NDArray[np.int64], side: int, seed: int, strength: float, usual: float = 0.65
) -> Floats:
    """Photographs as a camera might have taken them.

    Args:
        rows: (B,) from `Mixture.draw`: a photograph, or -1 - k for background k alone.
        side: of the pictures to give back.
        seed: the same one gives the same pictures.
        strength: of turning and stretching, 0 to 1.
        usual: the hand's size in picture heights that is most often shown.

    Returns:
        (B, side, side), grey levels 0 to 255.
    """
    np.random.seed(seed)
    pictures = np.empty((len(rows), side, side), np.float32)
    behind = np.empty((side, side), np.float32)
    for b in range(len(rows)):
        row = rows[b]
        if row < 0:
            warp(shots.backgrounds[-1 - row], pictures[b], draw_warp(shots.backgrounds.shape[1], strength))
        else:
            _compose_one(shots, row, pictures[b], behind, strength, usual)
    return pictures
