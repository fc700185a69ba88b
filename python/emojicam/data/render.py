"""A scene to a picture."""

from dataclasses import dataclass

import numpy as np
import scipy.ndimage
from PIL import Image

from emojicam.data import arm as arms
from emojicam.data import backgrounds, camera, people, raster, shading
from emojicam.data.classes import SIZE
from emojicam.data.jit import Array
from emojicam.data.mesh import HandMesh, hand
from emojicam.data.scene import Scene, sample
from emojicam.data.skeleton import skin as pose_skin
from emojicam.data.skin import marks

#: Pixels of the renderer along one pixel of the picture.
SUPERSAMPLING = 2
#: Nothing nearer to the lens than this is drawn, hand lengths.
NEAR = 0.2


@dataclass(frozen=True)
class Layer:
    """A hand in front of nothing.

    Attributes:
        light: (H, W) linear light, 0 where the hand is not.
        cover: (H, W) 1 where it is.
        extent: of the hand without its arm, in picture heights.
    """

    light: Array
    cover: Array
    extent: float


def backdrop(scene: Scene, height: int, width: int) -> Array:
    """What is behind the hand, gamma encoded: (height, width)."""
    rng = np.random.default_rng([scene.seed, 1])
    picture = backgrounds.sample(rng, height, width)
    if scene.person is not None:
        picture = people.draw(scene.person, picture)
    return picture


def draw_hand(scene: Scene, height: int, width: int, mesh: HandMesh | None = None) -> Layer:
    """Render the hand and its arm, supersampled: (height, width) times SUPERSAMPLING."""
    mesh = mesh or hand()
    rows, columns = height * SUPERSAMPLING, width * SUPERSAMPLING
    pose, place = scene.pose, scene.placement
    if pose is None:
        nothing = np.zeros((rows, columns))
        return Layer(nothing, nothing, 0.0)
    vertices, normals = pose_skin(mesh, pose.hand)
    vertices = (vertices + scene.fat * normals) * scene.build
    vertices, faces, along = arms.attach(mesh, vertices, pose.turn, scene.arm)
    count = len(mesh.vertices)
    weld = np.concatenate([mesh.weld, mesh.weld.max() + 1 + np.arange(len(vertices) - count)]).astype(np.int32)
    local_normals = raster.vertex_normals(vertices, faces, weld)
    middle = vertices[:count][vertices[:count, 1] > -0.05].mean(0)
    points, normals = (vertices - middle) @ pose.turn.T, local_normals @ pose.turn.T

    depth = np.maximum(place.distance - points[:, 2], 0.1)
    seen = points[:, :2] / depth[:, None] * place.focal
    own = seen[:count]
    shift = np.array([place.x, place.y]) - (own.max(0) + own.min(0)) / 2
    screen = np.stack(
        [(seen[:, 0] + shift[0]) * rows + columns / 2, rows / 2 - (seen[:, 1] + shift[1]) * rows, depth], 1
    )
    visible = faces[(depth[faces] > NEAR).all(1)]
    _, index, weights = raster.rasterise(screen, visible, rows, columns)
    if not (index >= 0).any():
        nothing = np.zeros((rows, columns))
        return Layer(nothing, nothing, 0.0)

    lighting = scene.lighting
    radius = 1.25 * float(np.sqrt((points[:count] ** 2).sum(1).max()))
    near = faces[(np.abs(points[faces[:, 0]]) < 1.4 * radius).all(1)]
    sky = raster.sky_light(points, normals, near, lighting.sky, lighting.sky_strengths, radius, 56)
    frames = np.empty((len(lighting.lamps), 2, 3))
    shadows = np.empty((len(lighting.lamps), 112, 112))
    for k, lamp in enumerate(lighting.lamps):
        aside = np.cross([0.013, 1.0, 0.027], lamp)
        frames[k, 0] = aside / np.linalg.norm(aside)
        frames[k, 1] = np.cross(lamp, frames[k, 0])
        flat = np.stack([(points @ frames[k, 0] + radius), (points @ frames[k, 1] + radius)], 1) * (112 / (2 * radius))
        shadows[k] = raster.depth_map(np.concatenate([flat, -(points @ lamp)[:, None]], 1), near, 112)

    rest = np.concatenate([mesh.vertices, vertices[count:]])
    rest_normals = np.concatenate([mesh.normals, local_normals[count:]])
    geometry, matter = shading.surface(
        index,
        weights,
        visible,
        points,
        normals,
        sky,
        rest,
        rest_normals,
        along,
        scene.skin,
        marks(),
        (scene.arm.sleeve, *scene.cloth),
    )
    light = shading.light(
        index,
        geometry,
        matter,
        lighting.lamps,
        lighting.strengths,
        frames,
        shadows,
        radius,
        lighting.wrap,
        scene.skin,
        np.array([0.0, 0.0, place.distance]),
    )
    return Layer(light * lighting.gain, (index >= 0).astype(np.float64), float(np.ptp(own, axis=0).max()))


