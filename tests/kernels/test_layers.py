"""Layers by themselves on the emulated cores, against Google's tflite-micro: equal, or wrong."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emojicam.cores import CORES, Core
from emojicam.emulators.runner import Job, run_jobs
from emojicam.model.graph import Graph, parse
from emojicam.model.kernels import sums
from emojicam.model.kernels.compile import compile_graph
from emojicam.model.kernels.layer import REGISTRATIONS, TRANSPOSE
from emojicam.model.oracle import LiteRt, TfliteMicro
from emojicam.model.write import serialise
from kernels.test_tables import NAMES, one_value_layer
from models import draw, zoo
from models.builder import ModelBuilder, Quant

Rng = np.random.Generator
#: For `compile_graph`: take every layer that can be, small as it is.
EVERY = -(10**9)


def random_graph(rng: Rng) -> Graph:
    """One layer of any kind, sum, mean or a window of wide rows among them; channels that training gave up, too."""
    kind = rng.random()
    if kind < 0.5:
        return parse(zoo.random_layer(rng))
    height, width = int(rng.integers(1, 12)), int(rng.integers(1, 12))
    channels = int(rng.choice([1, 2, 3, 4, 6, 8, 15, 16, 17, 24, 40]))
    builder = ModelBuilder((1, height, width, channels), draw.quant(rng))
    if kind < 0.55:
        return _padded(rng, builder)
    if kind < 0.57:
        return _transposed(rng)
    if kind < 0.61:
        return builder.graph(one_value_layer(rng, builder, builder.input, str(rng.choice(NAMES))))
    if kind < 0.65:
        return _multiplied(rng, builder)
    if kind < 0.72:
        other = draw.conv(rng, builder, builder.input, channels, 1)
        widest = max(builder.quant(builder.input).scale, builder.quant(other).scale)
        output = Quant(widest * float(rng.choice([0.5, 1.0, 1.0, 2.0, 1.3])), int(rng.integers(-128, 128)))
        name = str(rng.choice(["ADD", "ADD", "SUB"]))
        options = {"fused_activation_function": int(rng.choice([0, 0, 1, 3]))}
        return builder.graph(
            builder.op(name, [builder.input, other], (1, height, width, channels), output, 2, **options)
        )
    if kind < 0.81:
        axes = builder.constant(np.array([[1, 2], [2, 1], [-3, -2]][int(rng.integers(3))], np.int32))
        return builder.graph(
            builder.op("MEAN", [builder.input, axes], (1, channels), draw.quant(rng), 2, keep_dims=False)
        )
    # Depthwise layers wider than a strip, with windows of any size, first layers of a camera's width, and patches
    # deeper than a kernel's loop.
    style: dict[str, Any] = {
        "activation": str(rng.choice(["RELU", "RELU6", "NONE"])), "zero_point": -128, "gain": 2.0, "dead": True,
    }  # fmt: skip
    stride = int(rng.choice([1, 2]))
    if kind < 0.92:
        builder = ModelBuilder((1, int(rng.integers(1, 9)), int(rng.integers(30, 120)), channels), draw.quant(rng))
        windows: list[int | tuple[int, int]] = [3, 3, 5, 7, (10, 4), (1, 9), (4, 1)]
        window = windows[int(rng.integers(len(windows)))]
        if rng.random() < 0.5:
            style |= {"zero_point": int(rng.integers(-128, 128)), "multiplier": int(rng.choice([1, 1, 2, 5]))}
        return builder.graph(draw.depthwise(rng, builder, builder.input, window, stride=stride, **style))
    depth = int(rng.choice([1, 3, 40, 96]))
    builder = ModelBuilder((1, 7, 224 if depth < 4 else 9, depth), draw.quant(rng))
    return builder.graph(draw.conv(rng, builder, builder.input, int(rng.integers(1, 9)), 3, stride=stride, **style))


def _multiplied(rng: Rng, builder: ModelBuilder) -> Graph:
    """Two maps multiplied, or one with a gate of its channels, on either side."""
    shape = builder.shape(builder.input)
    gated = bool(rng.random() < 0.5)
    window = shape[1:3] if gated else (1, 1)
    other = draw.conv(rng, builder, builder.input, shape[3], window, padding="VALID")
    product = builder.quant(builder.input).scale * builder.quant(other).scale
    output = Quant(product * float(rng.choice([1.01, 2.0, 4.0, 60.0, 700.0])), int(rng.integers(-128, 128)))
    pair = [builder.input, other] if rng.random() < 0.7 else [other, builder.input]
    options = {"fused_activation_function": int(rng.choice([0, 0, 1, 3]))}
    return builder.graph(builder.op("MUL", pair, shape, output, 2, **options))


def _transposed(rng: Rng) -> Graph:
    """A map with its dimensions in another order; five of them as in a shuffle of channels."""
    rank = int(rng.integers(3, 6))
    sizes = [1, *(int(rng.integers(1, 9)) for _ in range(rank - 1))]
    builder = ModelBuilder(sizes, draw.quant(rng))
    order = [int(axis) for axis in rng.permutation(rank)]
    turned = builder.constant(np.array(order, np.int32))
    shape = [sizes[axis] for axis in order]
    return builder.graph(builder.op("TRANSPOSE", [builder.input, turned], shape, builder.quant(builder.input)))


def _padded(rng: Rng, builder: ModelBuilder) -> Graph:
    """A PAD and the convolution that does its work, as Keras' ZeroPadding2D leaves them; or nearly."""
    _, height, width, channels = builder.shape(builder.input)
    amounts = rng.integers(0, 3, (2, 2))
    amounts[:, 1] += np.maximum(3 - np.array([height, width]) - amounts.sum(axis=1), 0)
    paddings = builder.constant(np.array([[0, 0], *amounts.tolist(), [0, 0]], np.int32))
    shape = (1, height + int(amounts[0].sum()), width + int(amounts[1].sum()), channels)
    x = builder.op("PAD", [builder.input, paddings], shape, builder.quant(builder.input))
    style = {"padding": "VALID", "stride": int(rng.choice([1, 2])), "activation": "RELU", "zero_point": -128}
    if rng.random() < 0.5:
        return builder.graph(draw.depthwise(rng, builder, x, gain=2.0, **style))
    return builder.graph(draw.conv(rng, builder, x, 5, gain=2.0, **style))


