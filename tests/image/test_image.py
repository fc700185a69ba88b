"""The image stage's Python twin; that the C++ agrees is tested by the vectors in image_test.cc."""

import numpy as np
import pytest

from emojicam.image import MIRROR_SLOT_MS, Rectangle, centred_square, mirrored, mirrored_at, prepare, to_grey


def test_a_grey_frame_of_the_models_size_is_unchanged() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (96, 96)).astype(np.uint8)
    assert np.array_equal(prepare(frame), frame)


@pytest.mark.parametrize("size", [(96, 96), (7, 5), (130, 201)])
@pytest.mark.parametrize("grey", [0, 1, 127, 255])
def test_an_even_frame_stays_even(size: tuple[int, int], grey: int) -> None:
    frame = np.full((120, 160), grey, np.uint8)
    assert np.all(prepare(frame, size=size) == grey)


def test_halving_averages_four_pixels_and_rounds_half_up() -> None:
    frame = np.array([[0, 1, 10, 20], [0, 1, 30, 41]], np.uint8)
    half = prepare(frame, size=(1, 2), crop=Rectangle(0, 0, 4, 2))
    assert half.tolist() == [[1, 25]]  # 0.5 and 25.25


def test_area_average_keeps_the_mean() -> None:
    frame = np.random.default_rng(2).integers(0, 256, (119, 119)).astype(np.uint8)
    assert abs(float(prepare(frame).mean()) - float(frame.mean())) < 0.5


def test_rgb_becomes_luma_with_exact_rounding() -> None:
    frame = np.array([[[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert to_grey(frame).tolist() == [[255, 77, 149, 29]]


def test_three_channels_are_kept_or_made() -> None:
    colour = np.random.default_rng(3).integers(0, 256, (96, 96, 3)).astype(np.uint8)
    assert np.array_equal(prepare(colour, channels=3), colour)
    grey = colour[:, :, 0].copy()
    assert np.array_equal(prepare(grey, channels=3), np.repeat(grey[:, :, None], 3, axis=2))


def test_the_crop_is_the_centred_square() -> None:
    assert centred_square(160, 120) == (20, 0, 120, 120)
    assert centred_square(96, 128, 500) == (24, 40, 48, 48)


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((0, 5), np.uint8),
        np.zeros((5, 5, 4), np.uint8),
        np.zeros((5, 5), np.float32),
        np.zeros(5, np.uint8),
        np.zeros((2049, 1), np.uint8),
    ],
)
def test_what_is_no_frame_is_refused(frame: np.ndarray) -> None:
    with pytest.raises(ValueError, match="a frame"):
        prepare(frame)


def test_a_picture_and_its_mirror_image_are_seen_as_long_in_turn() -> None:
    turns = [mirrored_at(time_ms) for time_ms in range(10 * MIRROR_SLOT_MS)]
    assert not turns[0]
    assert sum(turns) == len(turns) // 2
    changes = [time_ms for time_ms in range(1, len(turns)) if turns[time_ms] != turns[time_ms - 1]]
    assert changes == list(range(MIRROR_SLOT_MS, len(turns), MIRROR_SLOT_MS))
    assert mirrored_at(2**32 - 1) != mirrored_at(2**32 % 2**32)  # the board's clock wraps around to 0


@pytest.mark.parametrize("rate", [10, 12, 15, 24, 25, 30, 48, 50, 60, 75])
def test_at_a_cameras_usual_rates_neither_is_starved(rate: int) -> None:
    """In a second, whenever it begins, each is seen a fifth of the time."""
    shares = [
        np.mean([mirrored_at(begin + round(1000 * number / rate)) for number in range(rate)])
        for begin in range(2 * MIRROR_SLOT_MS)
    ]
    assert 0.2 <= min(shares) <= max(shares) <= 0.8


def test_a_mirror_image_has_its_pixels_swapped_not_their_colours() -> None:
    colours = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert mirrored(colours).tolist() == [[[3, 4, 5], [0, 1, 2]], [[9, 10, 11], [6, 7, 8]]]
    assert mirrored(colours[:, :, 0]).tolist() == [[3, 0], [9, 6]]
