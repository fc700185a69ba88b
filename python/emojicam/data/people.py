"""A person behind the hand: face, hair, neck and clothes.

A device that watches for gestures looks at a person most of the time, so class none is mostly people, and
a hand held up covers a face. Heads are shaded ellipsoids with the features that a small, slightly blurred
picture shows: eyes and brows in shadow, nose, mouth, hair line, beard, glasses.
"""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage

from emojicam.data.backgrounds import fractal
from emojicam.data.jit import Array


@dataclass(frozen=True)
class Person:
    """Who stands there. Lengths in fractions of the picture's height, shades gamma encoded, 0 to 1.

    Attributes:
        head: height of the head.
        x, y: centre of the face, from the left and top; x in fractions of the height too.
        skin, hair, clothes: shades.
        facing: how far the head is turned, -1 to 1.
        light: unit vector towards the light, camera frame.
        seed: of the details.
    """

    head: float
    x: float
    y: float
    skin: float
    hair: float
    clothes: float
    facing: float
    light: Array
    seed: int


def sample(rng: np.random.Generator, skin: float, light: Array, aspect: float = 1.0) -> Person:
    """Draw a person.

    Args:
        skin: shade of the same person's hand, gamma encoded.
        light: unit vector towards the light.
        aspect: width over height of the picture.
    """
    head = float(rng.uniform(0.24, 0.5) if rng.random() < 0.75 else rng.uniform(0.5, 0.8))
    dark = rng.random() < 0.55
    return Person(
        head=head,
        x=aspect / 2 + float(np.clip(rng.normal(0, 0.2), -0.42, 0.42)) * aspect,
        y=float(rng.uniform(0.05, 0.52)),
        skin=float(np.clip(skin * rng.uniform(0.85, 1.08), 0.12, 0.97)),
        hair=float(rng.uniform(0.02, 0.3) if rng.random() < 0.8 else rng.uniform(0.3, 0.85)),
        clothes=float(rng.uniform(0.04, 0.3) if dark else rng.uniform(0.3, 0.92)),
        facing=float(np.clip(rng.normal(0, 0.3), -0.8, 0.8)),
        light=light,
        seed=int(rng.integers(1 << 30)),
    )


def _blob(x: Array, y: Array, cx: float, cy: float, rx: float, ry: float) -> Array:
    """A soft spot: 1 in its middle, 0.37 on its edge."""
    return np.asarray(np.exp(-(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)))


def _edge(inside: Array, softness: float) -> Array:
    """A mask from a distance (positive inside), anti-aliased over `softness`."""
    return np.clip(0.5 + inside / softness, 0, 1)


def _face(rng: np.random.Generator, person: Person, x: Array, y: Array, pixel: float) -> tuple[Array, Array]:
    """Shade and mask of the head without hair; x and y in half heads from its centre."""
    aspect = rng.uniform(0.68, 0.8)
    jaw = 1 - 0.18 * np.clip(y, 0, 1) ** 2
    across = x / (aspect * jaw)
    depth = np.sqrt(np.clip(1 - across**2 - y**2, 0, 1))
    light = person.light
    lit = np.clip(across * light[0] - y * light[1] + depth * light[2], 0, 1)
    shade = person.skin * (0.45 + 0.62 * lit) * (1 + 0.1 * fractal(rng, x.shape[0], x.shape[1], 9))
    turn = person.facing * 0.55 * aspect
    eyes = rng.uniform(0.36, 0.46) * aspect
    for side in (-1, 1):
        cx = turn + side * eyes * (1 - 0.25 * abs(person.facing))
        shade *= 1 - 0.35 * _blob(x, y, cx, -0.12, 0.21, 0.13)  # socket
        shade *= 1 - 0.5 * _blob(x, y, cx, -0.09, 0.1, 0.045)  # eye
        brow = rng.uniform(0.15, 0.5) * (1 - 0.5 * person.hair)
        shade *= 1 - brow * _blob(x, y, cx, -0.27, 0.19, 0.045)
        shade *= 1 + 0.1 * _blob(x, y, turn + side * 0.45 * aspect, 0.2, 0.22, 0.2)  # cheek
    shade *= 1 + 0.17 * _blob(x, y, turn * 1.15, 0.06, 0.07, 0.24)  # bridge of the nose
    nose_shadow = turn * 1.2 - 0.1 * np.sign(light[0])
    shade *= 1 - 0.25 * _blob(x, y, nose_shadow, 0.24, 0.13, 0.06)
    lips = rng.uniform(0.2, 0.45)
    smile = 0.1 * rng.random() * ((x - turn) / 0.25) ** 2
    shade *= 1 - lips * _blob(x, y + smile, turn, 0.47, 0.24, 0.055)
    shade *= 1 - 0.15 * _blob(x, y, turn, 0.64, 0.18, 0.06)
    if rng.random() < 0.22:  # beard
        beard = np.clip((y - 0.3 + 0.35 * np.abs(across) ** 2 * (y > -0.1)) * 3, 0, 1)
        beard *= 1 - 0.8 * _blob(x, y, turn, 0.47, 0.2, 0.08)
        shade = shade * (1 - 0.75 * beard) + person.hair * 0.75 * beard
    if rng.random() < 0.25:  # glasses
        frame = rng.uniform(0.02, 0.4)
        for side in (-1, 1):
            ring = np.hypot((x - turn - side * eyes) / 0.27, (y + 0.09) / 0.2)
            rim = np.exp(-(((ring - 1) / 0.13) ** 2))
            shade = shade * (1 - 0.8 * rim) + 0.8 * rim * frame
    mask = _edge(1 - np.hypot(across, y), 2.5 * pixel)
    return shade, mask


