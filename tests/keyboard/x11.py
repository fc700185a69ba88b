"""A real X server with a real text field, and a keyboard whose reports become its key events (XTEST)."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from emojicam.keyboard import Layout, key_events
from emojicam.keyboard.evdev import KEY_CODES
from emojicam.keyboard.layouts import XKB_NAMES
from emojicam.process import find_tool, run

ENTER_REPORTS = [bytes([0, 0, 0x28, 0, 0, 0, 0, 0]), bytes(8)]


class TextField:
    """The text field of ``text_field.py`` with the keyboard focus on it."""

    def __init__(self, display: str, output: Iterator[str]) -> None:
        self._name = display
        self._output = output
        self._display = Display(display)
        self.keys: list[int] = []
        window = self._display.create_resource_object("window", self._next("window"))
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def _next(self, kind: str) -> int | str:
        for line in self._output:
            message = json.loads(line)
            if kind in message:
                return message[kind]
            self.keys += [message[key] for key in message if key == "key"]
        raise AssertionError(f"the text field ended before it said {kind!r}")

    def use_layout(self, layout: Layout) -> None:
        name, variant = XKB_NAMES[layout]
        run(
            ["setxkbmap", "-display", self._name, "-rules", "evdev", "-model", "pc105", "-layout", name,
             "-variant", variant, "-option", ""],
            what="set the keyboard layout",
        )  # fmt: skip

    def type(self, reports: Iterable[bytes]) -> str:
        """What is in the field after these reports and Enter; the field is then empty again."""
        self.keys = []
        for event in key_events([*reports, *ENTER_REPORTS]):
            kind = X.KeyPress if event.down else X.KeyRelease
            xtest.fake_input(self._display, kind, KEY_CODES[event.usage] + 8)
        self._display.sync()
        return str(self._next("text"))


@contextmanager
def x_server() -> Iterator[str]:
    """An X server on a display of its own choice. Gives its name (":1")."""
    read_end, write_end = os.pipe()
    server = subprocess.Popen(
        [find_tool("Xvfb"), "-displayfd", str(write_end), "-screen", "0", "640x480x24", "-nolisten", "tcp",
         "-noreset"],
        pass_fds=[write_end], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write_end)
    try:
        with os.fdopen(read_end) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextmanager
def text_field() -> Iterator[TextField]:
    with x_server() as display:
        foreign = ("PYTHON", "LC_", "WAYLAND")
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
            "DISPLAY": display, "GDK_BACKEND": "x11", "GTK_IM_MODULE": "gtk-im-context-simple",
            "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory",
        }  # fmt: skip
        field = subprocess.Popen(
            ["/usr/bin/python3", Path(__file__).with_name("text_field.py")],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert field.stdout
            yield TextField(display, field.stdout)
        finally:
            field.kill()
            field.wait()
