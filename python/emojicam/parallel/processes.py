"""Processes of this computer.

Fresh ones (spawn): a fork of a process that runs threads, as TensorFlow's does, may hang.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from emojicam.errors import EmojicamError

Result = TypeVar("Result")

#: In a process that works: the first arguments of every call.
_common: tuple[Any, ...] = ()


def count() -> int:
    """One a processor."""
    return os.cpu_count() or 1


def _begin(common: tuple[Any, ...]) -> None:
    global _common
    _common = common
    # Of its own group, so that what it has started can be ended with it.
    os.setpgid(0, 0)
    threading.Thread(target=_follow, name="follow", daemon=True).start()


def _follow() -> None:
    """End with the parent: where that is killed, a process would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os.killpg(0, signal.SIGKILL)


def _call(function: Callable[..., Result], item: Any) -> Result:
    return function(*_common, item)


@dataclass
class _Processes:
    executor: ProcessPoolExecutor
    jobs: int
    what: str

    def count(self) -> int:
        return self.jobs

    def submit(self, function: Callable[..., Result], item: Any) -> "Future[Result]":
        # Ctrl-C is for us: processes that are started now inherit that they don't take it. It comes when this is done.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            return self.executor.submit(_call, function, item)
        except BrokenProcessPool:
            raise self._broken() from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def result(self, future: "Future[Result]") -> Result:
        try:
            return future.result()
        except BrokenProcessPool:
            raise self._broken() from None

    def _broken(self) -> EmojicamError:
        return EmojicamError(
            f"{self.what}: one of {self.jobs} processes was killed, perhaps because memory is short",
            f"--jobs {max(1, self.jobs // 2)}",
        )


@contextmanager
def crew(jobs: int, common: tuple[Any, ...], what: str) -> Iterator[_Processes]:
    """So many processes, for as long as one map lasts."""
    executor = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (common,))
    try:
        yield _Processes(executor, jobs, what)
        executor.shutdown()
    finally:
        # Whatever has interrupted us does not wait for work whose result nobody takes. (Python 3.14: kill_workers.)
        for process in list((executor._processes or {}).values()):
            try:
                os.killpg(process.pid or 0, signal.SIGKILL)
            except ProcessLookupError:  # it has not begun yet, or has ended
                process.kill()
        # Its thread is waited for: where Python ended first, it would wake that up just when it closes its pipe
        # ("Bad file descriptor" after the last line, before Python 3.12).
        executor.shutdown(cancel_futures=True)
