"""The board layer by itself, as the tests of silicon drive it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import boards
from emojicam.emulators.product import build_firmware
from emojicam.firmware.image import hex_of
from emojicam.virtual_h7 import VirtualBoard
from virtual_board.mailbox import Mailbox, compile_app

Boot = Callable[..., Mailbox]


@pytest.fixture(scope="session")
def boot(tmp_path_factory: pytest.TempPathFactory) -> Boot:
    """Starts it on a board with these arguments of VirtualBoard."""
    image, address = compile_app(tmp_path_factory.mktemp("board_app"))

    def start(camera: str | None = "ov7725", **options: object) -> Mailbox:
        board = VirtualBoard(camera, **options)  # type: ignore[arg-type]
        board.load_hex(image)
        board.soc.flash.erase_seconds = 0.01
        board.power_on()
        mailbox = Mailbox(board, address)
        mailbox.wait_started()
        return mailbox

    return start


@pytest.fixture(scope="session")
def product() -> Path:
    """Intel HEX of the shipped settings and model."""
    return hex_of(build_firmware(boards.find("openmv_h7"), config.load()))
