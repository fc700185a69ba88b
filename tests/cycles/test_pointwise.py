"""The pointwise kernel that boards of silicon have: what it is for, and that they have it."""

import shutil

import pytest

from emojicam import config
from emojicam.config import boards
from emojicam.cycles import listing, pipeline
from emojicam.emulators.product import build_firmware

#: Instructions of a step of it: 16 multiply-accumulates, two an SMLAD, and the loads for them.
_STEP = 16


@pytest.mark.virtual_board
@pytest.mark.skipif(shutil.which("llvm-mca") is None, reason="llvm-mca is not installed")
def test_the_flashed_inner_loop_takes_no_more_than_eight_and_a_half_cycles_for_sixteen_macs() -> None:
    code = listing.read(build_firmware(boards.find("openmv_h7"), config.load()))
    begin = code.entry("EmojicamM7PairedPointwiseHalvesFold")
    assert begin is not None, "the camera board has another kernel"
    assert code.entry("EmojicamM7PointwiseHalvesFold") is None
    lines = [line for at, line in sorted(code.instructions.items()) if at >= begin]
    first = next(n for n, line in enumerate(lines) if line.startswith("smlad"))
    step = lines[first + _STEP : first + 2 * _STEP]
    assert [line.split()[0].removesuffix(".w") for line in step] == ["smlad", "ldr"] * (_STEP // 2)
    assert pipeline.costs([step])[0].steady <= 8.5


def test_the_emulated_core_counts_instructions_and_has_the_one_with_few_of_them() -> None:
    code = listing.read(build_firmware(boards.find("mps2_an500"), config.load()))
    assert code.entry("EmojicamM7PointwiseHalvesFold") is not None
    assert code.entry("EmojicamM7PairedPointwiseHalvesFold") is None
