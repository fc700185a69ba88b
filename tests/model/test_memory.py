"""Planning as TFLM does it."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from emojicam.model import memory
from emojicam.model.fold import fold
from emojicam.model.graph import load, parse
from emojicam.model.memory import Lifetime
from models import zoo

_LIVES = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 5), st.integers(1, 40)).map(
        lambda one: (one[0], one[0] + one[1], 16 * one[2])
    ),
    max_size=30,
)


@settings(deadline=None)
@given(_LIVES)
def test_WhatLivesAtTheSameTime_NeverOverlaps(lives: list[tuple[int, int, int]]) -> None:
    placed = memory.place([Lifetime(i, *life) for i, life in enumerate(lives)])
    assert len(placed) == len(lives)
    for number, one in enumerate(placed):
        assert one.offset >= 0 and one.offset % 16 == 0
        for other in placed[:number]:
            if one.life.overlaps(other.life):
                assert one.end <= other.offset or other.end <= one.offset


def test_GapBetweenTwo_IsFilled() -> None:
    placed = memory.place([Lifetime(0, 0, 1, 64), Lifetime(1, 1, 2, 48), Lifetime(2, 2, 3, 32), Lifetime(3, 3, 3, 32)])
    assert {one.life.tensor: one.offset for one in placed} == {0: 0, 1: 64, 2: 0, 3: 32}


def test_Chain_NeedsItsLargestPair() -> None:
    graph = parse(zoo.model("net_mobilenet").data)
    placed = memory.plan(graph)
    live = memory.live_bytes(placed, len(graph.operators))
    assert memory.head_bytes(placed) == max(live)


def test_ReferenceModel_HasTheFiguresThatTflmReported(reference_model: Path) -> None:
    graph = fold(load(reference_model)).graph
    assert memory.head_bytes(memory.plan(graph)) == 55_296
    # TFLM with reference kernels used 132,080 on a Cortex-M7.
    assert 132_080 <= memory.estimate(graph) <= 132_080 + 16
