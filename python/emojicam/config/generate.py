"""``generated/settings.h`` from the settings."""

from pathlib import Path

import numpy as np

from emojicam import codegen
from emojicam.config.settings import Settings


def float_literal(value: float) -> str:
    """A C++ literal that is exactly the float32 nearest to ``value``."""
    text = np.format_float_positional(np.float32(value), unique=True, trim="0")
    return f"{text}f"


def generate(settings: Settings, directory: Path) -> Path:
    """Write ``settings.h`` into the folder of generated headers."""
    path = directory / "settings.h"
    codegen.write_if_changed(
        path,
        codegen.render(
            "emojicam.config",
            "settings.h.jinja",
            settings=settings,
            literal=float_literal,
            enumerator=lambda value: "k" + "".join(word.capitalize() for word in value.split("-")),
            crop_permille=round(settings.camera.crop * 1000),
            mirror=settings.camera.mirror,
            flip=settings.camera.flip,
        ),
    )
    return path
