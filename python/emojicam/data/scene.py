"""One picture's worth of choices, all drawn from one generator: who, where, how lit, how framed."""

from dataclasses import dataclass

import numpy as np

from emojicam.data import people, poses
from emojicam.data import skin as skins
from emojicam.data.arm import ELBOW, Arm
from emojicam.data.classes import FIST, NONE, RAISED_HAND
from emojicam.data.jit import Array
from emojicam.data.mesh import FINGERS, HandMesh, chain
from emojicam.data.people import Person
from emojicam.data.poses import Pose
from emojicam.data.skeleton import joint_positions, unit
from emojicam.data.skin import Skin

#: Focal lengths in picture heights: a 95 degree lens to a tight crop.
FOCAL: tuple[float, float] = (0.46, 4.0)
#: Hand's extent as a fraction of the frame: ranges with their shares.
SIZES = (((0.26, 0.38), 0.13), ((0.38, 0.80), 0.54), ((0.80, 1.05), 0.23), ((1.05, 1.30), 0.10))
#: Share of class none that shows no hand at all.
NO_HAND = 0.28


@dataclass(frozen=True)
class Lighting:
    """Lamps around the hand.

    Attributes:
        lamps: (K, 3) unit vectors to lamps with sharp shadows, strengths (K,).
        sky: (M, 3) unit vectors to soft light from around, sky_strengths (M,).
        wrap: softness of the edge between light and shade.
        gain: light on the hand against light on what is behind it.
    """

    lamps: Array
    strengths: Array
    sky: Array
    sky_strengths: Array
    wrap: float
    gain: float


@dataclass(frozen=True)
class Placement:
    """Where the hand is in the picture.

    Attributes:
        distance: from the lens to the middle of the hand, hand lengths.
        focal: focal length in picture heights.
        x, y: where the middle of the hand's outline is, in picture heights from the picture's middle;
            x to the right, y up.
    """

    distance: float
    focal: float
    x: float
    y: float


@dataclass(frozen=True)
class Scene:
    """All that decides a picture but its size in pixels.

    Attributes:
        pose: None for a picture without a hand.
        build: (3,) widths of the hand against the mesh in x, y and z, and
        fat: how far its surface lies outside the mesh, hand lengths.
        person: None where nobody is behind.
        cloth: reflectance of the sleeve and coarseness of its weave.
        shadow: strength of the hand's shadow on what is behind, 0 for none.
        mirror: the whole picture is mirrored: a left hand.
        seed: of background, lens and noise.
    """

    label: int
    pose: Pose | None
    placement: Placement
    arm: Arm
    build: Array
    fat: float
    skin: Skin
    lighting: Lighting
    person: Person | None
    cloth: tuple[float, float]
    shadow: float
    mirror: bool
    seed: int

    @property
    def kind(self) -> str:
        """The name of the pose."""
        return "no hand" if self.pose is None else poses.KINDS[self.pose.kind].name


def sample_lighting(rng: np.random.Generator) -> Lighting:
    main = unit(np.array([rng.normal(0, 0.6), rng.normal(0.4, 0.4), rng.uniform(0.3, 1.2)]))
    lamps, strengths = [main], [rng.uniform(0.35, 1.2)]
    if rng.random() < 0.4:
        lamps.append(unit(np.array([rng.normal(0, 1), rng.normal(0.1, 0.5), rng.uniform(-0.2, 1)])))
        strengths.append(rng.uniform(0.1, 0.5))
    # Soft light: directions on a spiral over the half sphere towards the camera and a bit behind.
    count = 8
    heights = 1 - 1.15 * (np.arange(count) + 0.5) / count
    around = np.arange(count) * 2.39996 + rng.uniform(0, 2 * np.pi)
    ring = np.sqrt(1 - heights**2)
    sky = np.stack([ring * np.cos(around), ring * np.sin(around), heights], 1)
    ambient = rng.uniform(0.2, 0.55)
    sky_strengths = ambient * 2.4 / count * (0.75 + 0.35 * sky[:, 1]) * rng.uniform(0.5, 1.5, count)
    return Lighting(
        np.array(lamps),
        np.array(strengths),
        sky,
        sky_strengths,
        float(rng.uniform(0.05, 0.3)),
        float(np.exp(rng.normal(0, 0.28))),
    )


def sample_arm(rng: np.random.Generator, pose: Pose, sleeve: float | None = None) -> Arm:
    """An arm that leaves the hand as its pose wants, and turns off at the elbow towards a body."""
    forearm = poses.forearm_direction(pose)
    down = -abs(rng.normal(0.7, 0.4)) if forearm[1] < 0.5 else rng.normal(0, 0.5)
    upper = unit(np.array([forearm[0] * 0.8 + rng.normal(0, 0.35), down, rng.uniform(-0.8, 0.1)]))
    if sleeve is None:
        sleeve = 9.0 if rng.random() < 0.45 else float(rng.uniform(0.03, 0.8))
    return Arm(
        wrist=pose.wrist,
        elbow=float(rng.uniform(*ELBOW)),
        upper=upper,
        girth=float(rng.uniform(0.6, 1.2)),
        sleeve=sleeve,
        looseness=float(rng.uniform(0.06, 0.32)),
    )


