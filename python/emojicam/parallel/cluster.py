"""Workers of a Dask cluster (dask.distributed, the extra ``cluster``).

Dask gives the work of a lost worker to another one by itself. Everything is sent pickled, so that scheduler and
workers unpack it in our hands, and what fails there is told in one line here.
"""

import asyncio
import logging
import pickle
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from emojicam import extras
from emojicam.console import step
from emojicam.errors import EmojicamError
from emojicam.parallel import likeness

Result = TypeVar("Result")

#: Seconds in which a scheduler has to answer.
ANSWER = 5
#: Seconds without any worker after which a map is given up.
PATIENCE = 60.0

#: One call at a time in a process: compilers' caches and the virtual board's forks are not for threads.
_alone = threading.Lock()


def _unpack(common: bytes) -> Any:
    """The first arguments of every call. The result of a call itself, so that it is made again where it is lost."""
    return _guarded(lambda: pickle.loads(common))


def _call(versions: dict[str, str], common: tuple[Any, ...], work: bytes) -> Any:
    """One call, on a worker."""
    if differs := likeness.difference(versions):
        raise _other_version(socket.gethostname(), differs)
    with _alone:
        function, item = _guarded(lambda: pickle.loads(work))
        return _guarded(lambda: function(*common, item))


def _guarded(call: Callable[[], Any]) -> Any:
    """A call whose faults that are its computer's say which one it is."""
    try:
        return call()
    except (ImportError, MemoryError, OSError) as error:
        what = " ".join(f"{type(error).__name__}: {error}".split())
        raise EmojicamError(f"the worker on {socket.gethostname()}: {what}", "the same installation there") from None


def _other_version(host: str, differs: str) -> EmojicamError:
    return EmojicamError(f"the worker on {host} has {differs}", "the same installation on all machines")


async def _probe(address: str) -> None:
    """Find out whether a scheduler answers: a client that got no answer would say so twice more when it goes."""
    from distributed.comm import connect
    from distributed.security import Security

    comm = await connect(address, timeout=ANSWER, **Security().get_connection_args("client"))
    await comm.close()


class Cluster:
    """A connection to a scheduler.

    Args:
        address: ``tcp://HOST:PORT``.

    Raises:
        ToolMissing: dask.distributed is not installed.
        EmojicamError: no scheduler answers, it has no workers, or one of them has another version.
    """

    def __init__(self, address: str) -> None:
        extras.need("cluster")
        import dask
        import distributed

        self.address = address
        # It logs what we say in one line ourselves.
        for name in ("distributed", "tornado"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"})
        try:
            asyncio.run(_probe(address))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions that differ: `_look` is stricter
                self._client = distributed.Client(address, timeout=ANSWER, set_as_default=False)
        except Exception as error:  # a bad address, nobody there, or somebody who talks of something else
            why = (
                str(error)
                if isinstance(error, OSError | ValueError)
                else f"who answers is none ({type(error).__name__})"
            )
            raise EmojicamError(
                f"no Dask scheduler answers at {address}: {why}", "dask scheduler there, and --cluster tcp://HOST:8786"
            ) from None
        try:
            self._look()
        except BaseException:
            self.close()
            raise

    def _look(self) -> None:
        """At who is there."""
        try:
            self._client.wait_for_workers(1, timeout=ANSWER)
        except TimeoutError:
            raise EmojicamError(f"the cluster at {self.address} has no worker", f"dask worker {self.address}") from None
        threads = self._client.nthreads()
        try:
            differing = self._client.run(likeness.difference, likeness.versions())
        except Exception as error:  # whatever stands in the way of importing it there
            what = " ".join(f"{type(error).__name__}: {error}".split())
            raise EmojicamError(
                f"a worker of {self.address} can't say its version: {what}",
                "the same installation on all machines",
            ) from None
        for worker, differs in differing.items():
            if differs:
                raise _other_version(worker, differs)
        step(f"{len(threads)} worker{'s' * (len(threads) != 1)} at {self.address}")
        if most := max(threads.values()) - 1:
            step(f"a worker with {most + 1} threads does one thing at a time: dask worker --nworkers -1 --nthreads 1")

    def close(self) -> None:
        self._client.close()

    @contextmanager
    def crew(self, common: tuple[Any, ...], what: str) -> "Iterator[_Crew]":
        """All workers, for as long as one map lasts."""
        shared = self._client.submit(_unpack, pickle.dumps(common), pure=False)
        with self._client.get_executor(pure=False) as executor:
            try:
                yield _Crew(self._client, executor, shared, self.address, what)
            except BaseException:
                executor.shutdown(wait=False)  # cancels what is under way
                raise


@dataclass
class _Crew:
    client: Any
    executor: Executor
    common: Any
    address: str
    what: str
    _workers: int = 1
    _seen: float = 0.0
    _asked: float = 0.0

    def submit(self, function: Callable[..., Result], item: Any) -> "Future[Result]":
        return self.executor.submit(_call, likeness.versions(), self.common, pickle.dumps((function, item)))

    def count(self) -> int:
        now = time.monotonic()
        if now - self._asked >= 1:
            self._asked = now
            try:
                workers = len(self.client.nthreads())
            except Exception:  # tornado's and Dask's own, and whatever else a lost connection is
                raise self._gone() from None
            if workers:
                self._workers, self._seen = workers, now
            elif self._seen and now - self._seen > PATIENCE:
                raise EmojicamError(
                    f"{self.what}: the cluster at {self.address} has no worker any more", f"dask worker {self.address}"
                )
        return self._workers

    def result(self, future: "Future[Result]") -> Result:
        from distributed.comm import CommClosedError
        from distributed.scheduler import KilledWorker

        try:
            return future.result()
        except KilledWorker:
            raise EmojicamError(
                f"{self.what}: several workers were lost one after the other by the same work",
                "workers with more memory",
            ) from None
        except (CancelledError, CommClosedError):
            raise self._gone() from None
        except ImportError as error:
            raise EmojicamError(f"a worker of {self.address}: {error}", "the same installation there") from None

    def _gone(self) -> EmojicamError:
        return EmojicamError(f"{self.what}: the cluster at {self.address} is gone", "dask scheduler, and again")
