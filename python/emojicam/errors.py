"""The one exception that users see, and nothing else should reach them."""


class EmojicamError(Exception):
    """Something that the user can act on.

    The CLI prints it as one line on stderr and exits with status 1:
    ``emojicam: MESSAGE; try: HINT``.

    Args:
        message: what is wrong, with the file, tool or value that it is about.
        hint: what to try next, as an imperative ("install it with ...").
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.message}; try: {self.hint}" if self.hint else self.message
        return " ".join(text.split())
