"""What is behind the hand: walls, rooms and photographs.

All pictures here are (H, W), as a camera would show them (gamma encoded), about 0 to 1.
"""

import functools
from pathlib import Path

import numpy as np
import scipy.ndimage
from PIL import Image, ImageDraw

from emojicam.data.jit import Array
from emojicam.data.noise import clouds

#: Photographs that scikit-image carries with a clear grant (CC0 or public domain, see its data/README.txt).
PHOTOGRAPHS = (
    "astronaut",
    "brick",
    "camera",
    "chelsea",
    "coffee",
    "grass",
    "gravel",
    "hubble_deep_field",
    "rocket",
)


@functools.cache
def photographs() -> tuple[Array, ...]:
    """The photographs, grey, in the order of their names."""
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    found = []
    for name in PHOTOGRAPHS:
        path = next(p for p in (folder / f"{name}.png", folder / f"{name}.jpg") if p.is_file())
        with Image.open(path) as picture:
            found.append(np.asarray(picture.convert("L"), np.float64) / 255)
    return tuple(found)


def fractal(rng: np.random.Generator, height: int, width: int, cells: float, octaves: int = 3) -> Array:
    return clouds(height, width, cells, octaves, int(rng.integers(1 << 20)))


def _grid(height: int, width: int) -> tuple[Array, Array]:
    """x and y from -1 to 1, x wider where the picture is."""
    y, x = np.mgrid[0:height, 0:width]
    return (x + 0.5 - width / 2) * 2 / height, (y + 0.5) * 2 / height - 1


def _slope(rng: np.random.Generator, x: Array, y: Array) -> Array:
    angle = rng.uniform(0, 2 * np.pi)
    return np.asarray(x * np.cos(angle) + y * np.sin(angle))


def wall(rng: np.random.Generator, height: int, width: int) -> Array:
    """A plain wall, ceiling or paper: gradient, light fall-off, an edge or two."""
    x, y = _grid(height, width)
    base = rng.uniform(0.45, 0.95) if rng.random() < 0.65 else rng.uniform(0.06, 0.5)
    picture = base * (1 + _slope(rng, x, y) * rng.uniform(0, 0.2))
    picture += fractal(rng, height, width, rng.uniform(1, 3)) * rng.uniform(0, 0.12)
    if rng.random() < 0.6:
        cx, cy = rng.normal(0, 0.4, 2)
        picture *= 1.05 - rng.uniform(0.05, 0.4) * ((x - cx) ** 2 + (y - cy) ** 2) / 2
    for _ in range(rng.integers(0, 4)):
        away = _slope(rng, x, y) - rng.uniform(-0.9, 0.9)
        if rng.random() < 0.5:
            picture += rng.uniform(-0.12, 0.12) * np.exp(-((away / rng.uniform(0.01, 0.05)) ** 2))
        else:
            picture = np.where(away > 0, picture * rng.uniform(0.6, 1.3), picture)
    return picture


def _polygon(height: int, width: int, corners: list[tuple[float, float]]) -> Array:
    mask = Image.new("L", (width, height))
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    return np.asarray(mask, np.float64) / 255


def room(rng: np.random.Generator, height: int, width: int) -> Array:
    """Furniture, frames, shelves, doors, windows and lamps, as upright shapes with texture."""
    x, y = _grid(height, width)
    picture = rng.uniform(0.1, 0.85) + fractal(rng, height, width, rng.uniform(1, 4)) * rng.uniform(0, 0.3)
    picture = picture + _slope(rng, x, y) * rng.uniform(0, 0.2)
    for _ in range(rng.integers(2, 12)):
        cx, cy = rng.uniform(-0.1, 1.1) * width, rng.uniform(-0.1, 1.1) * height
        w, h = rng.uniform(0.04, 0.7) * width, rng.uniform(0.04, 0.9) * height
        tilt = rng.normal(0, 0.07)
        c, s = np.cos(tilt) / 2, np.sin(tilt) / 2
        if rng.random() < 0.8:
            corners = [
                (cx + i * w * c - j * h * s, cy + i * w * s + j * h * c)
                for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))
            ]
        else:
            angles = np.linspace(0, 2 * np.pi, 20, endpoint=False)
            corners = [(cx + np.cos(a) * w / 2, cy + np.sin(a) * h / 2) for a in angles]
        mask = _polygon(height, width, corners)
        shade = rng.uniform(0, 1) + (x * rng.uniform(-0.2, 0.2) + y * rng.uniform(-0.2, 0.2))
        kind = rng.random()
        if kind < 0.35:
            shade = shade + fractal(rng, height, width, rng.uniform(2, 12)) * rng.uniform(0, 0.4)
        elif kind < 0.55:  # books, blinds, tiles, keyboards
            along = x if rng.random() < 0.6 else y
            shade = shade + 0.2 * rng.random() * np.sign(np.sin(along * rng.uniform(8, 45)))
        picture = picture * (1 - mask) + mask * shade
    if rng.random() < 0.35:  # a lamp or a window
        cx, cy, size = rng.uniform(-1, 1), rng.uniform(-1, 0.2), rng.uniform(0.08, 0.5)
        picture += rng.uniform(0.2, 0.8) * np.exp(-(((x - cx) ** 2 + (y - cy) ** 2) / size**2))
    return np.asarray(scipy.ndimage.gaussian_filter(picture, rng.uniform(0.3, 1.8) * height / 96))


def photograph(rng: np.random.Generator, height: int, width: int) -> Array:
    """A random piece of a photograph, mirrored or not, sharp or out of focus."""
    source = photographs()[rng.integers(len(PHOTOGRAPHS))]
    rows = rng.uniform(0.3, 1) * min(source.shape[0], source.shape[1] * height / width)
    columns = rows * width / height
    top, left = rng.uniform(0, source.shape[0] - rows), rng.uniform(0, source.shape[1] - columns)
    picture = np.asarray(
        Image.fromarray(source.astype(np.float32)).resize(
            (width, height), Image.Resampling.BOX, box=(left, top, left + columns, top + rows)
        ),
        np.float64,
    )
    if rng.random() < 0.5:
        picture = picture[:, ::-1]
    picture = picture * rng.uniform(0.5, 1.1) + rng.uniform(-0.05, 0.2)
    return np.asarray(scipy.ndimage.gaussian_filter(picture, rng.uniform(0, 2) * height / 96))


def sample(rng: np.random.Generator, height: int, width: int) -> Array:
    """Draw a background: (height, width), 0.01 to 1."""
    draw = rng.random()
    make = wall if draw < 0.36 else photograph if draw < 0.56 else room
    return np.clip(make(rng, height, width), 0.01, 1.0)
