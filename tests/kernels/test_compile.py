"""What is chosen for which layer, and that it is said why."""

import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.bench.shapes import SHAPES, gestures, image_classification
from emojicam.cores import CORES, Core
from emojicam.emulators.runner import Job, run_jobs
from emojicam.model import flatbuffer, memory
from emojicam.model.export import export_model, prepare
from emojicam.model.graph import Graph, Tensor, parse
from emojicam.model.kernels import blocks
from emojicam.model.kernels.compile import POOL_LIMIT, compile_graph, uncompiled
from emojicam.model.kernels.match import activation_range
from emojicam.model.oracle import TfliteMicro
from emojicam.model.schema import IDENTIFIER
from emojicam.model.write import serialise
from models import draw, zoo
from models.builder import ModelBuilder, Quant


def pair(changes: dict[str, Any], *, channels: int = 16, zero_point: int = -128) -> Graph:
    """A depthwise layer with `changes` to its options, and the pointwise layer behind it."""
    rng = np.random.default_rng(4)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, 12, 12, channels), draw.quant(rng, zero_point))
    x = draw.depthwise(rng, builder, builder.input, **(style | changes))
    return builder.graph(draw.conv(rng, builder, x, 16, 1, **style))


@pytest.mark.parametrize("core", CORES)
def test_shipped_shape_runs_on_our_kernels_but_for_its_end(core: Core) -> None:
    compiled = compile_graph(parse(gestures()), core)
    assert [choice.index for choice in compiled.choices] == list(range(30))
    kernels = [choice.kernel for choice in compiled.choices]
    assert kernels[0] == "emojicam first 3x3" and kernels[27] == "emojicam average"
    assert set(kernels[1:27]) == {"emojicam depthwise 3x3", "emojicam pointwise"}
    assert kernels[28:] == (
        ["emojicam dense", "emojicam padding"] if core == "cortex-m7" else ["cmsis_nn", "reference"]
    )
    ends = {"CUSTOM:emojicam.dense"} if core == "cortex-m7" else {"CONV_2D", "RESHAPE"}
    assert set(compiled.operators) == {blocks.OPERATOR, *ends}
    assert 0 < compiled.pool_bytes <= POOL_LIMIT


@pytest.mark.parametrize("core", CORES)
def test_layer_that_is_not_ours_says_why(core: Core) -> None:
    compiled = compile_graph(pair({"dilation": 2}), core)
    assert not compiled.planned
    assert compiled.choices[0].kernel == "cmsis_nn"
    assert "dilated" in compiled.choices[0].why


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("graph", "kernel"),
    [
        (pair({"stride": (2, 1)}), "emojicam depthwise 3x3"),
        (pair({"window": 5}), "emojicam depthwise 5x5"),
        (pair({"multiplier": 2}, channels=8), "emojicam depthwise 3x3"),
        (pair({"zero_point": 3}), "emojicam depthwise 3x3"),
    ],
)
def test_depthwise_layer_that_no_chain_takes_runs_by_itself(core: Core, graph: Graph, kernel: str) -> None:
    compiled = compile_graph(graph, core)
    assert not compiled.planned
    assert "CUSTOM:emojicam.depthwise_any" in compiled.operators
    assert compiled.choices[0].kernel == kernel and "by itself" in compiled.choices[0].why


