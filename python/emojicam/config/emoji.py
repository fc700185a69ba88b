"""What is known of emoji as signs: which are the same, and which each other's mirror image."""

from collections.abc import Iterable

_MIRRORED = (("👈", "👉"), ("🤛", "🤜"), ("🫲", "🫱"), ("🫸", "🫷"), ("⬅", "➡"), ("◀", "▶"), ("⏪", "⏩"), ("↩", "↪"))


def bare(emoji: str) -> str:
    """An emoji without its skin tone and its variation selector."""
    return "".join(sign for sign in emoji if sign != "\ufe0f" and not 0x1F3FB <= ord(sign) <= 0x1F3FF)


def mirror_images(emoji: Iterable[str]) -> tuple[str, str] | None:
    """Two of them that are each other's mirror image: pictures of these gestures may not be mirrored. None without."""
    there = {bare(one) for one in emoji}
    return next((pair for pair in _MIRRORED if there.issuperset(pair)), None)
