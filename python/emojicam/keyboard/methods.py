"""How each operating system is told a code point by keystrokes.

| host | keys | works in | needs |
|---|---|---|---|
| linux | Ctrl+Shift+U, hex, Space (AZERTY: Shift held, Enter) | GTK; everywhere with IBus | nothing |
| macos | Option held, UTF-16 in hex | every application | the input source "Unicode Hex Input" |
| windows-wincompose | right Alt, U, hex, Enter | every application | WinCompose, right Alt its Compose key |
| windows-alt | left Alt held, decimal on the keypad | RichEdit: WordPad, Word, Outlook, ... | nothing |
| function-keys | F13 to F24, one a gesture | every system | whatever the user maps them to |

windows-alt in other Windows applications (Notepad, browsers) takes the number modulo 256. Windows' other
way, EnableHexNumpad, ends at U+FFFF and so cannot type an emoji: it is not offered.
"""

from enum import StrEnum

from emojicam.keyboard import layouts, usages
from emojicam.keyboard.layouts import Layout, Stroke
from emojicam.keyboard.usages import Modifier


class Host(StrEnum):
    """The computer's way of entering a code point."""

    LINUX = "linux"
    MACOS = "macos"
    WINDOWS_WINCOMPOSE = "windows-wincompose"
    WINDOWS_ALT = "windows-alt"
    FUNCTION_KEYS = "function-keys"


#: Modifiers up, nothing pressed.
RELEASE = Stroke(Modifier.NONE, 0)


def effective_layout(host: Host, layout: Layout) -> Layout:
    """The layout that decides what keys type: macOS' Unicode Hex Input is one of its own, laid out as US."""
    return Layout.US if host is Host.MACOS else layout


def direct(point: int, host: Host, layout: Layout) -> Stroke | None:
    """The one stroke that types a character, where there is one.

    WinCompose takes right Alt for itself, so a character that needs AltGr has none there.
    """
    stroke = layouts.strokes(effective_layout(host, layout)).get(chr(point))
    if stroke and host is Host.WINDOWS_WINCOMPOSE and stroke.modifiers & Modifier.RIGHT_ALT:
        return None
    return stroke


def strokes(point: int, host: Host, layout: Layout) -> list[Stroke]:
    """The strokes that enter one code point by its number. Not for function-keys, which has no numbers."""
    keys = layouts.strokes(effective_layout(host, layout))
    if host is Host.LINUX:
        start = Stroke(Modifier.LEFT_CTRL | Modifier.LEFT_SHIFT, keys["u"].usage)
        # GTK takes a released Shift as the end of the number, so where digits need it, it is held to the end.
        # Letters mean the same with it. With it, GTK and IBus agree on Enter as the end: IBus passes over
        # Space. Without it they agree on both, and Space does no harm where nobody listens.
        held = keys["1"].modifiers
        end = usages.ENTER if held else usages.SPACE
        return [start, *(Stroke(held, keys[digit].usage) for digit in f"{point:x}"), Stroke(held, end)]
    if host is Host.MACOS:
        digits = chr(point).encode("utf-16-be").hex()
        return [*(Stroke(Modifier.LEFT_ALT, keys[digit].usage) for digit in digits), RELEASE]
    if host is Host.WINDOWS_WINCOMPOSE:
        number = f"{point:x}"
        # "U" and a letter is the start of compose sequences of its own.
        if not number[0].isdigit():
            number = "0" + number
        compose = [Stroke(Modifier.RIGHT_ALT, 0), RELEASE, keys["u"]]
        return [*compose, *(keys[digit] for digit in number), Stroke(Modifier.NONE, usages.ENTER)]
    if host is Host.WINDOWS_ALT:
        # From 128 to 255 a number without a leading zero is one in the old OEM code page.
        number = f"0{point}" if point < 256 else f"{point}"
        return [*(Stroke(Modifier.LEFT_ALT, usages.KEYPAD[int(digit)]) for digit in number), RELEASE]
    raise ValueError(f"{host} enters no code points")
