"""Text -> reports -> text: the encoder against hand-written reports, and the decoder against the encoder."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emojicam.config.settings import Keyboard as KeyboardSettings
from emojicam.keyboard import Host, Layout, Reader, TextError, TypingError, decode, encode, layouts, vectors
from emojicam.keyboard.encode import Timing
from emojicam.keyboard.text import MAX_TEXT_BYTES, code_points

NUMBER_HOSTS = [host for host in Host if host is not Host.FUNCTION_KEYS]

typeable = st.characters(exclude_categories=["Cc", "Cs"])


def reports_of(text: str, host: Host, layout: Layout = Layout.US, function_key: int = 0) -> list[bytes]:
    return [timed.report for timed in encode(text, host, layout, function_key=function_key)]


@pytest.mark.parametrize("vector", vectors.WRITTEN, ids=lambda vector: vector[0])
def test_encoder_gives_the_reports_written_by_hand(vector: tuple[str, str, Host, Layout, str]) -> None:
    _, text, host, layout, written = vector
    assert reports_of(text, host, layout) == vectors.notation(written)


@pytest.mark.parametrize("vector", vectors.REFUSED, ids=lambda vector: vector[0])
def test_refused_text_says_why(vector: tuple[str, bytes, str]) -> None:
    _, data, reason = vector
    with pytest.raises(TypingError) as refused:
        encode(data, Host.LINUX)
    assert refused.value.reason == reason
    assert "; try: " in str(refused.value)


@pytest.mark.parametrize("host", NUMBER_HOSTS)
@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("text", vectors.CROSSED.values(), ids=vectors.CROSSED.keys())
def test_what_is_typed_is_the_text(text: str, host: Host, layout: Layout) -> None:
    typed = decode(reports_of(text, host, layout), host, layout)
    assert (typed.text, typed.unfinished, typed.held) == (text, "", set())


@given(st.text(typeable, min_size=1, max_size=16), st.sampled_from(NUMBER_HOSTS), st.sampled_from(Layout))
def test_any_text_arrives(text: str, host: Host, layout: Layout) -> None:
    assert decode(reports_of(text, host, layout), host, layout).text == text


@given(st.binary(max_size=70))
def test_any_bytes_are_typed_or_refused(data: bytes) -> None:
    try:
        reports = [timed.report for timed in encode(data, Host.LINUX)]
    except TypingError:
        return
    assert decode(reports, Host.LINUX).text == data.decode()


def test_function_key_is_pressed_and_released() -> None:
    assert decode(reports_of("", Host.FUNCTION_KEYS, function_key=11), Host.FUNCTION_KEYS).text == "<F24>"
    first = [timed.report for timed in encode("", Host.FUNCTION_KEYS)]
    assert decode(first, Host.FUNCTION_KEYS).text == "<F13>"


@pytest.mark.parametrize("point", [0x20, 0x7E, 0xA0, 0xD7FF, 0xE000, 0x10FFFF])
def test_the_first_and_last_code_points_that_may_be_typed(point: int) -> None:
    assert code_points(chr(point)) == [point]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", TextError.EMPTY),
        ("\x00", TextError.CONTROL),
        ("\x1f", TextError.CONTROL),
        ("\x7f", TextError.CONTROL),
        ("\x80", TextError.CONTROL),
        ("\x9f", TextError.CONTROL),
        ("\ud800", TextError.SURROGATE),
        ("\udfff", TextError.SURROGATE),
        (b"a\x80", TextError.INVALID_UTF8),
        (b"\xf0\x9f\x98", TextError.INVALID_UTF8),
        ("a" * (MAX_TEXT_BYTES + 1), TextError.TOO_LONG),
    ],
    ids=repr,
)
def test_each_rule_of_what_may_be_typed_refuses_its_own(text: str | bytes, reason: TextError) -> None:
    with pytest.raises(TypingError) as refused:
        code_points(text)
    assert refused.value.reason is reason
    assert len(code_points("a" * MAX_TEXT_BYTES)) == MAX_TEXT_BYTES


@pytest.mark.parametrize("key", [-1, 12])
def test_there_are_twelve_function_keys(key: int) -> None:
    with pytest.raises(TypingError) as refused:
        encode("", Host.FUNCTION_KEYS, function_key=key)
    assert refused.value.reason is TextError.FUNCTION_KEY


def test_the_usual_timing_is_that_of_the_settings() -> None:
    usual = KeyboardSettings()
    assert Timing() == Timing(usual.press_ms, usual.release_ms, usual.gap_ms)


def test_cut_off_sequence_is_reported_as_stuck_and_unfinished() -> None:
    reports = reports_of("\N{THUMBS UP SIGN}", Host.LINUX)
    assert decode(reports[:7], Host.LINUX).unfinished == "1f"
    assert decode(reports[:2], Host.LINUX).held == {0xE0, 0xE1, 0x18}


def test_wrong_layout_types_something_else() -> None:
    reports = reports_of("\N{THUMBS UP SIGN}", Host.LINUX, Layout.US)
    assert decode(reports, Host.LINUX, Layout.DVORAK).text != "\N{THUMBS UP SIGN}"


@pytest.mark.parametrize("layout", Layout)
def test_every_layout_has_what_the_methods_need(layout: Layout) -> None:
    keys = layouts.strokes(layout)
    assert set("0123456789abcdefuU ") <= set(keys)
    assert len({(s.modifiers, s.usage) for s in keys.values()}) == len(keys)
    assert keys["U"].usage == keys["u"].usage


def test_timing_holds_presses_releases_and_gaps() -> None:
    timed = encode("ab", Host.LINUX, timing=Timing(press=1, release=2, gap=3))
    assert [report.hold_ms for report in timed] == [1, 3, 1, 3]
    timed = encode("A", Host.LINUX, timing=Timing(press=1, release=2, gap=3))
    assert [report.hold_ms for report in timed] == [2, 1, 2, 3]


@pytest.mark.parametrize("host", NUMBER_HOSTS)
def test_reports_that_come_one_by_one_are_read_at_the_end_of_each_sequence(host: Host) -> None:
    reader = Reader(host, Layout.US)
    read = [[text for report in reports_of(emoji, host) if (text := reader.take(report))] for emoji in "✋👎"]
    assert read == [["✋"], ["👎"]]


@pytest.mark.parametrize("host", NUMBER_HOSTS)
def test_an_emoji_of_several_code_points_is_read_whole_where_it_is_expected(host: Host) -> None:
    reader = Reader(host, Layout.US)
    emoji = ["\u270c\ufe0f", "\U0001f44a\U0001f3ff", "✋"]
    for one in emoji:
        reader.expect(one)
    read = [[text for report in reports_of(one, host) if (text := reader.take(report))] for one in emoji]
    assert read == [[one] for one in emoji]


def test_a_reader_waits_for_nothing_that_was_cut_off_dropped_or_came_as_something_else() -> None:
    reader = Reader(Host.LINUX, Layout.US)

    def read(text: str) -> str:
        return "".join(reader.take(report) for report in reports_of(text, Host.LINUX))

    reader.expect("\u270c\ufe0f")
    reader.cut()
    assert read("\u270c") == "\u270c"
    for one in ("\u270c\ufe0f", "✋"):
        reader.expect(one)
    assert read("✋") == "✋", "the first was dropped"
    reader.expect("\u270c\ufe0f")
    assert read("x") == "x"
    assert read("\u270c") == "\u270c", "nothing is expected"
