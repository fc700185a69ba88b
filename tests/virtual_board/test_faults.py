"""The fault campaign: every kind of fault is survived, and named."""

from pathlib import Path

import pytest

from emojicam import config
from emojicam.cli.faults import held_gesture, tabulate
from emojicam.virtual_h7.campaign import Campaign, Outcome
from emojicam.virtual_h7.faults import KINDS, NAMED
from tests_brightness import held

pytestmark = pytest.mark.virtual_board


def test_a_fault_of_every_kind_is_survived_and_named(photometer: Path) -> None:
    campaign = Campaign(photometer, "ov7725", held())
    outcomes = list(campaign.run(len(KINDS), seed=5))
    assert [outcome.kind for outcome in outcomes] == list(KINDS)
    assert [outcome for outcome in outcomes if not outcome.survived] == []
    by_kind = {outcome.kind: outcome for outcome in outcomes}
    assert {by_kind[kind].verdict for kind in ("hang", "stack overflow", "wild jump", "power cut")} == {"reset"}
    assert {by_kind[kind].verdict for kind in NAMED} == {"recovered"}
    assert by_kind["hang"].cause == "start 2: watchdog"
    assert "stack overflow" in by_kind["stack overflow"].cause
    assert by_kind["wild jump"].cause.startswith("start 2: fault")


def test_the_same_seed_gives_the_same_outcomes_however_many_run_at_a_time(photometer: Path) -> None:
    campaign = Campaign(photometer, "ov7725", held())
    kinds = ["stack overflow", "settings power cut", "usb reset"]
    outcomes = list(campaign.run(3, seed=11, kinds=kinds, jobs=1))
    again = list(campaign.run(3, seed=11, kinds=kinds, jobs=3))
    assert outcomes == again


@pytest.mark.slow
@pytest.mark.parametrize("camera", ["ov7725", "mt9m114"])
def test_a_thousand_faults_are_survived(product: Path, settings: config.Settings, camera: str) -> None:
    campaign = Campaign(product, camera, held_gesture(settings))
    outcomes = campaign.run(500, seed=1 if camera == "ov7725" else 2, jobs=2)
    assert [outcome for outcome in outcomes if not outcome.survived] == []


def test_the_table_counts_every_outcome_once() -> None:
    outcomes = [Outcome("a", "reset"), Outcome("b"), Outcome("a", "reset"), Outcome("a", "dead")]
    header, rows = tabulate(outcomes)
    assert header == ["fault", "dead", "reset", "unaffected"]
    assert rows == [["a", "1", "2", ""], ["b", "", "", "1"], ["all", "1", "2", "1"]]