def _with(graph: Graph, layer: int, **changes: Any) -> Graph:
    """The graph with other weights, bias or scales in one of its layers."""
    weights, bias = graph.operators[layer].inputs[1:3]
    tensors = list(graph.tensors)
    values, biases = tensors[weights].array().copy(), tensors[bias].array().copy()
    if "dead" in changes:  # what TensorFlow leaves of a channel that training has given up
        channel = changes["dead"]
        values[..., channel] = 0 if values.shape[0] == 1 else values[..., channel]
        if values.shape[0] != 1:
            values[channel] = 0
        biases[channel] = changes["bias"]
    scales = list(tensors[weights].scales)
    if "scale" in changes:
        scales[changes["channel"]] = changes["scale"]
    tensors[weights] = replace(tensors[weights], data=values.tobytes(), scales=tuple(scales))
    tensors[bias] = replace(tensors[bias], data=biases.tobytes())
    return replace(graph, tensors=tuple(tensors))


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("bias", [1 << 30, -(1 << 30)])
@pytest.mark.parametrize("layer", [0, 1])
def test_dead_channel_is_a_constant_and_costs_no_layer(core: Core, bias: int, layer: int) -> None:
    compiled = compile_graph(_with(pair({}), layer, dead=3, bias=bias), core, shed=False)
    assert [choice.kernel for choice in compiled.choices] == ["emojicam depthwise 3x3", "emojicam pointwise"]


@pytest.mark.parametrize("core", CORES)
def test_layer_that_cannot_be_computed_ends_the_chain_there_and_not_all_of_it(core: Core) -> None:
    graph = parse(gestures())
    weights = graph.tensors[graph.operators[13].inputs[1]]
    output = graph.output(graph.operators[13])
    source = graph.tensors[graph.operators[13].inputs[0]]
    scaling_up = _with(graph, 13, channel=2, scale=float(np.float32(3 * output.scale / source.scale)))
    assert weights.scales[2] < 3 * output.scale / source.scale
    compiled = compile_graph(scaling_up, core)
    kernels = [choice.kernel for choice in compiled.choices]
    assert all(kernel.startswith("emojicam") for kernel in kernels[:13] + kernels[15:28])
    if core == "cortex-m7":  # whose kernel for layers by themselves scales up, too
        assert "by itself" in compiled.choices[13].why and "CUSTOM:emojicam.depthwise_any" in compiled.operators
    else:
        assert kernels[13] == "cmsis_nn" and "channel 2" in compiled.choices[13].why


@pytest.mark.parametrize("core", CORES)
def test_tensor_that_two_layers_read_ends_a_chain(core: Core) -> None:
    rng = np.random.default_rng(4)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, 12, 12, 16), draw.quant(rng, -128))
    deep = draw.depthwise(rng, builder, builder.input, **style)
    graph = builder.graph(draw.conv(rng, builder, deep, 16, 1, **style), deep)
    assert not compile_graph(graph, core).planned


@pytest.mark.parametrize("core", CORES)
def test_smaller_pool_is_kept_to_where_it_can(core: Core) -> None:
    graph = parse(gestures())
    sizes = [compile_graph(graph, core, pool_limit=kib * 1024).pool_bytes for kib in (34, 40)]
    assert sizes[0] < sizes[1] <= 40 * 1024


@pytest.mark.parametrize("core", CORES)
def test_compiling_gives_the_same_bytes_again(core: Core) -> None:
    graph = parse(gestures())
    assert compile_graph(graph, core).data == compile_graph(graph, core).data


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("graph", [pair({"padding": "VALID"}), pair({}, zero_point=0)])
def test_pair_that_no_chain_takes_runs_layer_by_layer(core: Core, graph: Graph) -> None:
    compiled = compile_graph(graph, core, shed=False)
    assert not compiled.planned
    assert [choice.kernel for choice in compiled.choices] == ["emojicam depthwise 3x3", "emojicam convolution"]
    assert compiled.choices[0].why == "stride 1, by itself"


@pytest.mark.parametrize("core", CORES)
def test_res_net_runs_layer_by_layer(core: Core) -> None:
    compiled = compile_graph(parse(image_classification()), core)
    kernels = [choice.kernel for choice in compiled.choices]
    assert kernels.count("emojicam convolution") >= 7 and kernels.count("emojicam sum") == 3
    assert not compiled.planned


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("shape", ["mlperf-resnet8", "mlperf-dscnn", "mlperf-vww-96x96x3", "gestures-shape"])
def test_plan_wants_no_more_arena_than_cmsis_nn(core: Core, shape: str) -> None:
    """As far as can be told without an emulator; tests/bench measures it."""
    graph = parse(SHAPES[shape]())
    compiled = parse(compile_graph(graph, core).data)
    pool = compile_graph(graph, core).pool_bytes
    assert memory.tail_bytes(compiled) + pool < memory.estimate(graph)


