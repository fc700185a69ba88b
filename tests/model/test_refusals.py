"""What the firmware cannot run is refused, each by its own line that says what to try."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emojicam.cli import main
from emojicam.errors import EmojicamError
from emojicam.model import memory
from emojicam.model.export import prepare
from emojicam.model.graph import Graph, Operator, Tensor, parse
from emojicam.model.support import Budget
from models import draw, zoo
from models.builder import ModelBuilder, Quant

PIXELS = Quant(1 / 255, -128)


def _rng() -> np.random.Generator:
    return np.random.default_rng(1)


def _classifier(shape: tuple[int, ...] = (1, 8, 8, 1), classes: int = 3) -> Graph:
    """The smallest thing that is accepted: one convolution, flattened, dense."""
    builder = ModelBuilder(shape, PIXELS)
    x = draw.conv(_rng(), builder, builder.input, 2, stride=4)
    return builder.graph(draw.dense(_rng(), builder, builder.flatten(x), classes))


def _with_layer(name: str, version: int = 1, **options: object) -> Graph:
    """The classifier with one more operator in front of it that keeps the shape."""
    graph = _classifier()
    source = graph.tensors[graph.inputs[0]]
    added = len(graph.tensors)
    operator = Operator(name, version, graph.inputs, (added,), options)
    first = replace(graph.operators[0], inputs=(added, *graph.operators[0].inputs[1:]))
    return replace(
        graph,
        tensors=(*graph.tensors, replace(source, name="added")),
        operators=(operator, first, *graph.operators[1:]),
    )


def _with_tensors(change: Callable[[Tensor], Tensor]) -> Graph:
    graph = _classifier()
    return replace(graph, tensors=tuple(change(tensor) for tensor in graph.tensors))


def _with_operator(index: int, **changes: object) -> Graph:
    graph = _classifier()
    operator = graph.operators[index]
    options = {**operator.options, **{k: v for k, v in changes.items() if k in operator.options}}
    fields = {k: v for k, v in changes.items() if k not in operator.options}
    operators = list(graph.operators)
    operators[index] = replace(operator, options=options, **fields)  # type: ignore[arg-type]
    return replace(graph, operators=tuple(operators))


def _float(tensor: Tensor) -> Tensor:
    if tensor.dtype == "int32" and tensor.data is not None:
        return replace(tensor, dtype="float32", scales=(), zero_points=())
    data = None if tensor.data is None else tensor.array().astype(np.float32).tobytes()
    return replace(tensor, dtype="float32", scales=(), zero_points=(), data=data)


def _as(dtype: str, zero_point: int = 0) -> Callable[[Tensor], Tensor]:
    def change(tensor: Tensor) -> Tensor:
        if tensor.data is not None:
            return tensor
        return replace(tensor, dtype=dtype, zero_points=(zero_point,))

    return change


def _mixed() -> Graph:
    """int8 inside, float32 at one layer."""
    graph = _classifier()
    output = graph.operators[0].outputs[0]
    tensors = list(graph.tensors)
    tensors[output] = replace(tensors[output], dtype="float32", scales=(), zero_points=())
    return replace(graph, tensors=tuple(tensors))


def _two_outputs() -> Graph:
    graph = _classifier()
    return replace(graph, outputs=(*graph.outputs, graph.operators[0].outputs[0]))


def _two_inputs() -> Graph:
    graph = _classifier()
    return replace(graph, inputs=(*graph.inputs, len(graph.tensors)), tensors=(*graph.tensors, graph.tensors[0]))


def _output_map() -> Graph:
    graph = _classifier()
    return replace(graph, outputs=graph.operators[0].outputs, operators=graph.operators[:1])


def _dynamic() -> Graph:
    return _with_tensors(lambda one: replace(one, signature=(-1, -1, -1, 1)) if one.name == "input" else one)


def _scaled_weights(**changes: object) -> Graph:
    graph = _classifier()
    weights = graph.operators[0].inputs[1]
    tensors = list(graph.tensors)
    tensors[weights] = replace(tensors[weights], **changes)  # type: ignore[arg-type]
    return replace(graph, tensors=tuple(tensors))


def _concatenated(parts: int, other_scale: bool = False) -> Graph:
    builder = ModelBuilder((1, 4, 4, 1), PIXELS)
    own = builder.quant(builder.input)
    odd = builder.constant(np.zeros((1, 4, 4, 1), np.int8), [0.5 if other_scale else own.scale], own.zero_point)
    options = {"axis": 3, "fused_activation_function": 0}
    inputs = [builder.input] * (parts - 1) + [odd]
    x = builder.op("CONCATENATION", inputs, (1, 4, 4, parts), own, 2, **options)
    return builder.graph(draw.dense(_rng(), builder, builder.flatten(x), 3))


def _pool_in_other_scale() -> Graph:
    builder = ModelBuilder((1, 4, 4, 1), PIXELS)
    x = builder.pool("MAX_POOL_2D", builder.input, 2)
    builder.tensors[x] = replace(builder.tensors[x], scales=(0.7,))
    return builder.graph(draw.dense(_rng(), builder, builder.flatten(x), 3))


def _softmax_scale() -> Graph:
    builder = ModelBuilder((1, 4, 4, 1), PIXELS)
    x = draw.dense(_rng(), builder, builder.flatten(builder.input), 3)
    return builder.graph(builder.op("SOFTMAX", [x], (1, 3), Quant(1 / 255, -128), 2, beta=1.0))


def _unread_part() -> Graph:
    builder = ModelBuilder((1, 4, 4, 2), PIXELS)
    grey = (
        builder.activation((1, 4, 4, 1), PIXELS, "half"),
        builder.activation((1, 4, 4, 1), PIXELS, "unread half"),
    )
    axis = builder.constant(np.array(3, np.int32))
    x = draw.conv(_rng(), builder, builder.input, 2, 1)
    builder.tensors[x] = replace(builder.tensors[x], scales=(PIXELS.scale,), zero_points=(-128,))
    builder.operators.append(Operator("SPLIT", 2, (axis, x), grey, {"num_splits": 2}))
    builder.tensors[0] = replace(builder.tensors[0], shape=(1, 4, 4, 1))
    weights = builder.operators[0].inputs[1]
    old = builder.tensors[weights]
    builder.tensors[weights] = replace(old, shape=(2, 1, 1, 1), data=(old.data or b"")[:2])
    return builder.graph(draw.dense(_rng(), builder, builder.flatten(grey[0]), 3))


def _int8_zero_points(value: int) -> Callable[[Tensor], Tensor]:
    """For activations; weights are refused for any zero point."""
    return lambda one: (
        replace(one, zero_points=(value,)) if one.dtype == "int8" and one.data is None and one.scales else one
    )


CASES: dict[str, tuple[Callable[[], Graph], str, str]] = {
    # name: (model, what the line says, what it tells to try)
    "float": (lambda: _with_tensors(_float), "computes in float32 (CONV_2D)", "quantising it to int8"),
    "partly_float": (_mixed, "computes partly in float32", "TFLITE_BUILTINS_INT8"),
    "int16": (lambda: _with_tensors(_as("int16")), "int16 activations", "quantising it to int8"),
    "uint8": (lambda: _with_tensors(_as("uint8", 128)), "uint8 activations", "quantising it to int8"),
    "op_without_kernel": (lambda: _with_layer("RESIZE_BILINEAR"), "layer 0, RESIZE_BILINEAR, has no", "NEAREST"),
    "custom_op": (lambda: _with_layer("CUSTOM:Magic"), "layer 0, CUSTOM:Magic, has no kernel", "one of ADD"),
    "compiled_by_vela": (
        lambda: _with_layer("CUSTOM:ethos-u"),
        "compiled already, by Vela for Arm's Ethos-U",
        "the int8 .tflite that the compiler was given",
    ),
    "compiled_for_a_tpu": (lambda: _with_layer("CUSTOM:edgetpu-custom-op"), "for Google's Edge TPU", "was given"),
    "detector": (lambda: _with_layer("CUSTOM:TFLite_Detection_PostProcess"), "detects objects", "classifier"),
    "full_tensorflow": (lambda: _with_layer("CUSTOM:FlexErf"), "has Erf of full TensorFlow", "TFLITE_BUILTINS"),
    "float_only_kernel": (lambda: _with_layer("NEG"), "layer 0, NEG, has a kernel for float32 only", "SUB"),
    "float_inside": (
        lambda: _with_layer("DEQUANTIZE"),
        "layer 0, DEQUANTIZE, has no kernel",
        "int8 throughout: DEQUANTIZE is possible at the output only",
    ),
    "version": (
        lambda: _with_operator(0, version=7),
        "CONV_2D, has version 7; the firmware knows",
        "plain int8",
    ),
    "dynamic_shape": (_dynamic, "dynamic shape [-1, -1, -1, 1]", "tf.keras.Input((96, 96, 1))"),
    "batch": (lambda: _classifier((4, 8, 8, 1), 3), "batch of 4", "a batch of 1"),
    "channels": (lambda: _classifier((1, 8, 8, 2)), "the input has 2 channels", "1 (grey) or 3 (RGB)"),
    "input_too_large": (
        lambda: _classifier((1, 8, 321, 1)),
        "input of 321x8 is too large",
        "at most 320 pixels",
    ),
    "input_no_image": (
        lambda: parse(zoo.model("net_autoencoder").data),
        "the input has the shape [1, 64]",
        "[1, height, width",
    ),
    "two_outputs": (_two_outputs, "1 inputs and 2 outputs", "one input image and one output"),
    "two_inputs": (_two_inputs, "2 inputs and 1 outputs", "one input image"),
    "output_map": (_output_map, "the output has the shape [1, 2, 2, 2] instead of [1, classes]", "Flatten"),
    "state": (
        lambda: _with_tensors(lambda one: replace(one, is_variable=one.name == "t3")),
        "keeps a state",
        "recurrent",
    ),
    "scale_of_zero": (
        lambda: _with_tensors(lambda one: replace(one, scales=tuple(0.0 for _ in one.scales))),
        "has a scale of 0",
        "representative_dataset",
    ),
    "scale_that_is_no_number": (
        lambda: _with_tensors(lambda one: replace(one, scales=tuple(float("nan") for _ in one.scales))),
        "has a scale of nan",
        "representative_dataset",
    ),
    "scale_below_zero": (
        lambda: _with_tensors(lambda one: replace(one, scales=tuple(-1.0 for _ in one.scales))),
        "has a scale of -1",
        "representative_dataset",
    ),
    "zero_point_beyond_64_bits_of_products": (
        lambda: _with_tensors(_int8_zero_points(2**62)),
        "has a zero point of 4611686018427387904, outside of int8",
        "representative_dataset",
    ),
    "zero_point_just_outside": (
        lambda: _with_tensors(_int8_zero_points(128)),
        "has a zero point of 128, outside of int8",
        "representative_dataset",
    ),
    "weight_zero_point": (
        lambda: _scaled_weights(zero_points=(3, 0)),
        "weights with a zero point",
        "symmetric",
    ),
    "int4_weights": (lambda: _scaled_weights(dtype="int4"), "has int4 weights", "converting it again"),
    "grouped": (
        lambda: _scaled_weights(shape=(2, 3, 1, 3), data=b"\1" * 18),
        "is a grouped convolution",
        "DEPTHWISE",
    ),
    "stride_of_zero": (
        lambda: _with_operator(0, stride_w=0),
        "stride, dilation or window below 1",
        "converting",
    ),
    "wrong_output_size": (
        lambda: _with_operator(0, stride_h=2),
        "where [4, 2] follows",
        "converting it again",
    ),
    "fused_tanh": (
        lambda: _with_operator(0, fused_activation_function=4),
        "fuses the activation TANH",
        "RELU6",
    ),
    "concatenation_of_many": (lambda: _concatenated(11), "joins 11 tensors, 10 are possible", "two steps"),
    "concatenation_in_scales": (
        lambda: _concatenated(2, other_scale=True),
        "in different scales",
        "converting",
    ),
    "pool_in_scales": (
        _pool_in_other_scale,
        "layer 0, MAX_POOL_2D, has inputs and outputs in different",
        "convert",
    ),
    "softmax_scale": (
        _softmax_scale,
        "SOFTMAX, has another output scale than 0.00390625",
        "converting it again",
    ),
    "unread_output": (_unread_part, "computes unread half, which nothing reads", "without it"),
}


@pytest.mark.parametrize("case", CASES)
def test_model_that_the_firmware_cannot_run_is_refused_by_its_line(case: str) -> None:
    build, complaint, hint = CASES[case]
    with pytest.raises(EmojicamError) as caught:
        prepare(build())
    message, advice = str(caught.value).split("; try: ", 1) if "; try: " in str(caught.value) else ("", "")
    assert complaint in str(caught.value)
    assert message and hint in advice
    assert "\n" not in str(caught.value)


def test_the_classifier_that_the_cases_spoil_is_accepted() -> None:
    assert prepare(_classifier()).classes == ("class 0", "class 1", "class 2")


def test_rgb_input_is_accepted() -> None:
    prepare(_classifier((1, 8, 8, 3)))


def test_open_batch_is_accepted() -> None:
    graph = _with_tensors(lambda one: replace(one, signature=(-1, 8, 8, 1)) if one.name == "input" else one)
    prepare(graph)


def test_other_class_count_than_gestures_is_refused() -> None:
    with pytest.raises(EmojicamError, match=r"3 classes and emojicam\.toml has 2 gestures \(none, fist\); try: one"):
        prepare(_classifier(), gestures=["none", "fist"])


def test_model_larger_than_flash_is_refused() -> None:
    with pytest.raises(EmojicamError, match=r"flash has room for 1,000; try: fewer channels"):
        prepare(_classifier(), budget=Budget(model_bytes=1000))


def _wide(channels: int) -> Graph:
    """320x320 pixels of so many channels, and then few."""
    builder = ModelBuilder((1, 320, 320, 1), PIXELS)
    x = draw.conv(_rng(), builder, builder.input, channels)
    x = builder.pool("AVERAGE_POOL_2D", x, (320, 320))
    return builder.graph(draw.dense(_rng(), builder, builder.flatten(x), 3))


def test_activations_far_larger_than_memory_are_refused_before_anything_is_compiled() -> None:
    with pytest.raises(EmojicamError, match=r"arena of 6,[\d,]+ bytes, there is room for 293,888; try: fewer channels"):
        prepare(_wide(64))


def test_activations_that_kernels_may_not_need_are_left_to_what_is_measured() -> None:
    planned = memory.head_bytes(memory.plan(_wide(4)))
    assert planned > Budget().arena_bytes
    prepare(_wide(4))


def test_no_model_at_all_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "picture.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(SystemExit) as caught:
        main(["export", str(picture), "-o", str(tmp_path / "out"), "--any-classes"])
    assert caught.value.code == 1
    error = capsys.readouterr().err
    assert "is not a TensorFlow Lite model" in error and "tf.lite.TFLiteConverter" in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_missing_directory_option_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["export", "model.tflite"])
    assert caught.value.code == 2
