"""What each pixel of a hand looks like: skin first, light second.

All in linear light; the camera's curve comes later. Shapes: H x W pixels of the picture.
"""

import math

import numpy as np

from emojicam.data.jit import Array, Ints, njit
from emojicam.data.noise import noise3
from emojicam.data.skin import Marks, Skin


@njit
def _skin_at(
    p: Array, n: Array, creases: Array, nails: Array, lines: Array, look: Array, seed: int
) -> tuple[float, float, float]:
    """Reflectance, height and gloss of bare skin.

    Args:
        p: place on the hand at rest, hand frame (a forearm goes on below it).
        n: normal at rest.
        look: tone, palm, mottling, grain, creases, knuckles, nails (see `skin.Skin`).
    """
    tone, palm_gain, mottling, grain, depth, knuckles, nail_gain = (
        look[0],
        look[1],
        look[2],
        look[3],
        look[4],
        look[5],
        look[6],
    )
    palm = min(1.0, max(0.0, 0.5 + 1.2 * n[2]))
    blotch = noise3(p[0] * 7, p[1] * 7, p[2] * 7, seed) + 0.6 * noise3(p[0] * 19, p[1] * 19, p[2] * 19, seed + 1)
    pore = noise3(p[0] * 58, p[1] * 58, p[2] * 58, seed + 2)
    albedo = tone * (1 + palm_gain * palm) * (1 + mottling * blotch + grain * pore)
    height, gloss = 0.015 * grain * pore + 0.02 * mottling * blotch, 1.0

    for j in range(creases.shape[0]):
        x, y, z = p[0] - creases[j, 0], p[1] - creases[j, 1], p[2] - creases[j, 2]
        along = x * creases[j, 3] + y * creases[j, 4] + z * creases[j, 5]
        if abs(along) > 0.06 or x * x + y * y + z * z - along * along > 0.008:
            continue
        if palm > 0.5:
            cut = creases[j, 6] * math.exp(-((along / 0.0075) ** 2)) * (2 * palm - 1) * depth
            albedo *= 1 - 0.42 * cut
            height -= 0.006 * cut
        else:
            bump = creases[j, 7] * math.exp(-((along / 0.027) ** 2)) * (1 - 2 * palm)
            wrinkle = math.sin(along * 310 + 3 * noise3(p[0] * 24, p[1] * 24, p[2] * 24, seed + 5))
            albedo *= 1 - knuckles * bump - 0.1 * depth * bump * wrinkle
            height += 0.002 * depth * bump * wrinkle
    for j in range(nails.shape[0]):
        x, y, z = p[0] - nails[j, 0], p[1] - nails[j, 1], p[2] - nails[j, 2]
        if x * x + y * y + z * z > 0.02:
            continue
        if n[0] * nails[j, 9] + n[1] * nails[j, 10] + n[2] * nails[j, 11] < 0.25:
            continue
        along = x * nails[j, 3] + y * nails[j, 4] + z * nails[j, 5]
        across = x * nails[j, 6] + y * nails[j, 7] + z * nails[j, 8]
        away = ((along + 0.045) / 0.036) ** 2 + (across / 0.031) ** 2
        if away < 0.85:
            albedo *= 1 + nail_gain
            gloss = 2.5
        elif away < 1.35:
            albedo *= 0.88 - 0.5 * abs(nail_gain)
            height -= 0.003
    if palm > 0.55:
        for j in range(lines.shape[0]):
            ex, ey = lines[j, 2] - lines[j, 0], lines[j, 3] - lines[j, 1]
            x, y = p[0] - lines[j, 0], p[1] - lines[j, 1]
            t = min(1.0, max(0.0, (x * ex + y * ey) / (ex * ex + ey * ey)))
            away = math.hypot(x - t * ex, y - t * ey)
            if away < 0.025:
                cut = lines[j, 4] * math.exp(-((away / 0.008) ** 2))
                albedo *= 1 - 0.38 * cut
                height -= 0.005 * cut
    return albedo, height, gloss