def check(core: Core, graphs: list[Graph], rng: Rng) -> Counter[str]:
    """Runs each, as compiled for our kernels. Gives how many there were of each operator of ours."""
    jobs, expected, names = [], [], []
    found: Counter[str] = Counter()
    for graph in graphs:
        plain = serialise(graph)
        oracle = (LiteRt if any(op.name == "GELU" for op in graph.operators) else TfliteMicro)(plain)
        every = zoo.inputs_for(plain, int(rng.integers(1 << 30)))
        inputs = [every[i] for i in (0, int(rng.integers(1, len(every))))]
        compiled = compile_graph(graph, core, worth=EVERY, shed=False)
        found.update(name for name in compiled.operators if name in REGISTRATIONS)
        jobs.append(Job(compiled.data, inputs))
        expected.append([oracle.run(one) for one in inputs])
        names.append(f"{graph.operators[-1].name} {graph.output(graph.operators[-1]).shape} on {core}")
    for result, outputs, name in zip(run_jobs(core, jobs), expected, names, strict=True):
        assert not result.error, f"{name}: {result.error}"
        for got, wanted in zip(result.int8_outputs(), outputs, strict=True):
            assert np.array_equal(got, wanted.ravel()), f"{name}: {np.flatnonzero(got != wanted.ravel())[:8]}"
    return found


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_every_model_of_the_zoo_gives_the_oracles_bytes(core: Core) -> None:
    found = check(core, [parse(one.data) for one in zoo.models()], np.random.default_rng(3))
    # TFLM July 2020 has no TRANSPOSE, and the zoo is for its kernels too.
    assert found.keys() == REGISTRATIONS.keys() - {TRANSPOSE}


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(2, 40))])
def test_random_layers_give_the_oracles_bytes(core: Core, seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = check(core, [random_graph(rng) for _ in range(120)], rng)
    assert found["CUSTOM:emojicam.conv"] > 20 and found["CUSTOM:emojicam.sum"] > 1
    assert found["CUSTOM:emojicam.depthwise"] > 0 and found["CUSTOM:emojicam.pool"] > 5
    assert found["CUSTOM:emojicam.product"] > 0 and found["CUSTOM:emojicam.dense"] > 0
    assert found["CUSTOM:emojicam.table"] > 0 and found["CUSTOM:emojicam.depthwise_any"] > 10


def test_sums_equal_tflms_for_every_pair_and_are_nearly_always_found() -> None:
    rng = np.random.default_rng(7)
    values = np.arange(-128, 128, dtype=np.int64)
    found = 0
    for case in range(40):
        a, b = ((float(rng.uniform(0.01, 0.2)), int(rng.integers(-128, 128))) for _ in range(2))
        if case % 3 == 0:  # halves everywhere
            b = (a[0], b[1])
        output = (
            max(a[0], b[0]) * (2.0 if case % 3 == 0 else float(rng.uniform(0.7, 2.5))),
            int(rng.integers(-128, 128)),
        )
        minus = bool(case % 2)
        form = sums.solve(a, b, output, minus=minus)
        if form is None:
            continue
        found += 1
        wanted = sums.expected(a, b, output, minus=minus)
        assert np.array_equal(form.of(values[:, None], values[None, :]), wanted)
        assert not np.array_equal(
            sums.Sum(form.factors, form.addend + (1 << form.shift), form.shift).of(values[:, None], values[None, :]),
            wanted,
        )
    assert found >= 38


@pytest.mark.parametrize("core", CORES)
def test_pad_is_the_convolutions_own(core: Core) -> None:
    rng = np.random.default_rng(1)
    for _ in range(20):
        graph = _padded(rng, ModelBuilder((1, 8, 8, 8), draw.quant(rng)))
        compiled = compile_graph(graph, core, worth=EVERY, shed=False)
        amounts = graph.tensors[graph.operators[0].inputs[1]].array()
        fits = int(amounts.max()) < 3
        assert [choice.kernel == "emojicam padding" for choice in compiled.choices] == [fits, False]
        assert ("PAD" in compiled.operators) == (not fits)


def _large_windows(rng: Rng) -> Iterator[Graph]:
    """Averages of so many pixels that 16 bits don't hold their sum, and at the end of a chain with rows of over 16."""
    for size, channels in (((20, 21), 17), ((24, 24), 5), ((73, 71), 33), ((16, 16), 16)):
        builder = ModelBuilder((1, *size, channels), draw.quant(rng))
        yield builder.graph(builder.flatten(builder.pool("AVERAGE_POOL_2D", builder.input, size)))
        builder = ModelBuilder((1, *size, channels), draw.quant(rng))
        axes = builder.constant(np.array([1, 2], np.int32))
        made = builder.op("MEAN", [builder.input, axes], (1, channels), draw.quant(rng), 2, keep_dims=False)
        yield builder.graph(made)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    for size in ((20, 21), (3, 3), (7, 6), (25, 5)):
        builder = ModelBuilder((1, *size, 16), draw.quant(rng, -128))
        x = draw.conv(rng, builder, draw.depthwise(rng, builder, builder.input, **style), 16, 1, **style)
        yield builder.graph(builder.flatten(builder.pool("AVERAGE_POOL_2D", x, size)))


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_averages_of_any_size_and_width_give_the_oracles_bytes(core: Core) -> None:
    rng = np.random.default_rng(11)
    graphs = list(_large_windows(rng))
    found = check(core, graphs, rng)
    assert found["CUSTOM:emojicam.pool"] == 8
    kernels = [one.kernel for graph in graphs for one in compile_graph(graph, core, shed=False).choices]
    assert kernels.count("emojicam average") == 8


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_depthwise_layers_of_any_window_are_ours_and_exact_at_the_ends(core: Core) -> None:
    """Every parity of rows and strides, windows larger than the map, weights at both ends."""
    rng = np.random.default_rng(23)
    graphs = []
    for size, window, stride in (
        ((9, 7), 5, 1), ((9, 7), 5, 2), ((8, 6), 5, (1, 2)), ((8, 6), 5, (3, 1)), ((7, 70), 7, 1), ((2, 1), 5, 1),
        ((12, 2), (10, 4), 2), ((6, 6), (2, 2), 1), ((6, 5), (4, 3), (3, 3)), ((4, 4), 4, 1), ((1, 30), (1, 7), 1),
        ((30, 1), (7, 1), 2), ((5, 5), 1, 1), ((6, 6), 3, 1), ((6, 6), 3, 2), ((6, 6), (8, 8), 4),
    ):  # fmt: skip
        builder = ModelBuilder((1, *size, int(rng.choice([1, 5, 16, 19]))), draw.quant(rng))
        graph = builder.graph(
            draw.depthwise(rng, builder, builder.input, window, stride=stride, zero_point=3, dead=True)
        )
        filters = graph.operators[0].inputs[1]
        extreme = np.sign(graph.tensors[filters].array()).astype(np.int8) * 127
        tensors = list(graph.tensors)
        tensors[filters] = replace(
            tensors[filters], data=np.where(extreme < 0, -128, extreme).astype(np.int8).tobytes()
        )
        graphs += [graph, replace(graph, tensors=tuple(tensors))]
    found = check(core, graphs, rng)
    assert found["CUSTOM:emojicam.depthwise_any"] == len(graphs)


@pytest.mark.parametrize("core", CORES)
def test_windows_too_large_for_the_kernels_stay_with_cmsis_nn(core: Core) -> None:
    rng = np.random.default_rng(24)
    builder = ModelBuilder((1, 20, 20, 4), draw.quant(rng))
    graph = builder.graph(draw.depthwise(rng, builder, builder.input, 11, zero_point=3))
    (choice,) = compile_graph(graph, core, worth=EVERY, shed=False).choices
    assert choice.kernel == "cmsis_nn" and choice.why.startswith("a window of 11x11")


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_products_of_all_pairs_give_the_oracles_bytes(core: Core) -> None:
    """Each of 256 values times each of 256 gates, from the largest factor without a shift to small ones."""
    values = np.arange(-128, 128)
    picture = np.concatenate([values[None], np.repeat(values[:, None], 256, axis=1)]).astype(np.int8)
    jobs, expected = [], []
    cases = ((0.999, (5, -7)), (0.5, (-128, 127)), (0.25, (127, 127)), (1 / 64, (0, 0)), (0.01, (-128, -128)))
    for factor, zeros in cases:
        builder = ModelBuilder((1, 257, 1, 256), Quant(0.05, zeros[0]))

        def part(builder: ModelBuilder, first: int, last: int) -> int:
            ends = [builder.constant(np.array(one, np.int32)) for one in ([0, first, 0, 0], [1, last, 1, 256], [1] * 4)]
            options = dict.fromkeys(["begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"], 0)
            shape = (1, last - first, 1, 256)
            return builder.op(
                "STRIDED_SLICE", [builder.input, *ends], shape, builder.quant(builder.input), 2, **options
            )

        gate, x = part(builder, 0, 1), part(builder, 1, 257)
        output = Quant(0.05 * 0.05 / factor, zeros[1])
        product = builder.op("MUL", [x, gate], (1, 256, 1, 256), output, 2, fused_activation_function=0)
        graph = builder.graph(product)
        compiled = compile_graph(graph, core, worth=EVERY, shed=False)
        assert "CUSTOM:emojicam.product" in compiled.operators
        jobs.append(Job(compiled.data, [picture]))
        expected.append(TfliteMicro(serialise(graph)).run(picture.reshape(1, 257, 1, 256)).ravel())
    for result, wanted in zip(run_jobs(core, jobs), expected, strict=True):
        assert not result.error
        np.testing.assert_array_equal(result.int8_outputs()[0], wanted)


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_dense_layers_of_any_size_give_the_oracles_bytes_at_the_ends(core: Core) -> None:
    """Values and outputs that fill no whole vector, weights at both ends, a convolution over the whole image."""
    rng = np.random.default_rng(26)
    graphs = []
    for depth, outputs in ((1, 1), (3, 2), (7, 3), (8, 4), (15, 5), (16, 8), (17, 9), (33, 6), (640, 12), (2000, 3)):
        builder = ModelBuilder((1, depth), draw.quant(rng))
        activation = str(rng.choice(["NONE", "RELU", "RELU6"]))
        graph = builder.graph(draw.dense(rng, builder, builder.input, outputs, activation=activation))
        filters = graph.operators[0].inputs[1]
        tensors = list(graph.tensors)
        ends = np.where(tensors[filters].array() < 0, -128, 127).astype(np.int8)
        tensors[filters] = replace(tensors[filters], data=ends.tobytes())
        graphs += [graph, replace(graph, tensors=tuple(tensors))]
    for size, channels in (((3, 5), 7), ((1, 1), 40), ((4, 4), 16)):
        builder = ModelBuilder((1, *size, channels), draw.quant(rng))
        graphs.append(builder.graph(draw.conv(rng, builder, builder.input, 10, size, padding="VALID", dead=True)))
    assert check(core, graphs, rng)["CUSTOM:emojicam.dense"] == len(graphs)
