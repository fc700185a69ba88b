"""Joint angles to a posed hand: forward kinematics and linear blend skinning."""

import math
from dataclasses import dataclass

import numpy as np

from emojicam.data.jit import Array
from emojicam.data.mesh import FINGERS, HandMesh, chain


@dataclass(frozen=True)
class HandPose:
    """The shape of a hand.

    Attributes:
        flexion: (4, 3) degrees; rows index, middle, ring and little finger; columns MCP, PIP and DIP
            joint. 0 is straight, positive bends towards the palm.
        spread: (4,) degrees that each finger is turned in the palm's plane; positive to the thumb.
        thumb: (3, 3) directions of the metacarpal, proximal and distal bone in the hand frame, unit
            vectors. (The thumb's saddle joint has no axis that anatomists agree on; directions can
            be read off a photograph.)
    """

    flexion: Array
    spread: Array
    thumb: Array


def unit(vector: Array) -> Array:
    return np.asarray(vector / np.sqrt(vector @ vector))


def cross(a: Array, b: Array) -> Array:
    """Cross product of two vectors (numpy's takes ten times as long for one pair)."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


def rotation(axis: Array, degrees: float) -> Array:
    """Rotation matrix about an axis (Rodrigues' formula)."""
    x, y, z = unit(np.asarray(axis, np.float64))
    angle = math.radians(degrees)
    c, s = math.cos(angle), math.sin(angle)
    t = 1.0 - c
    return np.array(
        [
            [t * x * x + c, t * x * y - s * z, t * x * z + s * y],
            [t * x * y + s * z, t * y * y + c, t * y * z - s * x],
            [t * x * z - s * y, t * y * z + s * x, t * z * z + c],
        ]
    )


def turn_x(degrees: float) -> Array:
    return rotation(np.array([1.0, 0.0, 0.0]), degrees)


def turn_y(degrees: float) -> Array:
    return rotation(np.array([0.0, 1.0, 0.0]), degrees)


def turn_z(degrees: float) -> Array:
    return rotation(np.array([0.0, 0.0, 1.0]), degrees)


def between(start: Array, end: Array) -> Array:
    """The smallest rotation that takes one unit vector to another."""
    axis = cross(start, end)
    sine, cosine = math.sqrt(axis @ axis), float(start @ end)
    if sine < 1e-9:
        return np.eye(3) if cosine > 0 else rotation(np.array([start[1], -start[0], 1e-3]), 180.0)
    return rotation(axis, math.degrees(math.atan2(sine, cosine)))


def joint_transforms(mesh: HandMesh, pose: HandPose) -> tuple[Array, Array]:
    """How each joint moves what hangs on it.

    Returns:
        Rotations (J, 3, 3) and shifts (J, 3): a point p of the hand at rest goes to ``R p + t``.
    """
    count = len(mesh.names)
    turns, shifts = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))

    def attach(joint: int, turn: Array, shift: Array, local: Array) -> tuple[Array, Array]:
        """Turn a joint about its own place, on top of what its parent does."""
        pivot = mesh.joint_positions[joint]
        new_turn = turn @ local
        new_shift = turn @ pivot + shift - new_turn @ pivot
        turns[joint], shifts[joint] = new_turn, new_shift
        return new_turn, new_shift

    for f, finger in enumerate(FINGERS):
        joints = [mesh.joint(name) for name in chain(finger)]
        turn, shift = np.eye(3), np.zeros(3)
        for j, joint in enumerate(joints[1:4]):
            local = rotation(-mesh.joint_axes[joint][:, 0], float(pose.flexion[f, j]))
            if j == 0:
                local = turn_z(-float(pose.spread[f])) @ local
            turn, shift = attach(joint, turn, shift, local)
        turns[joints[4]], shifts[joints[4]] = turn, shift

    joints = [mesh.joint(name) for name in chain("thumb")]
    turn, shift = np.eye(3), np.zeros(3)
    for j in range(3):
        bone = unit(mesh.joint_positions[joints[j + 1]] - mesh.joint_positions[joints[j]])
        swing = between(turn @ bone, unit(pose.thumb[j]))
        turn, shift = attach(joints[j], turn, shift, turn.T @ swing @ turn)
    turns[joints[3]], shifts[joints[3]] = turn, shift
    return turns, shifts


def joint_positions(mesh: HandMesh, pose: HandPose) -> Array:
    """Where the joints of a posed hand are: (J, 3) in the hand frame."""
    turns, shifts = joint_transforms(mesh, pose)
    return np.asarray(np.einsum("jab,jb->ja", turns, mesh.joint_positions) + shifts)


def skin(mesh: HandMesh, pose: HandPose) -> tuple[Array, Array]:
    """Vertices and (not yet normalised) normals of a posed hand, both (V, 3) in the hand frame."""
    turns, shifts = joint_transforms(mesh, pose)
    blended = np.einsum("vk,vkab->vab", mesh.skin_weights, turns[mesh.skin_joints])
    moved = np.einsum("vk,vka->va", mesh.skin_weights, shifts[mesh.skin_joints])
    vertices = np.einsum("vab,vb->va", blended, mesh.vertices) + moved
    return vertices, np.einsum("vab,vb->va", blended, mesh.normals)
