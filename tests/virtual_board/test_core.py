"""The core of the virtual board: exceptions, faults, timer. The fixtures are compiled by this machine's
arm-none-eabi-gcc, so what runs is real code."""

from pathlib import Path

import pytest

from emojicam.virtual_h7 import VirtualBoard
from virtual_board.support import compile_fixture, results, run_fixture

pytestmark = pytest.mark.virtual_board


def test_exceptions_nest_by_priority_and_masks_hold_them_back(tmp_path: Path) -> None:
    board = VirtualBoard()
    run_fixture(board, compile_fixture("exceptions", tmp_path))
    r = results(board, 15)
    assert r[0] == 11  # IPSR in SVC
    assert r[1] == 0  # handlers run on the main stack
    assert r[2] == 12 * 1000 + 34  # registers come back from the frame
    assert r[3:8] == [1, 2, 3, 4, 5]  # IRQ 1, IRQ 0 inside, rest of 1, IRQ 2 after it, thread
    assert r[8] == 6  # PendSV taken at once
    assert r[10] == 6  # held back by PRIMASK
    assert r[11] == 7  # taken on CPSIE
    assert r[12:15] == [0, 1, 2]  # BASEPRI: below it waits, above it passes


def test_interrupted_computation_is_the_uninterrupted_one(tmp_path: Path) -> None:
    board = VirtualBoard()
    run_fixture(board, compile_fixture("systick", tmp_path))
    r = results(board, 12)
    assert r[0] == r[5] != 0
    assert r[2:4] == r[6:8]
    assert r[4] == r[8] != 0
    assert r[9] > 3000
    # Five ticks of 1 ms, slept through: the cycle counter follows virtual time.
    assert abs(r[10] - 5 * 480_000) < 1000
    assert r[11] < 480_000


def test_runs_are_identical_to_the_instruction(tmp_path: Path) -> None:
    image = compile_fixture("systick", tmp_path)
    boards = [VirtualBoard(), VirtualBoard()]
    for board in boards:
        run_fixture(board, image)
    assert boards[0].core.instructions == boards[1].core.instructions
    assert boards[0].clock.now == boards[1].clock.now


def test_faults_come_with_their_status_and_address(tmp_path: Path) -> None:
    board = VirtualBoard()
    run_fixture(board, compile_fixture("faults", tmp_path))
    r = results(board, 64)
    faults = [tuple(r[n : n + 4]) for n in range(0, 36, 4)]
    precise, undefined, access = 0x8200, 0x10000, 0x82
    assert faults[0] == (3, precise, 0x6000_0000, 1 << 30)  # escalated: HFSR.FORCED
    assert faults[1] == (5, precise, 0x6000_0004, 0)
    assert faults[2] == (5, precise, 0x1000_0000, 0)
    assert faults[3] == (6, undefined, 0, 0)
    assert faults[4] == (5, 0x100, 0, 0)  # IBUSERR
    assert faults[5] == (5, precise, 0x0804_0000, 0)
    assert faults[6] == (4, access, 0x2001_4010, 0)
    assert faults[7] == (4, access, 0x2001_4020, 0)
    assert faults[8] == (4, access, 0x2001_5010, 0)
    assert r[36:38] == [6, 7]