def test_layer_that_would_gain_nothing_stays_with_cmsis_nn() -> None:
    """A few hundred instructions are worth no kernel."""
    builder = ModelBuilder((1, 1, 1, 40), Quant(0.05, 3))
    graph = builder.graph(draw.conv(np.random.default_rng(1), builder, builder.input, 5, 1))
    for core in CORES:
        (choice,) = compile_graph(graph, core).choices
        assert choice.kernel == "cmsis_nn" and "too little gained" in choice.why


def test_export_embeds_for_each_core_and_says_what_runs_where(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(gestures())
    given: dict[str, bytes] = {}

    def measure(core: Core, data: bytes) -> int:
        given[core] = data
        return 43_000

    report = export_model(model, tmp_path / "out", gestures=None, measure_arena=measure)
    assert given == {core: compile_graph(report.prepared.graph, core).data for core in CORES}
    header = (tmp_path / "out" / "model_data.h").read_text()
    assert all(f"kModelSize = {len(data)};" in header for data in given.values())
    assert "Register_EMOJICAM_BLOCK" in (tmp_path / "out" / "ops.h").read_text()
    rows = json.loads((tmp_path / "out" / "kernels.json").read_text())
    assert set(rows) == set(CORES) and len(rows["cortex-m7"]) == 30
    assert rows["cortex-m7"][1] == {
        "layer": 1, "op": "DEPTHWISE_CONV_2D", "kernel": "emojicam depthwise 3x3",
        "why": "fused by rows with 3 of its neighbours",
    }  # fmt: skip


def test_export_without_own_kernels_embeds_the_plain_model(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(gestures())
    given: list[bytes] = []

    def measure(core: Core, data: bytes) -> int:
        given.append(data)
        return 133_000

    report = export_model(model, tmp_path / "out", gestures=None, measure_arena=measure, own_kernels=False)
    assert given == [report.prepared.data] * 2
    assert "BLOCK" not in (tmp_path / "out" / "ops.h").read_text()


def test_where_flash_is_short_the_dearest_layers_stay_with_cmsis_nn() -> None:
    rng = np.random.default_rng(3)
    builder = ModelBuilder((1, 12, 12, 3), Quant(1 / 255, -128))
    x = builder.input
    for channels in (16, 32, 48):
        x = draw.conv(rng, builder, x, channels)
    graph = builder.graph(x)
    every = compile_graph(graph, "cortex-m7")
    ours = [choice.kernel.startswith("emojicam") for choice in every.choices]
    assert ours == [True, True, True]
    fewer = compile_graph(graph, "cortex-m7", flash_limit=len(every.data) - 1)
    assert len(fewer.data) < len(every.data)
    left = [choice for choice in fewer.choices if choice.kernel == "cmsis_nn"]
    assert 1 <= len(left) < 3
    assert all("flash" in choice.why for choice in left)
    none = compile_graph(graph, "cortex-m7", flash_limit=0)
    assert not [choice for choice in none.choices if choice.kernel.startswith("emojicam")]


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_a_dense_layer_whose_patch_would_be_the_most_in_the_arena_stays_with_cmsis_nn(core: Core) -> None:
    """A map of 1,000 values behind a layer of few: found with a depthwise layer of keyword spotting's."""
    rng = np.random.default_rng(5)
    builder = ModelBuilder((1, 49, 10, 1), Quant(1 / 255, -128))
    x = draw.depthwise(rng, builder, builder.input, (10, 8), stride=2, multiplier=8)
    weights = rng.integers(-127, 128, (4, 1000)).astype(np.int8)
    scales = rng.uniform(0.001, 0.003, 4).astype(np.float32).tolist()
    x = builder.fully_connected(builder.flatten(x), weights, scales, np.zeros(4, np.int32), Quant(0.3, 4))
    graph = prepare(builder.graph(x)).graph
    models = [compile_graph(graph, core), uncompiled(graph, core)]
    frame = rng.integers(-128, 128, (1, 49, 10, 1)).astype(np.int8)
    ours, plain = run_jobs(core, [Job(one.data, [frame], measure_arena=True) for one in models])
    assert not ours.error and not plain.error
    assert ours.arena_bytes <= plain.arena_bytes
    assert ours.outputs == plain.outputs


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_a_reshape_between_layers_that_look_at_bytes_is_gone(core: Core) -> None:
    rng = np.random.default_rng(6)
    builder = ModelBuilder((1, 20, 20, 3), Quant(1 / 255, -128))
    x = draw.conv(rng, builder, builder.input, 16, 3)
    x = builder.pool("MAX_POOL_2D", x, 2, stride=2)
    x = draw.dense(rng, builder, builder.flatten(x), 5)
    graph = builder.graph(builder.reshape(x, (1, 5)))
    compiled = compile_graph(graph, core)
    assert set(compiled.operators) - {"CUSTOM:emojicam.dense", "FULLY_CONNECTED"} == {
        "CUSTOM:emojicam.conv", "CUSTOM:emojicam.pool",
    }  # fmt: skip
    reshapes = [one for one in compiled.choices if one.op == "RESHAPE"]
    assert {one.kernel for one in reshapes} == {"emojicam padding"} and sum(one.predicted or 0 for one in reshapes) == 0
    frames = zoo.inputs_for(serialise(graph))
    expected = [TfliteMicro(serialise(graph)).run(one).ravel() for one in frames]
    result = run_jobs(core, [Job(compiled.data, frames)])[0]
    for got, wanted in zip(result.int8_outputs(), expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_an_activations_bound_of_a_half_is_rounded_away_from_zero_as_in_c() -> None:
    """Found by a random layer: -1 / 0.0098522 is -101.5, which TFLM clamps at -102 steps."""
    output = Tensor("output", (1, 2, 13, 19), "int8", (0.009852216579020023,), (-18,))
    assert activation_range(output, "RELU_N1_TO_1") == (-120, 84)


def _entered(before: str) -> Graph:
    """Something that no chain takes, and a chain that reads it."""
    rng = np.random.default_rng(6)
    style = {"activation": "RELU", "zero_point": -128, "gain": 2.0}
    builder = ModelBuilder((1, 25, 5, 64), draw.quant(rng, -128))
    x = builder.input
    if before == "convolution":
        x = draw.conv(rng, builder, x, 64, 3, **style)
    for _ in range(2):
        x = draw.depthwise(rng, builder, x, **style)
        x = draw.conv(rng, builder, x, 64, 1, **style)
        if before == "average":
            x = builder.pool("AVERAGE_POOL_2D", x, builder.shape(x)[1:3])
            before = ""
    return builder.graph(x)


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("before", "inside"), [("convolution", [True]), ("nothing", [True]), ("average", [True, False])]
)
def test_what_a_chain_reads_lies_in_its_pool_unless_another_chain_wrote_it(
    core: Core, before: str, inside: list[bool]
) -> None:
    graph = _entered(before)
    model = flatbuffer.decode(compile_graph(graph, core, arena_limit=1 << 30).data, "Model", IDENTIFIER)
    options = [bytes(one["custom_options"].view) for one in model["subgraphs"][0]["operators"]]
    headers = [struct.unpack_from("<10I", one) for one in options if one[:4] == struct.pack("<I", blocks.MAGIC)]
    imports = [one for one in headers if one[2] == blocks.Kind.IMPORT]
    assert [one[6] != blocks.NOT_IN_POOL for one in imports] == inside
    assert imports[0][6] + graph.tensors[graph.inputs[0]].nbytes <= imports[0][5]
