"""Hands told from what is behind them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from emojicam.data import photographs
from emojicam.data.photographs import cutout

pytestmark = pytest.mark.train

BOX = (0.25, 0.25, 0.75, 0.75)


def scene(path: Path, seed: int = 1, side: int = 192) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """A disc of skin colour with a finger, before a wall of two colours: written to a file; its true outline."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    hand = (np.hypot(x, y - 0.06) < 0.15) | ((abs(x - 0.03) < 0.04) & (y < 0.06) & (y > -0.2))
    wall = np.where((x > 0.1)[..., None], (90, 110, 140), (60, 80, 60))
    picture = np.where(hand[..., None], (200, 150, 120), wall) + rng.normal(0, 6, (side, side, 3))
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(path, quality=90)
    return np.asarray(hand, np.bool_)


def test_a_mask_follows_the_hand_before_a_wall_of_two_colours(tmp_path: Path) -> None:
    truth = scene(tmp_path / "a.jpg")
    found = cutout.mask((tmp_path / "a.jpg").read_bytes(), BOX, tight=False)
    assert found.shape == (cutout.MASK_SIDE, cutout.MASK_SIDE)
    large = np.asarray(Image.fromarray(found).resize(truth.shape, Image.Resampling.BILINEAR)) > 127
    assert (large & truth).sum() / (large | truth).sum() > 0.9


@pytest.mark.parametrize("level", [0, 255])
def test_a_flat_picture_is_no_error(tmp_path: Path, level: int) -> None:
    Image.new("L", (96, 96), level).save(tmp_path / "a.jpg")
    assert cutout.mask((tmp_path / "a.jpg").read_bytes(), BOX, tight=True).shape == (cutout.MASK_SIDE, cutout.MASK_SIDE)


def test_masks_are_kept_until_the_pictures_or_the_places_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fist").mkdir()
    scene(tmp_path / "fist/a.jpg")
    Image.new("RGB", (96, 96), (90, 90, 90)).save(tmp_path / "fist/b.jpg")
    rows = [
        {"file": "fist/a.jpg", "label": "fist", "repo": "a/b", "box": list(BOX)},
        {"file": "fist/b.jpg", "label": "fist", "repo": "a/b", "box": None},
    ]

    def write() -> None:
        (tmp_path / photographs.PROVENANCE).write_text("".join(json.dumps(row) + "\n" for row in rows))

    write()
    assert not photographs.load(tmp_path).covers.any(), "not asked for"
    first = photographs.load(tmp_path, cut_out=True).covers
    assert first[0].any() and not first[1].any(), "without a hand there is nothing to cut out"
    made: list[int] = []
    real = cutout._of_row
    monkeypatch.setattr(cutout, "_of_row", lambda job: made.append(1) or real(job))
    assert (photographs.load(tmp_path, cut_out=True).covers == first).all() and not made
    rows[0]["box"] = [0.2, 0.2, 0.8, 0.8]
    write()
    assert (photographs.load(tmp_path, cut_out=True).covers != first).any() and len(made) == 2
    (tmp_path / cutout.KEPT).write_bytes(b"PK half-written")
    photographs.load(tmp_path, cut_out=True)
    assert len(made) == 4
