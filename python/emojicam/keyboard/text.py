"""What may be typed, and why the rest may not."""

from enum import StrEnum

from emojicam.errors import EmojicamError

#: Bytes of UTF-8 in one text. A family of four with skin tones has 41; a subdivision flag has 28.
MAX_TEXT_BYTES = 64


class TextError(StrEnum):
    """Why a text cannot be typed. C++ has the same names (``keyboard/key_sequence.h``)."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    INVALID_UTF8 = "invalid_utf8"
    SURROGATE = "surrogate"
    CONTROL = "control"
    FUNCTION_KEY = "function_key"


_MESSAGES = {
    TextError.EMPTY: ("there is nothing to type", "an emoji or a word"),
    TextError.TOO_LONG: (f"the text is over {MAX_TEXT_BYTES} bytes of UTF-8", "a shorter one"),
    TextError.INVALID_UTF8: ("the text is not UTF-8", "saving the file as UTF-8"),
    TextError.SURROGATE: ("the text has half a surrogate pair in it", "the emoji itself"),
    TextError.CONTROL: ("the text has a control character in it", "printable characters only"),
    TextError.FUNCTION_KEY: ("there are twelve keys from F13 to F24", "at most twelve gestures"),
}


class TypingError(EmojicamError):
    """A text that cannot be typed.

    Attributes:
        reason: which rule it breaks.
    """

    def __init__(self, reason: TextError) -> None:
        super().__init__(*_MESSAGES[reason])
        self.reason = reason


def code_points(text: str | bytes) -> list[int]:
    """The code points of a text that may be typed.

    The rules are applied in this order, so that both languages name the same one: empty, too long, and
    then code point by code point invalid UTF-8, surrogate, control (C0, DEL, C1).

    Raises:
        TypingError: it may not.
    """
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if not data:
        raise TypingError(TextError.EMPTY)
    if len(data) > MAX_TEXT_BYTES:
        raise TypingError(TextError.TOO_LONG)
    points = []
    at = 0
    while at < len(data):
        point, size = _decode(data[at : at + 4])
        if 0xD800 <= point <= 0xDFFF:
            raise TypingError(TextError.SURROGATE)
        if point < 0x20 or 0x7F <= point <= 0x9F:
            raise TypingError(TextError.CONTROL)
        points.append(point)
        at += size
    return points


def _decode(data: bytes) -> tuple[int, int]:
    for size in range(1, len(data) + 1):
        try:
            return ord(data[:size].decode("utf-8", "surrogatepass")), size
        except UnicodeDecodeError:
            continue
    raise TypingError(TextError.INVALID_UTF8)
