"""``emojicam.toml``: read, checked with errors that name the line, and turned into C++."""

from emojicam.config.generate import generate
from emojicam.config.settings import Camera, Decision, Gesture, Keyboard, Model, Motion, Settings, default_path, load

__all__ = [
    "Camera",
    "Decision",
    "Gesture",
    "Keyboard",
    "Model",
    "Motion",
    "Settings",
    "default_path",
    "generate",
    "load",
]
