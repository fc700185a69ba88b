"""Value noise: the same number for the same place and seed, on every machine."""

import math

import numpy as np

from emojicam.data.jit import Array, njit


@njit
def _hash(i: int, j: int, k: int, seed: int) -> float:
    """A number in [0, 1) from four integers (multiply and xor-shift rounds on 32 bits)."""
    h = (i * 73856093) ^ (j * 19349663) ^ (k * 83492791) ^ (seed * 50331653)
    h &= 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
    return ((h ^ (h >> 16)) & 0xFFFFFF) / 16777216.0


@njit
def noise3(x: float, y: float, z: float, seed: int) -> float:
    """Smooth noise in space, -0.5 to 0.5, with features of size 1."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    a, b, c = x - i, y - j, z - k
    a, b, c = a * a * (3 - 2 * a), b * b * (3 - 2 * b), c * c * (3 - 2 * c)
    total = 0.0
    for di in range(2):
        for dj in range(2):
            for dk in range(2):
                weight = (a if di else 1 - a) * (b if dj else 1 - b) * (c if dk else 1 - c)
                total += weight * _hash(int(i) + di, int(j) + dj, int(k) + dk, seed)
    return total - 0.5


@njit
def clouds(height: int, width: int, cells: float, octaves: int, seed: int) -> Array:
    """A picture (height, width) of fractal noise, about -0.5 to 0.5.

    Args:
        cells: features of the coarsest octave along the height.
        octaves: each has twice the detail and half the strength of the one before.
    """
    picture = np.zeros((height, width))
    strength, total = 1.0, 0.0
    for octave in range(octaves):
        step = cells * 2.0**octave / height
        for v in range(height):
            for u in range(width):
                picture[v, u] += strength * noise3(u * step, v * step, 0.37, seed + octave)
        total += strength
        strength *= 0.5
    return picture / total * 1.6
