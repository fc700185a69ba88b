"""What the virtual board objects to in the firmware that it runs."""

from emojicam.errors import EmojicamError


class BoardError(EmojicamError):
    """The firmware did what the real chip would not forgive, or what the model does not know.

    Raised out of :meth:`VirtualBoard.run_for`; the board can only be reset after it.
    """


class UnknownRegister(BoardError):
    """An access to a register that no device model has."""


class ClockOff(BoardError):
    """An access to a peripheral whose clock is not enabled in RCC (reads 0 on the chip, writes are lost)."""
