"""Rewriting changes no value: the original and the folded model on the oracles, bit for bit."""

from dataclasses import replace

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.model.export import prepare
from emojicam.model.fold import fold
from emojicam.model.graph import ABSENT, Graph, Operator, Tensor, parse
from emojicam.model.oracle import LiteRt, TfliteMicro, run_all
from emojicam.model.schema import DTYPE_CODES
from emojicam.model.write import serialise
from models import draw, nets, raw, zoo
from models.builder import ModelBuilder, Quant

PIXELS = Quant(1 / 255, -128)


def _wrapped(graph: Graph, dtype: str) -> Graph:
    """As a converter writes it with float32 or uint8 input and output: QUANTIZE first, a conversion last."""

    def twin(index: int, name: str) -> Tensor:
        inner = graph.tensors[index]
        if dtype == "float32":
            return replace(inner, name=name, dtype=dtype, scales=(), zero_points=())
        return replace(inner, name=name, dtype=dtype, zero_points=(inner.zero_point + 128,))

    source, output = graph.inputs[0], graph.outputs[0]
    count = len(graph.tensors)
    last = "DEQUANTIZE" if dtype == "float32" else "QUANTIZE"
    operators = (
        Operator("QUANTIZE", 1, (count,), (source,)),
        *graph.operators,
        Operator(last, 2 if last == "DEQUANTIZE" else 1, (output,), (count + 1,)),
    )
    tensors = (*graph.tensors, twin(source, "image"), twin(output, "scores"))
    return replace(graph, tensors=tensors, operators=operators, inputs=(count,), outputs=(count + 1,), source=None)


@pytest.mark.parametrize("name", ["net_mobilenet", "net_resnet"])
def test_float_wrapped_model_gives_the_same_scores(name: str) -> None:
    inner = parse(zoo.model(name).data)
    wrapped = _wrapped(inner, "float32")
    source, output = inner.tensors[inner.inputs[0]], inner.tensors[inner.outputs[0]]
    folded = prepare(wrapped)
    assert [op.name for op in folded.graph.operators] == [op.name for op in inner.operators]
    assert any("QUANTIZE at the input" in note for note in folded.notes)
    frames = zoo.model(name).inputs
    real = [((frame.astype(np.float32) - source.zero_point) * np.float32(source.scale)) for frame in frames]
    for oracle in (LiteRt, TfliteMicro):
        scores = run_all(oracle(serialise(wrapped)), real)
        ours = run_all(oracle(folded.data), frames)
        for float_scores, int8_scores in zip(scores, ours, strict=True):
            assert float_scores.dtype == np.float32 and int8_scores.dtype == np.int8
            dequantised = (int8_scores.astype(np.float32) - output.zero_point) * np.float32(output.scale)
            np.testing.assert_array_equal(dequantised, float_scores)


def test_uint8_wrapped_model_gives_the_same_scores() -> None:
    inner = parse(zoo.model("net_mobilenet").data)
    wrapped = _wrapped(inner, "uint8")
    folded = prepare(wrapped)
    frames = zoo.model("net_mobilenet").inputs
    pixels = [(frame.astype(np.int16) + 128).astype(np.uint8) for frame in frames]
    scores = run_all(LiteRt(serialise(wrapped)), pixels)
    ours = run_all(LiteRt(folded.data), frames)
    for uint8_scores, int8_scores in zip(scores, ours, strict=True):
        np.testing.assert_array_equal(int8_scores.astype(np.int16) + 128, uint8_scores)


def test_uint8_input_in_another_scale_is_refused() -> None:
    wrapped = _wrapped(parse(zoo.model("net_mobilenet").data), "uint8")
    tensors = list(wrapped.tensors)
    tensors[wrapped.inputs[0]] = replace(tensors[wrapped.inputs[0]], scales=(0.5,))
    with pytest.raises(EmojicamError, match=r"the input is uint8.*inference_input_type = tf\.int8"):
        prepare(replace(wrapped, tensors=tuple(tensors)))


def test_float_softmax_behind_dequantize_is_cut_off_and_the_order_stays() -> None:
    wrapped = _wrapped(parse(zoo.model("net_mobilenet").data), "float32")
    scores = wrapped.tensors[wrapped.outputs[0]]
    softmax = Operator("SOFTMAX", 1, wrapped.outputs, (len(wrapped.tensors),), {"beta": 1.0})
    wrapped = replace(
        wrapped,
        tensors=(*wrapped.tensors, replace(scores, name="probabilities")),
        operators=(*wrapped.operators, softmax),
        outputs=(len(wrapped.tensors),),
    )
    folded = prepare(wrapped)
    assert not folded.is_probability
    frames = zoo.model("net_mobilenet").inputs
    assert folded.data == prepare(parse(zoo.model("net_mobilenet").data)).data
    source = folded.graph.tensors[folded.graph.inputs[0]]
    real = [((frame.astype(np.float32) - source.zero_point) * np.float32(source.scale)) for frame in frames]
    given, ours = run_all(LiteRt(serialise(wrapped)), real), run_all(LiteRt(folded.data), frames)
    for before, after in zip(given, ours, strict=True):
        assert (np.diff(before.ravel()[np.argsort(after.ravel(), kind="stable")]) >= 0).all()


