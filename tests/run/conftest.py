"""The product on an emulated board, or on this computer."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import boards
from emojicam.emulators import product
from emojicam.emulators.host import HostProcess
from emojicam.emulators.qemu import Qemu
from emojicam.emulators.start import start

BoardFactory = Callable[[str], AbstractContextManager[Qemu | HostProcess]]


@pytest.fixture(scope="session")
def firmware() -> Callable[[str], Path]:
    """Builds the product for a board, with the shipped settings."""
    settings = config.load()
    return lambda board: product.build_firmware(boards.find(board), settings)


@pytest.fixture
def booted(firmware: Callable[[str], Path]) -> BoardFactory:
    """A board that has just been reset, by name."""

    @contextmanager
    def boot(name: str) -> Iterator[Qemu | HostProcess]:
        with start(boards.find(name), firmware(name)) as running:
            yield running

    return boot
