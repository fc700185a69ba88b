"""The folded rounding against TFLM's two roundings, at every accumulator that can occur."""

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emojicam.model.kernels.requantise import (
    FOLD_SHIFT,
    Channel,
    Folded,
    first_accumulators,
    fold,
    quantize_multiplier,
    requantise,
    solve,
)

Integers = npt.NDArray[np.int64]


def tflm(accumulators: Integers, channel: Channel) -> Integers:
    """MultiplyByQuantizedMultiplier and the clamp, as q - zero point for a zero point of -128."""
    product = accumulators * channel.multiplier
    nudge = np.where(product >= 0, 1 << 30, 1 - (1 << 30))
    # C++ divides towards zero.
    high = np.sign(product + nudge) * (np.abs(product + nudge) >> 31)
    mask = (1 << channel.right) - 1  # 0 without a shift to the right: then nothing is added
    threshold = (mask >> 1) + (high < 0)
    return np.clip((high >> channel.right) + ((high & mask) > threshold), 0, 255)


def folded(accumulators: Integers, form: Folded) -> Integers:
    high = ((accumulators << form.scale) * form.multiplier) >> 32
    return np.clip((high + form.addend) >> form.shift, 0, 255)


def all_accumulators(channel: Channel) -> Integers:
    """Every accumulator, or if there are too many: around each step, both ends, and noise."""
    if channel.high - channel.low < 200_000:
        return np.arange(channel.low, channel.high + 1)
    steps = np.array(first_accumulators(channel))
    near = (steps[:, None] + np.arange(-2, 3)).ravel()
    noise = np.random.default_rng(0).integers(channel.low, channel.high + 1, 20_000)
    every = np.concatenate([near, noise, [channel.low, channel.high]])
    return every[(every >= channel.low) & (every <= channel.high)]


channels = st.builds(
    lambda multiplier, right, low, size: Channel(multiplier, right, low, low + size),
    multiplier=st.integers(1 << 30, (1 << 31) - 1),
    right=st.integers(0, 20),
    low=st.integers(-2_000_000, 10_000),
    size=st.integers(0, 3_000_000),
)


@settings(max_examples=300, deadline=None)
@given(channels)
def test_folded_forms_equal_tflms_rounding(channel: Channel) -> None:
    every = all_accumulators(channel)
    expected = tflm(every, channel)
    for form in fold(channel):
        if form is not None:
            assert np.array_equal(folded(every, form), expected)
            assert np.all(np.abs(every << form.scale) < 1 << 31)


@settings(max_examples=100, deadline=None)
@given(channels)
def test_first_accumulators_are_where_the_output_steps(channel: Channel) -> None:
    firsts: Integers = np.array(first_accumulators(channel))
    assert np.array_equal(tflm(firsts, channel), np.arange(1, 256))
    assert np.array_equal(tflm(firsts - 1, channel), np.arange(255))


def test_channels_of_trained_models_nearly_all_fold() -> None:
    rng = np.random.default_rng(3)
    found = [fold(Channel(int(rng.integers(1 << 30, 1 << 31)), right, -60_000, 60_000)) for right in range(5, 11)]
    assert all(form is not None and form.shift == FOLD_SHIFT for form, _ in found)


def test_a_wrong_addend_would_be_found() -> None:
    channel = Channel((1 << 30) + 12345, 8, -40_000, 40_000)
    form = solve(channel, FOLD_SHIFT + 1 - 8, FOLD_SHIFT)
    assert form is not None
    every = all_accumulators(channel)
    wrong = Folded(form.scale, form.multiplier, form.addend + (1 << (FOLD_SHIFT - 3)), form.shift)
    assert not np.array_equal(folded(every, wrong), tflm(every, channel))


def test_sums_beyond32_bits_are_refused() -> None:
    assert solve(Channel(1 << 30, 5, -(1 << 24), 1 << 24), 8, FOLD_SHIFT) is None


def test_dead_channel_gives_the_zero_point() -> None:
    fixed, free = fold(Channel(0, 0, -1000, 1000))
    assert fixed == free == Folded(0, 0, 0, FOLD_SHIFT)


@pytest.mark.parametrize("bias", [1 << 30, -(1 << 30), 0, 5000])
def test_channel_whose_weights_are_zero_is_a_constant_whatever_its_bias(bias: int) -> None:
    channel = Channel((1 << 30) + 77, 3, bias, bias)
    expected = tflm(np.array([bias]), channel)
    for form in fold(channel):
        assert form is not None and np.array_equal(folded(np.array([bias]), form), expected)


def test_factor_between_a_half_and_one_folds() -> None:
    """It has no shift to the right at all; only a shift to the left can't be folded."""
    _, free = fold(Channel((1 << 30) + 12345, 0, -300, 300))
    assert free is not None
    every = np.arange(-300, 301)
    assert np.array_equal(folded(every, free), tflm(every, Channel((1 << 30) + 12345, 0, -300, 300)))


def test_scaling_up_is_not_folded() -> None:
    assert fold(Channel(1 << 30, -1, -10, 10)) == (None, None)


@settings(max_examples=200, deadline=None)
@given(channels, st.integers(-3_000_000, 3_000_000))
def test_requantise_rounds_as_tflm(channel: Channel, accumulator: int) -> None:
    expected = int(tflm(np.array([accumulator]), channel)[0])
    assert min(max(requantise(accumulator, channel.multiplier, channel.right), 0), 255) == expected


@pytest.mark.parametrize("real", [0.5, 0.25, 1 - 2**-40, 3e-5, 1e-12, 0.0])
def test_multiplier_is_tflms(real: float) -> None:
    multiplier, left = quantize_multiplier(real)
    assert multiplier == 0 or 1 << 30 <= multiplier < 1 << 31
    assert multiplier * 2.0 ** (left - 31) == pytest.approx(real, rel=2**-31, abs=2**-31)
    assert multiplier != 0 or real < 2**-31 or math.isclose(real, 0)
