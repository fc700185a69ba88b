"""A real X server with a real text field, and a keyboard whose reports become its key events (XTEST)."""

import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO

from Xlib import X
from Xlib.display import Display
from Xlib.ext import xtest

from emojicam.keyboard import Layout, key_events
from emojicam.keyboard.evdev import KEY_CODES
from emojicam.keyboard.layouts import XKB_NAMES
from emojicam.process import find_tool, run

#: Seconds of wall time.
_PATIENCE = 60
ENTER_REPORTS = [bytes([0, 0, 0x28, 0, 0, 0, 0, 0]), bytes(8)]


class TextField:
    """The text field of ``text_field.py`` with the keyboard focus on it.

    Args:
        pace: seconds between two key events.
    """

    def __init__(self, display: str, output: IO[bytes], pace: float = 0) -> None:
        self._pace = pace
        self._pending = b""
        self._name = display
        self._output = output
        self._display = Display(display)
        self.keys: list[int] = []
        window = self._display.create_resource_object("window", self._next("window"))
        window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._display.sync()

    def _next(self, kind: str) -> int | str:
        while True:
            while b"\n" in self._pending:
                line, self._pending = self._pending.split(b"\n", 1)
                message = json.loads(line)
                if kind in message:
                    return message[kind]
                self.keys += [message[key] for key in message if key == "key"]
            assert select.select([self._output], [], [], _PATIENCE)[0], f"the text field does not say {kind!r}"
            data = os.read(self._output.fileno(), 4096)
            assert data, f"the text field ended before it said {kind!r}"
            self._pending += data

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
            if self._pace:
                self._display.sync()
                time.sleep(self._pace)
        self._display.sync()
        return str(self._next("text"))

    def close(self) -> None:
        """Give back the connection and the pipe."""
        self._display.close()
        self._output.close()


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


_FIELD = ["/usr/bin/python3", str(Path(__file__).with_name("text_field.py"))]


def _environment(display: str, input_method: str) -> dict[str, str]:
    foreign = ("PYTHON", "LC_", "WAYLAND", "DBUS_", "IBUS_", "XDG_")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(foreign)},
        "DISPLAY": display, "GDK_BACKEND": "x11", "GTK_IM_MODULE": input_method,
        "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1", "GSETTINGS_BACKEND": "memory",
    }  # fmt: skip


@contextmanager
def text_field() -> Iterator[TextField]:
    """A field whose text GTK makes by itself."""
    with x_server() as display:
        environment = _environment(display, "gtk-im-context-simple")
        field = subprocess.Popen(_FIELD, env=environment, stdout=subprocess.PIPE)
        try:
            assert field.stdout
            with closing(TextField(display, field.stdout)) as there:
                yield there
        finally:
            field.kill()
            field.wait()


#: Starts IBus, waits until it has an engine, and becomes the text field.
_WITH_IBUS = """
ibus-daemon --panel disable --config /usr/libexec/ibus-memconf &
until ibus engine xkb:us::eng 2>/dev/null; do sleep 0.1; done
exec "$@"
"""


@contextmanager
def ibus_text_field() -> Iterator[TextField]:
    """A field whose text IBus makes, on a message bus of its own."""
    find_tool("ibus-daemon")
    with x_server() as display, tempfile.TemporaryDirectory() as home:
        environment = {
            **_environment(display, "ibus"), "HOME": home, "XDG_RUNTIME_DIR": home, "IBUS_ENABLE_SYNC_MODE": "1",
        }  # fmt: skip
        command = [find_tool("dbus-run-session"), "--", "sh", "-c", _WITH_IBUS, "sh", *_FIELD]
        field = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            assert field.stdout
            with closing(TextField(display, field.stdout, pace=0.01)) as there:
                yield there
        finally:
            os.killpg(field.pid, signal.SIGTERM)
            field.wait()
