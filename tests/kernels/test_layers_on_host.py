"""Layers by themselves with the portable kernels, under sanitizers, against Google's tflite-micro."""

import struct
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from emojicam.cores import CORES, Core
from emojicam.firmware import build
from emojicam.model import flatbuffer
from emojicam.model.graph import Graph
from emojicam.model.kernels.compile import compile_graph
from emojicam.model.kernels.layer import REGISTRATIONS
from emojicam.model.oracle import LiteRt, TfliteMicro
from emojicam.model.schema import IDENTIFIER
from emojicam.model.write import serialise
from kernels.test_layers import EVERY, random_graph
from models import zoo

pytestmark = pytest.mark.host


@pytest.fixture(scope="session")
def run_layer() -> Path:
    return build.build_host_program("run_layer")


def _job(graph: Graph, core: Core, inputs: list[np.ndarray], nbytes: int) -> tuple[str, bytes] | None:
    """The operator and the file for run_layer; None where the model is more than one layer of ours."""
    compiled = compile_graph(graph, core, worth=EVERY, shed=False)
    if len(compiled.operators) != 1 or compiled.operators[0] not in REGISTRATIONS:
        return None
    model = flatbuffer.decode(compiled.data, "Model", IDENTIFIER)
    operators = model["subgraphs"][0]["operators"]
    if len(operators) != 1:
        return None
    layer = bytes(operators[0]["custom_options"].view)
    packed = struct.pack("<2I", 55 if core == "cortex-m55" else 7, len(layer)) + layer
    packed += struct.pack("<I", len(inputs))
    for one in inputs:
        packed += struct.pack("<I", one.nbytes) + one.tobytes()
    return compiled.operators[0], packed + struct.pack("<I", nbytes)


@pytest.mark.parametrize("core", CORES)
def test_random_layers_on_host_stay_in_bounds_and_give_the_oracles_bytes(
    run_layer: Path, tmp_path: Path, core: Core
) -> None:
    rng = np.random.default_rng(21)
    found: Counter[str] = Counter()
    for _ in range(120):
        graph = random_graph(rng)
        plain = serialise(graph)
        values = zoo.inputs_for(plain, int(rng.integers(1 << 30)))[int(rng.integers(5))]
        oracle = LiteRt if any(op.name == "GELU" for op in graph.operators) else TfliteMicro
        expected = oracle(plain).run(values)
        if (made := _job(graph, core, [values], expected.size)) is None:
            continue
        found[made[0]] += 1
        (tmp_path / "job").write_bytes(made[1])
        done = subprocess.run([run_layer, tmp_path / "job"], capture_output=True)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        assert done.stdout == expected.tobytes(), graph.operators[0].name
    assert found["CUSTOM:emojicam.conv"] > 15 and found["CUSTOM:emojicam.depthwise"] > 2
    assert found["CUSTOM:emojicam.pool"] > 5 and found["CUSTOM:emojicam.table"] >= 2
    assert found["CUSTOM:emojicam.depthwise_any"] > 10


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("rounds", [200, pytest.param(5000, marks=pytest.mark.slow)])
def test_flipped_bits_of_a_layer_are_refused_or_stay_in_bounds(
    run_layer: Path, tmp_path: Path, core: Core, rounds: int
) -> None:
    """What stands in flash may be wrong: the check that Prepare makes lets nothing through that leaves its memory."""
    rng = np.random.default_rng(22)
    seen: set[str] = set()
    for number in range(60):
        graph = random_graph(rng)
        values = zoo.inputs_for(serialise(graph))[0]
        nbytes = graph.output(graph.operators[-1]).nbytes
        if (made := _job(graph, core, [values], nbytes)) is None or nbytes > 20_000:
            continue
        seen.add(made[0])
        (tmp_path / "job").write_bytes(made[1])
        done = subprocess.run([run_layer, tmp_path / "job", str(number), str(rounds // 10)], capture_output=True)
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
        assert int(done.stdout) > 0
    assert len(seen) >= 3
