"""Packages that not every installation has: which extra of pyproject.toml has them, and how to get it.

Only the standard library is imported here: west may run us with a Python that has nothing else.
"""

import importlib.util
import sys

from emojicam import paths
from emojicam.errors import EmojicamError, ToolMissing

#: Extra -> the modules that it brings and that commands import.
MODULES = {
    "virtual": ("unicorn",),
    "train": ("ai_edge_litert", "numba", "scipy", "skimage", "tensorflow", "keras"),
    "cluster": ("distributed",),
    "ci": ("arm", "cyclonedx", "west"),
    "test": ("tflite_micro",),
    "docs": ("mkdocs", "material", "mkdocstrings"),
}


def hint(extra: str = "") -> str:
    """How to get an extra's packages; without one, those that every command needs."""
    if paths.in_checkout():
        return "make setup"
    name = f"[{extra}]" if extra else ""
    return f"pip install 'emojicam-VERSION-py3-none-any.whl{name}' with the wheel of the release"


def explain(error: ImportError) -> EmojicamError | None:
    """The line for a package that is not installed; None for any other failed import, which is a fault of ours."""
    name = (error.name or "").split(".")[0]
    if not isinstance(error, ModuleNotFoundError) or name in ("", "emojicam") or name in sys.stdlib_module_names:
        return None
    extra = next((extra for extra, modules in MODULES.items() if name in modules), "")
    if not extra:
        return ToolMissing(f"the Python package {name} is not installed in {sys.prefix}", hint())
    return ToolMissing(f"this needs the {extra} extra: {name} is not installed", hint(extra))


def need(extra: str, *modules: str) -> None:
    """Find out before the work whether the packages of an extra are there; imports none of them.

    Args:
        modules: those of them that are used; all by default.

    Raises:
        ToolMissing: one is not.
    """
    for name in modules or MODULES[extra]:
        try:
            found = importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            found = False
        if not found:
            error = explain(ModuleNotFoundError(name=name))
            assert error is not None
            raise error
