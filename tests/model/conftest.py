"""What several test files share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models import zoo

REFERENCE = Path(__file__).resolve().parents[3] / "shared" / "reference" / "openmv-emoji" / "model.tflite"


@pytest.fixture
def reference_model() -> Path:
    """The model of the original device, 7.16 million MACs."""
    if not REFERENCE.exists():
        pytest.skip(f"the reference data is not beside the checkout ({REFERENCE.name} in shared/reference)")
    return REFERENCE


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
