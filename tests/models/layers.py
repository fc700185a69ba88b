"""Models of one layer each."""

from collections.abc import Callable
from typing import Any

import numpy as np

from models import draw
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator
Recipe = Callable[[Rng], bytes]

PROBABILITY = Quant(1 / 256, -128)
SIGNED_UNIT = Quant(1 / 128, 0)


def _conv(shape: tuple[int, int, int], channels: int, window: Any = 3, **options: Any) -> Recipe:
    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, *shape), draw.quant(rng, options.get("input_zero_point")))
        rest = {key: value for key, value in options.items() if key != "input_zero_point"}
        return builder.finish(draw.conv(rng, builder, builder.input, channels, window, **rest))

    return build


def _depthwise(shape: tuple[int, int, int], window: Any = 3, **options: Any) -> Recipe:
    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, *shape), draw.quant(rng, options.get("input_zero_point")))
        rest = {key: value for key, value in options.items() if key != "input_zero_point"}
        return builder.finish(draw.depthwise(rng, builder, builder.input, window, **rest))

    return build


def _dense(inputs: int, outputs: int, **options: Any) -> Recipe:
    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, inputs), draw.quant(rng, options.get("input_zero_point")))
        rest = {key: value for key, value in options.items() if key != "input_zero_point"}
        return builder.finish(draw.dense(rng, builder, builder.input, outputs, **rest))

    return build


def _pool(kind: str, shape: tuple[int, int, int], window: Any, **options: Any) -> Recipe:
    def build(rng: Rng) -> bytes:
        # Coarse, so that 0 and 6 of the fused activations lie inside of the range.
        builder = ModelBuilder((1, *shape), Quant(0.06, int(rng.integers(-100, 30))))
        return builder.finish(builder.pool(kind, builder.input, window, **options))

    return build


def _binary(
    name: str, shape: tuple[int, ...], other: tuple[int, ...], activation: str = "NONE", version: int = 2
) -> Recipe:
    """An operator on the input and a constant, or on the input and its pooled self if shapes are equal."""

    def build(rng: Rng) -> bytes:
        first, second = Quant(0.05, int(rng.integers(-128, 128))), draw.quant(rng)
        builder = ModelBuilder((1, *shape), first)
        if name in ("MAXIMUM", "MINIMUM"):
            second = first
        constant = builder.constant(draw.weights(rng, other), [second.scale], second.zero_point)
        if name == "MUL":
            output = Quant(first.scale * second.scale * 60, int(rng.integers(-60, 60)))
        elif name in ("MAXIMUM", "MINIMUM"):
            output = first
        else:
            output = Quant(max(first.scale, second.scale) * 1.4, int(rng.integers(-60, 60)))
        options = {} if name in ("MAXIMUM", "MINIMUM") else {"fused_activation_function": _code(activation)}
        inputs = [builder.input, constant] if rng.integers(2) else [constant, builder.input]
        return builder.finish(builder.op(name, inputs, (1, *shape), output, version, **options))

    return build


def _code(activation: str) -> int:
    from emojicam.model.schema import ACTIVATION_CODES

    return int(ACTIVATION_CODES[activation])


def _unary(
    name: str, shape: tuple[int, ...], output: Quant | None, source: Quant | None = None, **options: Any
) -> Recipe:
    """An operator that keeps the shape, with a fixed output quantisation or the input's."""

    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, *shape), source or Quant(0.06, int(rng.integers(-100, 100))))
        made = output or builder.quant(builder.input)
        version = 1 if name in ("RELU", "RELU6") else 2
        return builder.finish(builder.op(name, [builder.input], (1, *shape), made, version, **options))

    return build


def _residual(name: str, shape: tuple[int, int, int], activation: str) -> Recipe:
    """Two convolutions of the input, added or multiplied: both sides computed."""

    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, *shape), draw.quant(rng))
        left = draw.conv(rng, builder, builder.input, 4, 1)
        right = draw.conv(rng, builder, builder.input, 4, 3)
        a, b = builder.quant(left), builder.quant(right)
        scale = a.scale * b.scale * 50 if name == "MUL" else max(a.scale, b.scale) * 1.3
        output = Quant(scale, -128 if activation != "NONE" else int(rng.integers(-50, 50)))
        joined = builder.op(
            name, [left, right], builder.shape(left), output, 2, fused_activation_function=_code(activation)
        )
        return builder.finish(joined)

    return build


