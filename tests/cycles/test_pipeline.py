"""Cycles of basic blocks: what depends on each other waits, what does not goes in pairs."""

import shutil

import pytest

from emojicam.cycles import pipeline

pytestmark = pytest.mark.skipif(shutil.which("llvm-mca") is None, reason="llvm-mca is not installed")


def cost(*lines: str) -> pipeline.BlockCost:
    return pipeline.costs([list(lines)])[0]


def test_independent_additions_go_in_pairs_and_dependent_ones_one_by_one() -> None:
    apart = cost("add r0, r1, r2", "add r3, r4, r5", "add r6, r7, r8", "add r9, r10, r11")
    chain = cost("add r0, r0, r1", "add r0, r0, r2", "add r0, r0, r3", "add r0, r0, r4")
    assert (apart.instructions, chain.instructions) == (4, 4)
    assert apart.steady == pytest.approx(2, abs=0.3)
    assert chain.steady == pytest.approx(4, abs=0.3)
    assert chain.least == apart.least == pytest.approx(2, abs=0.1)


def test_one_multiplication_a_cycle() -> None:
    assert cost("smlad r0, r4, r5, r0", "smlad r1, r4, r6, r1").steady == pytest.approx(2, abs=0.3)


def test_every_kind_of_line_that_objdump_writes_is_taken() -> None:
    lines = [
        "adc.w r1, r7, #4294967295", "bl somewhere", "it eq", "moveq r0, #1", "ite gt",
        "addgt.w r1, r1, #4", "movle r1, r2",
        "ldr.w r3, [pc, #40]", "vcmpe.f32 s12, s15", "vmrs APSR_nzcv, fpscr", "vmov.f32 s14, #112", "dsb sy",
        "cbz r3, somewhere", "tbb [pc, r3]", "ldmia.w sp!, {r4, r5, pc}",
    ]  # fmt: skip
    found = cost(*lines)
    assert found.instructions == len(lines)
    # A call is a branch, not a hundred cycles.
    assert 5 < found.steady < 60


def test_blocks_keep_their_order_and_an_empty_one_costs_nothing() -> None:
    first, nothing, barrier, last = pipeline.costs([["mul r0, r0, r1"], [], ["dsb sy"], ["add r0, r1, r2"] * 4])
    assert (nothing.instructions, nothing.steady) == (0, 0)
    assert (barrier.instructions, barrier.steady) == (1, 1)
    assert (first.instructions, last.instructions) == (1, 4)
