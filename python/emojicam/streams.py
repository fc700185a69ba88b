"""stdout and stderr that can say everything, whatever encoding the system or PYTHONIOENCODING gives them."""

import codecs
import io
import sys

#: What our own output has beyond ASCII, and what stands for it. Other characters become escapes.
_STAND_INS = str.maketrans(
    {
        "·": "-", "–": "-", "—": "-", "…": "...", "×": "x", "→": "->", "▶": ">", "█": "#", "▀": "=", "°": " degrees",
        "─": "-", "━": "-", "│": "|", "┃": "|", "µ": "u", "²": "2", "±": "+-", "’": "'", "“": '"', "”": '"',
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛┡┩╇┠┨┯┷", "+"),
    }
)  # fmt: skip
_HANDLER = "emojicam"


def _stand_in(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(_STAND_INS)
    return text.encode("ascii", "backslashreplace").decode("ascii"), error.end


def make_lenient() -> None:
    """Let no character that a stream's encoding lacks end the program: write what stands for it instead."""
    codecs.register_error(_HANDLER, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        # Replaced by something else under a test or in a notebook: then it is not ours.
        if isinstance(stream, io.TextIOWrapper) and stream.errors in ("strict", "surrogateescape", "backslashreplace"):
            stream.reconfigure(errors=_HANDLER)