def _hair(rng: np.random.Generator, person: Person, x: Array, y: Array, pixel: float) -> tuple[Array, Array]:
    """Shade and mask of the hair; what lies before the face is cut by the hair line."""
    width = rng.uniform(0.82, 0.98)
    cap = _edge(1 - np.hypot(x / width, (y + 0.12) / rng.uniform(1.02, 1.18)), 4 * pixel)
    line = -rng.uniform(0.45, 0.75) + rng.uniform(0.0, 0.5) * (x - person.facing * 0.3) ** 2
    fringe = rng.uniform(-0.2, 0.3)
    line = line + fringe * x
    side = np.abs(x - person.facing * 0.2) > rng.uniform(0.6, 0.74)
    long_ = rng.random() < 0.42
    reach = rng.uniform(0.6, 2.0) if long_ else rng.uniform(-0.3, 0.15)
    mask = cap * np.clip(((y < line) | (side & (y < reach))).astype(float), 0, 1)
    if long_:
        fall = _edge(width * (1 + 0.1 * np.clip(y, 0, 2)) - np.abs(x), 4 * pixel)
        mask = np.maximum(mask, fall * side * (y > -0.2) * (y < reach))
    shade = person.hair * (0.75 + 0.9 * fractal(rng, x.shape[0], x.shape[1], 16, 2)) + 0.06 * _blob(
        x, y, 0.1, -0.8, 0.5, 0.2
    )
    return np.clip(shade, 0.01, 1), np.asarray(scipy.ndimage.gaussian_filter(mask, 0.6))


def draw(person: Person, background: Array) -> Array:
    """Paint a person over a background.

    Args:
        background: (H, W), gamma encoded.
    """
    rng = np.random.default_rng(person.seed)
    height, width = background.shape
    rows, columns = np.mgrid[0:height, 0:width]
    half = person.head / 2
    x = ((columns + 0.5) / height - person.x) / half
    y = ((rows + 0.5) / height - person.y) / half
    pixel = 1 / (height * half)

    # Shoulders slope down from the neck; arms hang at their ends.
    shoulder = rng.uniform(1.55, 2.2)
    slope = 1.28 + 0.55 * np.clip(np.abs(x) / shoulder, 0, 1.2) ** rng.uniform(1.6, 2.6)
    trunk = _edge(np.minimum(y - slope, shoulder * (1 + 0.04 * y) - np.abs(x)), 5 * pixel)
    cloth = person.clothes * (1 + rng.uniform(0.05, 0.5) * fractal(rng, height, width, rng.uniform(3, 9)))
    draw_ = rng.random()
    if draw_ < 0.1:
        cloth = cloth + 0.1 * np.sign(np.sin(y * rng.uniform(5, 18)))
    elif draw_ < 0.13:
        cloth = cloth + 0.1 * np.sign(np.sin(y * 9)) * np.sign(np.sin(x * 9))
    elif draw_ < 0.28:  # print or logo on the chest
        cloth = cloth + rng.uniform(-0.4, 0.5) * _blob(x, y, 0.0, 3.0, rng.uniform(0.4, 0.9), rng.uniform(0.2, 0.7))
    elif draw_ < 0.42:  # open jacket
        opening = np.abs(x) < rng.uniform(0.3, 0.7)
        cloth = np.where(opening, rng.uniform(0.2, 0.95), cloth)
    cloth = cloth * (0.82 + 0.3 * np.cos(np.clip(x / shoulder * 1.3 - person.light[0], -2, 2)))
    neck_width = rng.uniform(0.36, 0.46)
    neck = _edge(np.minimum(neck_width + 0.4 * np.clip(y - 1.15, 0, 1) - np.abs(x), 1.62 - y), 4 * pixel) * (y > 0)
    collar = rng.uniform(0.1, 0.55)
    skin_v = _edge(1.36 + collar * np.clip(1 - np.abs(x) / neck_width, 0, 1) - y, 4 * pixel)

    picture = background * (1 - trunk) + np.clip(cloth, 0.01, 1) * trunk
    neck = neck * np.maximum(skin_v, y < 1.3)
    picture = picture * (1 - neck) + neck * person.skin * (0.62 + 0.1 * (y - 1.2))
    face, face_mask = _face(rng, person, x, y, pixel)
    hair, hair_mask = _hair(rng, person, x, y, pixel)
    for side in (-1, 1):
        ear = np.clip(1.6 * _blob(x, y, side * 0.76 + person.facing * 0.1, 0.0, 0.08, 0.2) - 0.4, 0, 1)
        picture = picture * (1 - ear) + ear * person.skin * 0.75
    if rng.random() < 0.94:
        back = np.clip(hair_mask, 0, 1)
        picture = picture * (1 - back) + back * hair
        picture = picture * (1 - face_mask) + face_mask * face
        front = hair_mask * (face_mask > 0)
        picture = picture * (1 - front) + front * hair
    else:
        picture = picture * (1 - face_mask) + face_mask * face
    return np.asarray(np.clip(scipy.ndimage.gaussian_filter(picture, rng.uniform(0, 1.3) * height / 96), 0.01, 1))
