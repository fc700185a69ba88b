"""The estimate of the product's frame: everything executed is in it, each stage has its own, and nothing twice."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from emojicam.cli import app
from emojicam.config import boards, load
from emojicam.cycles import estimate, listing, report, trace
from emojicam.cycles.estimate import Range
from emojicam.emulators import product
from emojicam.emulators.virtual import boot
from emojicam.model.graph import parse
from emojicam.model.macs import macs as macs_of

STAGES = np.zeros(8, np.int64)


def test_a_branch_that_always_goes_the_same_way_is_predicted_and_one_that_alternates_is_not() -> None:
    blocks = np.array([(0, 8), (8, 8), (64, 8)])  # 0 goes on to 1, or branches to 2
    same = estimate._branches(np.array([0, 2] * 4), STAGES, blocks)[0]
    alternating = estimate._branches(np.array([0, 1, 0, 2] * 2), STAGES, blocks)[0]
    assert same == Range(0, 7)  # seven branches that are taken
    assert (alternating.least, alternating.most) == (4, 3 * 8 + 5)


@pytest.mark.virtual_board
@pytest.mark.skipif(shutil.which("llvm-mca") is None, reason="llvm-mca is not installed")
def test_a_frame_of_the_product_is_accounted_for_stage_by_stage() -> None:
    elf = product.build_firmware(boards.find("openmv_h7"), load())
    code = listing.read(elf)
    board = boot(elf)
    assert board.camera is not None
    board.camera.hold()
    board.run_for(0.15)
    recorder = trace.Recorder(board, code)
    before = board.core.instructions
    for number, picture in enumerate(trace.pictures(), 1):
        board.camera.feed(picture)
        assert board.run_until(lambda number=number: recorder.frames == number, 0.2)  # type: ignore[misc]
    executed = board.core.instructions - before
    recorded = recorder.trace()
    frame = estimate.estimate(recorded, code)
    by_stage = {stage.name: stage for stage in frame.stages}
    # Two frames, and a little of the main loop's around them, which sleeps otherwise.
    both = sum(estimate.estimate(recorded, code, n).total.instructions for n in (0, 1))
    assert 0.97 * executed < both <= executed * 1.001
    assert 0.9 < by_stage["inference"].instructions / frame.total.instructions < 0.99
    assert by_stage["image"].instructions <= 300_000
    assert 0 < by_stage["decision"].instructions < 2000
    assert 0 < by_stage["mirror image"].instructions < 15_000  # its turn has come
    # Every pixel of the crop is read from uncached memory, a word at a time, once.
    uncached = [count for kind, count in by_stage["image"].waits.items() if kind.startswith("uncached reads")]
    assert sum(uncached) == 240 * 240 / 4
    assert sum(count for kind, count in by_stage["inference"].waits.items() if kind.startswith("uncached")) == 0
    # The arena lies where no load waits: all that the inference waits for are weights.
    waits = by_stage["inference"].waits
    assert "data lines from SRAM" not in waits
    # And most of those are asked for while the ones before them are worked with.
    assert waits["data lines asked for ahead"] > 4 * waits["data lines from flash"]
    total = frame.total.cycles
    # 6.8 M cycles, 70 frames a second at 480 MHz, for the narrow network's 7.14 M multiply-accumulates.
    model = parse(load().model_path.read_bytes())
    macs = sum(macs_of(model, operator) for operator in model.operators)
    assert total.middle <= 6.8e6 * macs / 7_140_480
    assert 0.5 * frame.total.instructions < total.least < total.most < 2 * frame.total.instructions
    assert sum(instructions for instructions, _ in frame.functions.values()) == frame.total.instructions
    told = json.loads(json.dumps(report.as_json(frame)))
    assert told["frame"]["cycles"] == [round(total.least), round(total.most)]
    assert [stage["name"] for stage in told["stages"]] == list(trace.NAMES)
    assert len(report.table(frame)) == len(trace.NAMES) + 2


def test_listings_know_blocks_functions_and_branches_without_their_symbols(tmp_path: Path) -> None:
    code = listing.Listing(
        {0x100: "push {r4, lr}", 0x102: "bl somewhere", 0x106: "pop {r4, pc}", 0x200: "bx lr"},
        {0x100: "a(int)", 0x200: "b"},
        [0x100, 0x200],
    )
    assert code.block(0x100, 6) == ["push {r4, lr}", "bl somewhere"]
    assert code.function_at(0x106) == "a(int)"
    assert (code.entry("b"), code.entry("c")) == (0x200, None)


@pytest.mark.skipif(shutil.which("llvm-mca") is None, reason="llvm-mca is not installed")
def test_the_command_shows_the_table_and_writes_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elf = product.build_firmware(boards.find("openmv_h7"), load())
    image = listing.read(elf).entry("emojicam::ToModelInput(")
    assert image is not None
    # Two frames of one block each, which reads a word that the camera has written.
    events = np.array([1 << 48, 3 << 32 | 0x3000_0000] * 2, np.uint64)
    recorded = trace.Trace(events, [(image, 8)], [0, 2, 4], frozenset({"flash"}))
    monkeypatch.setattr(trace, "record", lambda *_: recorded)
    written = tmp_path / "out" / "cycles.json"
    done = CliRunner().invoke(app, ["cycles", "--functions", "1", "--json", str(written)])
    assert done.exit_code == 0, done.exception
    assert "at 480 MHz" in done.stdout
    assert "waits for memory: 1 uncached reads" in done.stdout
    assert "instructions: emojicam::ToModelInput(" in done.stdout
    told = json.loads(written.read_text())
    assert told["stages"][0]["waits"] == {"uncached reads": 1}
    assert told["frame"]["instructions"] == told["stages"][0]["instructions"] > 0


def test_a_camera_that_there_is_not_is_wrong_usage() -> None:
    done = CliRunner().invoke(app, ["cycles", "--camera", "pinhole"])
    assert done.exit_code == 2
    assert "'pinhole' is not one of ov7725, mt9m114" in done.output