@njit
def _surface(
    index: Ints,
    weights: Array,
    faces: Ints,
    points: Array,
    normals: Array,
    sky: Array,
    rest: Array,
    rest_normals: Array,
    along: Array,
    creases: Array,
    nails: Array,
    lines: Array,
    look: Array,
    band: Array,
    cloth: Array,
    seed: int,
) -> tuple[Array, Array]:
    """Place and normal (H, W, 6), and reflectance, height, gloss and sky light (H, W, 4)."""
    height, width = index.shape
    geometry, matter = np.zeros((height, width, 6)), np.zeros((height, width, 4))
    p, n, r, m = np.zeros(3), np.zeros(3), np.zeros(3), np.zeros(3)
    for v in range(height):
        for u in range(width):
            f = index[v, u]
            if f < 0:
                continue
            p[:] = 0.0
            n[:] = 0.0
            r[:] = 0.0
            m[:] = 0.0
            far, light = 0.0, 0.0
            for k in range(3):
                w, i = weights[v, u, k], faces[f, k]
                far += w * along[i]
                light += w * sky[i]
                for c in range(3):
                    p[c] += w * points[i, c]
                    n[c] += w * normals[i, c]
                    r[c] += w * rest[i, c]
                    m[c] += w * rest_normals[i, c]
            n /= math.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-9
            m /= math.sqrt(m[0] * m[0] + m[1] * m[1] + m[2] * m[2]) + 1e-9
            if far > cloth[0]:
                weave = noise3(r[0] * 9, r[1] * 9, r[2] * 9, seed + 11)
                weave += noise3(r[0] * 38, r[1] * 38, r[2] * 38, seed + 12)
                albedo = cloth[1] * (1 + cloth[2] * weave)
                relief = 0.05 * noise3(r[0] * 6, r[1] * 3, r[2] * 6, seed + 13)
                gloss = 0.15
                if far < cloth[0] + 0.02:
                    albedo *= 0.75
            else:
                albedo, relief, gloss = _skin_at(r, m, creases, nails, lines, look, seed)
                if band[0] < far < band[1]:
                    albedo, gloss = band[2], 2.0
            for c in range(3):
                geometry[v, u, c], geometry[v, u, 3 + c] = p[c], n[c]
            matter[v, u, 0], matter[v, u, 1] = max(0.015, albedo), relief
            matter[v, u, 2], matter[v, u, 3] = gloss, light
    return geometry, matter


@njit
def _bumped(geometry: Array, matter: Array, v: int, u: int) -> tuple[float, float, float]:
    """The normal, tilted by how the height changes to the next pixels.

    The surface gradient follows from the two neighbours' places (Mikkelsen 2010, "Bump mapping
    unparametrized surfaces on the GPU").
    """
    nx, ny, nz = geometry[v, u, 3], geometry[v, u, 4], geometry[v, u, 5]
    ax = geometry[v, u + 1, 0] - geometry[v, u, 0]
    ay = geometry[v, u + 1, 1] - geometry[v, u, 1]
    az = geometry[v, u + 1, 2] - geometry[v, u, 2]
    bx = geometry[v, u, 0] - geometry[v + 1, u, 0]
    by = geometry[v, u, 1] - geometry[v + 1, u, 1]
    bz = geometry[v, u, 2] - geometry[v + 1, u, 2]
    if ax * ax + ay * ay + az * az > 0.002 or bx * bx + by * by + bz * bz > 0.002:
        return nx, ny, nz  # another part of the hand
    # first = b x n, second = n x a
    fx, fy, fz = by * nz - bz * ny, bz * nx - bx * nz, bx * ny - by * nx
    sx, sy, sz = ny * az - nz * ay, nz * ax - nx * az, nx * ay - ny * ax
    area = ax * fx + ay * fy + az * fz
    if abs(area) < 1e-9:
        return nx, ny, nz
    along = (matter[v, u + 1, 1] - matter[v, u, 1]) / area
    up = (matter[v, u, 1] - matter[v + 1, u, 1]) / area
    gx, gy, gz = along * fx + up * sx, along * fy + up * sy, along * fz + up * sz
    steep = math.sqrt(gx * gx + gy * gy + gz * gz)
    if steep > 0.9:
        gx, gy, gz = gx * 0.9 / steep, gy * 0.9 / steep, gz * 0.9 / steep
    nx, ny, nz = nx - gx, ny - gy, nz - gz
    length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
    return nx / length, ny / length, nz / length


@njit
def _unshadowed(shadow: Array, x: float, y: float, z: float) -> float:
    """Share of 3 x 3 texels of a shadow map that a lamp reaches behind (percentage-closer filter)."""
    size = shadow.shape[0]
    u, v = int(x), int(y)
    if u < 1 or v < 1 or u >= size - 1 or v >= size - 1:
        return 1.0
    lit = 0
    for i in range(-1, 2):
        for j in range(-1, 2):
            if z - shadow[v + i, u + j] < 0.035:
                lit += 1
    return lit / 9.0


