"""The search for networks: costs come from the emulated board, and what is over the budget is not trained."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from emojicam.errors import EmojicamError
from emojicam.parallel import Workers
from emojicam.training import search
from emojicam.training.network import Architecture
from emojicam.training.search import Candidate, Cost, Found
from tests_dask_cluster import local
from tests_training_models import bars

pytestmark = pytest.mark.train

SMALL = Candidate("small", Architecture(8, ((8, 2), (16, 2), (16, 2))), 32)
LARGE = Candidate("large", Architecture(8, ((16, 1), (32, 2), (64, 2), (64, 2))), 32)


def found(name: str, instructions: int, accuracy: float | None) -> Found:
    cost = Cost(instructions, 10, 10)
    return Found(dataclasses.replace(SMALL, name=name), cost, accuracy is not None, accuracy)


@pytest.mark.emulator
def test_search_trains_what_is_within_the_budget_and_only_measures_the_rest(tmp_path: Path) -> None:
    training, validation = bars(128, 1), bars(20, 2)
    rows = search.report(search.search(training, validation, tmp_path, (SMALL, LARGE), replicas=1))
    small, large = rows
    assert small["accuracy"] is not None
    assert small["on_front"]
    assert large["instructions"] > small["instructions"]
    assert not large["within_budget"]
    assert large["accuracy"] is None
    # Kernels of ours run a network with random weights as they would a trained one: far from CMSIS-NN's counts.
    macs = 16 * 16 * 8 * 9 + 8 * 8 * 8 * (9 + 8) + 4 * 4 * (8 * 9 + 8 * 16) + 2 * 2 * 16 * (9 + 16)
    assert small["instructions"] < 4 * macs


@pytest.mark.emulator
def test_the_network_that_the_search_found_is_within_the_budget() -> None:
    # A wider one that is shipped since stood in its place, and was only measured.
    chosen = next(one for one in search.CANDIDATES if one.name == "no 3x3 stage")
    assert search.cost(chosen, bars(20, 1)).within(search.cost(search.CANDIDATES[0], bars(20, 1)))


@pytest.mark.slow
@pytest.mark.emulator
def test_short_runs_of_a_cluster_are_those_of_here_and_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training, validation, two = bars(128, 1), bars(20, 2), (SMALL, dataclasses.replace(SMALL, name="again"))
    here = search.search(training, validation, tmp_path / "here", two, replicas=1)
    with local(2) as cluster, Workers(cluster=cluster.scheduler_address) as workers:
        there = search.search(training, validation, tmp_path / "there", two, replicas=1, workers=workers)
        monkeypatch.setattr(search, "_run_anywhere", None)
        again = search.search(training, validation, tmp_path / "there", two, replicas=1, workers=workers)
    assert [one.accuracy for one in there] == pytest.approx([one.accuracy for one in here])
    assert again == there, "nothing was trained again"


_TWO_REPLICAS = """
import sys
from pathlib import Path
from emojicam.training import search
from test_search import SMALL
from tests_training_models import bars

rows = search.search(bars(64, 1), bars(20, 2), Path(sys.argv[1]), (SMALL,), replicas=2)
print("accuracy", rows[0].accuracy)
"""


@pytest.mark.emulator
def test_search_trains_on_two_replicas_though_it_builds_networks_before(tmp_path: Path) -> None:
    """TensorFlow's devices are fixed by the first network: a search that measured first could not train."""
    here = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, "-c", _TWO_REPLICAS, str(tmp_path)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(here), *sys.path])},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "accuracy 0." in done.stdout or "accuracy 1." in done.stdout


def test_budget_is_exceeded_by_any_of_three() -> None:
    budget = Cost(10, 10, 10)
    assert Cost(10, 10, 10).within(budget)
    for over in (Cost(11, 1, 1), Cost(1, 11, 1), Cost(1, 1, 11)):
        assert not over.within(budget)


def test_front_keeps_what_nothing_beats_in_both() -> None:
    rows = [found("a", 10, 0.5), found("b", 20, 0.4), found("c", 30, 0.7), found("d", 5, None), found("e", 30, 0.6)]
    assert [one.candidate.name for one in search.front(rows)] == ["a", "c"]


def test_no_candidate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="no network to look at"):
        search.search(bars(5, 1), bars(5, 2), tmp_path, ())


def test_candidates_fit_their_input_and_the_first_is_the_original_projects_network() -> None:
    assert search.CANDIDATES[0].architecture == Architecture.mobilenet(0.25)
    assert search.CANDIDATES[0].size == 96
    names = [one.name for one in search.CANDIDATES]
    assert len(set(names)) == len(names)
    for one in search.CANDIDATES:
        assert one.size % one.architecture.stride() == 0, one.name
        assert np.prod([stride for _, stride in one.architecture.blocks]) >= 8
