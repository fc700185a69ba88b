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
def test_what_lives_at_the_same_time_never_overlaps(lives: list[tuple[int, int, int]]) -> None:
    placed = memory.place([Lifetime(i, *life) for i, life in enumerate(lives)])
    assert len(placed) == len(lives)
    for number, one in enumerate(placed):
        assert one.offset >= 0 and one.offset % 16 == 0
        for other in placed[:number]:
            if one.life.overlaps(other.life):
                assert one.end <= other.offset or other.end <= one.offset


def test_gap_between_two_is_filled() -> None:
    placed = memory.place([Lifetime(0, 0, 1, 64), Lifetime(1, 1, 2, 48), Lifetime(2, 2, 3, 32), Lifetime(3, 3, 3, 32)])
    assert {one.life.tensor: one.offset for one in placed} == {0: 0, 1: 64, 2: 0, 3: 32}


def test_chain_needs_its_largest_pair() -> None:
    graph = parse(zoo.model("net_mobilenet").data)
    placed = memory.plan(graph)
    live = memory.live_bytes(placed, len(graph.operators))
    assert memory.head_bytes(placed) == max(live)


def test_reference_model_has_the_figures_that_tflm_reported(reference_model: Path) -> None:
    graph = fold(load(reference_model)).graph
    assert memory.head_bytes(memory.plan(graph)) == 55_296
    # TFLM with reference kernels used 132,080 on a Cortex-M7.
    assert 132_080 <= memory.estimate(graph) <= 132_080 + 16
