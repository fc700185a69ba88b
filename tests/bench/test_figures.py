"""What our kernels are worth: the figures that the project promises, counted on both emulated cores."""

import json
from functools import lru_cache

import pytest

from emojicam.bench import compare, mca, report
from emojicam.bench.measure import VARIANTS, Bench, bench
from emojicam.bench.select import models
from emojicam.bench.shapes import SHAPES
from emojicam.config.boards import BOARDS

KIB = 1024
#: Board -> most instructions of a frame.
FRAME = {"mps2_an500": 6_200_000, "corstone300": 1_620_000}


@lru_cache
def counted(shape: str, board: str) -> Bench:
    ((name, graph),) = models([shape])
    return bench(graph, name, BOARDS[board])


@pytest.mark.emulator
@pytest.mark.parametrize("board", FRAME)
def test_frame_takes_fewer_instructions_than_promised(board: str) -> None:
    result = counted("gestures-shape", board)
    assert result.macs == 7_158_656
    assert result.instructions["emojicam"] <= FRAME[board]
    assert result.instructions["cmsis_nn"] >= 3.8 * result.instructions["emojicam"]


@pytest.mark.emulator
@pytest.mark.parametrize("board", FRAME)
def test_arena_fits_into48_ki_b(board: str) -> None:
    assert counted("gestures-shape", board).arena_bytes["emojicam"] <= 48 * KIB


@pytest.mark.emulator
@pytest.mark.parametrize("board", FRAME)
def test_layers_of_every_variant_add_up_to_the_inference(board: str) -> None:
    result = counted("gestures-shape", board)
    assert len(result.layers) == 30
    for variant in VARIANTS:
        total = sum(layer.instructions[variant] for layer in result.layers)
        assert total == pytest.approx(result.instructions[variant], rel=0.01)


@pytest.mark.emulator
@pytest.mark.slow
@pytest.mark.parametrize("board", FRAME)
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape.startswith("mlperf-")])
def test_mlperf_shape_is_not_slower_than_with_cmsis_nn(board: str, shape: str) -> None:
    assert not compare.slower_than_cmsis_nn(counted(shape, board))


@pytest.mark.emulator
@pytest.mark.parametrize("board", FRAME)
def test_committed_result_is_still_reached(board: str) -> None:
    result = counted("gestures-shape", board)
    assert compare.committed(result).exists()
    assert compare.losses(result, compare.committed(result)) == []


@pytest.mark.emulator
def test_result_has_the_fields_that_scripts_read() -> None:
    row = json.loads(json.dumps(counted("gestures-shape", "mps2_an500").as_json()))
    assert row["board"] == "mps2_an500" and row["model"] == "gestures-shape"
    assert set(row["instructions"]) == {"reference", "cmsis_nn", "emojicam"}
    assert row["arena_bytes"] == row["arena_bytes_by_kernels"]["emojicam"]
    assert set(row["image_bytes"]) == {"text", "rodata", "data", "bss"}
    assert all(row["image_bytes"][kind] > 0 for kind in ("text", "rodata", "bss"))
    assert row["layers"][0]["op"] == "CONV_2D" and row["layers"][0]["shape"] == [1, 48, 48, 8]


@pytest.mark.emulator
def test_table_has_a_row_for_each_layer() -> None:
    lines = report.table(counted("gestures-shape", "mps2_an500"))
    assert len(lines) == 1 + 1 + 30 + 1
    assert lines[-1].startswith("inference")


def test_pointwise_loop_takes_at_most80_hundredths_of_a_cycle_a_mac() -> None:
    """By llvm-mca's Cortex-M7 model: an estimate, and the reason for the loop's order."""
    found = {one.loop: one.cycles_a_mac for one in mca.estimates()}
    assert found["pointwise, LDM"] <= 0.80
    assert found["depthwise 3x3, one row of a block"] <= 0.80
