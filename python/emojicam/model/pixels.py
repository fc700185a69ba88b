"""What a model takes a pixel for: the range that it was trained on, read off the file's own quantisation.

A .tflite does not say what its training made of a picture's 0 to 255. It says which real numbers its int8 input
stands for, and there are only a few customs; where none fits, nothing is known, and pixels are spread over the
whole range, as if it were the picture's. ``emojicam.toml`` can say it in so many words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError
from emojicam.image.form import PixelForm, Table
from emojicam.model.graph import Graph, Tensor, load

Floats = npt.NDArray[np.float64]


class Said(Protocol):
    """What ``[model]`` of ``emojicam.toml`` says: `emojicam.config.settings.Model`."""

    @property
    def pixels(self) -> str:
        """One of RANGES, or "auto"."""
        ...

    @property
    def mean(self) -> Sequence[float]:
        """Of pixel / 255, one or one for each of the model's channels; empty without."""
        ...

    @property
    def deviation(self) -> Sequence[float]:
        """As many."""
        ...

    @property
    def colours(self) -> str:
        """ "rgb" or "bgr"."""
        ...


#: What black and white are to a model, by custom.
RANGES: dict[str, tuple[float, float]] = {
    "0..1": (0.0, 1.0),
    "-1..1": (-1.0, 1.0),
    "-0.5..0.5": (-0.5, 0.5),
    "0..255": (0.0, 255.0),
    "-128..127": (-128.0, 127.0),
}
#: ImageNet's, of pixel / 255, which most of PyTorch's vision models are trained with.
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))

#: A representative dataset's brightest picture may be this dark, as a share of white, where black is certain.
_DARKEST_WHITE = 0.4
#: How far, as a share of the range, both ends may lie inside of it where neither is certain; and outside.
_INSIDE, _OUTSIDE = 0.25, 0.03


@dataclass(frozen=True)
class Reading:
    """What a pixel means to one model.

    Attributes:
        form: for firmware and twin.
        name: of a range ("0..1"), "mean and deviation", or "" where nothing fits.
        says: one sentence for a report.
    """

    form: PixelForm
    name: str
    says: str

    @property
    def known(self) -> bool:
        return bool(self.name)


def read(graph: Graph, model: Said | None = None) -> Reading:
    """What a pixel means to a model.

    Args:
        graph: with one int8 input.
        model: what ``emojicam.toml`` says of it; None leaves it to the file.

    Raises:
        EmojicamError: the settings don't go with the model.
    """
    source = graph.tensors[graph.inputs[0]]
    channels = source.shape[-1]
    bgr = model is not None and model.colours == "bgr"
    if bgr and channels != 3:
        raise EmojicamError('emojicam.toml has colours = "bgr", and the model takes grey', 'colours = "rgb"')
    said = model.pixels if model is not None else "auto"
    mean, deviation = (model.mean, model.deviation) if model is not None else ((), ())
    spans = "{:.4g} to {:.4g}".format(*_span(source))
    order = ", blue first" if bgr else ", red first" if channels == 3 else ""
    if mean:
        if len(mean) not in (1, channels):
            raise EmojicamError(
                f"emojicam.toml has {len(mean)} means, and the model takes {channels} channel{'s' * (channels > 1)}",
                "one mean and deviation, or one for each channel",
            )
        reals, name, why = _normalised(mean, deviation), "mean and deviation", "emojicam.toml says so"
    elif said != "auto":
        reals, name, why = _linear(*RANGES[said]), said, "emojicam.toml says so"
    elif (fitting := _custom(source)) is not None:
        reals, name, why = _linear(*RANGES[fitting]), fitting, f"its int8 input stands for {spans}"
    elif channels == 3 and _is_imagenet(source):
        mean, deviation = [values[::-1] for values in IMAGENET] if bgr else IMAGENET
        reals, name = _normalised(mean, deviation), "mean and deviation"
        why = f"ImageNet's, as its int8 input stands for {spans}"
    else:
        says = (
            f"a pixel's 0 to 255 is spread over {spans}{order}: all that its int8 input stands for, as that is no "
            "usual range; [model] in emojicam.toml can say another"
        )
        return Reading(PixelForm(None, bgr), "", says)
    tables = np.stack([quantise(row, source) for row in reals])
    if name == "mean and deviation":
        what = "a pixel's 0 to 1, less a mean and divided by a deviation"
    else:
        what = "a pixel's 0 to 255 is {:g} to {:g}".format(*RANGES[name])
    return Reading(PixelForm(_unless_plain(tables), bgr), name, f"{what}{order} ({why})")


def is_picture(graph: Graph) -> bool:
    """Whether a model has one input, and that is a picture in int8."""
    if len(graph.inputs) != 1:
        return False
    source = graph.tensors[graph.inputs[0]]
    return source.dtype == "int8" and len(source.scales) == 1 and len(source.shape) == 4 and source.shape[3] in (1, 3)


def takes_colour(model: Path) -> bool:
    """Whether a .tflite looks at three channels.

    Raises:
        EmojicamError: it can't be read.
    """
    parsed = load(model)
    return bool(parsed.inputs) and parsed.tensors[parsed.inputs[0]].shape[-1:] == (3,)


def quantise(reals: Floats, tensor: Tensor) -> Table:
    """Real numbers as a tensor's int8: divided, rounded with halves away from zero, shifted, clamped (QUANTIZE)."""
    steps = reals / float(np.float32(tensor.scale))
    rounded = np.copysign(np.floor(np.abs(steps) + 0.5), steps)
    quantised: Table = np.clip(rounded + tensor.zero_point, -128, 127).astype(np.int8)
    return quantised


def _linear(black: float, white: float) -> Floats:
    return (black + np.arange(256) * (white - black) / 255)[None]


def _normalised(mean: Sequence[float], deviation: Sequence[float]) -> Floats:
    levels = np.arange(256) / 255
    return np.stack([(levels - middle) / width for middle, width in zip(mean, deviation, strict=True)])


def _unless_plain(tables: Table) -> Table | None:
    plain = np.arange(-128, 128, dtype=np.int8)
    return None if (tables == plain).all() else tables


def _span(tensor: Tensor) -> tuple[float, float]:
    """The reals that -128 and 127 stand for."""
    return ((-128 - tensor.zero_point) * tensor.scale, (127 - tensor.zero_point) * tensor.scale)


def _custom(tensor: Tensor) -> str | None:
    """The range that what the converter saw of pictures fits into best, if any does."""
    low, high = _span(tensor)
    best: tuple[float, str] | None = None
    for name, (black, white) in RANGES.items():
        width = white - black
        inside = max(low - black, white - high) / width
        outside = max(black - low, high - white) / width
        certain = black == 0 and tensor.zero_point == -128
        if outside <= _OUTSIDE and inside <= (1 - _DARKEST_WHITE if certain else _INSIDE):
            best = min(best or (np.inf, ""), (max(inside, outside), name))
    return best[1] if best else None


def _is_imagenet(tensor: Tensor) -> bool:
    low, high = _span(tensor)
    black = min(-middle / width for middle, width in zip(*IMAGENET, strict=True))
    white = max((1 - middle) / width for middle, width in zip(*IMAGENET, strict=True))
    width = white - black
    return max(low - black, white - high) / width <= _INSIDE and max(black - low, high - white) / width <= _OUTSIDE