def project(points: Array, placement: Placement) -> Array:
    """Camera-frame points (N, 3), relative to the middle of the hand, to picture heights (N, 2), y up."""
    depth = np.maximum(placement.distance - points[:, 2], 0.2)
    return points[:, :2] / depth[:, None] * placement.focal


def _telling_joints(mesh: HandMesh, label: int) -> list[int]:
    """The joints that must be seen for a picture to show its class."""
    if label == RAISED_HAND:
        return [mesh.joint(chain(f)[-1]) for f in FINGERS] + [mesh.joint(chain(f)[1]) for f in FINGERS]
    if label == FIST:
        return [mesh.joint(chain(f)[k]) for f in FINGERS for k in (1, 2)]
    thumb = [mesh.joint(name) for name in chain("thumb")[1:]]
    return thumb + [mesh.joint(chain(f)[2]) for f in FINGERS[:3]]


def _fits(joints: Array, label: int, aspect: float) -> bool:
    """Whether enough of the telling joints lie in the picture."""
    inside = (np.abs(joints[:, 0]) < aspect / 2) & (np.abs(joints[:, 1]) < 0.5)
    if label == NONE:
        return bool(inside.mean() > 0.4)
    if label == RAISED_HAND:
        return bool(inside[:4].sum() >= 3 and inside.mean() >= 0.8)
    if label == FIST:
        return bool(inside.mean() >= 0.85)
    return bool(inside.all())


def place(
    rng: np.random.Generator,
    mesh: HandMesh,
    pose: Pose,
    label: int,
    aspect: float = 1.0,
    size: float | None = None,
) -> Placement:
    """Frame a hand: near a wide lens or far from a narrow one, whole or cut by the picture's edge.

    Args:
        aspect: width over height of the picture.
        size: the hand's extent in picture heights; drawn from SIZES by default.
    """
    joints = (joint_positions(mesh, pose.hand) - [0.0, 0.45, 0.0]) @ pose.turn.T
    telling = _telling_joints(mesh, label)
    for attempt in range(40):
        if size is None:
            shares = [share for _, share in SIZES]
            chosen = SIZES[int(rng.choice(len(SIZES), p=np.array(shares) / sum(shares)))][0]
            extent = float(rng.uniform(*chosen)) * (0.8 if label == FIST else 1.0)
        else:
            extent = size
        distance = float(np.exp(rng.uniform(np.log(1.3), np.log(6.0))))
        seen = project(joints, Placement(distance, 1.0, 0, 0))
        # Flesh reaches about 5 % of a hand length beyond the joints.
        spans = np.ptp(seen, axis=0) + 0.1 / distance
        focal = extent / float(spans.max())
        if not FOCAL[0] <= focal <= FOCAL[1]:
            continue
        room = np.maximum(np.array([aspect, 1.0]) - spans * focal, 0) / 2
        reach = room + 0.16 * spans * focal
        x, y = rng.uniform(-1, 1, 2) * reach * (1.0 if rng.random() < 0.6 else 0.45)
        middle = (seen.max(0) + seen.min(0)) / 2 * focal
        landed = seen * focal - middle + [x, y]
        if _fits(landed[telling], label, aspect):
            return Placement(distance, focal, float(x), float(y))
        if attempt > 25 and size is None:
            size = 0.7
    return Placement(3.0, 0.7 / float(np.ptp(project(joints, Placement(3.0, 1, 0, 0)), axis=0).max()), 0.0, 0.0)


def sample(rng: np.random.Generator, mesh: HandMesh, label: int, aspect: float = 1.0) -> Scene:
    """Draw a scene of a class.

    Args:
        rng: the only source of chance; the same generator state gives the same scene.
        aspect: width over height of the picture.
    """
    lighting, skin = sample_lighting(rng), skins.sample(rng)
    empty = label == NONE and rng.random() < NO_HAND
    pose = poses.sample(rng, label)
    placement = place(rng, mesh, pose, label, aspect)
    shade = skin.tone ** (1 / 2.2)
    person = None
    if rng.random() < (0.72 if empty else 0.5):
        person = people.sample(rng, shade, lighting.lamps[0], aspect)
    cloth = (person.clothes if person is not None and rng.random() < 0.85 else rng.uniform(0.05, 0.9)) ** 2.2
    return Scene(
        label=label,
        pose=None if empty else pose,
        placement=placement,
        arm=sample_arm(rng, pose),
        build=np.array([rng.uniform(0.92, 1.1), 1.0, rng.uniform(0.92, 1.12)]),
        fat=float(rng.uniform(-0.005, 0.009)),
        skin=skin,
        lighting=lighting,
        person=person,
        cloth=(float(cloth), float(rng.uniform(0.05, 0.4))),
        shadow=float(rng.uniform(0.1, 0.5)) if rng.random() < 0.25 else 0.0,
        mirror=bool(rng.random() < 0.5),
        seed=int(rng.integers(1 << 40)),
    )
