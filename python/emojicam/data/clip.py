"""Clips: one person before the lens raises, holds and lowers gestures, as the device's camera would see it.

A clip is a list of beats. In each a hand comes up from below while it takes its pose, holds it with the small
movements that hands have, and goes down again. The same seed gives the same frames.
"""

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from emojicam.data import arm as arms
from emojicam.data import camera, people, poses
from emojicam.data.classes import CLASSES, EMOJI, FIST, NONE, RAISED_HAND, THUMBS_DOWN, THUMBS_UP
from emojicam.data.mesh import hand
from emojicam.data.poses import Pose
from emojicam.data.render import backdrop as still_backdrop
from emojicam.data.render import compose, draw_hand
from emojicam.data.scene import Placement, Scene, project, sample
from emojicam.data.skeleton import joint_positions, turn_x, turn_z, unit

#: Frames a second of OpenMV's camera in this use.
RATE = 25


@dataclass(frozen=True)
class Beat:
    """One thing that the person does. Times in frames.

    Attributes:
        kind: index into `poses.KINDS`, or None for a pause without a hand.
        rise, hold, fall, rest: coming up, held, going down, out of the picture.
    """

    kind: int | None
    rise: int = 9
    hold: int = 24
    fall: int = 9
    rest: int = 8

    @property
    def frames(self) -> int:
        return self.rise + self.hold + self.fall + self.rest

    @property
    def label(self) -> int:
        return NONE if self.kind is None else poses.KINDS[self.kind].label


@dataclass(frozen=True)
class Clip:
    """Frames with what they show.

    Attributes:
        frames: (N, H, W) grey levels, uint8.
        labels: class of each frame; None while a gesture is being made or unmade.
        beats: the index of each frame's beat.
        expected: the gestures' classes in the order in which they are held.
    """

    frames: npt.NDArray[np.uint8]
    labels: list[int | None]
    beats: list[int]
    expected: list[int]


@dataclass(frozen=True)
class _Held:
    """How one beat's hand is held: its pose, where, and by which arm."""

    pose: Pose
    placement: Placement
    arm: arms.Arm