def _pad(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 5, 6, 3), draw.quant(rng))
    amounts = builder.constant(np.array([[0, 0], [1, 2], [0, 3], [0, 0]], np.int32))
    return builder.finish(builder.op("PAD", [builder.input, amounts], (1, 8, 9, 3), builder.quant(builder.input), 2))


def _pad_channels(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 4, 3, 5), draw.quant(rng))
    amounts = builder.constant(np.array([[0, 0], [0, 1], [2, 0], [1, 4]], np.int32))
    own = builder.quant(builder.input)
    filler = builder.constant(np.array([77], np.int8), [own.scale], own.zero_point)
    return builder.finish(builder.op("PADV2", [builder.input, amounts, filler], (1, 5, 5, 10), own, 2))


def _concatenation(axis: int) -> Recipe:
    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, 4, 5, 3), draw.quant(rng))
        own = builder.quant(builder.input)
        second = list(builder.shape(builder.input))
        second[axis] = 2
        constant = builder.constant(draw.weights(rng, second), [own.scale], own.zero_point)
        shape = list(second)
        shape[axis] = 2 * builder.shape(builder.input)[axis] + 2
        parts = [builder.input, constant, builder.input]
        joined = builder.op("CONCATENATION", parts, shape, own, 2, axis=axis, fused_activation_function=0)
        return builder.finish(joined)

    return build


def _prelu(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 4, 5, 6), Quant(0.05, int(rng.integers(-60, 60))))
    slopes = builder.constant(draw.weights(rng, (1, 1, 6)), [0.007], int(rng.integers(-20, 20)))
    return builder.finish(builder.op("PRELU", [builder.input, slopes], (1, 4, 5, 6), Quant(0.06, -30), 1))


def _split_and_join(rng: Rng) -> bytes:
    """SPLIT and UNPACK need several outputs: both, and their parts joined again in another order."""
    from emojicam.model.graph import Operator

    builder = ModelBuilder((1, 4, 4, 6), draw.quant(rng))
    own = builder.quant(builder.input)
    axis = builder.constant(np.array(3, np.int32))
    halves = [builder.activation((1, 4, 4, 3), own) for _ in range(2)]
    builder.operators.append(Operator("SPLIT", 2, (axis, builder.input), tuple(halves), {"num_splits": 2}))
    rows = [builder.activation((1, 4, 3), own) for _ in range(4)]
    builder.operators.append(Operator("UNPACK", 2, (halves[1],), tuple(rows), {"num": 4, "axis": 1}))
    packed = builder.op("PACK", rows[::-1], (1, 4, 4, 3), own, 2, values_count=4, axis=2)
    joined = builder.op(
        "CONCATENATION", [packed, halves[0]], (1, 4, 4, 6), own, 2, axis=-1, fused_activation_function=0
    )
    return builder.finish(joined)


def _strided_slice(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 8, 9, 4), draw.quant(rng))
    begin, end, step = ([0, 1, 8, 0], [1, 8, 1, 4], [1, 3, -2, 1])
    limits = [builder.constant(np.array(one, np.int32)) for one in (begin, end, step)]
    masks = {"begin_mask": 0, "end_mask": 1, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 0}
    own = builder.quant(builder.input)
    sliced = builder.op("STRIDED_SLICE", [builder.input, *limits], (1, 3, 4, 4), own, 2, **masks, offset=False)
    return builder.finish(sliced)


def _resize(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 5, 7, 3), draw.quant(rng))
    size = builder.constant(np.array([9, 4], np.int32))
    own = builder.quant(builder.input)
    options = {"align_corners": False, "half_pixel_centers": False}
    return builder.finish(builder.op("RESIZE_NEAREST_NEIGHBOR", [builder.input, size], (1, 9, 4, 3), own, 2, **options))


def _reshape(rng: Rng) -> bytes:
    builder = ModelBuilder((1, 4, 6, 5), draw.quant(rng))
    return builder.finish(builder.flatten(builder.input))


