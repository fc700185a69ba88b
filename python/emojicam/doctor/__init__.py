"""What of all that emojicam needs is on this computer, and what to do about the rest."""

from collections.abc import Callable, Iterator

from emojicam.doctor import building, desktop, devices
from emojicam.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]


def examine() -> Iterator[Finding]:
    """Every check in turn; none changes anything or needs the network."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        building.this, building.python, building.settings, building.compilers, building.sources, building.space,
        building.packages, building.tools, building.containers, devices.serial, devices.flashing,
        devices.typing_here, desktop.desktop, desktop.browser, desktop.font,
    )  # fmt: skip
    for check in checks:
        yield from check()
