"""The desktop that a camera would type into, and that shows the live page: layout, input method, browser, fonts."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from emojicam import config
from emojicam.doctor.finding import Finding, State
from emojicam.errors import EmojicamError
from emojicam.keyboard import Host
from emojicam.keyboard.layouts import XKB_NAMES

_BROWSERS = ("firefox", "chromium", "chromium-browser", "google-chrome", "open", "wslview", "xdg-open")
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts", "/Library/Fonts")
_KEYBOARD = Path("/etc/default/keyboard")
_PROCESSES = Path("/proc")
#: How `keyboard.host` calls a computer's system.
_HOSTS = {"darwin": (Host.MACOS,), "win32": (Host.WINDOWS_WINCOMPOSE, Host.WINDOWS_ALT)}


def desktop() -> Iterator[Finding]:
    try:
        keyboard = config.load().keyboard
    except EmojicamError:
        return  # said where the settings are looked at
    fitting = _HOSTS.get(sys.platform, (Host.LINUX,))
    if keyboard.host in (*fitting, Host.FUNCTION_KEYS):
        yield Finding("keyboard host", State.RIGHT, f"{keyboard.host}, as this computer")
    else:
        found = f"emojicam.toml says {keyboard.host}, and this computer is {sys.platform}; for a camera that types here"
        yield Finding(
            "keyboard host", State.NOT_NEEDED, found, f'host = "{fitting[0]}" in a copy, and emojicam settings send'
        )
    yield _layout(keyboard.layout.value)
    if keyboard.host is Host.LINUX and sys.platform == "linux":
        yield _ibus()


def _layout(wanted: str) -> Finding:
    name, variant = system_layout()
    if not name:
        return Finding("keyboard layout", State.NOT_NEEDED, f"this computer says none; emojicam.toml has {wanted}")
    same = [layout.value for layout, names in XKB_NAMES.items() if names == (name, variant)]
    shown = f"{name} {variant}".strip()
    if wanted in same:
        return Finding("keyboard layout", State.RIGHT, f"{wanted}, as this computer's")
    hint = (
        f'layout = "{same[0]}" in emojicam.toml, or emojicam settings send with a copy that has it'
        if same
        else "one of " + ", ".join(layout.value for layout in XKB_NAMES) + ' on the computer, or host = "function-keys"'
    )
    found = f"emojicam.toml has {wanted}, this computer {shown}: digits and letters would be others"
    return Finding("keyboard layout", State.WRONG if same else State.NOT_NEEDED, found, hint)


def system_layout() -> tuple[str, str]:
    """The first keyboard layout that this computer is set to, and its variant; empty where it doesn't say."""
    text = ""
    if os.environ.get("DISPLAY") and shutil.which("setxkbmap"):
        done = subprocess.run(["setxkbmap", "-query"], capture_output=True, text=True, timeout=10, check=False)
        text = done.stdout
    if "layout" not in text and _KEYBOARD.is_file():
        text = _KEYBOARD.read_text(encoding="utf-8", errors="replace")
    found = {
        key.lower(): value.split(",")[0].strip()
        for key, value in re.findall(r'^(?:XKB)?(layout|variant|LAYOUT|VARIANT)\s*[:=]\s*"?([^"\n]*)', text, re.M)
    }
    return found.get("layout", ""), found.get("variant", "")


def _ibus() -> Finding:
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return Finding("IBus", State.NOT_NEEDED, "there is no desktop here; for emoji in Qt and Electron applications")
    if running("ibus-daemon"):
        return Finding("IBus", State.RIGHT, "runs: every application takes the emoji")
    what = "is installed and does not run" if shutil.which("ibus-daemon") else "is not installed"
    hint = "im-config -n ibus, then logging in again" if "does not" in what else "sudo apt-get install ibus ibus-gtk3"
    return Finding("IBus", State.NOT_NEEDED, f"{what}; GTK's applications take emoji without it, others do not", hint)


def running(name: str) -> bool:
    """Whether a process of this name runs."""
    for path in _PROCESSES.glob("[0-9]*/comm"):
        try:
            if path.read_text(encoding="utf-8", errors="replace").strip() == name[:15]:
                return True
        except OSError:
            continue  # it has ended
    return False


def browser() -> Iterator[Finding]:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), "")
    if found:
        yield Finding("browser", State.RIGHT, found)
    else:
        yield Finding(
            "browser", State.NOT_NEEDED, "none found; emojicam live prints an address for one on this computer",
            "sudo apt-get install chromium",
        )  # fmt: skip


def font() -> Iterator[Finding]:
    for folder in _FONT_FOLDERS:
        for path in Path(folder).expanduser().rglob("*"):
            if "emoji" in path.name.lower() and path.suffix.lower() in (".ttf", ".otf", ".ttc"):
                yield Finding("emoji font", State.RIGHT, str(path))
                return
    yield Finding(
        "emoji font", State.NOT_NEEDED, "none found; for emoji in the live page and in pictures",
        "sudo apt-get install fonts-noto-color-emoji",
    )  # fmt: skip
