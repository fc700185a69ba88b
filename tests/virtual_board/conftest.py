"""What several test files share: the product itself."""

from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import boards
from emojicam.emulators.product import build_firmware
from emojicam.firmware.image import hex_of


@pytest.fixture(scope="session")
def settings() -> config.Settings:
    return config.load()


@pytest.fixture(scope="session")
def product(settings: config.Settings) -> Path:
    """Intel HEX of the shipped settings and model."""
    return hex_of(build_firmware(boards.find("openmv_h7"), settings))
