"""The runner as a tool: arenas that are just enough, refusals that are results, counts that repeat."""

import struct
from pathlib import Path

import numpy as np
import pytest

from emojicam.config.boards import BOARD_OF_CORE
from emojicam.cores import CORES, Core
from emojicam.emulators import runner
from emojicam.emulators.qemu import Qemu
from emojicam.errors import EmojicamError
from emojicam.firmware import build
from models import zoo
from models.builder import ModelBuilder, Quant

pytestmark = pytest.mark.emulator


def _model() -> zoo.ZooModel:
    return max(zoo.models(), key=lambda one: len(one.data))


@pytest.mark.parametrize("core", CORES)
def test_the_measured_arena_is_enough_and_16_bytes_less_is_not(core: Core) -> None:
    one = _model()
    arena = runner.measure_arena(core, one.data)
    enough, too_small = runner.run_jobs(
        core,
        [
            runner.Job(one.data, one.inputs, arena_limit=arena),
            runner.Job(one.data, one.inputs, arena_limit=arena - 16),
        ],
    )
    assert not enough.error
    assert len(enough.outputs) == len(one.inputs)
    assert too_small.error
    assert not too_small.outputs


def test_a_refused_job_leaves_the_others_alone() -> None:
    one = _model()
    wrong_size = np.zeros(7, np.int8)
    results = runner.run_jobs("cortex-m7", [runner.Job(one.data, [wrong_size]), runner.Job(one.data, one.inputs)])
    assert results[0].error
    assert len(results[1].outputs) == len(one.inputs)


@pytest.mark.parametrize("core", CORES)
def test_a_model_with_an_operator_that_nobody_knows_is_refused_by_its_name_and_the_next_one_runs(core: Core) -> None:
    """TFLM's interpreter, where it has found no kernel, must not be destroyed: it never wrote what it would free."""
    builder = ModelBuilder((1, 4, 4, 2), Quant(0.1, 3))
    order = builder.constant(np.array([1, 1, 2, 1], np.int32))
    unknown = builder.finish(builder.op("TILE", [builder.input, order], (1, 4, 8, 2), Quant(0.1, 3)))
    one = _model()
    # The arena is full of what the model before has left.
    jobs = [runner.Job(one.data, one.inputs), runner.Job(unknown, one.inputs), runner.Job(one.data, one.inputs)]
    first, refused, last = runner.run_jobs(core, jobs)
    assert "TILE" in refused.error
    assert not first.error and first.outputs == last.outputs


def test_a_refused_model_is_one_line() -> None:
    one = _model()
    with pytest.raises(EmojicamError, match="can't run the model"):
        runner.run("cortex-m7", one.data, [np.zeros(7, np.int8)])


def test_more_than_fits_is_refused_before_anything_is_run() -> None:
    one = _model()
    with pytest.raises(EmojicamError, match="bytes of the"):
        runner.run("cortex-m7", one.data, [np.zeros(20 << 20, np.int8)])


@pytest.mark.parametrize("core", CORES)
def test_instruction_counts_are_the_same_at_every_run_and_add_up(core: Core) -> None:
    one = _model()
    first, second = (runner.run(core, one.data, one.inputs, profile=True) for _ in range(2))
    assert first.layers == second.layers
    assert first.instructions == second.instructions
    layers = sum(layer.instructions for layer in first.layers)
    assert 0 < layers <= first.instructions


@pytest.mark.parametrize("core", CORES)
@pytest.mark.parametrize(
    ("flag", "says"),
    [
        (1 << 30, r"FAULT: UsageFault pc=[0-9a-f]{8} lr=[0-9a-f]{8} cfsr=00010000"),
        (1 << 31, r"FAULT: stack overflow .*cfsr=[0-9a-f]{8}"),
    ],
)
def test_a_fault_says_what_happened_instead_of_hanging(core: Core, flag: int, says: str, tmp_path: Path) -> None:
    block = tmp_path / "jobs.bin"
    block.write_bytes(struct.pack("<4I", 0x31424A45, 1, 0, 0) + struct.pack("<8I", 0, 0, 0, flag, 0, 0, 0, 0))
    board = BOARD_OF_CORE[core]
    with (
        pytest.raises(EmojicamError, match=says),
        Qemu(board, build.build_target(board, "runner"), load=[(block, board.job_address)], patience=30) as qemu,
    ):
        list(qemu.messages())
