"""The link over a serial port of this computer: a camera that is plugged in."""

import os
import select
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from emojicam.errors import BoardGone, EmojicamError
from emojicam.link.codec import Decoder, Received

_GROUP = "sudo usermod -aG dialout $USER, then logging in again"
_HINT = "another cable, or --device /dev/tty..."


def find_ports() -> list[Path]:
    """Serial ports that belong to cameras, or on macOS may do so."""
    found = sorted(Path("/dev/serial/by-id").glob("usb-emojicam_*"))  # Linux
    return found or sorted(Path("/dev").glob("cu.usbmodem*"))  # macOS


def find_port() -> Path:
    """The one camera that is plugged in.

    Raises:
        EmojicamError: there is none, or more than one.
    """
    found = find_ports()
    if not found:
        raise BoardGone("no camera is plugged in", _HINT)
    if len(found) > 1:
        raise EmojicamError(f"{len(found)} cameras are plugged in", "--device " + " or ".join(map(str, found)))
    return found[0]


class SerialPort:
    """A camera's serial port, from ``with`` to its end. A transport of `emojicam.link.session`.

    Args:
        path: the device; by default the one camera there is.
        patience: seconds without a byte before the camera counts as hung.
    """

    def __init__(self, path: Path | None = None, *, patience: float = 5) -> None:
        self.path = path or find_port()
        self.patience = patience
        self.decoder = Decoder()

    def __enter__(self) -> Self:
        import termios
        import tty

        try:
            self._file = os.open(self.path, os.O_RDWR | os.O_NOCTTY)
            tty.setraw(self._file)
        except PermissionError:
            raise EmojicamError(f"{self.path} may not be opened", _GROUP) from None
        except (OSError, termios.error) as error:
            raise EmojicamError(f"{self.path} can't be opened: {error.args[-1]}", _HINT) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._file)

    def send(self, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(self._file, data) :]
        except OSError:
            raise BoardGone(f"the camera at {self.path} is gone", "plugging it in again") from None

    def messages(self, over: Callable[[], bool] = lambda: False) -> Iterator[Received]:
        """Messages from the camera as they come, until ``over`` says so.

        Raises:
            EmojicamError: it is gone, or says nothing.
        """
        last = time.monotonic()
        while not over():
            if not select.select([self._file], [], [], 0.2)[0]:
                if time.monotonic() - last > self.patience:
                    raise BoardGone(f"the camera at {self.path} says nothing", "unplugging it, and again")
                continue
            try:
                data = os.read(self._file, 65536)
            except OSError:
                data = b""
            if not data:
                raise BoardGone(f"the camera at {self.path} is gone", "plugging it in again")
            last = time.monotonic()
            yield from self.decoder.feed(data)
