"""A model that is well formed and says nothing is refused by layer or class, before an interpreter aborts on it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.model import degenerate
from emojicam.model.export import prepare
from emojicam.model.graph import Graph, Operator, Tensor, load, parse
from emojicam.model.write import serialise
from emojicam.training import predict
from models import draw, zoo
from models.builder import ModelBuilder, Quant

NAMES = ("none", "fist", "wave")


def _classifier() -> Graph:
    """Convolution, flattened, dense: three classes."""
    builder = ModelBuilder((1, 8, 8, 1), Quant(1 / 255, -128))
    rng = np.random.default_rng(1)
    x = draw.conv(rng, builder, builder.input, 2, stride=4)
    return builder.graph(draw.dense(rng, builder, builder.flatten(x), 3))


def _changed(index: int, **changes: object) -> Graph:
    """The classifier with another tensor: -1 is its output, else input `index` of the last layer, or a weight."""
    graph = _classifier()
    at = {-1: graph.outputs[0], 0: graph.operators[0].inputs[1], 1: graph.operators[-1].inputs[1]}[index]
    tensors = list(graph.tensors)
    tensors[at] = replace(tensors[at], **changes)  # type: ignore[arg-type]
    return replace(graph, tensors=tuple(tensors))


def _zeros(index: int) -> Graph:
    graph = _classifier()
    weights = graph.tensors[graph.operators[0 if index == 0 else -1].inputs[1]]
    return _changed(index, data=bytes(len(weights.data or b"")))


def _ending_in(name: str, scale: float) -> Graph:
    """The classifier with another layer behind its scores, which have this scale."""
    graph = _changed(-1, scales=(scale,))
    quant = Quant(1 / 128, 0) if name == "TANH" else Quant(1 / 256, -128)
    at = len(graph.tensors)
    added = Tensor("end", (1, 3), "int8", (quant.scale,), (quant.zero_point,))
    options = {"beta": 1.0} if name == "SOFTMAX" else {}
    last = Operator(name, 1, graph.outputs, (at,), options)
    return replace(graph, tensors=(*graph.tensors, added), operators=(*graph.operators, last), outputs=(at,))


def _never_the_second() -> Graph:
    """The second class has the first one's weights, and less to begin with."""
    graph = _classifier()
    operator = graph.operators[-1]
    weights, bias = graph.tensors[operator.inputs[1]], graph.tensors[operator.inputs[2]]
    rows, constants = weights.array().copy(), bias.array().copy()
    rows[1] = rows[0]
    step = graph.tensors[graph.outputs[0]].scale / bias.scale
    constants[1] = constants[0] - round(3 * step)
    tensors = list(graph.tensors)
    tensors[operator.inputs[1]] = replace(weights, data=rows.tobytes())
    tensors[operator.inputs[2]] = replace(bias, data=constants.tobytes())
    return replace(graph, tensors=tuple(tensors))


CASES: dict[str, tuple[Callable[[], Graph], str]] = {
    "a first layer of zeros": (lambda: _zeros(0), "layer 0, CONV_2D, has nothing but zeros for weights"),
    "a last layer of zeros": (lambda: _zeros(1), "layer 2, FULLY_CONNECTED, has nothing but zeros for weights"),
    "quantised on nothing": (
        lambda: _changed(-1, scales=(3.9e-9,)),
        "layer 2, FULLY_CONNECTED, gave nothing",
    ),
    "softmax of nothing": (lambda: _ending_in("SOFTMAX", 1.2e-8), "layer 3, SOFTMAX, has an input scale of 1.2e-08"),
    "logistic of hardly anything": (lambda: _ending_in("LOGISTIC", 8e-9), ""),
    "logistic of far too much": (lambda: _ending_in("LOGISTIC", 9.0), "layer 3, LOGISTIC, has an input scale of 9"),
    "tanh of far too much": (lambda: _ending_in("TANH", 9.0), "layer 3, TANH, has an input scale of 9"),
    "sums times too much": (lambda: _changed(0, scales=(1e20, 1e20)), "layer 0, CONV_2D, multiplies its sums by"),
    "a zero point far outside": (lambda: _changed(-1, zero_points=(10**12,)), "has a zero point of 1000000000000"),
    "a zero point next to int8": (lambda: _changed(-1, zero_points=(128,)), "zero point of 128, outside of int8"),
    "a class that never wins": (
        _never_the_second,
        "never answer 'fist': whatever the picture, 'none' has",
    ),
}


@pytest.mark.parametrize(("build", "says"), CASES.values(), ids=CASES.keys())
def test_a_model_that_says_nothing_is_refused_by_layer_or_class(build: Callable[[], Graph], says: str) -> None:
    if not says:
        prepare(build(), gestures=NAMES)  # on the right side of the limit
        return
    with pytest.raises(EmojicamError) as caught:
        prepare(build(), gestures=NAMES)
    assert says in caught.value.message
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_the_classifier_that_the_cases_spoil_and_the_whole_zoo_pass() -> None:
    prepare(_classifier(), gestures=NAMES)
    prepare(_ending_in("SOFTMAX", 0.1), gestures=NAMES)
    for model in zoo.models():
        degenerate.check_numbers(parse(model.data))


def test_a_way_around_a_layer_of_zeros_keeps_the_picture_in_the_scores() -> None:
    """As residual blocks begin: what is added is nothing yet."""
    builder = ModelBuilder((1, 4, 4, 1), Quant(1 / 255, -128))
    rng = np.random.default_rng(1)
    x = draw.conv(rng, builder, builder.input, 1, 1)
    weights = builder.operators[0].inputs[1]
    builder.tensors[weights] = replace(builder.tensors[weights], data=b"\0")
    total = builder.op("ADD", [builder.input, x], (1, 4, 4, 1), Quant(1 / 60, -128), 1, fused_activation_function=0)
    prepare(builder.graph(draw.dense(rng, builder, builder.flatten(total), 3)))


def test_the_scale_on_which_interpreters_abort_is_refused_before_they_have_it(tmp_path: Path) -> None:
    """LiteRT's and TFLM's PreprocessSoftmaxScaling end the process: shown by a process of its own."""
    model = tmp_path / "softmax.tflite"
    model.write_bytes(serialise(_ending_in("SOFTMAX", 1.2e-8)))
    with pytest.raises(EmojicamError, match="SOFTMAX, has an input scale"):
        predict.read(model)
    with pytest.raises(EmojicamError, match="SOFTMAX, has an input scale"):
        prepare(load(model))
    pytest.importorskip("tflite_micro")
    code = (
        "import sys, numpy, pathlib; from emojicam.model.oracle import TfliteMicro; "
        "TfliteMicro(pathlib.Path(sys.argv[1]).read_bytes()).run(numpy.zeros((1, 8, 8, 1), numpy.int8))"
    )
    done = subprocess.run([sys.executable, "-c", code, model], capture_output=True, timeout=300)
    assert done.returncode < 0  # by a signal