def _ease(share: float) -> float:
    """0 to 1, slow at both ends."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _held(rng: np.random.Generator, scene: Scene, kind: int, distance: float, size: float) -> _Held:
    """Choose how a pose is shown: upright to the camera, in the middle part of the picture."""
    mesh = hand()
    pose = poses.sample_kind(rng, kind)
    joints = (joint_positions(mesh, pose.hand) - [0.0, 0.45, 0.0]) @ pose.turn.T
    spans = np.ptp(project(joints, Placement(distance, 1.0, 0, 0)), axis=0) + 0.1 / distance
    # Focal length belongs to the lens: the distance changes a little from beat to beat, the lens does not.
    x = float(np.clip(rng.normal(0, 0.08), -0.16, 0.16))
    y = float(np.clip(rng.normal(-0.02, 0.05), -0.12, 0.1))
    near = float(np.clip(spans.max() * scene.placement.focal / size, 0.75, 1.35))
    forearm = poses.forearm_direction(pose)
    upper = unit(np.array([0.5 * forearm[0] + 0.1, -0.8, -0.45]))
    arm = dataclasses.replace(scene.arm, wrist=pose.wrist, upper=upper)
    return _Held(pose, Placement(distance * near, scene.placement.focal, x, y), arm)


def _moment(
    held: _Held, resting: Pose, beat: Beat, frame: int, phase: npt.NDArray[np.float64]
) -> tuple[Pose, Placement]:
    """Pose and place in one frame of a beat."""
    up = _ease((frame + 1) / (beat.rise + 1)) if beat.rise else 1.0
    down = _ease((frame - beat.rise - beat.hold + 1) / (beat.fall + 1))
    raised = up * (1 - down)
    # The hand has its shape before it is all the way up, and loses it after it has started down.
    pose = poses.blend(resting, held.pose, _ease(min(1.0, raised * 1.35)))
    sway = [math.sin(frame * speed + start) for speed, start in zip((0.17, 0.23, 0.13, 0.19), phase, strict=True)]
    turn = turn_z(1.6 * sway[0]) @ turn_x(1.8 * sway[1]) @ pose.turn
    place = held.placement
    where = dataclasses.replace(
        place,
        x=place.x + 0.012 * sway[2] + (1 - raised) * 0.12 * math.copysign(1, phase[0] - math.pi),
        y=place.y + 0.012 * sway[3] - (1 - raised) * 1.15,
    )
    return dataclasses.replace(pose, turn=turn), where


def render_clip(
    seed: int,
    beats: list[Beat],
    *,
    width: int = 160,
    height: int = 120,
    noise: float = 1.0,
    size: float | None = None,
) -> Clip:
    """Render a clip.

    Args:
        seed: chooses person, room, light, lens and how each pose is shown.
        width, height: of a frame; the hand stays in the centred square.
        noise: standard deviation of what changes from frame to frame, grey levels.
        size: the hand's extent in picture heights; drawn by default.
    """
    rng = np.random.default_rng([seed, 77])
    mesh = hand()
    scene = sample(rng, mesh, RAISED_HAND, width / height)
    if scene.person is None:
        shade = scene.skin.tone ** (1 / camera.GAMMA)
        person = people.sample(rng, shade, scene.lighting.lamps[0], width / height)
        scene = dataclasses.replace(scene, person=person)
    assert scene.person is not None
    # They wear what their sleeve is made of.
    scene = dataclasses.replace(scene, cloth=(scene.person.clothes**camera.GAMMA, scene.cloth[1]))
    extent = size or float(rng.uniform(0.45, 0.85))
    distance = float(rng.uniform(1.8, 3.5))
    reference = poses.sample_kind(rng, poses.kind_named("raised hand"))
    joints = (joint_positions(mesh, reference.hand) - [0.0, 0.45, 0.0]) @ reference.turn.T
    spans = np.ptp(project(joints, Placement(distance, 1.0, 0, 0)), axis=0) + 0.1 / distance
    scene = dataclasses.replace(
        scene,
        mirror=False,
        shadow=0.0,
        placement=Placement(distance, extent / float(spans.max()), 0.0, 0.0),
    )
    resting = dataclasses.replace(
        poses.sample_kind(rng, poses.kind_named("relaxed")),
        turn=turn_x(-10) @ turn_z(float(rng.uniform(-20, 20))),
    )
    sitter = scene.person
    assert sitter is not None
    empty = still_backdrop(dataclasses.replace(scene, person=None), height, width)
    frames: list[npt.NDArray[np.uint8]] = []
    labels: list[int | None] = []
    numbers: list[int] = []
    for number, beat in enumerate(beats):
        held = None if beat.kind is None else _held(rng, scene, beat.kind, distance, extent)
        phase = rng.uniform(0, 2 * np.pi, 4)
        for frame in range(beat.frames):
            now = len(frames)
            lean = 0.006 * math.sin(now * 0.045) + 0.003 * math.sin(now * 0.11 + 1)
            person = dataclasses.replace(sitter, x=sitter.x + lean, y=sitter.y + 0.003 * math.sin(now * 0.07))
            current = dataclasses.replace(scene, person=person, pose=None)
            if held is not None and frame < beat.rise + beat.hold + beat.fall:
                pose, place = _moment(held, resting, beat, frame, phase)
                current = dataclasses.replace(current, pose=pose, placement=place, arm=held.arm)
            layer = draw_hand(current, height, width)
            light, cover = compose(current, layer, people.draw(person, empty), separate=False)
            grey, _ = camera.photograph(np.random.default_rng([scene.seed, 3]), light, cover)
            shades = grey + np.random.default_rng([seed, now, 5]).normal(0, noise, grey.shape)
            frames.append((np.clip(shades, 0, 255) + 0.5).astype(np.uint8))
            labels.append(_label(beat, frame))
            numbers.append(number)
    return Clip(np.stack(frames), labels, numbers, [beat.label for beat in beats if beat.label != NONE])


def _label(beat: Beat, frame: int) -> int | None:
    if beat.label == NONE or frame >= beat.rise + beat.hold + beat.fall:
        return NONE
    return beat.label if beat.rise <= frame < beat.rise + beat.hold else None


#: The clip that `make run` shows: chosen so that a person recognises each gesture at once.
DEMO_SEED = 2


def demo_beats() -> list[Beat]:
    """Each gesture once, with victory as something that must type nothing."""
    named = {kind.label: i for i, kind in enumerate(poses.KINDS) if kind.label != NONE}
    return [
        Beat(None, 0, 0, 0, 12),
        Beat(named[RAISED_HAND]),
        Beat(named[THUMBS_DOWN]),
        Beat(poses.kind_named("victory"), hold=20),
        Beat(named[THUMBS_UP]),
        Beat(named[FIST]),
    ]


def write(clip: Clip, path: Path, quality: int = 80) -> None:
    """Write a clip as animated WebP with its labels beside it (same name, .json).

    The frames are compressed with loss; decoders of WebP are exact, so every reader gets the same pixels.

    Args:
        path: ends in .webp.
        quality: 0 to 100.
    """
    pictures = [Image.fromarray(frame).convert("RGB") for frame in clip.frames]
    pictures[0].save(
        path,
        save_all=True,
        append_images=pictures[1:],
        duration=1000 // RATE,
        loop=0,
        quality=quality,
        method=6,
        minimize_size=False,
        allow_mixed=False,
    )
    note = {
        "frames": len(clip.frames),
        "rate": RATE,
        "labels": [None if label is None else CLASSES[label] for label in clip.labels],
        "expected": [EMOJI[label] for label in clip.expected],
    }
    path.with_suffix(".json").write_text(json.dumps(note, ensure_ascii=False) + "\n")
