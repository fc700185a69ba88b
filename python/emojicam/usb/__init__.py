"""USB: the device's descriptors, and a computer's side of it for boards that are emulated."""

from emojicam.usb.generate import write_headers as generate

__all__ = ["generate"]
