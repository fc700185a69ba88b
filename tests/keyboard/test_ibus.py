"""IBus, the input method of most Linux desktops, makes the text; events come at the pace of a keyboard."""

from collections.abc import Iterator

import pytest

from emojicam.keyboard import Host, Layout, encode
from keyboard.x11 import TextField, ibus_text_field

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def field() -> Iterator[TextField]:
    with ibus_text_field() as field:
        yield field


@pytest.mark.parametrize("layout", [Layout.US, Layout.FRENCH, Layout.GERMAN, Layout.DVORAK])
def test_ibus_has_the_text_that_was_typed(field: TextField, layout: Layout) -> None:
    field.use_layout(layout)
    for text in ("\N{THUMBS UP SIGN}", "\u270b", "\U0001f468\u200d\U0001f469\u200d\U0001f466", "ok \xe9!"):
        reports = [timed.report for timed in encode(text, Host.LINUX, layout)]
        assert field.type(reports) == text
