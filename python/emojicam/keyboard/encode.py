"""Text -> boot keyboard reports: the Python twin of ``firmware/src/keyboard/key_sequence.cc``.

Every report differs from the one before it in its modifiers or in one key, never in both, and the last
one has everything up: hosts, virtual machines and remote desktops then cannot put events in another order.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from emojicam.keyboard import methods, usages
from emojicam.keyboard.layouts import Layout, Stroke
from emojicam.keyboard.methods import Host
from emojicam.keyboard.text import TextError, TypingError, code_points
from emojicam.keyboard.usages import Modifier


@dataclass(frozen=True)
class Timing:
    """For how long each report stays before the next may be sent, in ms.

    Attributes:
        press: a key is down.
        release: a key went up, or the modifiers changed.
        gap: the last report of a character.
    """

    press: int = 10
    release: int = 10
    gap: int = 20


@dataclass(frozen=True)
class TimedReport:
    report: bytes
    hold_ms: int


def report(modifiers: Modifier, usage: int) -> bytes:
    """The 8 bytes of a boot keyboard report with at most one key down: modifiers, reserved, keys.

    (HID 1.11, appendix B.1)
    """
    return bytes([modifiers, 0, usage, 0, 0, 0, 0, 0])


def encode(
    text: str | bytes,
    host: Host,
    layout: Layout = Layout.US,
    *,
    function_key: int = 0,
    timing: Timing | None = None,
) -> list[TimedReport]:
    """All reports that type a text.

    Args:
        text: what to type; function-keys does not look at it.
        function_key: for function-keys, 0 (F13) to 11 (F24).

    Raises:
        TypingError: the text cannot be typed.
    """
    timing = timing or Timing()
    if host is Host.FUNCTION_KEYS:
        if not 0 <= function_key < len(usages.FUNCTION_KEYS):
            raise TypingError(TextError.FUNCTION_KEY)
        characters = [[Stroke(Modifier.NONE, usages.FUNCTION_KEYS[function_key])]]
    else:
        characters = [_character(point, host, layout) for point in code_points(text)]
    result = []
    held = Modifier.NONE
    for number, strokes in enumerate(characters):
        reports = list(_reports(strokes, held, timing))
        if number + 1 == len(characters) and strokes[-1].modifiers:
            reports.append(TimedReport(report(Modifier.NONE, 0), timing.release))
        reports[-1] = TimedReport(reports[-1].report, timing.gap)
        held = strokes[-1].modifiers
        result += reports
    return result


def _character(point: int, host: Host, layout: Layout) -> list[Stroke]:
    if stroke := methods.direct(point, host, layout):
        return [stroke]
    return methods.strokes(point, host, layout)


def _reports(strokes: Iterable[Stroke], held: Modifier, timing: Timing) -> Iterator[TimedReport]:
    for stroke in strokes:
        if stroke.modifiers != held:
            held = stroke.modifiers
            yield TimedReport(report(held, 0), timing.release)
        if stroke.usage:
            yield TimedReport(report(held, stroke.usage), timing.press)
            yield TimedReport(report(held, 0), timing.release)
