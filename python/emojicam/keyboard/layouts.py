r"""What each key types under the keyboard layouts that we know.

A layout is drawn as the keyboard shows it: for each shift level the four rows of keys and then the key
beside Enter and the key left of Z. A dot says "do not use this key": it types nothing in ASCII, it is a
dead key, or it is one on some systems (French AltGr+2 is a plain tilde under X11 and a dead one under
Windows). What has no key here is typed by its code point, as an emoji is.

Sources: xkeyboard-config's ``symbols/{us,gb,de,fr,es}`` and Microsoft's keyboard layout reference
(KBDUS, KBDUK, KBDGR, KBDFR, KBDSP, KBDDV). ``tests/keyboard`` types all of it into a real X server.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from emojicam.keyboard import usages
from emojicam.keyboard.usages import Modifier


class Layout(StrEnum):
    """The keyboard layout that the computer has set."""

    US = "us"
    UK = "uk"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"
    DVORAK = "dvorak"


@dataclass(frozen=True)
class Stroke:
    """One key pressed and released while modifiers are held.

    Attributes:
        modifiers: held while the key goes down and up.
        usage: HID usage of the key; 0 changes the modifiers and presses nothing.
    """

    modifiers: Modifier
    usage: int


_LEVELS = (Modifier.NONE, Modifier.LEFT_SHIFT, Modifier.RIGHT_ALT)

_US = (
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "\\", "."),
    ("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"', "ZXCVBNM<>?", "|", "."),
)
_UK = (
    ("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "#", "\\"),
    ('.!".$%^&*()_+', "QWERTYUIOP{}", "ASDFGHJKL:@", "ZXCVBNM<>?", "~", "|"),
)
_GERMAN = (
    (".1234567890..", "qwertzuiop.+", "asdfghjkl..", "yxcvbnm,.-", "#", "<"),
    ('.!".$%&/()=?.', "QWERTZUIOP.*", "ASDFGHJKL..", "YXCVBNM;:_", "'", ">"),
    (".......{[]}\\.", "@..........~", "...........", "..........", ".", "|"),
)
_FRENCH = (
    (".&.\"'(-._..)=", "azertyuiop.$", "qsdfghjklm.", "wxcvbn,;:!", "*", "<"),
    (".1234567890.+", "AZERTYUIOP..", "QSDFGHJKLM%", "WXCVBN?./.", ".", ">"),
    ("...#{[|.\\^@]}", "............", "...........", "..........", ".", "."),
)
_SPANISH = (
    (".1234567890'.", "qwertyuiop.+", "asdfghjkl..", "zxcvbnm,.-", ".", "<"),
    ('.!".$%&/()=?.', "QWERTYUIOP.*", "ASDFGHJKL..", "ZXCVBNM;:_", ".", ">"),
    ("\\|@#.........", "..........[]", "..........{", "..........", "}", "."),
)
_DVORAK = (
    ("`1234567890[]", "',.pyfgcrl/=", "aoeuidhtns-", ";qjkxbmwvz", "\\", "."),
    ("~!@#$%^&*(){}", '"<>PYFGCRL?+', "AOEUIDHTNS_", ":QJKXBMWVZ", "|", "."),
)

#: Where a full stop is typed: the one character that the drawings cannot show.
_FULL_STOP = {
    Layout.US: Stroke(Modifier.NONE, 0x37),
    Layout.UK: Stroke(Modifier.NONE, 0x37),
    Layout.GERMAN: Stroke(Modifier.NONE, 0x37),
    Layout.FRENCH: Stroke(Modifier.LEFT_SHIFT, 0x36),
    Layout.SPANISH: Stroke(Modifier.NONE, 0x37),
    Layout.DVORAK: Stroke(Modifier.NONE, 0x08),
}

_DRAWINGS = {
    Layout.US: _US,
    Layout.UK: _UK,
    Layout.GERMAN: _GERMAN,
    Layout.FRENCH: _FRENCH,
    Layout.SPANISH: _SPANISH,
    Layout.DVORAK: _DVORAK,
}

#: The same layout's name for `setxkbmap` (layout, variant).
XKB_NAMES: Mapping[Layout, tuple[str, str]] = {
    Layout.US: ("us", ""),
    Layout.UK: ("gb", ""),
    Layout.GERMAN: ("de", ""),
    Layout.FRENCH: ("fr", ""),
    Layout.SPANISH: ("es", ""),
    Layout.DVORAK: ("us", "dvorak"),
}


def _positions(layout: Layout) -> tuple[tuple[int, ...], ...]:
    beside_enter = usages.BACKSLASH_ANSI if layout in (Layout.US, Layout.DVORAK) else usages.HASH_ISO
    return (
        usages.ROW_DIGITS, usages.ROW_TOP, usages.ROW_HOME, usages.ROW_BOTTOM,
        (beside_enter,), (usages.LEFT_OF_Z_ISO,),
    )  # fmt: skip


@cache
def strokes(layout: Layout) -> Mapping[str, Stroke]:
    """Printable ASCII -> the stroke that types it in every system that has this layout.

    A character with two strokes has the one with the fewest modifiers.
    """
    table = {" ": Stroke(Modifier.NONE, usages.SPACE), ".": _FULL_STOP[layout]}
    for modifiers, rows in zip(_LEVELS, _DRAWINGS[layout], strict=False):
        for row, positions in zip(rows, _positions(layout), strict=True):
            for character, usage in zip(row, positions, strict=True):
                if character != ".":
                    table.setdefault(character, Stroke(modifiers, usage))
    return table