def _flattened_by_shape_arithmetic() -> Graph:
    """Keras 3's Flatten: RESHAPE to a shape that SHAPE, STRIDED_SLICE and PACK compute from the batch."""
    rng = np.random.default_rng(5)
    builder = ModelBuilder((1, 8, 8, 1), PIXELS)
    x = draw.conv(rng, builder, builder.input, 3, stride=4)

    def int32(shape: tuple[int, ...]) -> int:
        builder.tensors.append(Tensor(f"shape{len(builder.tensors)}", shape, "int32"))
        return len(builder.tensors) - 1

    sizes, batch, packed = int32((4,)), int32(()), int32((2,))
    zero, one = builder.constant(np.array([0], np.int32)), builder.constant(np.array([1], np.int32))
    minus = builder.constant(np.array(12, np.int32))
    masks = {"begin_mask": 0, "end_mask": 0, "ellipsis_mask": 0, "new_axis_mask": 0, "shrink_axis_mask": 1}
    builder.operators += [
        Operator("SHAPE", 1, (x,), (sizes,), {"out_type": DTYPE_CODES["int32"]}),
        Operator("STRIDED_SLICE", 1, (sizes, zero, one, one), (batch,), {**masks, "offset": False}),
        Operator("PACK", 1, (batch, minus), (packed,), {"values_count": 2, "axis": 0}),
    ]
    flat = builder.op("RESHAPE", [x, packed], (1, 12), builder.quant(x), new_shape=None)
    return builder.graph(draw.dense(rng, builder, flat, 4))


def test_shape_arithmetic_is_folded_away() -> None:
    graph = _flattened_by_shape_arithmetic()
    folded = prepare(graph)
    assert [op.name for op in folded.graph.operators] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED"]
    frames = zoo.inputs_for(folded.data)
    for oracle in (LiteRt, TfliteMicro):
        before, after = run_all(oracle(serialise(graph)), frames), run_all(oracle(folded.data), frames)
        np.testing.assert_array_equal(before, after)


@pytest.mark.parametrize(("layers", "expected"), [
    (1, ["CONV_2D", "RESHAPE", "CONV_2D", "RESHAPE"]),
    # Between two of them no reshape is left.
    (2, ["CONV_2D", "RESHAPE", "CONV_2D", "CONV_2D", "RESHAPE"]),
])  # fmt: skip
def test_dense_with_scales_by_output_becomes_a1x1_convolution(layers: int, expected: list[str]) -> None:
    graph = nets.dense_by_output(layers)
    folded = prepare(graph)
    assert [op.name for op in folded.graph.operators] == expected
    frames = zoo.inputs_for(folded.data)
    before, now = run_all(TfliteMicro(serialise(graph)), frames), run_all(TfliteMicro(folded.data), frames)
    np.testing.assert_array_equal(before, now)
    np.testing.assert_array_equal(run_all(LiteRt(folded.data), frames), now)


def test_dense_with_scales_by_output_and_no_bias_gets_one_of_zeros() -> None:
    graph = nets.dense_by_output(with_bias=False)
    folded = prepare(graph)
    frames = zoo.inputs_for(folded.data)
    now = run_all(TfliteMicro(folded.data), frames)
    np.testing.assert_array_equal(run_all(TfliteMicro(serialise(graph)), frames), now)
    np.testing.assert_array_equal(run_all(LiteRt(folded.data), frames), now)


def test_absent_bias_is_cut_off() -> None:
    rng = np.random.default_rng(3)
    builder = ModelBuilder((1, 4, 4, 1), PIXELS)
    x = draw.dense(rng, builder, builder.flatten(builder.input), 3, with_bias=False)
    last = builder.operators[-1]
    builder.operators[-1] = replace(last, inputs=(*last.inputs, ABSENT))
    graph = builder.graph(x)
    folded = prepare(graph)
    assert len(folded.graph.operators[-1].inputs) == 2
    frames = zoo.inputs_for(folded.data)
    np.testing.assert_array_equal(
        run_all(TfliteMicro(serialise(graph)), frames), run_all(TfliteMicro(folded.data), frames)
    )


def test_dead_branch_is_dropped() -> None:
    rng = np.random.default_rng(3)
    builder = ModelBuilder((1, 4, 4, 1), PIXELS)
    draw.conv(rng, builder, builder.input, 9)
    x = draw.dense(rng, builder, builder.flatten(builder.input), 3)
    folded = fold(builder.graph(x))
    assert [op.name for op in folded.graph.operators] == ["RESHAPE", "FULLY_CONNECTED"]
    # Its tensors are gone from the file as well: TFLM would look for their beginning and end.
    assert len(parse(serialise(folded.graph)).tensors) == 5


def test_nothing_to_fold_leaves_the_file_alone(classifier: bytes) -> None:
    folded = fold(parse(classifier))
    assert serialise(folded.graph) == classifier
    assert folded.notes == ()


def test_unused_tensor_is_dropped(classifier: bytes) -> None:
    """TFLM gives up on it: "has an invalid lifetime"."""
    model = raw.decode(classifier)
    model["subgraphs"][0]["tensors"].append({**model["subgraphs"][0]["tensors"][0], "name": "spare"})
    folded = fold(parse(raw.encode(model)))
    assert folded.notes == ("Dropped tensors that no operator touches",)
    assert folded.graph.tensors == parse(classifier).tensors
