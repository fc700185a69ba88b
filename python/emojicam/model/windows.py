"""How far a window (convolution, pooling) reaches: TensorFlow's rule for SAME and VALID padding."""

from dataclasses import dataclass

from emojicam.model.graph import Operator
from emojicam.model.schema import PADDING_NAMES


@dataclass(frozen=True)
class Axis:
    """One axis of a sliding window, all in elements."""

    size: int
    window: int
    stride: int
    dilation: int
    padding: str

    @property
    def reach(self) -> int:
        """Elements that one window spans, its holes counted."""
        return (self.window - 1) * self.dilation + 1

    @property
    def outputs(self) -> int:
        """Windows along the axis (tensorflow/lite/kernels/padding.h, ComputeOutSize)."""
        if self.padding == "SAME":
            return -(-self.size // self.stride)
        return (self.size + self.stride - self.reach) // self.stride

    @property
    def before(self) -> int:
        """Padding in front; what does not divide by two goes behind (ComputePaddingWithOffset)."""
        return max((self.outputs - 1) * self.stride + self.reach - self.size, 0) // 2


def axes(operator: Operator, size: tuple[int, int], window: tuple[int, int]) -> tuple[Axis, Axis]:
    """Height and width of a convolution or pooling over an input of `size` (height, width)."""
    options = operator.options
    padding = PADDING_NAMES.get(options["padding"], "?")
    return (
        Axis(size[0], window[0], options["stride_h"], options.get("dilation_h_factor", 1), padding),
        Axis(size[1], window[1], options["stride_w"], options.get("dilation_w_factor", 1), padding),
    )
