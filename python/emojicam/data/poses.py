"""One named pose a gesture and hard negative: joint angle ranges, thumbs and views.

Angles follow the usual clinical convention (0 degrees straight, flexion positive). The ranges lie inside
the active range of motion of a healthy hand (MCP 0 to 90, PIP 0 to 100, DIP 0 to 70 or more; American
Academy of Orthopaedic Surgeons) and were set by looking at renders beside photographs: a clenched fist
bends all three joints to their ends, a raised hand is straight within 15 degrees.

Left out on purpose, as people do not agree on them: a fully stretched thumb within 30 degrees of
level, an open hand turned between 35 and 70 degrees from upright, a loose hand held upright (a lazily
raised one, or one at rest), and what is a fist at 96 pixels: a finger pointing into the lens, a half-closed hand
from its back, all fingertips on the thumb. They are in no class.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from emojicam.data.classes import FIST, NONE, RAISED_HAND, THUMBS_DOWN, THUMBS_UP
from emojicam.data.jit import Array
from emojicam.data.skeleton import HandPose, rotation, turn_x, turn_y, turn_z, unit
from emojicam.errors import EmojicamError

T = TypeVar("T")
Range = tuple[float, float]
#: Drawings before a pose is given up. The rarest of the tables' poses takes fewer than 100.
MOST_DRAWS = 10_000

#: MCP, PIP and DIP flexion of one finger, degrees.
STRAIGHT: tuple[Range, ...] = ((-7, 14), (0, 16), (0, 12))
CLENCHED: tuple[Range, ...] = ((72, 93), (90, 108), (42, 66))
LOOSE: tuple[Range, ...] = ((12, 42), (18, 50), (8, 28))
HOOKED: tuple[Range, ...] = ((20, 50), (42, 76), (20, 42))
#: A finger whose tip meets the thumb's, paired with the thumb of the same name below. Found by a
#: search for the angles where the two tips meet; tests hold them to that.
TOUCH = {
    "touch index": ((54, 58, 28), ((0.07, 0.59, 0.80), (-0.11, 0.76, 0.64), (-0.36, 0.83, 0.42))),
    "touch middle": ((63, 52, 30), ((-0.06, 0.71, 0.70), (-0.38, 0.58, 0.72), (-0.57, 0.53, 0.63))),
    "touch ring": ((41, 71, 29), ((-0.12, 0.74, 0.66), (-0.56, 0.64, 0.52), (-0.59, 0.61, 0.52))),
    "touch pinky": ((49, 52, 34), ((-0.11, 0.70, 0.70), (-0.56, 0.66, 0.50), (-0.59, 0.55, 0.58))),
}

#: Directions of the thumb's three bones in the hand frame (x to the thumb's side, y along the fingers,
#: z out of the palm), read off photographs.
THUMBS = {
    "stretched": ((0.82, 0.50, 0.22), (0.97, 0.20, 0.05), (1.00, -0.05, -0.08)),
    "stretched forward": ((0.76, 0.57, 0.30), (0.87, 0.46, 0.15), (0.92, 0.37, 0.08)),
    "abducted": ((0.85, 0.60, 0.25), (0.88, 0.74, 0.12), (0.84, 0.78, 0.05)),
    "beside": ((0.55, 0.75, 0.35), (0.25, 0.92, 0.22), (0.05, 0.98, 0.12)),
    "across fingers": ((0.36, 0.64, 0.66), (-0.38, 0.56, 0.70), (-0.96, 0.25, -0.10)),
    "on index": ((0.42, 0.60, 0.66), (-0.18, 0.66, 0.70), (-0.75, 0.62, 0.00)),
    "beside fist": ((0.44, 0.62, 0.64), (0.00, 0.64, 0.77), (-0.36, 0.80, 0.48)),
    "in palm": ((0.30, 0.60, 0.74), (-0.55, 0.66, 0.50), (-0.85, 0.50, 0.10)),
    **{name: thumb for name, (_, thumb) in TOUCH.items()},
}
#: Standard deviation of each bone's direction.
THUMB_SPREAD = (0.055, 0.07, 0.08)


@dataclass(frozen=True)
class View:
    """How the hand is turned to the camera, from a basic attitude.

    Angles in degrees: ``yaw`` about the vertical, then ``pitch`` towards the camera, then ``roll`` in
    the picture. Each is (mean, standard deviation), cut off at 2.2 deviations, or a range to draw from
    evenly where ``even`` names it.
    """

    attitude: str
    yaw: Range
    pitch: Range = (-3, 12)
    roll: Range = (0, 14)
    even: tuple[str, ...] = ()


#: Hand frame to camera frame (x right, y up, z to the camera) before a view's turns.
ATTITUDES = {
    # Fingers up, palm to the camera.
    "upright": np.eye(3),
    # Thumb up, fingers to the left, palm to the camera.
    "thumb up": np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]),
    # Thumb down, fingers to the right, palm to the camera.
    "thumb down": np.array([[0.0, 1, 0], [-1, 0, 0], [0, 0, 1]]),
    # Fingers to the camera, back of the hand up, thumb to the right.
    "punch": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
}

FRONT = View("upright", (0, 21))
BACK = View("upright", (180, 22))
ANY_ROLL = View("upright", (-60, 60), (-20, 20), (-180, 180), even=("yaw", "pitch", "roll"))
SIDEWAYS_LEFT = View("upright", (0, 30), (0, 12), (75, 180), even=("roll",))
SIDEWAYS_RIGHT = View("upright", (0, 30), (0, 12), (-180, -75), even=("roll",))


@dataclass(frozen=True)
class Kind:
    """A named pose.

    Attributes:
        name: what people call it.
        label: the class that a picture of it belongs to.
        weight: its share among the kinds of its class.
        fingers: a letter a finger, index to little: Straight, Clenched, Loose, Hooked, Thumb-touching
            or * for any of straight, clenched and hooked.
        thumbs: names in THUMBS with weights.
        views: with weights.
        spread: range of the fan of the fingers, degrees at the index finger.
        deviation: of the wrist, mean and standard deviation in degrees; negative to the little finger.
    """

    name: str
    label: int
    weight: float
    fingers: str
    thumbs: tuple[tuple[str, float], ...]
    views: tuple[tuple[View, float], ...]
    spread: Range = (0, 12)
    deviation: Range = (-4, 11)


_THUMB_VIEWS = {
    attitude: (
        # From the curled fingers past the knuckles to the back of the hand.
        (View(attitude, (-35, 120), (0, 11), (0, 15), even=("yaw",)), 0.86),
        (View(attitude, (120, 215), (0, 11), (0, 15), even=("yaw",)), 0.14),
    )
    for attitude in ("thumb up", "thumb down")
}
_FIST_VIEWS = (
    (View("upright", (0, 30), (6, 15), (0, 17)), 0.32),
    (View("upright", (180, 32), (8, 15), (0, 17)), 0.14),
    (View("punch", (0, 26), (0, 20), (-180, 180), even=("roll",)), 0.12),
    (View("punch", (0, 26), (0, 20), (0, 22)), 0.15),
    (View("punch", (0, 26), (0, 20), (90, 20)), 0.09),
    # Knuckles sideways: what a thumb up or down would be with its thumb folded.
    (View("thumb up", (-35, 130), (0, 12), (0, 17), even=("yaw",)), 0.14),
    (View("thumb down", (-35, 130), (0, 12), (0, 17), even=("yaw",)), 0.04),
)
_TURNS = ((FRONT, 0.68), (BACK, 0.2), (ANY_ROLL, 0.12))
_THUMB = (("stretched", 0.7), ("stretched forward", 0.3))
_FIST_THUMBS = (("across fingers", 0.54), ("on index", 0.28), ("beside fist", 0.18))
_FOLDED = (("in palm", 0.5), ("across fingers", 0.35), ("on index", 0.15))

HALF_MADE = "half made"

KINDS = (
    Kind(
        "raised hand",
        RAISED_HAND,
        1.0,
        "SSSS",
        (("abducted", 0.82), ("beside", 0.18)),
        ((FRONT, 0.8), (BACK, 0.2)),
        (-2, 14),
    ),
    Kind("thumbs down", THUMBS_DOWN, 1.0, "CCCC", _THUMB, _THUMB_VIEWS["thumb down"], (0, 2), (-8, 12)),
    Kind("thumbs up", THUMBS_UP, 1.0, "CCCC", _THUMB, _THUMB_VIEWS["thumb up"], (0, 2), (-13, 13)),
    Kind("fist", FIST, 1.0, "CCCC", _FIST_THUMBS, _FIST_VIEWS, (0, 2)),
    # Counting and signs.
    Kind("pointing", NONE, 0.09, "SCCC", _FOLDED, _TURNS),
    Kind("index and thumb", NONE, 0.05, "SCCC", (("abducted", 0.6), ("stretched", 0.4)), _TURNS),
    Kind("victory", NONE, 0.09, "SSCC", _FOLDED, _TURNS, (6, 18)),
    Kind("two fingers and thumb", NONE, 0.03, "SSCC", (("abducted", 1),), _TURNS),
    Kind("three fingers", NONE, 0.05, "SSSC", _FOLDED, _TURNS),
    Kind("four fingers", NONE, 0.09, "SSSS", (("in palm", 1),), _TURNS),
    Kind("three outer fingers", NONE, 0.03, "CSSS", _FOLDED, _TURNS),
    Kind("horns", NONE, 0.04, "SCCS", _FOLDED, _TURNS),
    Kind("little finger", NONE, 0.03, "CCCS", _FOLDED, _TURNS),
    Kind("telephone", NONE, 0.04, "CCCS", (("abducted", 0.5), ("stretched", 0.5)), _TURNS),
    Kind("middle finger", NONE, 0.02, "CSCC", _FOLDED, _TURNS),
    # The thumb meets a finger.
    Kind("ring of index finger", NONE, 0.06, "TSSS", (("touch index", 1),), _TURNS),
    Kind("ring of middle finger", NONE, 0.04, "STSS", (("touch middle", 1),), _TURNS),
    Kind("ring of ring finger", NONE, 0.04, "SSTS", (("touch ring", 1),), _TURNS),
    Kind("ring of little finger", NONE, 0.04, "SSST", (("touch pinky", 1),), _TURNS),
    # Open hands that are not raised.
    Kind(
        "open hand turned",
        NONE,
        0.07,
        "SSSS",
        (("abducted", 0.7), ("beside", 0.3)),
        ((SIDEWAYS_LEFT, 0.5), (SIDEWAYS_RIGHT, 0.5)),
    ),
    Kind(
        "open hand edge-on",
        NONE,
        0.04,
        "SSSS",
        (("beside", 1),),
        ((View("upright", (78, 102), (0, 12), (0, 20), even=("yaw",)), 1),),
        (-2, 2),
    ),
    # Half-made gestures and hands that do nothing.
    Kind("half closed", NONE, 0.08, "HHHH", (("abducted", 0.6), ("beside", 0.4)), ((FRONT, 0.8), (ANY_ROLL, 0.2))),
    Kind(
        "relaxed",
        NONE,
        0.07,
        "LLLL",
        (("beside", 0.6), ("abducted", 0.4)),
        ((SIDEWAYS_LEFT, 0.5), (SIDEWAYS_RIGHT, 0.5)),
        (0, 3),
    ),
    # On the way from a loose hand to a fist or a thumb: see `_half_made`.
    Kind(HALF_MADE, NONE, 0.08, "LLLL", (("beside", 0.6), ("abducted", 0.4)), ((FRONT, 1),), (0, 3)),
    Kind("mixed", NONE, 0.06, "****", (("abducted", 0.3), ("beside", 0.3), ("in palm", 0.4)), _TURNS),
)
KIND_NAMES = tuple(kind.name for kind in KINDS)
_RANGES = {"S": STRAIGHT, "C": CLENCHED, "L": LOOSE, "H": HOOKED}


@dataclass(frozen=True)
class Pose:
    """A hand's shape and how it is turned.

    Attributes:
        hand: in the hand frame.
        turn: (3, 3) hand frame to camera frame (x right, y up, z to the camera).
        wrist: flexion and deviation of the hand against the forearm, degrees.
        kind: index into KINDS.
    """

    hand: HandPose
    turn: Array
    wrist: tuple[float, float]
    kind: int


def kind_named(name: str) -> int:
    return KIND_NAMES.index(name)


def _pick(rng: np.random.Generator, weights: list[float]) -> int:
    total = np.cumsum(weights)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))


def clipped_normal(rng: np.random.Generator, mean: float, deviation: float) -> float:
    return mean + deviation * float(np.clip(rng.normal(), -2.2, 2.2))


def _turn(rng: np.random.Generator, view: View) -> Array:
    def angle(name: str, pair: Range) -> float:
        return float(rng.uniform(*pair)) if name in view.even else clipped_normal(rng, *pair)

    yaw, pitch, roll = angle("yaw", view.yaw), angle("pitch", view.pitch), angle("roll", view.roll)
    return np.asarray(turn_z(roll) @ turn_x(pitch) @ turn_y(yaw) @ ATTITUDES[view.attitude])


def _fitting(what: str, draw: Callable[[], T], fits: Callable[[T], bool]) -> T:
    """Draw until something fits.

    Raises:
        EmojicamError: nothing of MOST_DRAWS does: the tables leave nothing, or next to nothing.
    """
    for _ in range(MOST_DRAWS):
        if fits(drawn := draw()):
            return drawn
    raise EmojicamError(
        f"of {MOST_DRAWS} drawings none gives {what} as the camera may see it",
        "wider ranges in python/emojicam/data/poses.py",
    )


def _fingers(rng: np.random.Generator, kind: Kind) -> Array:
    letters = kind.fingers
    if letters == "****":
        letters = _fitting(
            "fingers of another sign",
            lambda: "".join("SCH"[rng.integers(3)] for _ in range(4)),
            # Neither an open hand, nor a fist, nor nearly one, nor one of the signs that are named above anyway.
            lambda drawn: "H" in drawn and max(drawn.count(letter) for letter in "SC") < 3 and drawn != "HHHH",
        )
    common = rng.uniform(-0.35, 0.35, 3)  # fingers bend together: half of the spread is shared
    flexion = np.empty((4, 3))
    for f, letter in enumerate(letters):
        if letter == "T":
            name = f"touch {('index', 'middle', 'ring', 'pinky')[f]}"
            flexion[f] = np.array(TOUCH[name][0]) + rng.normal(0, 2, 3)
            continue
        for j, (low, high) in enumerate(_RANGES[letter]):
            share = np.clip(0.5 + common[j] + rng.uniform(-0.25, 0.25), 0, 1)
            flexion[f, j] = low + share * (high - low)
    return flexion


def _thumb(rng: np.random.Generator, name: str) -> Array:
    spread = (0.02, 0.025, 0.03) if name.startswith("touch") else THUMB_SPREAD
    directions = np.array(THUMBS[name])
    return np.stack([unit(unit(d) + rng.normal(0, s, 3)) for d, s in zip(directions, spread, strict=True)])


def sample(rng: np.random.Generator, label: int) -> Pose:
    """Draw a pose of a class. Class none gives a hand that makes none of the gestures."""
    candidates = [i for i, kind in enumerate(KINDS) if kind.label == label]
    return sample_kind(rng, candidates[_pick(rng, [KINDS[i].weight for i in candidates])])


def sample_kind(rng: np.random.Generator, index: int) -> Pose:
    """Draw a pose of one kind.

    Args:
        index: into KINDS.
    """
    kind = KINDS[index]
    if kind.name == HALF_MADE:
        return _half_made(rng, index)

    def draw() -> Pose:
        fan = rng.uniform(*kind.spread)
        spread = np.array([1.25, 0.35, -0.5, -1.5]) * fan + rng.normal(0, 1.5, 4)
        thumb = _thumb(rng, kind.thumbs[_pick(rng, [w for _, w in kind.thumbs])][0])
        view = kind.views[_pick(rng, [w for _, w in kind.views])][0]
        return Pose(
            HandPose(_fingers(rng, kind), spread, thumb),
            _turn(rng, view),
            (clipped_normal(rng, 0, 11), clipped_normal(rng, *kind.deviation)),
            index,
        )

    def fits(pose: Pose) -> bool:
        if not _arm_is_before_the_camera(pose):
            return False
        return kind.label not in (THUMBS_UP, THUMBS_DOWN) or _thumb_is_clear(pose, kind.label)

    return _fitting(f"a hand of the kind {kind.name!r}", draw, fits)


def _half_made(rng: np.random.Generator, index: int) -> Pose:
    """A hand between rest and a fist or a thumb, nearer to rest, its palm towards the camera."""

    def draw() -> Pose:
        made = sample(rng, int(rng.choice((FIST, THUMBS_UP, THUMBS_DOWN))))
        resting = sample_kind(rng, kind_named("relaxed"))
        upright = replace(resting, turn=turn_x(-10) @ turn_z(float(rng.uniform(-25, 25))))
        return replace(blend(upright, made, float(rng.uniform(0.25, 0.45))), kind=index)

    return _fitting(
        "a half-made gesture", draw, lambda pose: pose.turn[2, 2] > 0.35 and _arm_is_before_the_camera(pose)
    )


def forearm_direction(pose: Pose) -> Array:
    """Unit vector from the wrist to the elbow, camera frame."""
    wrist = turn_x(pose.wrist[0]) @ turn_z(pose.wrist[1])
    return np.asarray(pose.turn @ wrist @ np.array([0.0, -1.0, 0.0]))


def _arm_is_before_the_camera(pose: Pose) -> bool:
    """Whether the arm may be of somebody whom the device looks at."""
    return bool(forearm_direction(pose)[2] <= 0.25)


def _thumb_is_clear(pose: Pose, label: int) -> bool:
    """Whether the thumb points within 55 degrees of straight up (or down) and not at the camera."""
    pointing = pose.turn @ unit(pose.hand.thumb[1] + pose.hand.thumb[2])
    upwards = pointing[1] if label == THUMBS_UP else -pointing[1]
    return bool(upwards > 0.72 and upwards > 0.82 * np.hypot(pointing[0], pointing[1]))


def _axis_and_angle(turn: Array) -> tuple[Array, float]:
    """A rotation's axis and its angle in degrees, 0 to 180."""
    skew = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    angle = float(np.degrees(np.arctan2(np.sqrt(skew @ skew), np.trace(turn) - 1)))
    if angle < 179:
        return (skew if angle > 1e-3 else np.array([0.0, 1.0, 0.0])), angle
    # Near half a turn the skew part vanishes; R + I is then twice the axis times itself.
    column = (turn + np.eye(3))[:, int(np.argmax(np.diag(turn)))]
    return (column if column @ skew >= 0 else -column), angle


def blend(a: Pose, b: Pose, share: float) -> Pose:
    """A pose on the way from one to another.

    Args:
        share: 0 gives a, 1 gives b. Orientation goes the shortest way round.
    """
    mixed = (1 - share) * a.hand.thumb + share * b.hand.thumb
    axis, angle = _axis_and_angle(b.turn @ a.turn.T)
    turn = rotation(axis, share * angle) @ a.turn if angle > 1e-3 else a.turn
    return Pose(
        HandPose(
            (1 - share) * a.hand.flexion + share * b.hand.flexion,
            (1 - share) * a.hand.spread + share * b.hand.spread,
            np.stack([unit(direction) for direction in mixed]),
        ),
        turn,
        ((1 - share) * a.wrist[0] + share * b.wrist[0], (1 - share) * a.wrist[1] + share * b.wrist[1]),
        a.kind if share < 0.5 else b.kind,
    )
