"""Driving Arm's avhclient: its progress on our terminal, its failures as one line."""

import contextlib
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from emojicam import console, extras, process
from emojicam.avh import job, spec
from emojicam.avh.credentials import check_aws
from emojicam.errors import EmojicamError

Backend = Literal["local", "aws"]


def check(backend: Backend, description: dict[str, Any]) -> None:
    """Everything that can be known to go wrong before a byte is uploaded.

    Raises:
        EmojicamError: avhclient or a credential is missing.
    """
    _client()
    if backend == "aws":
        check_aws(description)


def execute(backend: Backend, description: dict[str, Any], folder: Path) -> None:
    """Run a checked spec: upload from the folder, run the steps, download into it.

    Raises:
        EmojicamError: a step or the backend failed, or the steps did not all run.
    """
    path = spec.write_for(description, folder)
    client = _client()(backend)
    steps = folder / job.STEPS
    if backend == "local":
        client.backend.steps_log = steps
    listing = io.StringIO()
    try:
        # It prints the names of the files in its archives.
        with _progress(steps if backend == "aws" else None), contextlib.redirect_stdout(listing):
            client.execute(path)
    except EmojicamError:
        raise
    except Exception as error:  # boto3 and avhclient raise what they like; the user sees one line
        if isinstance(error, AssertionError):
            raise
        reason = str(error) or str(error.__cause__ or type(error).__name__)
        hint = "the lines above, or --verbose" if backend == "local" else "the lines above, or --backend local"
        raise EmojicamError(f"avhclient ({backend}) failed: {reason}", hint) from error
    finally:
        process.log.debug("%s", listing.getvalue().rstrip())
    if backend == "local" and client.backend.steps_run != len(description["steps"]):
        raise EmojicamError(
            f"{client.backend.steps_run} of the spec's {len(description['steps'])} steps ran", "--verbose"
        )


def _client() -> Any:
    try:
        from arm.avhclient import AvhClient  # type: ignore[import-untyped]

        from emojicam.avh import backend
    except ModuleNotFoundError as error:
        if missing := extras.explain(error):
            raise missing from None
        raise
    assert backend.LocalBackend.name() == "local"
    return AvhClient


class _Lines(logging.Handler):
    """avhclient's log as lines of ours, and into a file."""

    def __init__(self, copy: Path | None) -> None:
        super().__init__(logging.INFO)
        self._copy = copy

    def emit(self, record: logging.LogRecord) -> None:
        for line in record.getMessage().splitlines():
            if not line.strip() or set(line.strip()) == {"="}:
                continue
            console.step(line.strip())
            if self._copy is not None:
                with self._copy.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")


@contextlib.contextmanager
def _progress(copy: Path | None) -> Iterator[None]:
    """avhclient logs to the root logger, beside everybody else."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    quiet = [logging.getLogger(name) for name in ("boto3", "botocore", "s3transfer", "urllib3")]
    before = [logger.level for logger in quiet]
    root.handlers[:] = [_Lines(copy)]
    root.setLevel(logging.INFO)
    for logger in quiet:
        logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for logger, old in zip(quiet, before, strict=True):
            logger.setLevel(old)
