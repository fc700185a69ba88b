"""What strangers' models have that TFLM of July 2020 has not: the same scores in another form."""

from dataclasses import replace

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.model.export import prepare
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels.tables import match_table
from emojicam.model.oracle import LiteRt, TfliteMicro, run_all
from emojicam.model.schema import DTYPE_CODES
from emojicam.model.write import serialise
from models import draw, zoo
from models.builder import ModelBuilder, Quant

PIXELS = Quant(1 / 255, -128)
Rng = np.random.Generator
MASKS = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 1, "offset": False}


def _builder(shape: tuple[int, ...] = (1, 8, 8, 3)) -> tuple[Rng, ModelBuilder]:
    return np.random.default_rng(9), ModelBuilder(shape, PIXELS)


def _same(graph: Graph, *, oracle: type[LiteRt] | type[TfliteMicro] = TfliteMicro) -> Graph:
    """The folded graph, once it has been seen to give the scores of the one before."""
    folded = prepare(graph)
    for one in zoo.inputs_for(folded.data):
        shape = graph.tensors[graph.inputs[0]].shape
        before = oracle(serialise(graph)).run(one.reshape(shape))
        np.testing.assert_array_equal(TfliteMicro(folded.data).run(one).ravel(), before.ravel())
    return folded.graph


def _int32(builder: ModelBuilder, shape: tuple[int, ...]) -> int:
    builder.tensors.append(Tensor(f"shape{len(builder.tensors)}", shape, "int32"))
    return len(builder.tensors) - 1


def _constant(builder: ModelBuilder, *values: int) -> int:
    return builder.constant(np.array(values, np.int32))


def _edge_impulse(*, per_channel: bool) -> Graph:
    """The head of transfer learning: a dense layer on each of 9 pixels, flattened, a dense layer."""
    rng, builder = _builder((1, 6, 6, 1))
    x = draw.conv(rng, builder, builder.input, 5, stride=2)
    x = builder.reshape(x, (9, 5))
    weights = rng.integers(-127, 128, (16, 5)).astype(np.int8)
    bias = rng.integers(-50, 50, 16).astype(np.int32)
    scales = rng.uniform(0.001, 0.003, 16 if per_channel else 1).astype(np.float32).tolist()
    x = builder.fully_connected(x, weights, scales, bias, Quant(0.02, -128), activation="RELU")
    builder.tensors[x] = replace(builder.tensors[x], shape=(9, 16))
    return builder.graph(draw.dense(rng, builder, builder.reshape(x, (1, 144)), 4))


@pytest.mark.parametrize("per_channel", [False, True])
def test_a_dense_layer_on_several_rows_is_a_convolution_over_them(per_channel: bool) -> None:
    folded = _same(_edge_impulse(per_channel=per_channel))
    assert [op.name for op in folded.operators].count("CONV_2D") == 2


def test_shapes_computed_by_gather_product_and_pack_are_found_and_with_them_what_the_converter_left_open() -> None:
    """As Keras 3 writes a Dense layer on [batch, 9, C]: Tensordot."""
    rng, builder = _builder((1, 6, 6, 1))
    x = draw.conv(rng, builder, builder.input, 5, stride=2)
    x = builder.reshape(x, (1, 9, 5))
    sizes, free, rows, columns = (_int32(builder, shape) for shape in ((3,), (2,), (), ()))
    packed, joined, last = _int32(builder, (2,)), _int32(builder, (3,)), _int32(builder, (1,))
    zero = _constant(builder, 0)
    builder.operators += [
        Operator("SHAPE", 1, (x,), (sizes,), {"out_type": DTYPE_CODES["int32"]}),
        Operator("GATHER", 1, (sizes, _constant(builder, 0, 1)), (free,), {"axis": 0, "batch_dims": 0}),
        Operator("REDUCE_PROD", 1, (free, zero), (rows,), {"keep_dims": False}),
        Operator("GATHER", 1, (sizes, _constant(builder, 2)), (last,), {"axis": 0, "batch_dims": 0}),
        Operator("REDUCE_PROD", 1, (last, zero), (columns,), {"keep_dims": False}),
        Operator("PACK", 1, (rows, columns), (packed,), {"values_count": 2, "axis": 0}),
        Operator(
            "CONCATENATION", 1, (free, _constant(builder, 16)), (joined,), {"axis": 0, "fused_activation_function": 0}
        ),
    ]
    flat = builder.op("RESHAPE", [x, packed], (1, 1), builder.quant(x), new_shape=None)
    builder.tensors[flat] = replace(builder.tensors[flat], signature=(-1, -1))
    weights = rng.integers(-127, 128, (16, 5)).astype(np.int8)
    dense = builder.fully_connected(flat, weights, [0.002], None, Quant(0.02, 4))
    builder.tensors[dense] = replace(builder.tensors[dense], signature=(-1, 16))
    spread = builder.op("RESHAPE", [dense, joined], (1, 9, 16), builder.quant(dense), new_shape=None)
    graph = builder.graph(draw.dense(rng, builder, builder.reshape(spread, (1, 144)), 4))
    folded = prepare(graph)
    assert not {"SHAPE", "GATHER", "REDUCE_PROD", "PACK", "CONCATENATION"} & {op.name for op in folded.graph.operators}
    dense_rows = [op for op in folded.graph.operators if op.name == "CONV_2D"][1]
    assert folded.graph.output(dense_rows).shape == (1, 1, 9, 16)


