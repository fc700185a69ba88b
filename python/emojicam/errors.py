"""What may go wrong in a way that the user can act on: nothing else should reach them."""


class EmojicamError(Exception):
    """Something that the user can act on.

    The CLI prints it as one line on stderr and exits with `exit_status`:
    ``emojicam: MESSAGE; try: HINT``.

    Args:
        message: what is wrong, with the file, tool or value that it is about.
        hint: what to try next, as an imperative ("install it with ...").
    """

    #: Of the CLI: 1, it failed.
    exit_status = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.message}; try: {self.hint}" if self.hint else self.message
        return " ".join(text.split())


class UsageError(EmojicamError):
    """What was asked for makes no sense, whatever is installed or plugged in."""

    exit_status = 2


class ToolMissing(EmojicamError):
    """A program or a package is not installed."""


class BoardGone(EmojicamError):
    """No camera, probe or board is there, or it went away."""
