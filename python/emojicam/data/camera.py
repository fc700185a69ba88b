"""From light to a camera's grey levels: focus, motion, exposure, lens, noise, sharpening."""

import numpy as np
import scipy.ndimage

from emojicam.data.jit import Array

#: Exponent between linear light and grey levels (near enough to the sRGB curve).
GAMMA = 2.2


def to_light(picture: Array) -> Array:
    """Gamma encoded shades to linear light."""
    return np.asarray(np.clip(picture, 0, None) ** GAMMA)


def downsample(picture: Array, factor: int) -> Array:
    """Average over squares of factor x factor pixels."""
    height, width = picture.shape
    return np.asarray(picture.reshape(height // factor, factor, width // factor, factor).mean((1, 3)))


def _motion(picture: Array, length: float, angle: float) -> Array:
    """Smear along a line of `length` pixels."""
    steps = max(2, int(np.ceil(length)) + 1)
    total = np.zeros_like(picture)
    for along in np.linspace(-length / 2, length / 2, steps):
        total += scipy.ndimage.shift(picture, (along * np.sin(angle), along * np.cos(angle)), order=1, mode="nearest")
    return total / steps


def _expose(rng: np.random.Generator, light: Array) -> Array:
    """Exposure as a camera's automatic sets it, now and then wrong; shades 0 to 1.

    OpenMV's sensor weighs its whole picture; so does this one, within half a stop or so.
    """
    if rng.random() < 0.8:
        target = rng.uniform(0.11, 0.27)
        gain = target / max(float(light.mean()), 0.01)
        gain = float(np.clip(gain, 0.3, 4.0))
    else:
        gain = rng.uniform(0.6, 1.8)
    exposed = light * gain
    # A soft shoulder instead of hard clipping, as sensors' tone curves have.
    knee = rng.uniform(0.55, 0.9)
    over = np.clip(exposed - knee, 0, None)
    exposed = np.where(exposed > knee, knee + (1 - knee) * (1 - np.exp(-over / (1 - knee))), exposed)
    return np.asarray(np.clip(exposed, 0, 1) ** (1 / GAMMA))


def photograph(rng: np.random.Generator, light: Array, cover: Array) -> tuple[Array, Array]:
    """Take a picture.

    Args:
        light: (H, W) linear light.
        cover: (H, W) how much of each pixel the hand takes, 0 to 1: blurred as the picture is.

    Returns:
        (H, W) grey levels and (H, W) cover from 0 to 255, both uint8.
    """
    height, width = light.shape
    scale = height / 96
    if rng.random() < 0.1:
        length, angle = rng.uniform(1, 4) * scale, rng.uniform(0, np.pi)
        light, cover = _motion(light, length, angle), _motion(cover, length, angle)
    if rng.random() < 0.4:
        focus = rng.uniform(0.2, 0.85) * scale
        light, cover = (scipy.ndimage.gaussian_filter(layer, focus) for layer in (light, cover))
    shades = _expose(rng, light)
    if rng.random() < 0.75:  # contrast and black level of cheap pipelines
        low, high = np.percentile(shades, (1, 99))
        black = rng.uniform(0, 0.1)
        shades = (shades - low) / (high - low + 0.09) * (rng.uniform(0.78, 1.05) - black) + black
    shades = np.clip(shades, 0, 1) ** rng.uniform(0.78, 1.25)
    if rng.random() < 0.35:  # vignetting
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        shades = shades * (1 - rng.uniform(0, 0.4) * (x * x + y * y) / 2)
    if rng.random() < 0.3:
        shades = shades + rng.uniform(0.2, 1.0) * (shades - scipy.ndimage.gaussian_filter(shades, scale))
    # Shot noise grows with light, read noise does not (EMVA 1288).
    amount = rng.uniform(0, 1) ** 2.5
    noise = np.sqrt(0.012**2 + 0.02**2 * np.clip(shades, 0, 1)) * amount
    shades = shades + rng.normal(size=shades.shape) * noise
    return _levels(shades), _levels(cover)


def _levels(shares: Array) -> Array:
    """0 to 1 as 0 to 255, uint8."""
    return np.asarray((np.clip(shares, 0, 1) * 255 + 0.5).astype(np.uint8))