def test_reduce_max_over_the_map_is_a_pool() -> None:
    rng, builder = _builder()
    x = draw.conv(rng, builder, builder.input, 6)
    x = builder.op("REDUCE_MAX", [x, _constant(builder, 1, 2)], (1, 6), builder.quant(x), 2, keep_dims=False)
    folded = _same(builder.graph(draw.dense(rng, builder, x, 3)), oracle=LiteRt)
    assert "MAX_POOL_2D" in {op.name for op in folded.operators}


def test_transpose_of_dimensions_of_1_is_a_reshape() -> None:
    rng, builder = _builder()
    x = draw.conv(rng, builder, builder.input, 6, 8, padding="VALID")
    x = builder.op("TRANSPOSE", [x, _constant(builder, 0, 3, 1, 2)], (1, 6, 1, 1), builder.quant(x))
    folded = _same(builder.graph(draw.dense(rng, builder, builder.flatten(x), 3)))
    assert [op.name for op in folded.operators] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]


@pytest.mark.parametrize("per_channel", [False, True])
def test_a_map_that_is_turned_before_it_is_flattened_sorts_the_dense_layers_weights(per_channel: bool) -> None:
    """As PyTorch's models come: [1, 8, 9, 5] to [1, 5, 8, 9] to [1, 360]."""
    rng, builder = _builder((1, 8, 9, 3))
    x = draw.conv(rng, builder, builder.input, 5)
    x = builder.op("TRANSPOSE", [x, _constant(builder, 0, 3, 1, 2)], (1, 5, 8, 9), builder.quant(x))
    graph = builder.graph(draw.dense(rng, builder, builder.flatten(x), 4, per_channel=per_channel))
    folded = _same(graph)
    assert "TRANSPOSE" not in {op.name for op in folded.operators}


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
def test_a_dilated_convolution_between_blocks_of_batches_is_one_layer(padding: str) -> None:
    rng, builder = _builder()
    x = draw.conv(rng, builder, builder.input, 4)
    weights = rng.integers(-127, 128, (5, 3, 3, 4)).astype(np.int8)
    before = 2 if padding == "SAME" else 0
    tall = 8 if padding == "SAME" else 4
    pads = builder.constant(np.full((2, 2), before, np.int32))
    crops = builder.constant(np.zeros((2, 2), np.int32))
    blocks = _constant(builder, 2, 2)
    inner = (8 + 2 * before) // 2
    apart = builder.op("SPACE_TO_BATCH_ND", [x, blocks, pads], (4, inner, inner, 4), builder.quant(x))
    made = builder.conv(apart, weights, [0.002], np.zeros(5, np.int32), Quant(0.03, 2), padding="VALID")
    together = builder.op("BATCH_TO_SPACE_ND", [made, blocks, crops], (1, tall, tall, 5), builder.quant(made))
    scores = draw.conv(rng, builder, together, 3, tall, padding="VALID")
    # tflite-micro's SPACE_TO_BATCH_ND pads with another value than the zero point.
    folded = _same(builder.graph(scores), oracle=LiteRt)
    (dilated,) = [op for op in folded.operators if op.options.get("dilation_h_factor") == 2]
    assert dilated.name == "CONV_2D"


def test_a_picture_without_a_dimension_for_channels_gets_one() -> None:
    rng, builder = _builder((1, 8, 9))
    x = builder.reshape(builder.input, (1, 8, 9, 1))
    folded = _same(builder.graph(draw.dense(rng, builder, builder.flatten(draw.conv(rng, builder, x, 3)), 3)))
    assert folded.tensors[folded.inputs[0]].shape == (1, 8, 9, 1)
    assert folded.operators[0].name == "CONV_2D"


