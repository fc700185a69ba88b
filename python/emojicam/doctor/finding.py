"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        found: what is there.
        hint: what to do, where it isn't right.
        essential: the main job (`emojicam run`) can't run without it.
    """

    name: str
    state: State
    found: str
    hint: str = ""
    essential: bool = False

    @property
    def stops_the_job(self) -> bool:
        return self.essential and self.state is State.WRONG
