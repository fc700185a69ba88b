"""The public Python API: named in one place, there, and documented."""

import inspect
import subprocess
import sys

import pytest

import emojicam


@pytest.mark.parametrize("name", emojicam.__all__)
def test_a_public_name_is_there_and_says_what_it_is(name: str) -> None:
    assert inspect.getdoc(getattr(emojicam, name))


def test_what_is_not_public_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        emojicam.nonsense  # noqa: B018


def test_importing_the_package_imports_nothing_heavy() -> None:
    program = (
        "import sys, emojicam; print(*[name for name in ('numpy', 'typer', 'rich', 'PIL') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