def test_a_picture_with_channels_first_that_is_turned_at_once_comes_with_channels_last() -> None:
    rng, builder = _builder((1, 3, 8, 9))
    x = builder.op("TRANSPOSE", [builder.input, _constant(builder, 0, 2, 3, 1)], (1, 8, 9, 3), PIXELS)
    graph = builder.graph(draw.dense(rng, builder, builder.flatten(draw.conv(rng, builder, x, 3)), 3))
    folded = prepare(graph)
    assert folded.graph.tensors[folded.graph.inputs[0]].shape == (1, 8, 9, 3)
    for one in zoo.inputs_for(folded.data):
        before = LiteRt(serialise(graph)).run(np.ascontiguousarray(one.transpose(0, 3, 1, 2)))
        assert np.abs(TfliteMicro(folded.data).run(one).astype(int) - before).max() <= 1  # LiteRT's dense layer


@pytest.mark.parametrize("shape", [(1, 1, 1, 3), (3,)])
def test_scores_of_another_shape_become_a_row(shape: tuple[int, ...]) -> None:
    rng, builder = _builder()
    x = builder.reshape(draw.dense(rng, builder, builder.flatten(builder.input), 3), shape)
    assert prepare(builder.graph(x)).classes == ("class 0", "class 1", "class 2")
    rng, builder = _builder()
    x = draw.conv(rng, builder, builder.input, 3, 8, padding="VALID")
    folded = _same(builder.graph(x))
    assert folded.tensors[folded.outputs[0]].shape == (1, 3)


@pytest.mark.parametrize("tail", ["LOG_SOFTMAX", "ARG_MAX"])
def test_a_tail_that_keeps_the_order_is_cut_off(tail: str) -> None:
    rng, builder = _builder()
    scores = draw.dense(rng, builder, builder.flatten(builder.input), 4)
    if tail == "ARG_MAX":
        builder.tensors.append(Tensor("answer", (1,), "int32"))
        answer = len(builder.tensors) - 1
        builder.operators.append(
            Operator("ARG_MAX", 1, (scores, _constant(builder, -1)), (answer,), {"output_type": 2})
        )
    else:
        answer = builder.op("LOG_SOFTMAX", [scores], (1, 4), Quant(0.0625, 127), 2)
    folded = prepare(builder.graph(answer))
    assert [op.name for op in folded.graph.operators] == ["RESHAPE", "FULLY_CONNECTED"]
    assert not folded.is_probability
    frames = zoo.inputs_for(folded.data)
    before, after = run_all(LiteRt(serialise(builder.graph(answer))), frames), run_all(LiteRt(folded.data), frames)
    for one, ours in zip(before, after, strict=True):
        if tail == "ARG_MAX":
            assert int(one.ravel()[0]) == int(np.argmax(ours))
        else:
            assert (np.diff(one.ravel()[np.argsort(ours.ravel(), kind="stable")].astype(int)) >= 0).all()


def _one_output(*, sigmoid: bool) -> Graph:
    rng, builder = _builder()
    x = draw.dense(rng, builder, builder.flatten(builder.input), 1, gain=4.0)
    if sigmoid:
        x = builder.op("LOGISTIC", [x], (1, 1), Quant(1 / 256, -128), 2)
    return builder.graph(x)


def test_one_probability_is_two_classes_that_add_up_to_1() -> None:
    folded = prepare(_one_output(sigmoid=True), gestures=["none", "hand"])
    assert folded.head.kind == "sigmoid"
    for probability in range(-128, 128):
        none, hand = folded.head.scores(np.array([[probability]], np.int8)).tolist()
        assert hand == probability
        assert none + hand == (-1 if probability == -128 else 0)  # in 256ths from -128 on


def test_one_logit_is_two_classes_of_which_one_has_0() -> None:
    folded = prepare(_one_output(sigmoid=False), gestures=["none", "hand"])
    zero_point = folded.graph.tensors[folded.graph.outputs[0]].zero_point
    assert folded.head.scores(np.array([[44]], np.int8)).tolist() == [zero_point, 44]


def _many(classes: int) -> Graph:
    rng, builder = _builder()
    return builder.graph(draw.dense(rng, builder, builder.flatten(builder.input), classes, gain=4.0))


def test_a_thousand_outputs_are_taken_as_they_are_or_by_gestures_that_have_some_of_them() -> None:
    assert len(prepare(_many(1000)).classes) == 1000
    folded = prepare(_many(1000), gestures=["none", "cat", "dog"], outputs=[(), (281, 282), (7,)])
    values = np.random.default_rng(1).integers(-128, 100, 1000).astype(np.int8)
    rest = np.delete(values, [281, 282, 7])
    assert folded.head.scores(values).tolist() == [rest.max(), values[281:283].max(), values[7]]


