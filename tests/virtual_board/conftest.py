"""What several test files share: the product itself."""

from pathlib import Path

import pytest

import tests_brightness
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


@pytest.fixture(scope="session")
def photometer() -> Path:
    """Intel HEX of the product with a model that costs next to nothing: see `tests_brightness`."""
    return tests_brightness.product()