@njit
def _lit(
    index: Ints,
    geometry: Array,
    matter: Array,
    lights: Array,
    strengths: Array,
    frames: Array,
    shadows: Array,
    radius: float,
    wrap: float,
    gloss: float,
    polish: float,
    camera: Array,
) -> Array:
    """Light that leaves each pixel to the camera: (H, W)."""
    height, width = index.shape
    scale = shadows.shape[1] / (2.0 * radius)
    picture = np.zeros((height, width))
    for v in range(height):
        for u in range(width):
            if index[v, u] < 0:
                continue
            x, y, z = geometry[v, u, 0], geometry[v, u, 1], geometry[v, u, 2]
            nx, ny, nz = geometry[v, u, 3], geometry[v, u, 4], geometry[v, u, 5]
            if v + 1 < height and u + 1 < width and index[v, u + 1] >= 0 and index[v + 1, u] >= 0:
                nx, ny, nz = _bumped(geometry, matter, v, u)
            ex, ey, ez = camera[0] - x, camera[1] - y, camera[2] - z
            far = math.sqrt(ex * ex + ey * ey + ez * ez)
            ex, ey, ez = ex / far, ey / far, ez / far
            diffuse, shine = matter[v, u, 3], 0.0
            for k in range(lights.shape[0]):
                lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
                share = (nx * lx + ny * ly + nz * lz + wrap) / (1 + wrap)
                if share <= 0:
                    continue
                across = frames[k, 0, 0] * x + frames[k, 0, 1] * y + frames[k, 0, 2] * z + radius
                up = frames[k, 1, 0] * x + frames[k, 1, 1] * y + frames[k, 1, 2] * z + radius
                lit = strengths[k] * _unshadowed(shadows[k], across * scale, up * scale, -(lx * x + ly * y + lz * z))
                diffuse += share * lit
                hx, hy, hz = lx + ex, ly + ey, lz + ez
                towards = (nx * hx + ny * hy + nz * hz) / (math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-9)
                if towards > 0 and lit > 0:
                    shine += lit * towards**polish
            rim = 1 - max(0.0, nx * ex + ny * ey + nz * ez)
            picture[v, u] = matter[v, u, 0] * diffuse * (1 - 0.22 * rim * rim)
            picture[v, u] += gloss * matter[v, u, 2] * shine * (0.15 + 0.5 * rim**3)
    return picture


def surface(
    index: Ints,
    weights: Array,
    faces: Ints,
    points: Array,
    normals: Array,
    sky: Array,
    rest: Array,
    rest_normals: Array,
    along: Array,
    skin: Skin,
    marks: Marks,
    cloth: tuple[float, float, float],
) -> tuple[Array, Array]:
    """What is seen at each pixel.

    Args:
        index, weights: from `raster.rasterise`.
        points, normals: (V, 3) in the camera frame. sky: (V,) light from all around.
        rest, rest_normals: (V, 3) of the hand at rest, which skin is painted on.
        along: (V,) distance down the arm, see `arm.attach`.
        cloth: where the sleeve begins, its reflectance and how coarse it is.
    """
    look = np.array([skin.tone, skin.palm, skin.mottling, skin.grain, skin.creases, skin.knuckles, skin.nails])
    return _surface(
        index,
        weights,
        faces,
        points,
        normals,
        sky,
        rest,
        rest_normals,
        along,
        marks.creases,
        marks.nails,
        skin.lines,
        look,
        np.array(skin.band),
        np.array(cloth),
        skin.seed,
    )


def light(
    index: Ints,
    geometry: Array,
    matter: Array,
    lights: Array,
    strengths: Array,
    frames: Array,
    shadows: Array,
    radius: float,
    wrap: float,
    skin: Skin,
    camera: Array,
) -> Array:
    """Light the surface.

    Args:
        lights: (K, 3) unit vectors to lamps that cast sharp shadows; strengths: (K,).
        frames: (K, 2, 3) the two axes of each lamp's shadow map.
        shadows: (K, S, S) from `raster.depth_map`; radius: half its side in hand lengths.
        wrap: how far light reaches round the edge of a shadow, 0 to 0.35 (softness of skin).
        camera: its place.
    """
    return _lit(
        index,
        geometry,
        matter,
        lights,
        strengths,
        frames,
        shadows,
        radius,
        wrap,
        skin.gloss,
        skin.polish,
        camera,
    )
