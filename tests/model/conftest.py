"""What several test files share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models import zoo


@pytest.fixture
def classifier() -> bytes:
    """A small model that the firmware can run: 24x24x1, five classes."""
    return zoo.model("net_mobilenet").data


@pytest.fixture
def save(tmp_path: Path) -> Callable[[bytes], Path]:
    """Write a model's bytes to a file."""

    def write(data: bytes) -> Path:
        path = tmp_path / "model.tflite"
        path.write_bytes(data)
        return path

    return write
