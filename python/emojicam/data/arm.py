"""A forearm and upper arm, lofted from the wrist so that no hollow end is ever seen."""

import math
from dataclasses import dataclass

import numpy as np

from emojicam.data.jit import Array, Ints
from emojicam.data.mesh import HandMesh
from emojicam.data.skeleton import cross, turn_x, turn_z, unit

#: A forearm is about 1.4 hand lengths from wrist to elbow (anthropometric tables: forearm 25 to 27 cm,
#: hand 17 to 20 cm).
ELBOW: tuple[float, float] = (1.25, 1.65)


@dataclass(frozen=True)
class Arm:
    """What the arm looks like.

    Attributes:
        wrist: flexion and deviation of the hand against the forearm, degrees.
        elbow: distance from wrist to elbow, hand lengths.
        upper: unit vector along which the upper arm leaves the elbow, camera frame.
        girth: how much wider the forearm gets towards the elbow (1 is average).
        sleeve: distance from the wrist at which the sleeve begins; above 5 for a bare arm.
        looseness: how much wider than the arm the sleeve is, 0.05 tight to 0.35 loose.
    """

    wrist: tuple[float, float]
    elbow: float
    upper: Array
    girth: float
    sleeve: float
    looseness: float


def _stations(arm: Arm) -> Array:
    """Distances from the wrist at which a ring of the loft lies."""
    near = [0.03, 0.07, 0.12, 0.18, 0.26, 0.36, 0.5, 0.68, 0.88, 1.08]
    bend = np.linspace(arm.elbow - 0.25, arm.elbow + 0.35, 6)
    far = arm.elbow + np.array([0.8, 1.6, 2.8, 4.6])
    hem = [arm.sleeve - 0.004, arm.sleeve + 0.012] if arm.sleeve < arm.elbow else []
    stations = np.unique(np.round(np.concatenate([near, bend, far, hem]), 4))
    return stations[stations > 0.02]


def attach(mesh: HandMesh, vertices: Array, turn: Array, arm: Arm) -> tuple[Array, Ints, Array]:
    """Add an arm to a posed hand.

    Args:
        vertices: (V, 3) posed hand, hand frame.
        turn: (3, 3) hand frame to camera frame.

    Returns:
        Vertices (V + R, 3), faces, and for each vertex how far down the arm it is, in hand lengths:
        -1 on the hand itself, 0 at the wrist's cut.
    """
    loop = mesh.wrist_loop
    ring = vertices[loop]
    centre = ring.mean(0)
    offset = ring - centre
    angles = np.arctan2(offset[:, 2], offset[:, 0])
    half = np.ptp(offset, axis=0) / 2
    ellipse = np.stack([np.cos(angles) * half[0], np.zeros(len(loop)), np.sin(angles) * half[2]], 1)

    down = np.array([0.0, -1.0, 0.0])
    forearm = turn_x(arm.wrist[0]) @ turn_z(arm.wrist[1]) @ down
    upper = unit(turn.T @ arm.upper)
    position, tangent, side, walked = centre.copy(), down, np.array([1.0, 0.0, 0.0]), 0.0
    rings, distances = [], []
    for distance in _stations(arm):
        into = min(1.0, distance / 0.25)
        past = min(1.0, max(0.0, (distance - arm.elbow + 0.2) / 0.45))
        past = past * past * (3 - 2 * past)
        direction = unit((1 - past) * unit((1 - into) * down + into * forearm) + past * upper)
        position = position + unit(tangent + direction) * (distance - walked)
        walked, tangent = float(distance), direction
        side = unit(side - tangent * (side @ tangent))
        front = cross(side, -tangent)
        muscle = math.sin(min(distance, 1.0) * math.pi / 2)
        size = 1 + (0.42 * muscle + 0.25 * past) * arm.girth
        if distance > arm.sleeve:
            size *= 1 + arm.looseness * (0.7 + 0.3 * min(1.0, (distance - arm.sleeve) * 2))
        # From the wrist's own outline to a rounder ellipse.
        round_ = min(1.0, distance * 5)
        outline = (1 - round_) * offset + round_ * ellipse * np.array([1, 1, 1 + 0.2 * round_])
        lag = max(0.0, 1 - 6 * distance) * offset[:, [1]]
        rings.append(position + size * (outline[:, [0]] * side + outline[:, [2]] * front) - lag * tangent)
        distances.extend([walked] * len(loop))

    faces, previous = [mesh.faces], loop
    following = np.roll(np.arange(len(loop)), -1)
    for i in range(len(rings)):
        current = (len(vertices) + i * len(loop) + np.arange(len(loop))).astype(np.int32)
        faces.append(np.stack([previous, previous[following], current], 1))
        faces.append(np.stack([current, previous[following], current[following]], 1))
        previous = current
    along = np.concatenate([np.full(len(vertices), -1.0), distances])
    along[loop] = 0.0
    return np.concatenate([vertices, *rings]), np.concatenate(faces).astype(np.int32), along
