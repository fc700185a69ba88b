"""The reports become key events of a real X server, and GTK's own input method makes the text."""

from collections.abc import Iterator

import pytest

from emojicam.keyboard import Host, Layout, encode, vectors
from emojicam.keyboard.evdev import KEY_CODES
from emojicam.keyboard.usages import FUNCTION_KEYS
from keyboard.x11 import TextField, text_field


@pytest.fixture(scope="module")
def field() -> Iterator[TextField]:
    with text_field() as field:
        yield field


def reports_of(text: str, layout: Layout) -> list[bytes]:
    return [timed.report for timed in encode(text, Host.LINUX, layout)]


@pytest.mark.parametrize("layout", Layout)
def test_gtk_has_the_text_that_was_typed(field: TextField, layout: Layout) -> None:
    field.use_layout(layout)
    for name, text in vectors.CROSSED.items():
        if name != "last_of_plane_0":  # GTK takes no noncharacters
            assert field.type(reports_of(text, layout)) == text, name


@pytest.mark.parametrize("layout", Layout)
def test_layout_has_every_ascii_key_where_we_say(field: TextField, layout: Layout) -> None:
    """One character at a time, so that a dead key cannot hide behind its neighbour."""
    field.use_layout(layout)
    for point in range(0x20, 0x7F):
        assert field.type(reports_of(chr(point), layout)) == chr(point)


def test_another_layout_than_the_computers_types_something_else(field: TextField) -> None:
    field.use_layout(Layout.DVORAK)
    assert field.type(reports_of("\N{THUMBS UP SIGN}", Layout.US)) != "\N{THUMBS UP SIGN}"


def test_function_keys_are_the_kernels_f13_to_f24(field: TextField) -> None:
    for index, usage in enumerate(FUNCTION_KEYS):
        reports = [timed.report for timed in encode("", Host.FUNCTION_KEYS, function_key=index)]
        assert field.type(reports) == ""
        assert field.keys[0] == KEY_CODES[usage] + 8
