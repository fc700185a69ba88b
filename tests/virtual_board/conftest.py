"""What several test files share: the product itself."""

from pathlib import Path

import pytest

from emojicam import config
from emojicam.config import boards
from emojicam.firmware import build
from emojicam.firmware.images import hex_of


@pytest.fixture(scope="session")
def settings() -> config.Settings:
    return config.load()


@pytest.fixture(scope="session")
def product(settings: config.Settings) -> Path:
    """Intel HEX of the shipped settings and model."""
    return hex_of(build.build_firmware(boards.find("openmv_h7"), settings))
