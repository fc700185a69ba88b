"""Test vectors for the keystrokes, one list for both languages.

The first part is written by hand, in a notation of its own, and is what the encoders are held to. The
second crosses texts with every host and layout, so that the C++ cannot differ from its Python twin.
"""

from dataclasses import dataclass

from emojicam.keyboard import usages
from emojicam.keyboard.encode import TimedReport, Timing, encode
from emojicam.keyboard.layouts import Layout
from emojicam.keyboard.methods import Host
from emojicam.keyboard.text import MAX_TEXT_BYTES, TextError, TypingError
from emojicam.keyboard.usages import Modifier

TIMING = Timing(press=10, release=11, gap=12)

_THUMB = "\N{THUMBS UP SIGN}"
_FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
_DARK_THUMB = _THUMB + "\U0001f3ff"
_FLAG = "\U0001f1eb\U0001f1f7"
_ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"

#: (name, text, host, layout, reports). A report is modifiers and perhaps a key: "CS" is Ctrl and Shift
#: held, "CS+u" with the key where a US keyboard has its U; "A" is left Alt, "G" right Alt, "-" all up.
WRITTEN = [
    ("thumb_linux_us", _THUMB, Host.LINUX, Layout.US,
     "CS CS+u CS - 1 - f - 4 - 4 - d - space -"),
    ("thumb_linux_french_shift_is_held_for_the_digits", _THUMB, Host.LINUX, Layout.FRENCH,
     "CS CS+u CS S S+1 S S+f S S+4 S S+4 S S+d S S+enter S -"),
    ("thumb_linux_dvorak_keys_are_elsewhere", _THUMB, Host.LINUX, Layout.DVORAK,
     "CS CS+f CS - 1 - y - 4 - 4 - h - space -"),
    ("two_code_points_linux", "\u270c\ufe0f", Host.LINUX, Layout.US,
     "CS CS+u CS - 2 - 7 - 0 - c - space - CS CS+u CS - f - e - 0 - f - space -"),
    ("thumb_macos_surrogate_pair", _THUMB, Host.MACOS, Layout.US,
     "A A+d A A+8 A A+3 A A+d A A+d A A+c A A+4 A A+d A -"),
    ("heart_macos_ignores_the_layout", "\u2764", Host.MACOS, Layout.FRENCH,
     "A A+2 A A+7 A A+6 A A+4 A -"),
    ("thumb_wincompose", _THUMB, Host.WINDOWS_WINCOMPOSE, Layout.US,
     "G - u - 1 - f - 4 - 4 - d - enter -"),
    ("wincompose_number_starts_with_a_digit", "\ufe0f", Host.WINDOWS_WINCOMPOSE, Layout.US,
     "G - u - 0 - f - e - 0 - f - enter -"),
    ("wincompose_keeps_right_alt_for_itself", "@", Host.WINDOWS_WINCOMPOSE, Layout.GERMAN,
     "G - u - 4 - 0 - enter -"),
    ("thumb_alt_keypad", _THUMB, Host.WINDOWS_ALT, Layout.FRENCH,
     "A A+kp1 A A+kp2 A A+kp8 A A+kp0 A A+kp7 A A+kp7 A -"),
    ("latin_1_alt_keypad_has_a_leading_zero", "\xe9", Host.WINDOWS_ALT, Layout.US,
     "A A+kp0 A A+kp2 A A+kp3 A A+kp3 A -"),
    ("plain_text_is_typed_directly", "Hi!", Host.LINUX, Layout.US,
     "S S+h S - i - S S+1 S -"),
    ("german_at_sign_is_alt_gr_q", "@", Host.LINUX, Layout.GERMAN, "G G+q G -"),
    ("german_circumflex_is_dead", "^", Host.LINUX, Layout.GERMAN, "CS CS+u CS - 5 - e - space -"),
    ("same_key_twice", "oo", Host.LINUX, Layout.US, "o - o -"),
]  # fmt: skip

_KEY_NAMES = {
    **{chr(ord("a") + n): 0x04 + n for n in range(26)},
    **{str(digit): 0x1E + (digit - 1) % 10 for digit in range(10)},
    **{f"kp{digit}": usage for digit, usage in enumerate(usages.KEYPAD)},
    "space": usages.SPACE,
    "enter": usages.ENTER,
}
_MODIFIER_NAMES = {
    "C": Modifier.LEFT_CTRL, "S": Modifier.LEFT_SHIFT, "A": Modifier.LEFT_ALT, "G": Modifier.RIGHT_ALT,
}  # fmt: skip

