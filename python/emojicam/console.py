"""Terminal output: results on stdout, everything else on stderr."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if os.environ.get("COLUMNS", "").strip() == "0":
    del os.environ["COLUMNS"]  # as some shells say that they don't know; rich would print lines of no width

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

#: Seconds between two lines of a log about the same work.
LOG_SECONDS = 30.0
#: Seconds without a word before `busy` says what is being done.
SILENT_SECONDS = 1.0


class _LoggedProgress(Progress):
    """Where stderr is no terminal: a line at once, and one now and then."""

    def __init__(self, *columns: Any, unit: str, **options: Any) -> None:
        super().__init__(*columns, disable=True, **options)
        self._unit = unit
        self._said = 0.0

    def add_task(self, *args: Any, **options: Any) -> TaskID:
        task = super().add_task(*args, **options)
        self._say(task)
        return task

    def advance(self, task_id: TaskID, advance: float = 1) -> None:
        super().advance(task_id, advance)
        self._say_now_and_then(task_id)

    def update(self, task_id: TaskID, **options: Any) -> None:
        super().update(task_id, **options)
        self._say_now_and_then(task_id)

    def _say_now_and_then(self, task_id: TaskID) -> None:
        if time.monotonic() - self._said >= LOG_SECONDS:
            self._say(task_id)

    def _say(self, task_id: TaskID) -> None:
        self._said = time.monotonic()
        task = self._tasks[task_id]
        total = "" if task.total is None else f" of {task.total:.0f}"
        step(f"{task.description}: {task.completed:.0f}{total} {self._unit}".rstrip())


def progress(unit: str = "") -> Progress:
    """A progress bar on stderr; where stderr is no terminal, a line now and then.

    Args:
        unit: what is counted, as a plural ("images").
    """
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
    )
    if err.is_terminal:
        return Progress(*columns, console=err, transient=True)
    return _LoggedProgress(*columns, unit=unit, console=err)


_last_step = 0.0


def step(text: str) -> None:
    """Say what is being done now, in one line (logs keep it)."""
    global _last_step
    _last_step = time.monotonic()
    err.print(f"· {text}", markup=False, soft_wrap=True)


@contextmanager
def busy(what: str) -> Iterator[None]:
    """Work whose end can't be foreseen: `what` is said once nobody has said anything for a second, then now and then.

    Quick work stays silent.
    """
    done = threading.Event()
    since = time.monotonic()

    def say() -> None:
        if done.wait(SILENT_SECONDS):
            return
        if _last_step < since - SILENT_SECONDS:
            step(what)
        while not done.wait(LOG_SECONDS):
            step(f"{what}: {time.monotonic() - since:.0f} s so far")

    thread = threading.Thread(target=say, name="busy", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
