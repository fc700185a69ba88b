"""Every shape against the table that was kept: no row gets worse, none is worse than CMSIS-NN alone."""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from emojicam import paths
from emojicam.bench import suite
from emojicam.bench.measure import bench
from emojicam.bench.select import models, suite_names
from emojicam.config.boards import BOARDS
from emojicam.errors import EmojicamError
from emojicam.model.export import prepare
from emojicam.model.graph import load

COUNTED = ("mps2_an500", "corstone300")
#: Counted by every run of the tests; the others with those that are slow.
SHORT = ("mlperf-resnet8", "mlperf-dscnn")
SHARED = paths.project_root().parent / "shared" / "models"


@lru_cache
def row(shape: str, board: str) -> dict[str, Any]:
    ((name, graph),) = models([shape])
    return suite.row(bench(graph, name, BOARDS[board]))


@pytest.mark.emulator
@pytest.mark.parametrize("board", COUNTED)
@pytest.mark.parametrize(
    "shape", [shape if shape in SHORT else pytest.param(shape, marks=pytest.mark.slow) for shape in suite_names()]
)
def test_row_is_not_worse_than_kept_nor_than_cmsis_nn(shape: str, board: str) -> None:
    assert suite.losses([row(shape, board)], suite.kept()) == []


@pytest.mark.emulator
@pytest.mark.parametrize("board", COUNTED)
@pytest.mark.parametrize(
    ("path", "most"),
    [
        # A dead channel and all.
        (SHARED / "vww_96_int8.tflite", {"mps2_an500": 6.85, "corstone300": 1.9}),
        (SHARED / "kws_ref_model.tflite", {"mps2_an500": 2.8, "corstone300": 0.8}),
        (paths.project_root() / "models" / "narrow.tflite", {"mps2_an500": 6.0, "corstone300": 1.5}),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_trained_model_takes_no_more_than_promised(path: Path, most: dict[str, float], board: str) -> None:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    result = bench(prepare(load(path)).graph, path.name, BOARDS[board])
    assert result.instructions["emojicam"] <= most[board] * 1e6
    assert result.arena_bytes["emojicam"] <= result.arena_bytes["cmsis_nn"]


def test_kept_table_has_every_shape_on_both_boards() -> None:
    rows = json.loads(suite.kept().read_text())
    assert {(one["model"], one["board"]) for one in rows} == {
        (shape, board) for shape in suite_names() for board in COUNTED
    }
    assert suite.losses(rows, suite.kept()) == []
    assert len(suite.table(rows)) == 1 + len(rows)


def test_worse_row_is_named_by_model_and_figure(tmp_path: Path) -> None:
    good = {
        "model": "m", "board": "b", "cmsis_nn": 1000, "emojicam": 500, "arena_cmsis_nn": 100, "arena_emojicam": 90,
    }  # fmt: skip
    table = tmp_path / "suite.json"
    table.write_text(json.dumps([good]))
    assert suite.losses([good | {"emojicam": 509}], table) == []
    assert suite.losses([good | {"emojicam": 511}], table) == ["m on b: 511 instructions, were 500"]
    assert suite.losses([good | {"arena_emojicam": 103}], table) == [
        "m on b: 103 bytes of arena, 100 with CMSIS-NN",
        "m on b: 103 bytes of arena, were 90",
    ]
    table.write_text("[1]")
    with pytest.raises(EmojicamError, match="is no table"):
        suite.losses([good], table)