@pytest.mark.parametrize(
    ("outputs", "complaint"),
    [
        ([(), (1,), ()], "'dog' has no outputs"),
        ([(), (1,), (1,)], "output 1 is 'cat' and 'dog'"),
        ([(), (1,), (20,)], "output 20, and the model has 20"),
        ([(), tuple(range(10)), tuple(range(10, 20))], "no output of the model is left for 'none'"),
        (None, "20 classes and emojicam.toml has 3 gestures"),
    ],
)
def test_outputs_that_do_not_go_with_the_model_are_refused(
    outputs: list[tuple[int, ...]] | None, complaint: str
) -> None:
    with pytest.raises(EmojicamError, match=complaint):
        prepare(_many(20), gestures=["none", "cat", "dog"], outputs=outputs)


def test_what_needs_no_rewriting_stays_the_same_object() -> None:
    rng, builder = _builder()
    graph = builder.graph(draw.dense(rng, builder, builder.flatten(draw.conv(rng, builder, builder.input, 4)), 3))
    assert fold(graph).graph is graph


@pytest.mark.parametrize(("depth", "outputs"), [(4, 12), (2, 24), (1, 8), (1, 16)])
def test_a_grouped_convolution_is_one_with_zeros_or_a_depthwise_one(depth: int, outputs: int) -> None:
    rng, builder = _builder((1, 8, 9, 3))
    x = draw.conv(rng, builder, builder.input, 8)
    weights = rng.integers(-127, 128, (outputs, 3, 3, depth)).astype(np.int8)
    scales = rng.uniform(0.002, 0.004, outputs).astype(np.float32).tolist()
    bias = rng.integers(-500, 500, outputs).astype(np.int32)
    x = builder.conv(x, weights, scales, bias, Quant(0.05, 7))
    # The file's word for all of its convolutions.
    builder.operators = [replace(op, version=6) if op.name == "CONV_2D" else op for op in builder.operators]
    # tflite-micro doesn't know of groups.
    folded = _same(builder.graph(draw.dense(rng, builder, builder.flatten(x), 4)), oracle=LiteRt)
    wanted = "DEPTHWISE_CONV_2D" if depth == 1 else "CONV_2D"
    assert [op.name for op in folded.operators] == ["CONV_2D", wanted, "RESHAPE", "FULLY_CONNECTED"]


@pytest.mark.parametrize(("classes", "left"), [(255, "SOFTMAX"), (256, "FULLY_CONNECTED")])
def test_a_softmax_of_so_many_that_it_overflows_is_cut_off(classes: int, left: str) -> None:
    """All alike, gemmlowp's int8 softmax of 256 divides by 2^32: LiteRT and tflite-micro abort (found by MobileNet)."""
    _, builder = _builder((1, 4, 4, 1))
    flat = builder.flatten(builder.input)
    weights = np.ones((classes, 16), np.int8)
    x = builder.fully_connected(flat, weights, [0.01], np.zeros(classes, np.int32), Quant(0.003, 5))
    x = builder.op("SOFTMAX", [x], (1, classes), Quant(1 / 256, -128), 2, beta=1.0)
    prepared = prepare(builder.graph(x))
    assert prepared.graph.operators[-1].name == left
    assert prepared.is_probability == (left == "SOFTMAX")
    assert len(set(TfliteMicro(prepared.data).run(zoo.inputs_for(prepared.data)[0]).ravel().tolist())) == 1


@pytest.mark.parametrize("name", ["RELU", "RELU6"])
@pytest.mark.parametrize("scale", [0.031, 0.07, 0.0471])
def test_a_relu_that_changes_the_scale_is_a_leaky_one_without_a_slope(name: str, scale: float) -> None:
    """As the converter writes what stands behind a sum of maps with another reader."""
    builder = ModelBuilder((1, 16, 16, 1), Quant(0.0529, 11))
    x = builder.op(name, [builder.input], (1, 16, 16, 1), Quant(scale, -128), 2)
    graph = builder.graph(builder.flatten(x))
    every = np.arange(-128, 128).astype(np.int8).reshape(1, 16, 16, 1)
    folded = prepare(graph)
    expected = LiteRt(serialise(graph)).run(every)
    np.testing.assert_array_equal(TfliteMicro(folded.data).run(every), expected)
    assert folded.graph.operators[0].name == "LEAKY_RELU"
    index = 0 if name == "RELU" else 1
    np.testing.assert_array_equal(match_table(folded.graph, index).values[0], expected.ravel())
