"""The firmware's scores on both emulated cores against Google's tflite-micro and LiteRT: equal, or wrong."""

from collections.abc import Sequence

import numpy as np
import pytest

from emojicam import config, paths
from emojicam.cores import CORES, Core
from emojicam.emulators import runner
from emojicam.model import export, graph
from emojicam.model.kernels.compile import compile_graph
from emojicam.model.oracle import LiteRt, TfliteMicro
from models import zoo
from models.known import litert_rounds_once, reference_2020_is_wrong, reference_2020_tolerance

pytestmark = pytest.mark.emulator


def _images(shape: Sequence[int], seed: int = 1) -> list[np.ndarray]:
    """Random pictures, and the ends of the range: all dark, all bright, checkered, stripes, noise of both ends."""
    random = np.random.default_rng(seed)
    checkered = np.indices(shape).sum(axis=0) % 2 * 255 - 128
    stripes = np.broadcast_to(np.arange(shape[2])[None, None, :, None] // 4 % 2 * 255 - 128, shape)
    extremes = [np.full(shape, -128), np.full(shape, 127), checkered, stripes]
    noise = [random.integers(-128, 128, shape) for _ in range(4)]
    noise += [random.choice([-128, 127], shape), random.normal(0, 60, shape).clip(-128, 127)]
    return [np.ascontiguousarray(image).astype(np.int8) for image in extremes + noise]


def _assert_equal(result: runner.Result, expected: list[np.ndarray], what: str, tolerance: int = 0) -> None:
    assert not result.error, f"{what}: {result.error}"
    assert len(result.outputs) == len(expected)
    for index, (output, wanted) in enumerate(zip(result.int8_outputs(), expected, strict=True)):
        difference = np.abs(output.astype(int) - wanted.ravel().astype(int))
        assert difference.max() <= tolerance, f"{what}, input {index}: {output} instead of {wanted}"


@pytest.mark.parametrize("core", CORES)
def test_every_model_of_the_zoo_with_cmsis_nn(core: Core) -> None:
    models = zoo.models()
    assert len(models) >= 10
    results = runner.run_jobs(core, [runner.Job(one.data, one.inputs) for one in models])
    for one, result in zip(models, results, strict=True):
        oracle = TfliteMicro(one.data)
        _assert_equal(result, [oracle.run(frame) for frame in one.inputs], one.name)


@pytest.mark.parametrize("core", CORES)
def test_every_model_of_the_zoo_with_reference_kernels(core: Core) -> None:
    models = [one for one in zoo.models() if not reference_2020_is_wrong(graph.parse(one.data))]
    results = runner.run_jobs(core, [runner.Job(one.data, one.inputs, kernels="reference") for one in models])
    for one, result in zip(models, results, strict=True):
        oracle = TfliteMicro(one.data)
        tolerance = reference_2020_tolerance(graph.parse(one.data))
        _assert_equal(result, [oracle.run(frame) for frame in one.inputs], one.name, tolerance)


def _check_image_model(core: Core, model: bytes) -> None:
    """Stock, reference and our own kernels, against both oracles."""
    parsed = graph.parse(model)
    frames = _images(parsed.tensors[parsed.inputs[0]].shape)
    oracle = TfliteMicro(model)
    expected = [oracle.run(frame) for frame in frames]
    if not litert_rounds_once(parsed):
        litert = LiteRt(model)
        for frame, wanted in zip(frames, expected, strict=True):
            assert litert.run(frame).tolist() == wanted.tolist()
    ours = compile_graph(parsed, core)
    assert any(choice.kernel.startswith("emojicam") for choice in ours.choices), "nothing runs on our kernels"
    names = ("cmsis_nn", "reference", "ours")
    results = runner.run_jobs(
        core,
        [
            runner.Job(model, frames),
            runner.Job(model, frames[:2], kernels="reference"),
            runner.Job(ours.data, frames),
        ],
    )
    for name, result in zip(names, results, strict=True):
        _assert_equal(result, expected[: len(result.outputs)], name)


@pytest.mark.parametrize("core", CORES)
def test_shipped_model(core: Core) -> None:
    path = paths.project_root() / config.load().model.file
    _check_image_model(core, export.prepare(graph.load(path)).data)


@pytest.mark.parametrize("core", CORES)
def test_reference_model(core: Core, reference_model: object) -> None:
    _check_image_model(core, export.prepare(graph.load(reference_model)).data)  # type: ignore[arg-type]