def _mean(shape: tuple[int, int, int], axes: tuple[int, ...], *, keep: bool, same_scale: bool = False) -> Recipe:
    def build(rng: Rng) -> bytes:
        builder = ModelBuilder((1, *shape), draw.quant(rng))
        own = builder.quant(builder.input)
        output = own if same_scale else Quant(own.scale * 0.3, int(rng.integers(-128, 128)))
        dropped = {axis % 4 for axis in axes}
        full = builder.shape(builder.input)
        sizes = [1 if axis in dropped else size for axis, size in enumerate(full) if keep or axis not in dropped]
        constant = builder.constant(np.array(axes, np.int32))
        return builder.finish(builder.op("MEAN", [builder.input, constant], sizes, output, 2, keep_dims=keep))

    return build


RECIPES: dict[str, Recipe] = {
    # CONV_2D: sizes, strides and paddings.
    "conv_3x3_same_odd": _conv((7, 9, 3), 5),
    "conv_3x3_stride2_same_even": _conv((12, 12, 1), 8, stride=2, activation="RELU6", zero_point=-128),
    "conv_3x3_stride2_same_odd": _conv((11, 9, 1), 8, stride=2, activation="RELU"),
    "conv_5x5_valid": _conv((11, 10, 3), 4, 5, padding="VALID"),
    "conv_2x2_even_window": _conv((7, 8, 2), 3, 2, stride=2),
    "conv_window_larger_than_input": _conv((2, 3, 4), 3, 5),
    "conv_stride_height_only": _conv((9, 8, 4), 6, (3, 1), stride=(2, 1)),
    "conv_stride_over_window": _conv((10, 10, 3), 4, 2, stride=4, padding="VALID"),
    "conv_1xn": _conv((1, 17, 4), 5, (1, 5)),
    "conv_nx1": _conv((13, 1, 6), 4, (4, 1), padding="VALID"),
    "conv_1x1": _conv((6, 6, 16), 24, 1),
    "conv_1x1_wide": _conv((3, 3, 128), 64, 1, activation="RELU6", zero_point=-128),
    "conv_1x1_odd_channels": _conv((5, 3, 13), 7, 1, per_channel=False),
    "conv_1x1_stride2": _conv((7, 7, 8), 6, 1, stride=2),
    "conv_1x1_one_pixel": _conv((1, 1, 256), 5, 1),
    "conv_1x1_one_channel": _conv((9, 5, 1), 1, 1),
    "conv_dilated_same": _conv((12, 11, 4), 4, dilation=(2, 3)),
    "conv_dilated_valid": _conv((12, 11, 4), 4, dilation=2, padding="VALID"),
    # CONV_2D: quantisation and activations.
    "conv_no_bias": _conv((6, 5, 4), 6, with_bias=False),
    "conv_per_tensor": _conv((6, 7, 4), 6, per_channel=False),
    "conv_zero_points_low_high": _conv((6, 6, 4), 4, input_zero_point=-128, zero_point=127),
    "conv_zero_points_high_low": _conv((6, 6, 4), 4, input_zero_point=127, zero_point=-128),
    "conv_relu6_inside_range": _conv((6, 6, 4), 8, activation="RELU6", zero_point=-20),
    "conv_relu_n1_to_1": _conv((6, 6, 4), 8, activation="RELU_N1_TO_1", zero_point=5),
    # DEPTHWISE_CONV_2D.
    "depthwise_3x3": _depthwise((8, 9, 8), activation="RELU6", zero_point=-128),
    "depthwise_3x3_odd_channels": _depthwise((7, 6, 5)),
    "depthwise_3x3_one_channel": _depthwise((6, 7, 1)),
    "depthwise_3x3_wide": _depthwise((6, 6, 64), activation="RELU", zero_point=-128),
    "depthwise_stride2_even": _depthwise((12, 10, 16), stride=2, activation="RELU6", zero_point=-128),
    "depthwise_stride2_odd": _depthwise((9, 11, 6), stride=2),
    "depthwise_valid": _depthwise((7, 8, 4), padding="VALID"),
    "depthwise_5x5": _depthwise((8, 7, 4), 5),
    "depthwise_1x1": _depthwise((5, 4, 6), 1),
    "depthwise_one_row": _depthwise((1, 12, 4), (1, 3)),
    "depthwise_whole_map": _depthwise((4, 4, 12), 4, padding="VALID"),
    "depthwise_window_larger_than_input": _depthwise((2, 2, 4), 5),
    "depthwise_multiplier_2": _depthwise((6, 5, 3), multiplier=2),
    "depthwise_multiplier_8": _depthwise((8, 8, 1), multiplier=8, stride=2),
    "depthwise_dilated_same": _depthwise((11, 10, 4), dilation=(2, 3)),
    "depthwise_dilated_valid": _depthwise((11, 10, 4), dilation=2, padding="VALID"),
    "depthwise_no_bias": _depthwise((6, 6, 4), with_bias=False),
    "depthwise_per_tensor": _depthwise((6, 6, 4), per_channel=False),
    "depthwise_relu6_inside_range": _depthwise((6, 6, 8), activation="RELU6", zero_point=-20),
    "depthwise_zero_points_low_high": _depthwise((5, 6, 8), input_zero_point=-128, zero_point=127),
    "depthwise_zero_points_high_low": _depthwise((5, 6, 8), input_zero_point=127, zero_point=-128),
    # FULLY_CONNECTED.
    "dense": _dense(64, 10),
    "dense_odd": _dense(37, 5, activation="RELU", zero_point=-128),
    "dense_no_bias": _dense(48, 6, with_bias=False),
    "dense_large": _dense(1024, 12),
    "dense_one_output": _dense(19, 1),
    "dense_zero_points_low_high": _dense(40, 9, input_zero_point=-128, zero_point=127),
    "dense_zero_points_high_low": _dense(40, 9, input_zero_point=127, zero_point=-128),
    # Pooling.
    "average_pool_2x2": _pool("AVERAGE_POOL_2D", (8, 6, 5), 2, stride=2),
    "average_pool_global": _pool("AVERAGE_POOL_2D", (3, 3, 20), 3),
    "average_pool_same_odd": _pool("AVERAGE_POOL_2D", (7, 9, 4), 3, stride=2, padding="SAME"),
    "average_pool_relu6": _pool("AVERAGE_POOL_2D", (6, 6, 4), (3, 2), activation="RELU6"),
    "max_pool_2x2": _pool("MAX_POOL_2D", (8, 6, 5), 2, stride=2),
    "max_pool_same_odd": _pool("MAX_POOL_2D", (7, 9, 4), 3, stride=2, padding="SAME"),
    "max_pool_overlapping_relu": _pool("MAX_POOL_2D", (6, 5, 16), (2, 3), activation="RELU"),
    # Element by element.
    "add_computed": _residual("ADD", (6, 5, 3), "RELU"),
    "add_constant": _binary("ADD", (5, 4, 6), (1, 5, 4, 6)),
    "add_channel": _binary("ADD", (5, 4, 6), (6,), "RELU6"),
    "add_scalar_shape": _binary("ADD", (5, 4, 3), (1, 1, 1, 1)),
    "mul_computed": _residual("MUL", (6, 5, 3), "NONE"),
    "mul_channel": _binary("MUL", (5, 4, 6), (1, 1, 1, 6), "RELU"),
    "sub_computed": _residual("SUB", (6, 5, 3), "NONE"),
    "sub_channel": _binary("SUB", (5, 4, 6), (1, 1, 1, 6)),
    "maximum_channel": _binary("MAXIMUM", (4, 4, 6), (1, 1, 1, 6)),
    "minimum_map": _binary("MINIMUM", (4, 4, 6), (1, 4, 4, 1)),
    "relu": _unary("RELU", (4, 5, 3), None),
    "relu6": _unary("RELU6", (4, 5, 3), None),
    "logistic": _unary("LOGISTIC", (4, 8, 8), PROBABILITY),
    "logistic_steep": _unary("LOGISTIC", (4, 8, 8), PROBABILITY, Quant(0.3, 127)),
    "tanh": _unary("TANH", (4, 8, 8), SIGNED_UNIT),
    "prelu": _prelu,
    "quantize_finer": _unary("QUANTIZE", (4, 5, 3), Quant(0.031, 20)),
    "quantize_coarser": _unary("QUANTIZE", (4, 5, 3), Quant(0.4, -128)),
    "mean_map": _mean((6, 6, 12), (1, 2), keep=False),
    "mean_map_same_scale": _mean((3, 4, 9), (1, 2), keep=True, same_scale=True),
    "mean_map_from_behind": _mean((5, 7, 4), (-2, -3), keep=False),
    "mean_channels": _mean((5, 4, 6), (3,), keep=True),
    "mean_rows": _mean((9, 4, 3), (1,), keep=False),
    "mean_everything": _mean((4, 4, 4), (1, 2, 3), keep=False, same_scale=True),
    "softmax": _unary("SOFTMAX", (10,), PROBABILITY, beta=1.0),
    "softmax_sharp": _unary("SOFTMAX", (5,), PROBABILITY, Quant(0.9, 127), beta=1.0),
    "softmax_maps": _unary("SOFTMAX", (3, 4, 7), PROBABILITY, Quant(0.02, -128), beta=2.0),
    "l2_normalization": _unary("L2_NORMALIZATION", (9,), SIGNED_UNIT, fused_activation_function=0),
    # Layout.
    "pad": _pad,
    "padv2_channels": _pad_channels,
    "concatenation_channels": _concatenation(3),
    "concatenation_rows": _concatenation(1),
    "split_unpack_pack": _split_and_join,
    "strided_slice": _strided_slice,
    "resize_nearest": _resize,
    "reshape": _reshape,
}


