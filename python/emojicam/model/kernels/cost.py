"""Instructions that a layer takes, predicted: what the choice between our kernels and CMSIS-NN goes by.

Counts a kernel's loops as they stand in its source, with what is around them as it was measured (QEMU, `-icount
shift=0`) on MLPerf Tiny's networks and MobileNetV2. Ours come out within about 15 %; CMSIS-NN's are kept on the low
side, so that what is chosen is not slower.
"""

from emojicam.model.graph import Graph, Operator
from emojicam.model.kernels.match import Convolution, NotOurs, any_convolution
from emojicam.model.kernels.pack_m55 import THREE_WINDOWS
from emojicam.model.kernels.plan_m7 import SHORT_WIDTHS


def _cells(layer: Convolution) -> tuple[int, int, int]:
    """Output pixels, output channels, and values of a patch."""
    outputs = len(layer.bias)
    return int(layer.height * layer.width), outputs, int(layer.weights.size) // outputs


def cmsis_convolution(layer: Convolution, core: int) -> int:
    """CMSIS-NN 4.0.0's arm_convolve_wrapper_s8."""
    pixels, outputs, values = _cells(layer)
    taps = int(layer.weights.shape[1] * layer.weights.shape[2])
    if pixels == 1:  # which CMSIS-NN doesn't pair with another one
        each = 20 + 4.5 * values if core == 7 else 12 + 0.3 * values
        return int(outputs * each)
    if taps == 1:
        each = 30 + 1.5 * values if core == 7 else 12.5 + 0.17 * values
        return int(pixels * outputs * each)
    # Patches are copied tap by tap first.
    if core == 7:
        return int(pixels * (85 + 35 * taps + outputs * (48 + 1.75 * values)))
    return int(pixels * (240 + 5 * taps + outputs * (1.6 + 6 * -(-values // 16))))


def cmsis_depthwise(layer: Convolution, core: int) -> int:
    """CMSIS-NN 4.0.0's arm_depthwise_conv_wrapper_s8."""
    pixels, outputs, taps = _cells(layer)
    return int(pixels * outputs * (7.3 * taps if core == 7 else 4.5 + 1.72 * taps))


def convolution(layer: Convolution, core: int, scratch: int) -> int:
    """Ours by patches (convolution.cc).

    Args:
        scratch: bytes that it works in.
    """
    pixels, outputs, values = _cells(layer)
    rows, columns, depth = (int(one) for one in layer.weights.shape[1:])
    row = columns * depth
    pairs = -(-outputs // 2)
    if core == 7:
        groups = -(-row // 4)
        folds = layer.output.zero_point == -128
        tiles = -(-pixels // 2)
        strips = -(-tiles * 16 * rows * groups // max(scratch, 1))
        loop = tiles * pairs * (10 * rows * groups + (22 if folds else 34))
        return loop + strips * pairs * 75 + pixels * (50 + rows * (12 + 6 * groups))
    steps = -(-values // 16)
    tiles = -(-pixels // 4)
    as_it_is = (rows, columns, layer.stride, layer.stride_width) == (1, 1, 1, 1)
    loop = tiles * pairs * (39 if steps == 1 and as_it_is and values in (8, 16) else 41 + 14 * steps)
    if as_it_is:
        return loop + pairs * 60 + 200
    strips = -(-tiles * 64 * steps // max(scratch, 1))
    return loop + strips * pairs * 60 + pixels * (80 + rows * (8 + 4 * -(-row // 16)))


def dense(outputs: int, depth: int, core: int) -> int:
    """Ours (dense.cc)."""
    quads = -(-outputs // 4)
    if core == 7:
        return int(200 + 2.2 * depth + quads * (38 * -(-depth // 8) + 60))
    return 150 + quads * (11 * -(-depth // 16) + 50)


def depthwise(layer: Convolution, core: int, strips: int) -> int:
    """Ours on channels taken apart (depthwise_layer_m7.cc, depthwise_layer_m55.cc).

    Args:
        strips: how often each channel's kernel is called.
    """
    channels = len(layer.bias)
    source = layer.input.shape[1] * layer.input.shape[2]
    outputs = layer.height * layer.width
    if core == 7:
        block, wide = (67, 6) if layer.stride == 1 else (47, 4)
        kernel = layer.height * (-(-layer.width // wide) * block + 14)
        return int(channels * (kernel + strips * 110 + 3 * source + 2.6 * outputs))
    block, wide, tall = (28, 4, 2) if layer.stride == 1 else (40, 8, 1)
    kernel = -(-layer.height // tall) * (-(-layer.width // wide) * block + 10)
    return int(channels * (kernel + strips * 40 + 0.6 * source + 0.4 * outputs))


#: Instructions an output of a chain's layers, a MAC, and a value of an average (docs/kernels.md).
_IN_CHAINS: dict[int, dict[str, float]] = {
    7: {"first": 12.7, "first3": 40.7, "pointwise": 4.25, "mac": 0.625},
    55: {"first": 4.9, "first3": 12.0, "pointwise": 2.5, "mac": 0.11},
}


def pool(pixels: int, channels: int, window: tuple[int, int], core: int, *, average: bool) -> int:
    """Ours (pool.cc), for so many output pixels."""
    taps = window[0] * window[1]
    if core == 7:
        group = 102 + 25 * window[0] + 5 * taps if average else 8 + 15 * window[0] + 5 * taps
        return pixels * (52 + -(-channels // 4) * group)
    return pixels * (69 + -(-channels // 16) * ((173 + 11 * taps) if average else (30 + 6 * taps)))


def cmsis_average(pixels: int, channels: int, window: tuple[int, int], core: int) -> int:
    """CMSIS-NN 4.0.0's arm_avgpool_s8."""
    taps = window[0] * window[1]
    if core == 7:
        return int(pixels * (70 + 13 * taps + channels * (18 + 4.9 * taps)))
    return pixels * (44 + -(-channels // 16) * (190 + 15 * taps))


def mean(values: int, channels: int, core: int) -> int:
    """Ours (pool.cc), over the whole image."""
    return int(100 + 1.9 * values + 45 * channels) if core == 7 else int(100 + 0.5 * values + 35 * channels)


def _chain_average(height: int, width: int, channels: int, core: int) -> int:
    """The average that ends a chain (simple_blocks.h)."""
    if core == 7:
        # One row of bytes or, of a few pixels, of halfwords (plan_m7.py).
        if width in SHORT_WIDTHS:
            rows, words = 1, -(-height * width // 4)
        elif width % 2 and max(height, width) <= 5:
            rows, words = 1, -(-height * width // 2)
        else:
            rows, words = height, -(-width // (2 if width == 12 else 4))
        return channels * (40 + rows * (8 + 4 * words))
    return int(channels * (50 + 3.7 * height * -(-width // 16)))


#: Instructions of what nobody of us runs: an output, by what an output is made of.
_ELSEWHERE: dict[str, tuple[float, float]] = {
    "ADD": (112, 86), "SUB": (112, 86), "MUL": (90, 65), "SOFTMAX": (600, 490), "LOGISTIC": (330, 300),
    "TANH": (330, 300), "PAD": (14, 21), "CONCATENATION": (2, 1), "RESHAPE": (1.2, 1), "MAX_POOL_2D": (20, 8),
    "AVERAGE_POOL_2D": (20, 8), "RELU": (20, 20), "RELU6": (20, 20), "PRELU": (60, 60), "QUANTIZE": (30, 25),
    "PACK": (2, 1), "STRIDED_SLICE": (10, 10), "RESIZE_NEAREST_NEIGHBOR": (6, 5),
}  # fmt: skip


def in_chain(graph: Graph, operator: Operator, core: int) -> int:
    """A layer of a chain of blocks."""
    output, filters, rates = graph.output(operator), graph.tensor(operator, 1), _IN_CHAINS[core]
    width = output.shape[2] if len(output.shape) == 4 else 1
    if operator.name == "DEPTHWISE_CONV_2D":
        return int(output.elements // width * _depthwise_row(width, operator.options["stride_w"], core))
    if operator.name != "CONV_2D" or filters is None:
        _, height, width, channels = graph.tensors[operator.inputs[0]].shape
        return _chain_average(height, width, channels, core)
    if filters.shape[1:3] == (1, 1):
        tiled = -(-width // 2) * 2 / width if core == 7 and width not in SHORT_WIDTHS else 1.0
        return int(output.elements * tiled * (rates["pointwise"] + rates["mac"] * filters.shape[3]))
    return int(output.elements * rates["first" if filters.shape[3] == 1 else "first3"])


def _depthwise_row(width: int, stride: int, core: int) -> float:
    """One channel's row of outputs in a chain: its blocks, what is around them, and the widening of bytes (M7)."""
    if core == 7:
        if stride == 2:
            return 13.0 * width + 40
        return 12.0 * width + 6 if width in SHORT_WIDTHS else -(-width // 6) * 67 + 40 + 3.06 * (width + 2)
    if stride == 2:
        return -(-width // 8) * 40 + 8
    return (21 if width in THREE_WINDOWS else -(-width // 4) * 14) + 5


def elsewhere(graph: Graph, operator: Operator, core: int) -> int | None:
    """A layer on CMSIS-NN's kernels or the reference's, but for convolutions; None where nobody has counted it."""
    output, filters = graph.output(operator), graph.tensor(operator, 1)
    if operator.name == "FULLY_CONNECTED" and filters is not None:
        return 600 + int(filters.elements * (1.8 if core == 7 else 0.65)) + 60 * output.elements
    if operator.name == "MEAN":
        return 500 + int(graph.tensors[operator.inputs[0]].elements * (27 if core == 7 else 23))
    rates = _ELSEWHERE.get(operator.name)
    return None if rates is None else 120 + int(output.elements * rates[0 if core == 7 else 1])


def of_others(graph: Graph, index: int, core: int) -> int | None:
    """A layer that is not ours; None where nobody has counted."""
    try:
        layer = any_convolution(graph, index)
    except NotOurs:
        return elsewhere(graph, graph.operators[index], core)
    return (cmsis_depthwise if layer.depthwise else cmsis_convolution)(layer, core)


def cmsis_scratch(layer: Convolution, core: int) -> int:
    """Bytes that CMSIS-NN 4.0.0 works in (arm_convolve_s8, arm_depthwise_conv_s8_opt: ..._get_buffer_size)."""
    values = layer.weights.size // len(layer.bias)
    if layer.depthwise:
        if layer.multiplier != 1:
            return 0
        return 2 * values * len(layer.bias) if core == 7 else 4 * 124 * values
    return 0 if layer.weights.shape[1:3] == (1, 1) else 4 * values
