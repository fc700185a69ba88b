"""emojicam: firmware, tools and tests of a camera board that types the emoji you sign.

As a library: the names of ``__all__`` are what other programs may rely on. Each is imported when it is first used.

    from emojicam import Session, boards, build_firmware, load_settings, open_footage, start

    settings = load_settings(None)
    board = boards.find("host")
    with start(board, build_firmware(board, settings)) as running:
        session = Session(running, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        for result in session.run(open_footage(path, settings.class_names).frames(), rate=25):
            print(result.as_json(settings.class_names))

Whatever goes wrong in a way that a user can mend raises `EmojicamError`, or of its kinds `UsageError` (what was asked
for makes no sense), `ToolMissing` (a program or package is not installed) or `BoardGone` (no board or probe is there).
Progress and steps go to ``emojicam.console``'s two consoles, which a program may replace.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emojicam.config import Settings, boards
    from emojicam.config import load as load_settings
    from emojicam.emulators.product import build_firmware
    from emojicam.emulators.start import start
    from emojicam.errors import BoardGone, EmojicamError, ToolMissing, UsageError
    from emojicam.frames import open_footage
    from emojicam.link.session import FrameResult, Session
    from emojicam.model.export import export_model
    from emojicam.model.graph import load as load_model
    from emojicam.virtual_h7 import VirtualBoard

__version__ = "0.1.0"

#: Public name -> module and name there.
_PUBLIC = {
    "BoardGone": ("emojicam.errors", "BoardGone"),
    "EmojicamError": ("emojicam.errors", "EmojicamError"),
    "FrameResult": ("emojicam.link.session", "FrameResult"),
    "Session": ("emojicam.link.session", "Session"),
    "Settings": ("emojicam.config", "Settings"),
    "ToolMissing": ("emojicam.errors", "ToolMissing"),
    "UsageError": ("emojicam.errors", "UsageError"),
    "VirtualBoard": ("emojicam.virtual_h7", "VirtualBoard"),
    "boards": ("emojicam.config.boards", ""),
    "build_firmware": ("emojicam.emulators.product", "build_firmware"),
    "export_model": ("emojicam.model.export", "export_model"),
    "load_model": ("emojicam.model.graph", "load"),
    "load_settings": ("emojicam.config", "load"),
    "open_footage": ("emojicam.frames", "open_footage"),
    "start": ("emojicam.emulators.start", "start"),
}

__all__ = [
    "BoardGone", "EmojicamError", "FrameResult", "Session", "Settings", "ToolMissing", "UsageError", "VirtualBoard",
    "boards", "build_firmware", "export_model", "load_model", "load_settings", "open_footage", "start",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'emojicam' has no attribute {name!r}")
    module, attribute = _PUBLIC[name]
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found
