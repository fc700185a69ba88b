"""Terminal output: results on stdout, everything else on stderr."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def progress(unit: str = "") -> Progress:
    """A progress bar on stderr that is silent where stderr is not a terminal.

    Args:
        unit: what is counted, as a plural ("images").
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    )


def step(text: str) -> None:
    """Say what is being done now, in one line (logs keep it)."""
    err.print(f"· {text}", markup=False, soft_wrap=True)
