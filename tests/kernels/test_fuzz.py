"""Our kernels against TFLM's reference kernels, on the emulated cores, with random layers and inputs."""

from collections import Counter

import numpy as np
import pytest

from emojicam.cores import CORES, Core
from emojicam.emulators.runner import Job, run_jobs
from emojicam.model.graph import Graph
from emojicam.model.kernels.compile import compile_graph
from emojicam.model.write import serialise
from kernels.chains import IMAGE_WIDTHS, random_chain, wide_chain
from models import zoo
from models.known import reference_2020_is_wrong

_INPUTS = 3


def _jobs(core: Core, graph: Graph, rng: np.random.Generator) -> tuple[list[Job], int]:
    """The graph with reference kernels and with ours, and how many of its layers ours take."""
    # Small pools and fusion of small layers reach strips that models of this size would never need.
    limit = int(rng.choice([1, 8, 16, 40])) * 1024
    compiled = compile_graph(graph, core, pool_limit=limit, fuse_above=int(rng.choice([0, 1 << 20])), shed=False)
    plain = serialise(graph)
    every = zoo.inputs_for(plain, int(rng.integers(1 << 30)))
    inputs = [every[i] for i in rng.choice(len(every), _INPUTS, replace=False)]
    ours = sum(choice.kernel.startswith("emojicam") for choice in compiled.choices)
    return [Job(plain, inputs, "reference"), Job(compiled.data, inputs)], ours


def _compare(core: Core, graphs: list[Graph], seed: int) -> int:
    """Run all of them in one go; returns the number of layers that ran on our kernels."""
    rng = np.random.default_rng(seed)
    jobs: list[Job] = []
    layers = 0
    for graph in graphs:
        made, ours = _jobs(core, graph, rng)
        jobs += made
        layers += ours
    results = run_jobs(core, jobs)
    for number, (reference, ours_result) in enumerate(zip(results[::2], results[1::2], strict=True)):
        where = f"seed {seed}, model {number}: {[op.name for op in graphs[number].operators]}"
        assert not reference.error, f"{where}: {reference.error}"
        assert not ours_result.error, f"{where}: {ours_result.error}"
        assert len(reference.outputs) == _INPUTS
        for a, b in zip(reference.int8_outputs(), ours_result.int8_outputs(), strict=True):
            different = np.flatnonzero(a != b)
            assert different.size == 0, f"{where}: {different.size} of {a.size} bytes differ"
    return layers


def _graphs(seed: int, count: int) -> list[Graph]:
    rng = np.random.default_rng(seed)
    found: list[Graph] = []
    while len(found) < count:
        graph = random_chain(rng)
        if not reference_2020_is_wrong(graph):
            found.append(graph)
    return found


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("seed", range(2))
def test_random_chains_give_the_reference_kernels_bytes(core: Core, seed: int) -> None:
    assert _compare(core, _graphs(seed, 40), seed) > 80


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize("seed", range(100, 140))
def test_ten_thousand_random_layers_give_the_reference_kernels_bytes(core: Core, seed: int) -> None:
    layers = _compare(core, _graphs(seed, 120), seed)
    assert layers >= 250  # so 10,000 layers or more over all seeds


@pytest.mark.emulator
@pytest.mark.parametrize("core", CORES)
def test_widths_with_kernels_of_their_own_give_the_reference_kernels_bytes(core: Core) -> None:
    rng = np.random.default_rng(5)
    _compare(core, [wide_chain(rng, width) for width in IMAGE_WIDTHS], 5)


@pytest.mark.parametrize("core", CORES)
def test_random_chains_use_every_kind_of_kernel(core: Core) -> None:
    """What the fuzzer compares is not all fallback."""
    kernels = Counter(
        choice.kernel for graph in _graphs(0, 100) for choice in compile_graph(graph, core, shed=False).choices
    )
    for kernel in ("first 3x3", "depthwise 3x3", "pointwise", "average"):
        assert kernels[f"emojicam {kernel}"] > 5, kernels
    assert kernels["cmsis_nn"] > 5, kernels
