"""Boot keyboard reports -> the text that a computer makes of them.

It plays the computer: key events, a keyboard layout, and the system's input method. It shares the layout
drawings with the encoder and nothing else, so that ``emojicam run`` and the tests see what was sent and not
what was meant.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from emojicam.keyboard import layouts, usages
from emojicam.keyboard.layouts import Layout
from emojicam.keyboard.methods import Host, effective_layout
from emojicam.keyboard.usages import Modifier

#: What a keyboard reports in every key's place when too many are down (HID 1.11, appendix C).
_ROLL_OVER = 0x01

#: Usages of the modifiers whose release ends a number in GTK and IBus.
_CTRL_AND_SHIFT = (0xE0, 0xE1, 0xE4, 0xE5)

_HEX = "0123456789abcdefABCDEF"


@dataclass(frozen=True)
class KeyEvent:
    """One key or modifier going down or up.

    Attributes:
        usage: HID usage; the modifiers are 0xE0 to 0xE7, as in the usage tables.
        down: or up.
        modifiers: those that are down after this event.
    """

    usage: int
    down: bool
    modifiers: Modifier


def key_events(reports: Iterable[bytes]) -> list[KeyEvent]:
    """The key events that a system makes of a stream of reports.

    Modifiers go down before keys and up after them.

    Raises:
        ValueError: a report that is not 8 bytes long.
    """
    events = []
    modifiers, keys = Modifier.NONE, frozenset[int]()
    for report in reports:
        if len(report) != 8:
            raise ValueError(f"a boot keyboard report has 8 bytes, not {len(report)}")
        if _ROLL_OVER in report[2:]:
            continue
        now, pressed = Modifier(report[0]), frozenset(report[2:]) - {0}
        events += [KeyEvent(usage, False, modifiers) for usage in sorted(keys - pressed)]
        for bit in range(8):
            flag = Modifier(1 << bit)
            if (now ^ modifiers) & flag:
                modifiers ^= flag
                events.append(KeyEvent(0xE0 + bit, bool(now & flag), modifiers))
        events += [KeyEvent(usage, True, modifiers) for usage in sorted(pressed - keys)]
        keys = pressed
    return events


@dataclass
class Typed:
    """What the computer has after a stream of reports.

    Attributes:
        text: in the text field. Function keys are there as ``<F13>``, other keys that type nothing as
            ``<0x39>``.
        unfinished: digits of a code point whose end has not come.
        held: keys and modifiers that are still down: "stuck".
    """

    text: str = ""
    unfinished: str = ""
    held: set[int] = field(default_factory=set)


def decode(reports: Iterable[bytes], host: Host, layout: Layout = Layout.US) -> Typed:
    """What a computer with this input method and layout has after a stream of reports."""
    computer = _Computer(host, effective_layout(host, layout))
    for event in key_events(reports):
        computer.take(event)
    return computer.typed


def begins(typed: str, wanted: str) -> bool:
    """Whether a text is the beginning of what was wanted, and more of it is on its way.

    The code points of an emoji are entered one after the other, with every key up in between.
    """
    return len(typed) < len(wanted) and wanted.startswith(typed)


class Reader:
    """Reports as they come: what each sequence has typed, at its end.

    Attributes:
        host, layout: of the computer that reads them; may be changed.
    """

    def __init__(self, host: Host, layout: Layout) -> None:
        self.host, self.layout = host, layout
        self._reports: list[bytes] = []
        self._wanted: list[str] = []

    def expect(self, text: str) -> None:
        """This is typed next, after what else is expected: it is told whole."""
        self._wanted.append(text)

    def cut(self) -> None:
        """What was being typed has been cut off."""
        self._wanted.clear()
        self._reports.clear()

    def take(self, report: bytes) -> str:
        """The next report.

        Returns:
            The text that has come to its end with it; empty as long as keys are down, a number goes on, or more is
            expected.
        """
        self._reports.append(report)
        if any(report):
            return ""
        typed = decode(self._reports, self.host, self.layout)
        if typed.unfinished or not typed.text or (self._wanted and begins(typed.text, self._wanted[0])):
            return ""
        # One that the board has dropped does not come.
        place = self._wanted.index(typed.text) if typed.text in self._wanted else 0
        del self._wanted[: place + 1]
        self._reports.clear()
        return typed.text


class _Computer:
    def __init__(self, host: Host, layout: Layout) -> None:
        self.typed = Typed()
        self._host = host
        self._prints = {(s.modifiers, s.usage): c for c, s in layouts.strokes(layout).items()}
        self._composing = False
        self._surrogates = ""

    def take(self, event: KeyEvent) -> None:
        if event.down:
            self.typed.held.add(event.usage)
        else:
            self.typed.held.discard(event.usage)
        match self._host:
            case Host.LINUX:
                self._linux(event)
            case Host.MACOS:
                self._macos(event)
            case Host.WINDOWS_WINCOMPOSE:
                self._wincompose(event)
            case Host.WINDOWS_ALT:
                self._alt(event)
            case Host.FUNCTION_KEYS:
                self._plain(event)

    def _character(self, event: KeyEvent) -> str:
        shift = Modifier.LEFT_SHIFT | Modifier.RIGHT_SHIFT
        level = Modifier.NONE
        if event.modifiers & shift and event.usage != usages.SPACE:
            level = Modifier.LEFT_SHIFT
        if event.modifiers & Modifier.RIGHT_ALT:
            level |= Modifier.RIGHT_ALT
        return self._prints.get((level, event.usage), "")

    def _plain(self, event: KeyEvent) -> None:
        if not event.down or event.usage >= 0xE0 or event.usage in (usages.NUM_LOCK, usages.CAPS_LOCK):
            return
        if event.usage in usages.FUNCTION_KEYS:
            self.typed.text += f"<F{13 + usages.FUNCTION_KEYS.index(event.usage)}>"
        else:
            self.typed.text += self._character(event) or f"<{event.usage:#04x}>"

    def _commit(self, base: int) -> None:
        number = int(self.typed.unfinished, base) if self.typed.unfinished else -1
        self.typed.unfinished = ""
        self._composing = False
        self.typed.text += chr(number) if 0 <= number <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"

    def _linux(self, event: KeyEvent) -> None:
        if not event.down and event.usage in _CTRL_AND_SHIFT and self.typed.unfinished:
            self._commit(16)
        if not event.down or event.usage >= 0xE0:
            return
        control = event.modifiers & (Modifier.LEFT_CTRL | Modifier.RIGHT_CTRL)
        character = self._character(event)
        if control and character == "U":
            self._composing = True
        elif self._composing and event.usage in (usages.SPACE, usages.ENTER):
            self._commit(16)
        elif self._composing and character and character in _HEX:
            self.typed.unfinished += character
        else:
            self._plain(event)

    def _macos(self, event: KeyEvent) -> None:
        option = Modifier.LEFT_ALT | Modifier.RIGHT_ALT
        if event.usage >= 0xE0:
            if not event.modifiers & option:
                self.typed.unfinished = ""
            return
        if not event.down:
            return
        if not event.modifiers & option:
            self._plain(event)
            return
        character = self._character(KeyEvent(event.usage, True, event.modifiers & ~option))
        if character and character in _HEX:
            self.typed.unfinished += character
        if len(self.typed.unfinished) == 4:
            self._utf16(int(self.typed.unfinished, 16))
            self.typed.unfinished = ""

    def _utf16(self, unit: int) -> None:
        self._surrogates += chr(unit)
        if not 0xD800 <= unit <= 0xDBFF:
            data = self._surrogates.encode("utf-16-le", "surrogatepass")
            self.typed.text += data.decode("utf-16-le", "replace")
            self._surrogates = ""

    def _wincompose(self, event: KeyEvent) -> None:
        if not event.down:
            return
        if event.usage == 0xE6:
            self._composing = True
            self.typed.unfinished = ""
        elif event.usage >= 0xE0:
            return
        elif not self._composing:
            self._plain(event)
        elif event.usage == usages.ENTER:
            self.typed.unfinished = self.typed.unfinished.removeprefix("u")
            self._commit(16)
        else:
            self.typed.unfinished += self._character(event)

    def _alt(self, event: KeyEvent) -> None:
        if event.usage == 0xE2:
            if not event.down and self.typed.unfinished:
                self._alt_number()
        elif event.down and event.modifiers & Modifier.LEFT_ALT and event.usage in usages.KEYPAD:
            self.typed.unfinished += str(usages.KEYPAD.index(event.usage))
        else:
            self._plain(event)

    def _alt_number(self) -> None:
        digits, self.typed.unfinished = self.typed.unfinished, ""
        number = int(digits)
        if number > 255:
            self.typed.text += chr(number) if number <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"
        else:
            code_page = "cp1252" if digits.startswith("0") else "cp850"
            self.typed.text += bytes([number]).decode(code_page, "replace")
