"""What is left out of a model changes none of its scores."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emojicam.model.graph import load, parse
from emojicam.model.oracle import LiteRt, TfliteMicro, run_all
from emojicam.model.slim import slim
from emojicam.model.write import serialise
from models import nets, zoo


@pytest.mark.parametrize("name", nets.RECIPES)
def test_slim_network_gives_the_same_scores(name: str) -> None:
    model = zoo.model(name)
    slimmed = serialise(slim(parse(model.data)))
    assert len(slimmed) < len(model.data)
    for oracle in (LiteRt, TfliteMicro):
        before, after = run_all(oracle(model.data), model.inputs), run_all(oracle(slimmed), model.inputs)
        np.testing.assert_array_equal(before, after)


def test_slim_reference_model_gives_the_same_scores(reference_model: Path) -> None:
    graph = load(reference_model)
    slimmed = serialise(slim(graph))
    assert len(slimmed) == 261_424
    frames = zoo.inputs_for(slimmed)
    for oracle in (LiteRt, TfliteMicro):
        before, after = run_all(oracle(serialise(graph)), frames), run_all(oracle(slimmed), frames)
        np.testing.assert_array_equal(before, after)


def test_names_and_scales_of_biases_are_gone() -> None:
    graph = slim(parse(zoo.model("net_mobilenet").data))
    ends = {*graph.inputs, *graph.outputs}
    assert not any(one.name for i, one in enumerate(graph.tensors) if i not in ends)
    convolutions = [op for op in graph.operators if "CONV_2D" in op.name]
    assert convolutions
    for operator in convolutions:
        bias, weights = graph.tensor(operator, 2), graph.tensor(operator, 1)
        assert bias is not None and not bias.scales
        assert weights is not None and weights.scales


def test_bias_that_another_operator_reads_keeps_its_scale() -> None:
    graph = parse(zoo.model("net_max_pooling").data)
    convolution, dense = graph.operators[0], graph.operators[-1]
    shared = convolution.inputs[2]
    # Nonsense to compute, but a file may say it: FULLY_CONNECTED checks the scale of its bias.
    operators = (*graph.operators[:-1], replace(dense, inputs=(*dense.inputs[:2], shared)))
    slimmed = slim(replace(graph, operators=operators))
    assert slimmed.tensors[shared].scales == graph.tensors[shared].scales


def test_slim_twice_is_slim_once() -> None:
    once = slim(parse(zoo.model("net_mobilenet").data))
    assert slim(once) is once
