"""Instructions that a layer takes, predicted: what the choice between our kernels and CMSIS-NN goes by.

Counts a kernel's loops as they stand in its source, with what is around them as it was measured (QEMU, `-icount
shift=0`) on MLPerf Tiny's networks and MobileNetV2. Ours come out within about 15 %; CMSIS-NN's are kept on the low
side, so that what is chosen is not slower.
"""

from emojicam.model.kernels.match import Convolution


def _cells(layer: Convolution) -> tuple[int, int, int]:
    """Output pixels, output channels, and values of a patch."""
    outputs = len(layer.bias)
    return int(layer.height * layer.width), outputs, int(layer.weights.size) // outputs


def cmsis_convolution(layer: Convolution, core: int) -> int:
    """CMSIS-NN 4.0.0's arm_convolve_wrapper_s8."""
    pixels, outputs, values = _cells(layer)
    pointwise = layer.weights.shape[1:3] == (1, 1)
    if pixels == 1:  # which CMSIS-NN doesn't pair with another one
        each = 20 + 4.5 * values if core == 7 else 12 + 0.3 * values
    elif core == 7:
        each = 30 + (1.5 if pointwise else 1.9) * values
    else:
        each = 12.5 + (0.17 if pointwise else 0.6) * values
    return int(pixels * outputs * each)


def cmsis_depthwise(layer: Convolution, core: int) -> int:
    """CMSIS-NN 4.0.0's arm_depthwise_conv_wrapper_s8, 3x3."""
    pixels, outputs, _ = _cells(layer)
    return pixels * outputs * (66 if core == 7 else 20)


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
        loop = tiles * pairs * (10 * rows * groups + (24 if folds else 36))
        return loop + strips * pairs * 75 + pixels * (50 + rows * (12 + 6 * groups))
    steps = -(-values // 16)
    tiles = -(-pixels // 4)
    as_it_is = (rows, columns, layer.stride, layer.stride_width) == (1, 1, 1, 1)
    loop = tiles * pairs * (39 if steps == 1 and as_it_is and values in (8, 16) else 41 + 14 * steps)
    if as_it_is:
        return loop + pairs * 60 + 200
    strips = -(-tiles * 64 * steps // max(scratch, 1))
    return loop + strips * pairs * 60 + pixels * (80 + rows * (8 + 4 * -(-row // 16)))


def depthwise(layer: Convolution, core: int, strips: int) -> int:
    """Ours on channels taken apart (depthwise_layer_m7.cc, depthwise_layer_m55.cc).

    Args:
        strips: how often each channel's kernel is called.
    """
    channels = len(layer.bias)
    source = layer.input.shape[1] * layer.input.shape[2]
    outputs = layer.height * layer.width
    if core == 7:
        block, wide = (70, 6) if layer.stride == 1 else (57, 4)
        kernel = layer.height * (-(-layer.width // wide) * block + 14)
        return int(channels * (kernel + strips * 110 + 3 * source + 2.6 * outputs))
    block, wide, tall = (32, 4, 2) if layer.stride == 1 else (43, 8, 1)
    kernel = -(-layer.height // tall) * (-(-layer.width // wide) * block + 10)
    return int(channels * (kernel + strips * 60 + 0.6 * source + 0.4 * outputs))


def cmsis_scratch(layer: Convolution, core: int) -> int:
    """Bytes that CMSIS-NN 4.0.0 works in (arm_convolve_s8, arm_depthwise_conv_s8_opt: ..._get_buffer_size)."""
    values = layer.weights.size // len(layer.bias)
    if layer.depthwise:
        return 2 * values * len(layer.bias) if core == 7 else 4 * 124 * values
    return 0 if layer.weights.shape[1:3] == (1, 1) else 4 * values
