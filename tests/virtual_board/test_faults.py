"""The fault campaign: every kind of fault is survived, and named."""

from pathlib import Path

import pytest

from emojicam import config
from emojicam.cli.faults import held_gesture, tabulate
from emojicam.parallel import Workers
from emojicam.virtual_h7.campaign import Outcome, Start, run
from emojicam.virtual_h7.faults import KINDS, NAMED
from tests_brightness import held
from tests_dask_cluster import local

pytestmark = pytest.mark.virtual_board


def test_a_fault_of_every_kind_is_survived_and_named(photometer: Path) -> None:
    start = Start.of(photometer, "ov7725", held())
    outcomes = list(run(start, len(KINDS), seed=5, workers=Workers(jobs=1)))
    assert [outcome.kind for outcome in outcomes] == list(KINDS)
    assert [outcome for outcome in outcomes if not outcome.survived] == []
    by_kind = {outcome.kind: outcome for outcome in outcomes}
    assert {by_kind[kind].verdict for kind in ("hang", "stack overflow", "wild jump", "power cut")} == {"reset"}
    assert {by_kind[kind].verdict for kind in NAMED} == {"recovered"}
    assert by_kind["hang"].cause == "start 2: watchdog"
    assert "stack overflow" in by_kind["stack overflow"].cause
    assert by_kind["wild jump"].cause.startswith("start 2: fault")


def test_the_same_seed_gives_the_same_outcomes_whoever_disturbs_the_board(photometer: Path) -> None:
    start = Start.of(photometer, "ov7725", held())
    kinds = ["stack overflow", "settings power cut", "usb reset"]
    outcomes = list(run(start, 3, seed=11, kinds=kinds, workers=Workers(jobs=1)))
    assert [outcome.kind for outcome in outcomes] == kinds
    assert list(run(start, 3, seed=11, kinds=kinds, workers=Workers(jobs=2))) == outcomes


@pytest.mark.slow
def test_a_cluster_s_outcomes_are_those_of_one_process(photometer: Path) -> None:
    start = Start.of(photometer, "ov7725", held())
    outcomes = list(run(start, 3, seed=11, workers=Workers(jobs=1)))
    with local(2) as cluster, Workers(cluster=cluster.scheduler_address) as workers:
        assert list(run(start, 3, seed=11, workers=workers)) == outcomes


@pytest.mark.slow
@pytest.mark.parametrize("camera", ["ov7725", "mt9m114"])
def test_a_thousand_faults_are_survived(product: Path, settings: config.Settings, camera: str) -> None:
    start = Start.of(product, camera, held_gesture(settings))
    outcomes = run(start, 500, seed=1 if camera == "ov7725" else 2, workers=Workers(jobs=2))
    assert [outcome for outcome in outcomes if not outcome.survived] == []


def test_the_table_counts_every_outcome_once() -> None:
    outcomes = [Outcome("a", "reset"), Outcome("b"), Outcome("a", "reset"), Outcome("a", "dead")]
    header, rows = tabulate(outcomes)
    assert header == ["fault", "dead", "reset", "unaffected"]
    assert rows == [["a", "1", "2", ""], ["b", "", "", "1"], ["all", "1", "2", "1"]]
