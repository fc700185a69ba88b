"""How a device on the bus fails the computer."""

from emojicam.errors import EmojicamError


class UsbError(EmojicamError):
    """The host gave up on the device: no answer in time, a refusal, or a malformed descriptor."""


class Stalled(UsbError):
    """The device refused a request: STALL."""


class Timeout(UsbError):
    """The device went on saying NAK."""


class BadDescriptor(UsbError, ValueError):
    """Bytes that are no descriptor: the reason is its text."""
