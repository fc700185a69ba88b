"""Maps on this computer's processes."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import parallel_functions as functions
import pytest

from emojicam.cli import options
from emojicam.errors import EmojicamError, UsageError
from emojicam.parallel import HERE, Workers, likeness


@pytest.mark.parametrize("jobs", [1, 2, None])
def test_results_come_in_order_however_many_processes_there_are(jobs: int | None) -> None:
    found = list(Workers(jobs).each(functions.scaled, range(20), "scale", common=(7,)))
    assert found == [b"%d" % (7 * n) for n in range(20)]


def test_nothing_to_do_is_nothing() -> None:
    assert list(HERE.each(functions.square, [], "square")) == []


def test_items_are_taken_only_when_their_turn_comes_near() -> None:
    taken: list[int] = []

    def numbers() -> Iterator[int]:
        for number in range(1000):
            taken.append(number)
            yield number

    found = Workers(jobs=2).each(functions.square, numbers(), "square", count=1000)
    assert list(itertools.islice(found, 3)) == [0, 1, 4]
    assert len(taken) < 100
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_call_refuses_is_told_here_as_it_was_said(jobs: int) -> None:
    with pytest.raises(EmojicamError) as told:
        list(Workers(jobs).each(functions.refusing, range(6), "try"))
    assert str(told.value) == "three is no good; try: another number"


def test_a_process_that_is_killed_is_one_line() -> None:
    with pytest.raises(EmojicamError) as told:
        list(Workers(jobs=2).each(functions.dying, range(6), "render"))
    assert str(told.value) == ("render: one of 2 processes was killed, perhaps because memory is short; try: --jobs 1")


def test_a_map_that_is_given_up_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    found = Workers(jobs=2).each(functions.square, range(100), "square")
    assert next(found) == 0
    found.close()  # type: ignore[attr-defined]
    assert set(threading.enumerate()) <= before, "one closed its pipe while Python, ending, wrote to it"


def test_processes_and_a_cluster_are_not_asked_for_at_once() -> None:
    with pytest.raises(UsageError, match="one of them"):
        options.workers(2, "tcp://127.0.0.1:1")


_WAITING = """
import sys
from emojicam.cli import main

def wait(*_, **__):
    from emojicam.parallel import Workers
    import parallel_functions
    with Workers(jobs=2) as workers:
        list(workers.each(parallel_functions.noting, range(4), "wait", common=(sys.argv[1],)))

if __name__ == "__main__":
    import emojicam.cli as cli
    cli.app = wait
    main([])
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def _until(met: object, seconds: float = 60) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if met():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_whoever_ends_leaves_no_process_behind_and_says_little(tmp_path: Path, how: signal.Signals) -> None:
    script = tmp_path / "waiting.py"
    script.write_text(_WAITING)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
    running = subprocess.Popen(
        [sys.executable, script, tmp_path], stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    assert _until(lambda: len(list(tmp_path.glob("pid-*"))) == 4)
    pids = [int(path.name.partition("-")[2]) for path in tmp_path.glob("pid-*")]
    if how == signal.SIGINT:
        os.killpg(running.pid, how)  # as a terminal does: to all of them
    else:
        running.kill()
    _, said = running.communicate(timeout=60)
    assert _until(lambda: not any(map(_alive, pids)))
    if how == signal.SIGINT:
        assert running.returncode == 130
        assert said.splitlines()[-1] == "emojicam: interrupted"
        assert "Traceback" not in said


def test_what_differs_is_named_with_both_versions() -> None:
    mine = likeness.versions()
    assert likeness.difference(mine) == ""
    assert likeness.difference({**mine, "numpy": "1.0"}) == f"numpy {mine['numpy']} instead of 1.0"
    assert likeness.difference({}) == "", "what the sender has not got, it does not ask for"