#: (name, text, reason).
REFUSED = [
    ("nothing", b"", TextError.EMPTY),
    ("one_byte_too_many", b"a" * (MAX_TEXT_BYTES + 1), TextError.TOO_LONG),
    ("continuation_byte_first", b"\x80", TextError.INVALID_UTF8),
    ("cut_off", _THUMB.encode()[:3], TextError.INVALID_UTF8),
    ("cut_off_by_another", b"\xf0\x9f\x91a", TextError.INVALID_UTF8),
    ("overlong_slash", b"\xc0\xaf", TextError.INVALID_UTF8),
    ("overlong_three_bytes", b"\xe0\x82\xac", TextError.INVALID_UTF8),
    ("overlong_four_bytes", b"\xf0\x82\x82\xac", TextError.INVALID_UTF8),
    ("above_10ffff", b"\xf4\x90\x80\x80", TextError.INVALID_UTF8),
    ("five_bytes", b"\xf8\x88\x80\x80\x80", TextError.INVALID_UTF8),
    ("byte_ff", b"a\xff", TextError.INVALID_UTF8),
    ("high_surrogate", b"\xed\xa0\xbd", TextError.SURROGATE),
    ("low_surrogate_after_text", b"a\xed\xbf\xbf", TextError.SURROGATE),
    ("null", b"a\x00", TextError.CONTROL),
    ("newline", b"\n", TextError.CONTROL),
    ("delete", b"\x7f", TextError.CONTROL),
    ("c1_control", "\x9b".encode(), TextError.CONTROL),
]

#: Typed under every host and layout.
CROSSED = {
    "thumb": _THUMB,
    "dark_thumb": _DARK_THUMB,
    "family": _FAMILY,
    "flag": _FLAG,
    "england": _ENGLAND,
    "heart": "\u2764\ufe0f",
    "last_of_plane_0": "\uffff",
    "first_of_plane_1": "\U00010000",
    "last": "\U0010ffff",
    "first_after_c1": "\xa0",
    "ascii_1": "".join(map(chr, range(0x20, 0x50))),
    "ascii_2": "".join(map(chr, range(0x50, 0x7F))),
    "mixed": "ok \N{OK HAND SIGN} \xe9!",
    "as_long_as_may_be": _THUMB * (MAX_TEXT_BYTES // 4),
}


@dataclass(frozen=True)
class Vector:
    """One text and what it must become: reports, or a reason why not."""

    name: str
    text: bytes
    host: Host
    layout: Layout
    function_key: int = 0
    error: TextError | None = None
    reports: tuple[TimedReport, ...] = ()


def notation(written: str) -> list[bytes]:
    """The reports that a line of the hand-written notation stands for."""
    reports = []
    for word in written.split():
        modifiers, plus, key = word.partition("+")
        if not plus and word in _KEY_NAMES:
            modifiers, key = "", word
        bits = sum(_MODIFIER_NAMES[name] for name in modifiers if name != "-")
        reports.append(bytes([bits, 0, _KEY_NAMES[key] if key else 0, 0, 0, 0, 0, 0]))
    return reports


def all_vectors() -> list[Vector]:
    """Every vector, the hand-written ones first, with the Python encoder's reports.

    That these equal the notation is a test of its own.
    """
    vectors = [
        Vector(name, text.encode(), host, layout, reports=tuple(encode(text, host, layout, timing=TIMING)))
        for name, text, host, layout, _ in WRITTEN
    ]
    vectors += [Vector(name, data, Host.LINUX, Layout.US, error=reason) for name, data, reason in REFUSED]
    for key in (0, 11, 12, 255):
        vectors.append(_crossed(f"function_key_{key}", "", Host.FUNCTION_KEYS, Layout.US, key))
    for host in Host:
        if host is not Host.FUNCTION_KEYS:
            for layout in Layout:
                for name, text in CROSSED.items():
                    vectors.append(_crossed(f"{host}_{layout}_{name}", text, host, layout, 0))
    return vectors


def _crossed(name: str, text: str, host: Host, layout: Layout, function_key: int) -> Vector:
    name = name.replace("-", "_")
    try:
        reports = tuple(encode(text, host, layout, function_key=function_key, timing=TIMING))
    except TypingError as error:
        return Vector(name, text.encode(), host, layout, function_key, error=error.reason)
    return Vector(name, text.encode(), host, layout, function_key, reports=reports)
