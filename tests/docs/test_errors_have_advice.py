"""Every error that the product can print has a place on the site that says what to try."""

import re
from pathlib import Path

import pytest

from emojicam.docs import board_words, errors, expressions, messages
from emojicam.errors import EmojicamError
from emojicam.link.messages import ERRORS

SHOWN = messages.shown()
ALL = [one for page in SHOWN.values() for one in page]
ADVICE = board_words.advice()


def test_hundreds_of_errors_are_found_on_every_page() -> None:
    assert len(ALL) > 350
    assert all(SHOWN.values())


def test_every_call_of_an_error_in_the_source_is_an_entry() -> None:
    """By another way than `errors.entries` goes: the lines that begin one."""
    places = {(entry.room, entry.line) for entry in errors.entries()}
    kinds = "|".join(kind for kind in errors.kinds() if kind != "TypingError")
    missing = []
    for path in sorted(expressions.PACKAGE.rglob("*.py")):
        room = path.relative_to(expressions.PACKAGE).as_posix()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(rf"\b(?:raise|return) (?:{kinds})\((?!\*)", line) and (room, number) not in places:
                missing.append(f"{room}:{number}: {line.strip()}")
    assert missing == []
    assert len({room for room, _ in places}) > 60


def test_an_error_says_something_and_what_to_try() -> None:
    places = [f"{one.entry.room}:{one.entry.line}: {one.entry.message}" for one in ALL]
    silent = [where for where, one in zip(places, ALL, strict=True) if len(one.entry.words) <= 5 and not one.says]
    assert silent == [], "only values; say in docs/advice.toml what it says"
    helpless = [where for where, one in zip(places, ALL, strict=True) if not one.hint]
    assert helpless == [], "no hint; give the error one, or docs/advice.toml"


def test_anchors_of_a_page_are_names_of_one_message_each() -> None:
    for page in SHOWN.values():
        anchors = [one.anchor for one in page]
        assert len(set(anchors)) == len(anchors)
        assert all(re.fullmatch(r"[a-z0-9-]+", anchor) for anchor in anchors)


def test_what_the_firmware_says_has_advice() -> None:
    assert set(board_words.words()) == set(ADVICE["board"])
    assert len(board_words.words()) > 30


def test_what_the_link_says_has_advice() -> None:
    assert {code.name for code in ERRORS} == set(ADVICE["code"])


def test_no_advice_is_about_what_is_no_longer_there() -> None:
    for note in ADVICE["message"]:
        assert any(
            entry.room == note["room"] and entry.message.startswith(note["begins"]) for entry in errors.entries()
        ), note
    assert set(ADVICE["kind"]) - {"BadParameter"} <= set(errors.kinds())


def test_kinds_are_those_of_the_code() -> None:
    def below(kind: type[EmojicamError]) -> set[str]:
        return {kind.__name__}.union(*map(below, kind.__subclasses__()))

    import emojicam.keyboard.text
    import emojicam.usb.host
    import emojicam.virtual_h7.errors  # noqa: F401

    assert below(EmojicamError) <= set(errors.kinds())


def _texts(tmp_path: Path, source: str) -> list[str]:
    path = tmp_path / "m.py"
    path.write_text(source)
    module = expressions.parse(path)
    value = module.values["it"]
    return expressions.Reader(module, None).texts(value)


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('it = "plain"', ["plain"]),
        ('a = "one"\nit = f"{a} of {b}"', ["one of ‹b›"]),
        ('it = "x" if y else "z"', ["x", "z"]),
        ('it = f"in {path.name}: {error.strerror}"', ["in ‹path›: ‹strerror›"]),
        ('def f(n):\n    return f"{n} bytes"\nit = f(3)', ["3 bytes"]),
        ('it = T[k]\nT = {1: "a", 2: "b"}', ["a", "b"]),
        ('it = f"{n:,} of " + "m"', ["‹n› of m"]),
    ],
)
def test_an_expression_is_read_as_what_it_can_say(source: str, texts: list[str], tmp_path: Path) -> None:
    assert _texts(tmp_path, source) == texts
