"""Text -> keystrokes -> HID reports, and back: what the firmware types, in Python."""

from emojicam.keyboard.decode import Reader, Typed, begins, decode, key_events
from emojicam.keyboard.encode import TimedReport, Timing, encode
from emojicam.keyboard.generate import write_headers as generate
from emojicam.keyboard.layouts import Layout
from emojicam.keyboard.methods import Host
from emojicam.keyboard.text import MAX_TEXT_BYTES, TextError, TypingError
from emojicam.keyboard.usages import Led, Modifier

__all__ = [
    "MAX_TEXT_BYTES", "Host", "Layout", "Led", "Modifier", "Reader", "TextError", "TimedReport", "Timing", "Typed",
    "TypingError", "begins", "decode", "encode", "generate",
    "key_events",
]  # fmt: skip
