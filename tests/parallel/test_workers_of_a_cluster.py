"""Maps on a Dask cluster: the same results as here, whoever is lost."""

import socket
import threading
from pathlib import Path

import parallel_functions as functions
import pytest

from emojicam.cli import main
from emojicam.errors import EmojicamError
from emojicam.parallel import Workers, likeness
from emojicam.parallel import cluster as clusters
from tests_dask_cluster import local


@pytest.mark.slow
def test_a_worker_killed_half_way_changes_nothing(cluster: str, tmp_path: Path) -> None:
    here = list(Workers(jobs=1).each(functions.scaled, range(40), "scale", common=(3,)))
    with Workers(cluster=cluster) as workers:
        assert list(workers.each(functions.scaled, range(40), "scale", common=(3,))) == here
        survived = list(workers.each(functions.dying_once, range(40), "square", common=(str(tmp_path), 20)))
    assert (tmp_path / "killed").exists()
    assert survived == [b"%d" % (n * n) for n in range(40)]


@pytest.mark.slow
def test_work_that_kills_every_worker_is_one_line(cluster: str) -> None:
    with Workers(cluster=cluster) as workers, pytest.raises(EmojicamError) as told:
        list(workers.each(functions.dying, range(1), "render"))
    assert str(told.value) == (
        "render: several workers were lost one after the other by the same work; try: workers with more memory"
    )


@pytest.mark.slow
def test_what_a_call_refuses_is_told_here(cluster: str) -> None:
    with Workers(cluster=cluster) as workers:
        with pytest.raises(EmojicamError) as told:
            list(workers.each(functions.refusing, range(6), "try"))
        assert str(told.value) == "three is no good; try: another number"
        with pytest.raises(EmojicamError) as told:
            list(workers.each(functions.without_a_package, range(2), "try"))
        assert str(told.value) == (
            f"the worker on {socket.gethostname()}: ModuleNotFoundError: No module named 'numba'; "
            "try: the same installation there"
        )


@pytest.mark.slow
def test_a_worker_with_another_version_is_one_line(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = likeness.versions()
    monkeypatch.setattr(likeness, "versions", lambda: {**mine, "emojicam": "9.9.9 (0123)"})
    with pytest.raises(EmojicamError) as told, Workers(cluster=cluster):
        pass
    assert f" has emojicam {mine['emojicam']} instead of 9.9.9 (0123); try: the same installation" in str(told.value)


@pytest.mark.slow
def test_one_that_comes_later_with_another_version_is_one_line(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = likeness.versions()
    with Workers(cluster=cluster) as workers, pytest.raises(EmojicamError) as told:
        monkeypatch.setattr(likeness, "versions", lambda: {**mine, "numpy": "1.0"})
        list(workers.each(functions.square, range(3), "square"))
    assert str(told.value).startswith(f"the worker on {socket.gethostname()} has numpy {mine['numpy']} instead of 1.0;")


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("tcp://127.0.0.1:1", "Timed out"),
        ("127.0.0.1", "missing port number"),
        ("http://127.0.0.1:1", "unknown address scheme"),
    ],
)
def test_an_address_where_nobody_answers_is_one_line(
    address: str,
    complaint: str,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert clusters.ANSWER <= 5
    monkeypatch.setattr(clusters, "ANSWER", 0.5)
    with pytest.raises(SystemExit) as end:
        main(["data", "make", "-o", str(tmp_path / "set"), "--count", "2", "--cluster", address])
    assert end.value.code == 1
    said = " ".join(capfd.readouterr().err.split())
    assert said.startswith(f"emojicam: no Dask scheduler answers at {address}: ")
    assert complaint in said
    assert said.endswith("; try: dask scheduler there, and --cluster tcp://HOST:8786")
    assert not (tmp_path / "set").exists()


def test_a_server_of_another_kind_is_one_line() -> None:
    def talk() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        talker = threading.Thread(target=talk)
        talker.start()
        with pytest.raises(EmojicamError, match=f"no Dask scheduler answers at {address}"), Workers(cluster=address):
            pass
        talker.join()


@pytest.mark.slow
def test_a_cluster_without_workers_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "ANSWER", 0.5)
    with (
        local(0) as running,
        pytest.raises(EmojicamError, match=r"has no worker; try: dask worker tcp://"),
        Workers(cluster=running.scheduler_address),
    ):
        pass


@pytest.mark.slow
def test_a_scheduler_that_goes_is_one_line() -> None:
    running = local(1)
    with Workers(cluster=running.scheduler_address) as workers:
        found = workers.each(functions.square, range(1000), "square")
        assert next(found) == 0
        running.close()
        with pytest.raises(EmojicamError, match=r"square: the cluster at .* is gone"):
            list(found)
