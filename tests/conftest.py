"""What every test may use: where the reference data is, and one build folder for all workers."""

import signal
from pathlib import Path

import pytest

from emojicam import paths

#: Reference data of the original project; beside the checkout, and absent elsewhere.
REFERENCE = paths.project_root().parent / "shared" / "reference"


# A shell that runs the tests in the background has them, and what they start, ignore Ctrl-C: here it is tested.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


#: Seconds for a test that is marked slow; the others have pyproject.toml's.
SLOW_TIMEOUT = 4 * 3600


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(SLOW_TIMEOUT))


@pytest.fixture(scope="session")
def reference_model() -> Path:
    """The original device's model."""
    path = REFERENCE / "openmv-emoji" / "model.tflite"
    if not path.is_file():
        pytest.skip("the reference model of the original project is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def photometer() -> Path:
    """Intel HEX of the product with a model that costs next to nothing: see `tests_brightness`."""
    import tests_brightness

    return tests_brightness.product()
