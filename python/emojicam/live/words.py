"""What happens, in words for whoever looks at the page: one reason, and what to do about it."""

from emojicam.config import Settings
from emojicam.live.hub import About

#: Why a gesture that fired typed nothing, by the name of the error in `link.messages.ERRORS`.
NOTHING_TYPED = {
    "NotArmed": "the keyboard is not armed",
    "TooSoon": "it came too soon after the last one",
    "BadText": "this system and layout have no keys for it",
    "QueueFull": "others were still being typed",
}


def gesture(settings: Settings, index: int) -> str:
    """Emoji and name of a class."""
    one = settings.gesture[index]
    return f"{one.emoji} {one.name}".strip()


def fate(settings: Settings, index: int, typed: str | None, code: str, error: str) -> tuple[str, About]:
    """What became of a gesture that fired.

    Args:
        code: name of the board's error, or empty.
        error: the board's own words, for a code that has none here.
    """
    name = gesture(settings, index)
    if typed:
        return f"{name}: typed {typed}", "typed"
    why = NOTHING_TYPED.get(code) or error or "the keyboard was disarmed meanwhile"
    return f"{name}: nothing typed, {why}", "not typed"
