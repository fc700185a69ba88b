"""One map, wherever it runs: results in the order of the work, the same however it is shared out."""

import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sized
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager
from typing import Any, Protocol, Self, TypeVar

from emojicam.console import progress
from emojicam.errors import UsageError
from emojicam.parallel import processes

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Seconds between two looks at whether those who work are still there.
_LOOK = 1.0
#: Items that wait for each process: enough that none has to wait for its next one.
_AHEAD = 2
#: Items of each process that may be begun before the first unfinished one is there: their results are kept meanwhile.
_FAR = 32


class Crew(Protocol):
    """Who does the work of one map."""

    def submit(self, function: Callable[..., Result], item: Any) -> "Future[Result]":
        """Call the function with what is common to all items and this one."""

    def count(self) -> int:
        """How many there are now."""

    def result(self, future: "Future[Result]") -> Result:
        """Of a call that has ended.

        Raises:
            EmojicamError: the call did, or whoever was to make it is gone.
        """


class Workers:
    """Where maps run; a context manager, which holds the connection to a cluster.

    Args:
        jobs: processes of this computer; one a processor by default.
        cluster: the address of a Dask scheduler, ``tcp://HOST:PORT``, instead.

    Raises:
        UsageError: both are given.
        EmojicamError: on entering: no scheduler or no worker is there, or one has another version.
    """

    def __init__(self, jobs: int | None = None, cluster: str | None = None) -> None:
        if jobs is not None and cluster is not None:
            raise UsageError("--jobs is for this computer and --cluster for others", "one of them")
        self.jobs = jobs
        self._address = cluster
        self._cluster: Any = None
        self._maps: list[weakref.ref[Generator[Any, None, None]]] = []

    def __enter__(self) -> Self:
        if self._address is not None:
            from emojicam.parallel.cluster import Cluster

            self._cluster = Cluster(self._address)
        return self

    def __exit__(self, *_: object) -> None:
        for unfinished in filter(None, (one() for one in self._maps)):
            unfinished.close()
        if self._cluster is not None:
            self._cluster.close()
            self._cluster = None

    @property
    def elsewhere(self) -> bool:
        """Whether the work is done by a cluster."""
        return self._address is not None

    def each(
        self,
        function: Callable[..., Result],
        items: Iterable[Item],
        what: str,
        *,
        common: tuple[Any, ...] = (),
        count: int | None = None,
        unit: str = "",
        size: Callable[[Item], int] = lambda item: 1,
    ) -> Iterator[Result]:
        """The function's results over the items, in their order, with a progress bar.

        Items are taken when their turn comes near, and results given as soon as those before them are there. A
        function's result may depend on its arguments alone; a lost worker's items are done again by others.

        Args:
            function: of a module, called with `common` and an item; what it takes and gives can be pickled.
            items: all there is to do.
            what: is done, for the bar ("render").
            common: the first arguments of every call; sent once to each process.
            count: of the items, which is to be given where they have no length.
            unit: what the bar counts, as a plural ("images").
            size: of an item in these units.

        Raises:
            EmojicamError: a call did, a process was killed, or the cluster is gone.
        """
        if count is None:
            assert isinstance(items, Sized), "count"
            count, total = len(items), sum(map(size, items))
        else:
            total = count
        found = self._each(function, items, what, common, count, total, unit, size)
        self._maps = [one for one in self._maps if one() is not None] + [weakref.ref(found)]
        return found

    def _each(
        self, function: Callable[..., Result], items: Iterable[Item], what: str, common: tuple[Any, ...], count: int,
        total: int, unit: str, size: Callable[[Item], int],
    ) -> Generator[Result, None, None]:  # fmt: skip
        with progress(unit) as bar:
            task = bar.add_task(what, total=total)
            jobs = min(self.jobs or processes.count(), count)
            if not self.elsewhere and jobs <= 1:
                for item in items:
                    found = function(*common, item)
                    bar.advance(task, size(item))
                    yield found
                return
            with self._crew(jobs, common, what) as crew:
                for found, done in _in_order(crew, function, items, size):
                    bar.advance(task, done)
                    yield found

    def _crew(self, jobs: int, common: tuple[Any, ...], what: str) -> AbstractContextManager[Crew]:
        if not self.elsewhere:
            return processes.crew(jobs, common, what)
        assert self._cluster is not None, "a cluster's Workers are entered before they are used"
        crew: AbstractContextManager[Crew] = self._cluster.crew(common, what)
        return crew


def _in_order(
    crew: Crew, function: Callable[..., Result], items: Iterable[Item], size: Callable[[Item], int]
) -> Iterator[tuple[Result, int]]:
    """Results, each with its item's size."""
    ahead: deque[tuple[Future[Result], int]] = deque()
    rest = iter(items)
    more = True
    while more or ahead:
        running = [future for future, _ in ahead if not future.done()]
        while more and len(running) < _AHEAD * crew.count() and len(ahead) < _FAR * crew.count():
            try:
                item = next(rest)
            except StopIteration:
                more = False
            else:
                ahead.append((crew.submit(function, item), size(item)))
                running.append(ahead[-1][0])
        if ahead and ahead[0][0].done():
            future, done = ahead.popleft()
            yield crew.result(future), done
        elif running:
            wait(running, _LOOK, FIRST_COMPLETED)


#: This computer's processors.
HERE = Workers()
