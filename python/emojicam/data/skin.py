"""Where skin has creases, nails and lines, and what a person's skin looks like.

Without them a rendered hand looks like clay, and a network trained on it does not know real hands.
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np

from emojicam.data.jit import Array
from emojicam.data.mesh import FINGERS, HandMesh, chain, hand
from emojicam.data.skeleton import unit


@dataclass(frozen=True)
class Marks:
    """Places on the hand at rest, hand frame.

    Attributes:
        creases: (C, 8) rows of centre (3), direction of the finger there (3), depth of the crease on
            the palm's side, strength of the wrinkles on the back (knuckles), both 0 to 1.
        nails: (5, 12) rows of fingertip (3), direction along (3), across (3) and out of the nail (3).
    """

    creases: Array
    nails: Array


@functools.cache
def marks() -> Marks:
    """The marks of the one hand mesh."""
    return marks_of(hand())


def marks_of(mesh: HandMesh) -> Marks:
    def at(name: str) -> Array:
        return np.asarray(mesh.joint_positions[mesh.joint(name)])

    creases, nails = [], []
    for finger in (*FINGERS, "thumb"):
        joints = chain(finger)
        places = [at(name) for name in joints]
        if finger != "thumb":
            along = unit(places[2] - places[1])
            # The palm's crease of a finger lies half a bone beyond the knuckle.
            creases.append((*(places[1] + places[2]) / 2, *along, 1.0, 0.0))
            creases.append((*places[1], *along, 0.0, 0.7))
            creases.append((*places[2], *unit(places[3] - places[1]), 1.0, 1.0))
            creases.append((*places[3], *unit(places[4] - places[2]), 0.8, 0.6))
        else:
            creases.append((*places[1], *unit(places[2] - places[0]), 0.6, 0.4))
            creases.append((*places[2], *unit(places[3] - places[1]), 1.0, 1.0))
        along = unit(places[-1] - places[-2])
        out = mesh.joint_axes[mesh.joint(joints[-2])][:, 1]
        out = unit(out - along * (out @ along))
        nails.append((*places[-1], *along, *np.cross(along, out), *out))
    return Marks(np.array(creases), np.array(nails))


#: The three main lines of a palm (thumb's base, head, heart), as points in the hand frame's x and y.
_PALM_LINES = (
    (((0.20, 0.37), (0.13, 0.33), (0.07, 0.24), (0.05, 0.11)), 1.0),
    (((0.20, 0.38), (0.08, 0.35), (-0.06, 0.29), (-0.13, 0.23)), 0.9),
    (((0.06, 0.47), (-0.02, 0.40), (-0.10, 0.39), (-0.19, 0.40)), 0.9),
)


@dataclass(frozen=True)
class Skin:
    """One person's skin, as fractions of the light that it gives back.

    Attributes:
        tone: 0.06 (darkest) to 0.75 (lightest), linear reflectance of the back of the hand.
        palm: how much lighter the palm is, 0 to 0.5.
        mottling: blotches, 0 to 0.2.
        grain: pores and hair, 0 to 0.15.
        creases: depth of joint creases, 0 to 1.
        knuckles: darker knuckles, 0 to 0.3.
        nails: lighter or darker nails, -0.1 to 0.25.
        lines: (L, 5) palm lines: two ends in x and y, strength.
        gloss: strength of the highlight, 0 to 0.3.
        polish: sharpness of the highlight (Blinn-Phong exponent).
        band: first and last distance from the wrist of a watch or bracelet, and its reflectance.
        seed: of the noise.
    """

    tone: float
    palm: float
    mottling: float
    grain: float
    creases: float
    knuckles: float
    nails: float
    lines: Array
    gloss: float
    polish: float
    band: tuple[float, float, float]
    seed: int


def sample(rng: np.random.Generator) -> Skin:
    """Draw a skin: tones are spread evenly in perceived lightness, from darkest to lightest."""
    tone = float(np.interp(rng.random(), (0, 1), (0.32, 0.88)) ** 2.2)
    lines = []
    for points, strength in _PALM_LINES:
        moved = np.array(points) + rng.normal(0, 0.012, (len(points), 2))
        lines += [(*a, *b, strength) for a, b in itertools.pairwise(moved)]
    start = rng.uniform(0.06, 0.12)
    wears = rng.random() < 0.12
    return Skin(
        tone=tone,
        palm=float(rng.uniform(0, 0.5) * (1 - 0.8 * tone)),
        mottling=float(rng.uniform(0.03, 0.17)),
        grain=float(rng.uniform(0.02, 0.13)),
        creases=float(rng.uniform(0.3, 1.0)),
        knuckles=float(rng.uniform(0, 0.3)),
        nails=float(rng.uniform(-0.08, 0.22)),
        lines=np.array(lines) * np.array([1, 1, 1, 1, rng.uniform(0.2, 1.0)]),
        gloss=float(rng.uniform(0, 0.45) ** 1.5),
        polish=float(rng.uniform(6, 28)),
        band=(start, start + rng.uniform(0.03, 0.12), rng.uniform(0.02, 0.8)) if wears else (9, 9, 0),
        seed=int(rng.integers(1 << 20)),
    )
