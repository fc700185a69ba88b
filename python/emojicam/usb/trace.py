"""What happens on the bus, in words: one line for every transaction that is not a NAK."""

from collections.abc import Callable

from emojicam.keyboard.layouts import Layout, strokes
from emojicam.keyboard.usages import CAPS_LOCK, ENTER, FUNCTION_KEYS, KEYPAD, NUM_LOCK, SPACE, Modifier
from emojicam.usb import descriptors as d
from emojicam.usb import host as h
from emojicam.usb.tunnel import Answer, Packet, Token

_STANDARD = {
    h.GET_STATUS: "GET_STATUS", h.CLEAR_FEATURE: "CLEAR_FEATURE", h.SET_FEATURE: "SET_FEATURE",
    h.SET_ADDRESS: "SET_ADDRESS", h.GET_DESCRIPTOR: "GET_DESCRIPTOR",
    h.GET_CONFIGURATION: "GET_CONFIGURATION", h.SET_CONFIGURATION: "SET_CONFIGURATION",
    h.GET_INTERFACE: "GET_INTERFACE", h.SET_INTERFACE: "SET_INTERFACE",
}  # fmt: skip
_CLASS = {
    h.HID_GET_REPORT: "GET_REPORT", h.HID_GET_IDLE: "GET_IDLE", h.HID_GET_PROTOCOL: "GET_PROTOCOL",
    h.HID_SET_REPORT: "SET_REPORT", h.HID_SET_IDLE: "SET_IDLE", h.HID_SET_PROTOCOL: "SET_PROTOCOL",
    h.CDC_SET_LINE_CODING: "SET_LINE_CODING", h.CDC_GET_LINE_CODING: "GET_LINE_CODING",
    h.CDC_SET_CONTROL_LINE_STATE: "SET_CONTROL_LINE_STATE",
}  # fmt: skip
_DESCRIPTORS = {
    d.DEVICE: "device", d.CONFIGURATION: "configuration", d.STRING: "string", d.HID: "HID",
    d.HID_REPORT: "report",
}  # fmt: skip
_MODIFIERS = {
    Modifier.LEFT_CTRL: "Ctrl", Modifier.LEFT_SHIFT: "Shift", Modifier.LEFT_ALT: "Alt",
    Modifier.LEFT_GUI: "GUI", Modifier.RIGHT_CTRL: "RightCtrl", Modifier.RIGHT_SHIFT: "RightShift",
    Modifier.RIGHT_ALT: "AltGr", Modifier.RIGHT_GUI: "RightGUI",
}  # fmt: skip
#: Keys by what a US keyboard has printed on them.
_KEYS = {
    **{stroke.usage: key.upper() for key, stroke in strokes(Layout.US).items() if not stroke.modifiers},
    **{usage: f"Keypad{digit}" for digit, usage in enumerate(KEYPAD)},
    **{usage: f"F{13 + index}" for index, usage in enumerate(FUNCTION_KEYS)},
    ENTER: "Enter", SPACE: "Space", NUM_LOCK: "NumLock", CAPS_LOCK: "CapsLock",
}  # fmt: skip


def describe_request(setup: bytes) -> str:
    """A SETUP packet: ``GET_DESCRIPTOR device, 18 bytes``."""
    kind, request = setup[0], setup[1]
    value, index, length = (int.from_bytes(setup[at : at + 2], "little") for at in (2, 4, 6))
    names = {0x00: _STANDARD, 0x20: _CLASS}.get(kind & 0x60, {})
    words = [names.get(request, f"request {request:#04x}")]
    if names is _STANDARD and request == h.GET_DESCRIPTOR:
        name = _DESCRIPTORS.get(value >> 8, f"{value >> 8:#04x}")
        words.append(f"{name} {value & 0xFF}" if value & 0xFF else name)
    else:
        words.append(f"{value:#06x}")
    if kind & 0x1F:
        words.append(f"to {'interface' if kind & 0x1F == 1 else 'endpoint'} {index:#04x}")
    return " ".join(words) + (f", {length} bytes" if length else "")


def describe_report(report: bytes) -> str:
    """A keyboard report: ``Ctrl+Shift+U``, or ``all up``."""
    held = [name for flag, name in _MODIFIERS.items() if report[0] & flag]
    keys = [_KEYS.get(usage, f"{usage:#04x}") for usage in report[2:] if usage]
    return "+".join(held + keys) or "all up"


class Trace:
    """Turns transactions into lines.

    Args:
        write: takes each line.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def __call__(self, token: Token, address: int, endpoint: int, data: bytes, answer: Packet) -> None:
        if answer.kind is Answer.NAK or token is Token.STATE_REQUEST:
            return
        place = f"{address}.{endpoint & 0x0F}"
        outcome = "" if answer.kind in (Answer.ACK, Answer.DATA) else f"  {answer.kind.name}"
        if token is Token.SETUP:
            self._write(f"{place} SETUP {describe_request(data)}{outcome}")
        elif token is Token.IN and endpoint & 0x0F == d.ENDPOINT_KEYBOARD_IN & 0x0F and answer.data:
            self._write(f"{place} IN    {answer.data.hex(' ')}  {describe_report(answer.data)}")
        elif token in (Token.IN, Token.OUT):
            shown = answer.data if token is Token.IN else data
            self._write(f"{place} {token.name:5} {shown.hex(' ') or 'nothing'}{outcome}")
        else:
            self._write(f"{token.name.lower()}{outcome}")
