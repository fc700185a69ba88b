"""Layers as tables: each of the 256 values as the oracle has it, alone and in chains."""

import numpy as np
import pytest

from emojicam.model.graph import Graph
from emojicam.model.kernels.compile import Core, compile_graph, uncompiled
from emojicam.model.kernels.match import NotOurs
from emojicam.model.kernels.tables import ONLY_AS_TABLES, match_table
from emojicam.model.oracle import LiteRt, TfliteMicro
from emojicam.model.write import serialise
from models import draw
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator
SHAPE = (1, 16, 16, 1)
EVERY_VALUE = np.arange(-128, 128).astype(np.int8).reshape(SHAPE)


def _scale(rng: Rng) -> float:
    return float(np.exp(rng.uniform(np.log(0.002), np.log(0.1))))


def _zero(rng: Rng) -> int:
    return int(rng.integers(-128, 128))


def one_value_layer(rng: Rng, builder: ModelBuilder, x: int, name: str) -> int:
    """A layer of this kind behind `x`, with scales as a converter might choose them, and others."""
    shape, scale = builder.shape(x), builder.quant(x).scale
    wide = Quant(scale * float(rng.uniform(0.4, 2)), _zero(rng))
    if name == "LOGISTIC":
        return builder.op(name, [x], shape, Quant(1 / 256, -128), 2)
    if name == "TANH":
        return builder.op("TANH", [x], shape, Quant(1 / 128, 0), 2)
    if name in ("RELU", "RELU6"):
        return builder.op(name, [x], shape, builder.quant(x), 1)
    if name == "PRELU":
        slopes = rng.integers(-128, 128, (1, 1, shape[-1])).astype(np.int8)
        return builder.op("PRELU", [x, builder.constant(slopes, [0.004], _zero(rng))], shape, wide, 1)
    if name == "swish":
        gate = builder.op("LOGISTIC", [x], shape, Quant(1 / 256, -128), 2)
        return builder.op("MUL", [x, gate], shape, wide, 2, fused_activation_function=0)
    if name == "rescaling":
        factor = builder.constant(np.array(127, np.int8), [3e-5], -128)
        offset = builder.constant(np.array(-128, np.int8), [1 / 255], 127)
        x = builder.op("MUL", [x, factor], shape, Quant(scale * 0.008, -40), 2, fused_activation_function=0)
        return builder.op("ADD", [x, offset], shape, Quant(scale * 0.008, -1), 2, fused_activation_function=0)
    if name in ("ADD", "SUB", "MUL"):
        channels = shape[-1]
        of_constant = 0.01 if name == "MUL" else scale * float(rng.uniform(0.3, 2))
        constant = builder.constant(rng.integers(-128, 128, channels).astype(np.int8), [of_constant], _zero(rng))
        output = scale * (float(rng.uniform(0.05, 2)) if name == "MUL" else float(rng.uniform(0.8, 2)))
        inputs = [x, constant] if rng.random() < 0.7 else [constant, x]
        activation = int(rng.choice([0, 0, 1, 3]))
        return builder.op(name, inputs, shape, Quant(output, _zero(rng)), 2, fused_activation_function=activation)
    options = {
        "LEAKY_RELU": {"alpha": float(rng.choice([0.01, 0.1, 0.3]))},
        "GELU": {"approximate": bool(rng.integers(2))},
    }
    return builder.op(name, [x], shape, wide, 1, **options.get(name, {}))


NAMES = [
    *ONLY_AS_TABLES, "LOGISTIC", "TANH", "RELU", "RELU6", "PRELU", "QUANTIZE", "swish", "rescaling",
    "ADD", "SUB", "MUL",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_value_becomes_what_the_oracle_makes_of_it(name: str) -> None:
    rng = np.random.default_rng(len(name))
    for _ in range(12):
        channels = 3 if name in ("ADD", "SUB", "MUL", "PRELU") else 1
        builder = ModelBuilder((*SHAPE[:3], channels), Quant(_scale(rng), _zero(rng)))
        graph = builder.graph(one_value_layer(rng, builder, builder.input, name))
        table = match_table(graph, len(graph.operators) - 1)
        assert table.source == builder.input
        assert len(table.covers) == len(graph.operators) - 1
        frame = np.repeat(EVERY_VALUE, channels, axis=3)
        # tflite-micro has no GELU.
        expected = (LiteRt if name == "GELU" else TfliteMicro)(serialise(graph)).run(frame).reshape(256, channels)
        for channel in range(channels):
            ours = table.values[min(channel, len(table.values) - 1)]
            np.testing.assert_array_equal(ours, expected[:, channel])


def _behind_a_convolution(rng: Rng, name: str, *, read_twice: bool = False) -> Graph:
    builder = ModelBuilder((1, 12, 12, 3), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, 6)
    y = one_value_layer(rng, builder, x, name)
    inside = builder.operators[-1].inputs[0] if read_twice else y
    y = draw.conv(rng, builder, y, 4)
    if read_twice:
        other = draw.conv(rng, builder, inside, 4)
        y = builder.op("ADD", [y, other], builder.shape(y), builder.quant(y), 2, fused_activation_function=0)
    return builder.graph(y)


@pytest.mark.parametrize("core", ["cortex-m7", "cortex-m55"])
def test_a_chain_is_one_operator_and_its_parts_say_so(core: Core) -> None:
    rng = np.random.default_rng(4)
    for name in ("swish", "rescaling"):
        compiled = compile_graph(_behind_a_convolution(rng, name), core)
        kernels = {choice.index: choice.kernel for choice in compiled.choices}
        assert (kernels[1], kernels[2]) == ("emojicam padding", "emojicam table")
        assert not {"LOGISTIC", "MUL", "ADD"} & set(compiled.operators)


def test_what_somebody_else_reads_stays() -> None:
    graph = _behind_a_convolution(np.random.default_rng(4), "rescaling", read_twice=True)
    compiled = compile_graph(graph, "cortex-m7")
    assert [choice.kernel for choice in compiled.choices][1:3] == ["emojicam table", "emojicam table"]


@pytest.mark.parametrize("name", ONLY_AS_TABLES)
def test_without_our_kernels_only_what_nobody_else_has_is_a_table(name: str) -> None:
    graph = _behind_a_convolution(np.random.default_rng(4), name)
    compiled = uncompiled(graph, "cortex-m55")
    assert compiled.operators == ("CONV_2D", "CUSTOM:emojicam.table")
    assert [choice.kernel for choice in compiled.choices] == ["cmsis_nn", "added", "cmsis_nn"]


def test_two_values_make_no_table() -> None:
    rng = np.random.default_rng(4)
    builder = ModelBuilder((1, 4, 4, 2), Quant(0.02, 3))
    other = draw.conv(rng, builder, builder.input, 2)
    product = builder.op("MUL", [builder.input, other], (1, 4, 4, 2), Quant(0.02, 3), 2, fused_activation_function=0)
    with pytest.raises(NotOurs, match="two values"):
        match_table(builder.graph(product), 1)