def random_layer(rng: Rng) -> bytes:
    """One random layer of the kinds that are worth accelerating, small enough to run thousands of.

    Every option, shape and quantisation is drawn, extremes more often than chance would have them.
    """
    kind = rng.choice(["conv", "pointwise", "depthwise", "dense", "pool"], p=[0.3, 0.25, 0.3, 0.1, 0.05])
    channels = int(rng.choice([1, 2, 3, 4, 5, 7, 8, 12, 16, 17, 32]))
    builder = ModelBuilder((1, *_random_size(rng), channels), draw.quant(rng))
    if kind == "dense":
        builder = ModelBuilder((1, int(rng.integers(1, 300))), draw.quant(rng))
        made = draw.dense(
            rng, builder, builder.input, int(rng.integers(1, 24)), with_bias=bool(rng.integers(2)),
            activation=str(rng.choice(draw.ACTIVATIONS)),
        )  # fmt: skip
        return builder.finish(made)
    if kind == "pool":
        size = builder.shape(builder.input)[1:3]
        window = (int(rng.integers(1, size[0] + 1)), int(rng.integers(1, size[1] + 1)))
        stride = (int(rng.integers(1, 4)), int(rng.integers(1, 4)))
        name = str(rng.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        padding, activation = str(rng.choice(["SAME", "VALID"])), str(rng.choice(draw.ACTIVATIONS))
        return builder.finish(
            builder.pool(name, builder.input, window, stride=stride, padding=padding, activation=activation)
        )
    options = _random_window(rng, builder.shape(builder.input)[1:3], pointwise=kind == "pointwise")
    if kind == "depthwise":
        multiplier = int(rng.choice([1, 1, 1, 1, 2, 3, 8]))
        return builder.finish(draw.depthwise(rng, builder, builder.input, multiplier=multiplier, **options))
    outputs = int(rng.choice([1, 2, 3, 4, 5, 7, 8, 16, 19, 32]))
    return builder.finish(draw.conv(rng, builder, builder.input, outputs, **options))


def _random_size(rng: Rng) -> tuple[int, int]:
    return int(rng.integers(1, 14)), int(rng.integers(1, 14))


def _random_window(rng: Rng, size: tuple[int, ...], *, pointwise: bool) -> dict[str, Any]:
    """Window, stride, dilation, padding, activation and quantisation that go together."""
    if pointwise:
        window, dilation = (1, 1), (1, 1)
    elif rng.random() < 0.6:
        window, dilation = (3, 3), (1, 1)
    else:
        window = (int(rng.integers(1, 6)), int(rng.integers(1, 6)))
        dilation = (int(rng.choice([1, 1, 2, 3])), int(rng.choice([1, 1, 2])))
    reach = [(one - 1) * step + 1 for one, step in zip(window, dilation, strict=True)]
    fits = all(one <= whole for one, whole in zip(reach, size, strict=True))
    strides = [(1, 1), (1, 1), (2, 2), (2, 1), (1, 3)]
    return {
        "window": window,
        "dilation": dilation,
        "stride": strides[int(rng.integers(len(strides)))],
        "padding": str(rng.choice(["SAME", "VALID"])) if fits else "SAME",
        "activation": str(rng.choice(draw.ACTIVATIONS)),
        "per_channel": bool(rng.random() < 0.8),
        "with_bias": bool(rng.random() < 0.85),
    }
