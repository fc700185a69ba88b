"""A z-buffer: triangles to pixels, no GPU, the same bytes at every run."""

import math

import numpy as np

from emojicam.data.jit import Array, Ints, njit


@njit
def _fill(points: Array, faces: Ints, depth: Array, index: Ints, weights: Array) -> None:
    """The nearest face at each pixel's centre, into depth (height, width) and what `rasterise` returns beside it.

    An index without elements is not asked for, nor are the weights.
    """
    height, width = depth.shape
    named = index.size > 0
    for f in range(faces.shape[0]):
        a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
        ax, ay, az = points[a, 0], points[a, 1], points[a, 2]
        bx, by, bz = points[b, 0], points[b, 1], points[b, 2]
        cx, cy, cz = points[c, 0], points[c, 1], points[c, 2]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-12:
            continue
        left = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        right = min(width - 1, math.floor(max(ax, bx, cx) - 0.5))
        top = max(0, math.ceil(min(ay, by, cy) - 0.5))
        bottom = min(height - 1, math.floor(max(ay, by, cy) - 0.5))
        for v in range(top, bottom + 1):
            py = v + 0.5
            for u in range(left, right + 1):
                px = u + 0.5
                wa = ((bx - px) * (cy - py) - (by - py) * (cx - px)) / area
                wb = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) / area
                wc = 1.0 - wa - wb
                if wa < 0.0 or wb < 0.0 or wc < 0.0:
                    continue
                z = wa * az + wb * bz + wc * cz
                if z < depth[v, u]:
                    depth[v, u] = z
                    if named:
                        index[v, u] = f
                        weights[v, u, 0], weights[v, u, 1], weights[v, u, 2] = wa, wb, wc


@njit
def rasterise(points: Array, faces: Ints, height: int, width: int) -> tuple[Array, Ints, Array]:
    """Which face each pixel's centre sees.

    Args:
        points: (V, 3) x and y in pixels (y down), z is the distance from the camera.
        faces: (F, 3); either side is seen.

    Returns:
        Depth (height, width), infinity where nothing is; face index, -1 where nothing is; and the
        weights (height, width, 3) of the face's corners.
    """
    depth = np.full((height, width), np.inf)
    index = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 3))
    _fill(points, faces, depth, index, weights)
    return depth, index, weights


@njit
def depth_map(points: Array, faces: Ints, size: int) -> Array:
    """Only the depth, as a light sees the scene: (size, size), infinity where nothing is.

    Args:
        points: (V, 3) x and y in pixels, z is the distance from the light.
    """
    depth = np.full((size, size), np.inf)
    _fill(points, faces, depth, np.empty((0, 0), np.int32), np.empty((0, 0, 0)))
    return depth


@njit
def vertex_normals(vertices: Array, faces: Ints, weld: Ints) -> Array:
    """Smooth normals (V, 3) of length 1, shared by vertices with the same weld number."""
    total = np.zeros((vertices.shape[0], 3))
    for f in range(faces.shape[0]):
        a, b, c = vertices[faces[f, 0]], vertices[faces[f, 1]], vertices[faces[f, 2]]
        normal = np.cross(b - a, c - a)
        for k in range(3):
            for m in range(3):
                total[weld[faces[f, k]], m] += normal[m]
    normals = np.empty((vertices.shape[0], 3))
    for i in range(vertices.shape[0]):
        n = total[weld[i]]
        length = math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-12
        for m in range(3):
            normals[i, m] = n[m] / length
    return normals


@njit
def sky_light(
    points: Array, normals: Array, faces: Ints, lights: Array, strengths: Array, radius: float, size: int
) -> Array:
    """Light that reaches each vertex from a sky of distant lamps, each with its own shadow: (V,).

    Args:
        points: (V, 3) camera frame, centred on the hand.
        lights: (K, 3) unit vectors towards the lamps.
        strengths: (K,).
        radius: of the ball around the origin that casts shadows.
        size: side of the shadow maps in pixels.
    """
    light = np.zeros(points.shape[0])
    seen = np.empty((points.shape[0], 3))
    scale = size / (2.0 * radius)
    for k in range(lights.shape[0]):
        to = lights[k]
        aside = np.cross(np.array([0.013, 1.0, 0.027]), to)
        aside /= np.sqrt((aside * aside).sum())
        up = np.cross(to, aside)
        for i in range(points.shape[0]):
            p = points[i]
            seen[i, 0] = (aside[0] * p[0] + aside[1] * p[1] + aside[2] * p[2] + radius) * scale
            seen[i, 1] = (up[0] * p[0] + up[1] * p[1] + up[2] * p[2] + radius) * scale
            seen[i, 2] = -(to[0] * p[0] + to[1] * p[1] + to[2] * p[2])
        shadow = depth_map(seen, faces, size)
        for i in range(points.shape[0]):
            facing = normals[i, 0] * to[0] + normals[i, 1] * to[1] + normals[i, 2] * to[2]
            if facing <= 0.0:
                continue
            u, v = int(seen[i, 0]), int(seen[i, 1])
            if u < 0 or v < 0 or u >= size or v >= size or seen[i, 2] - shadow[v, u] < 0.05:
                light[i] += strengths[k] * facing
    return light
