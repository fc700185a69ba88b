"""What Keras 3 and TensorFlow's converter write today, on both cores: taken, fast, and the oracle's bytes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emojicam import paths
from emojicam.config.boards import Core
from emojicam.emulators.runner import Job, run_jobs
from emojicam.model.export import prepare
from emojicam.model.graph import load
from emojicam.model.kernels.compile import compile_graph, uncompiled
from emojicam.model.oracle import LiteRt, Oracle, TfliteMicro
from models.keras_nets import NETS

CORES: tuple[Core, ...] = ("cortex-m7", "cortex-m55")
pytestmark = [pytest.mark.emulator, pytest.mark.train, pytest.mark.slow]

_CONVERT = "import sys; from models.keras_nets import convert; open(sys.argv[2], 'wb').write(convert(sys.argv[1]))"


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keras")


@pytest.mark.parametrize("name", NETS)
def test_a_network_that_keras_made_runs_exactly_and_never_slower_or_larger(name: str, converted: Path) -> None:
    path = converted / f"{name}.tflite"
    # The converter says much and warns of itself; a process of its own keeps that apart.
    tests = str(paths.project_root() / "tests")
    subprocess.run(
        [sys.executable, "-c", _CONVERT, name, path],
        check=True, capture_output=True, env={**os.environ, "PYTHONPATH": tests}, timeout=600,
    )  # fmt: skip
    prepared = prepare(load(path))
    low, high = NETS[name][1]
    assert prepared.pixels.name == f"{low}..{high}"
    graph = prepared.graph
    rng = np.random.default_rng(3)
    shape = graph.tensors[graph.inputs[0]].shape
    frames = [rng.integers(-128, 128, shape).astype(np.int8), np.full(shape, 127, np.int8)]
    has_gelu = any(operator.name == "GELU" for operator in graph.operators)
    oracle: Oracle = LiteRt(prepared.data) if has_gelu else TfliteMicro(prepared.data)
    expected = [oracle.run(frame).ravel() for frame in frames]
    for core in CORES:
        models = [compile_graph(graph, core).data, uncompiled(graph, core).data]
        ours, plain = run_jobs(core, [Job(model, frames, measure_arena=True) for model in models])
        for result in (ours, plain):
            assert not result.error
            for got, wanted in zip(result.int8_outputs(), expected, strict=True):
                np.testing.assert_array_equal(got, wanted)
        assert ours.instructions <= plain.instructions
        assert ours.arena_bytes <= plain.arena_bytes
