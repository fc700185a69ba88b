"""A seed gives the pictures that the shipped model was trained on, whatever becomes of the code that makes them.

Of each picture its four quarters' means are kept. Who changes pictures on purpose writes them anew, with another model:

    .venv/bin/python tests/training/test_pictures_stay.py
"""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from emojicam.data.photographs import SIDE
from emojicam.training import augment, mixture

pytestmark = pytest.mark.train

KEPT = Path(__file__).with_name("pictures.json")
COUNT = 96


def _scenes(side: int) -> npt.NDArray[np.uint8]:
    """Three smooth pictures, each with another slope and its own top."""
    y, x = np.mgrid[:side, :side] / side
    return np.stack([200 * x + 40 * y, 230 * (1 - y), 120 + 100 * np.sin(9 * x) * np.cos(7 * y)]).astype(np.uint8)


def _quarters(pictures: npt.NDArray[np.float32]) -> list[list[float]]:
    """(B, S, S) in 0 to 1: the means of the quarters, (B, 4)."""
    half = pictures.shape[1] // 2
    means = pictures.reshape(len(pictures), 2, half, 2, half).mean((2, 4), np.float64)
    found: list[list[float]] = means.reshape(len(pictures), 4).round(5).tolist()
    return found


def augmented(light: float, mirror: bool) -> list[list[float]]:
    covers = np.zeros((3, 24, 24), np.uint8)
    covers[:, 6:18, 5:16] = 255
    covers[1, 8:16] //= 2
    covers[2] = 0
    paste = augment.Paste(covers, _scenes(24)[::-1].copy(), 0.5)
    rows = np.arange(COUNT) % 3
    return _quarters(augment.augment(_scenes(24), rows, 12, 5, 0.9, paste, light, mirror)[..., 0])


def finished() -> list[list[float]]:
    pictures = np.tile(_scenes(24).astype(np.float32), (COUNT // 3, 1, 1))
    return _quarters(augment.finish_all(pictures, 3, 0.8, 1.0)[..., 0])


def shots(swap: float, mirror: float, cut: float) -> mixture.Shots:
    """Three photographs: a hand that is cut at the picture's left, one in a scene that ends above the picture, none."""
    covers = np.zeros((3, 96, 96), np.uint8)
    covers[0, 30:80, 10:60] = 255
    covers[1, 20:70, 20:80] = np.linspace(0, 255, 60).astype(np.uint8)
    hands = np.array([[0, 40, 102, 164], [40, 40, 150, 140], [-1, -1, -1, -1]], np.float32)
    real = np.array([[0, 0, SIDE, SIDE], [0, 30, SIDE, SIDE], [20, 8, SIDE, SIDE]], np.float32)
    return mixture.Shots(_scenes(SIDE), hands, real, covers, _scenes(24)[::-1].copy(), swap, mirror, cut)


def composed(swap: float, mirror: float, cut: float, side: int = 12, count: int = COUNT) -> list[list[float]]:
    rows = np.arange(count) % 5 - 2
    return _quarters(mixture.compose(shots(swap, mirror, cut), rows, side, 7, 0.9, 0.6) / np.float32(255))


MADE = {
    "augmented": lambda: augmented(0.7, mirror=True),
    "augmented, not mirrored": lambda: augmented(0.0, mirror=False),
    "finished": finished,
    "composed": lambda: composed(0.5, 0.5, 0.5),
    # A pixel of these takes less than two of the photograph's.
    "composed in full size": lambda: composed(0.3, 0.3, 0.3, 80, 15),
    "composed of whole scenes": lambda: composed(0.0, 1.0, 0.0),
    "composed of what is cut out": lambda: composed(1.0, 0.0, 1.0),
}


@pytest.mark.parametrize("name", MADE)
def test_a_seed_gives_the_pictures_that_it_gave(name: str) -> None:
    kept = json.loads(KEPT.read_text(encoding="utf-8"))[name]
    assert np.abs(np.array(MADE[name]()) - np.array(kept)).max() < 5e-5


def test_a_strength_of_nothing_only_resizes() -> None:
    same = augment.augment(_scenes(24), np.arange(3), 24, 1, 0.0)[..., 0]
    # The last row and column are taken a thousandth of a pixel inwards.
    assert np.abs(same * 255 - _scenes(24)).max() < 0.3


def test_usually_nothing_is_pasted_and_light_is_as_rendered() -> None:
    rows = np.arange(12) % 3
    usual = augment.augment(_scenes(24), rows, 12, 5, 1.0)
    assert usual.shape == (12, 12, 12, 1)
    assert (usual == augment.augment(_scenes(24), rows, 12, 5, 1.0, augment.NO_PASTE, 0.0, True)).all()
    assert augment.finish_all(_scenes(24).astype(np.float32), 1, 1.0, 0.0).shape == (3, 24, 24, 1)


if __name__ == "__main__":
    KEPT.write_text(json.dumps({name: make() for name, make in MADE.items()}) + "\n", encoding="utf-8")