def compose(scene: Scene, layer: Layer, background: Array, *, separate: bool = True) -> tuple[Array, Array]:
    """Put the hand before its background.

    Args:
        background: (H, W), gamma encoded.
        separate: now and then change a background that is as bright as the hand.

    Returns:
        (H, W) linear light, and (H, W) how much of each pixel the hand and its arm take, 0 to 1.
    """
    rng = np.random.default_rng([scene.seed, 2])
    height = background.shape[0]
    rows, columns = layer.cover.shape
    behind = np.asarray(
        Image.fromarray(background.astype(np.float32)).resize((columns, rows), Image.Resampling.BILINEAR),
        np.float64,
    )
    inside = layer.cover > 0
    shift, side = rng.uniform(0.14, 0.36), rng.random()
    shadow_blur, edge = rng.uniform(0.015, 0.05), rng.uniform(0.3, 1.0)
    if inside.any():
        # Sunk into an equally bright background a hand cannot be seen: rare in life, as people move.
        ours = float(np.median(layer.light[inside])) ** (1 / camera.GAMMA)
        theirs = float(behind[inside].mean())
        if separate and abs(ours - theirs) < 0.12 and side < 0.9:
            darker = theirs < ours if 0.25 < ours < 0.75 else ours > 0.5
            behind = np.clip(behind + (-shift if darker else shift), 0.02, 1.0)
        if scene.shadow > 0:
            main = scene.lighting.lamps[0]
            cast = np.roll(layer.cover, (int(main[1] * 0.1 * rows), int(-main[0] * 0.1 * rows)), (0, 1))
            behind = behind * (1 - scene.shadow * scipy.ndimage.gaussian_filter(cast, shadow_blur * rows))
    behind, cover = camera.to_light(behind), layer.cover
    if inside.any():
        cover = scipy.ndimage.gaussian_filter(layer.cover, edge)
        front = scipy.ndimage.gaussian_filter(layer.light, edge)
        behind = behind * (1 - cover) + front
    picture, cover = (camera.downsample(part, rows // height) for part in (behind, cover))
    return (picture[:, ::-1], cover[:, ::-1]) if scene.mirror else (picture, cover)


@dataclass(frozen=True)
class Picture:
    """What the camera saw.

    Attributes:
        grey: (H, W) grey levels, uint8.
        cover: (H, W) how much of each pixel the hand and its arm take, 0 to 255, uint8.
        extent: of the hand without its arm, in picture heights.
    """

    grey: Array
    cover: Array
    extent: float


def render(scene: Scene, height: int = SIZE, width: int = SIZE) -> Picture:
    """Render and photograph a scene."""
    layer = draw_hand(scene, height, width)
    light, cover = compose(scene, layer, backdrop(scene, height, width))
    grey, cover = camera.photograph(np.random.default_rng([scene.seed, 3]), light, cover)
    return Picture(grey, cover, layer.extent)


def render_index(seed: int, index: int, label: int, size: int = SIZE) -> tuple[Scene, Picture]:
    """Picture number `index` of the set with this seed: it depends on nothing else."""
    scene = sample(np.random.default_rng([seed, index, label]), hand(), label)
    return scene, render(scene, size, size)
