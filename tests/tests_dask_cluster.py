"""A Dask cluster of this computer."""

from typing import Any


def local(workers: int) -> Any:
    """A scheduler and its workers, each a process with a nanny that starts it again; ports as they are free.

    A context manager. Work is given up with the second worker that it kills: each takes seconds to come back.
    """
    import dask
    from distributed import LocalCluster

    with dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        return LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", scheduler_port=0,
            dashboard_address="127.0.0.1:0", silence_logs="CRITICAL",
        )  # fmt: skip
