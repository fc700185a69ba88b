"""Reports become key events of a keyboard that this computer's kernel makes."""

import errno
import os
import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.keyboard import Host, Layout, encode, key_events, uinput
from emojicam.keyboard.evdev import KEY_CODES
from emojicam.keyboard.uinput import Uinput
from keyboard.fake_uinput import EVENT, FakeUinput
from keyboard.x11 import text_field

THUMB = "\N{THUMBS UP SIGN}"
A = bytes([0, 0, 4, 0, 0, 0, 0, 0])
UP = bytes(8)


def reports_of(text: str) -> list[bytes]:
    return [timed.report for timed in encode(text, Host.LINUX, Layout.US)]


def keys_of(text: str) -> list[tuple[int, int]]:
    return [(KEY_CODES[event.usage], int(event.down)) for event in key_events(reports_of(text))]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeUinput]:
    fake = FakeUinput(tmp_path, monkeypatch)
    yield fake
    fake.close()


def test_a_keyboard_is_made_with_all_the_keys_that_are_typed(fake: FakeUinput) -> None:
    with Uinput(fake.path):
        pass
    numbers = [number for number, _ in fake.calls]
    # linux/uinput.h: UI_SET_EVBIT, UI_SET_KEYBIT, UI_DEV_SETUP of 92 bytes, UI_DEV_CREATE, in the order it asks for.
    assert numbers[0] == 0x40045564 and fake.calls[0][1] == 1
    assert numbers[-2:] == [0x405C5503, 0x5501] and set(numbers[1:-2]) == {0x40045565}
    setup = fake.calls[-2][1]
    assert isinstance(setup, bytes) and len(setup) == 92 and setup[8:17] == b"emojicam\0"
    keys = {value for number, value in fake.calls if number == 0x40045565}
    assert set(KEY_CODES.values()) - {0} == keys
    assert set(range(1, 32)) <= keys, "udev takes it for a keyboard only with these"


def test_reports_are_key_events_and_one_end_each(fake: FakeUinput) -> None:
    with Uinput(fake.path) as keyboard:
        for report in reports_of(THUMB):
            keyboard.report(report)
        events = fake.events()
    assert [(code, value) for kind, code, value in events if kind == 1] == keys_of(THUMB)
    assert events[-1] == (0, 0, 0) and sum(kind == 0 for kind, _, _ in events) == len(reports_of(THUMB))


def test_same_report_again_and_too_many_keys_at_once_are_nothing(fake: FakeUinput) -> None:
    with Uinput(fake.path) as keyboard:
        for report in (A, A, bytes([0, 0, *[1] * 6]), A):
            keyboard.report(report)
        assert fake.typed() == [(KEY_CODES[4], 1)]
        keyboard.release()
        assert fake.typed() == [(KEY_CODES[4], 0)]


def test_keys_that_are_down_are_let_go_at_the_end(fake: FakeUinput) -> None:
    keyboard = Uinput(fake.path)
    keyboard.report(bytes([0b11, 0, 4, 0, 0, 0, 0, 0]))
    fake.events()
    keyboard.close()
    keyboard.close()
    assert sorted(fake.typed()) == sorted([(KEY_CODES[4], 0), (KEY_CODES[0xE0], 0), (KEY_CODES[0xE1], 0)])


def test_the_window_with_the_focus_has_the_emoji(fake: FakeUinput) -> None:
    """What is written goes on as a real X server's key events; GTK makes the text."""
    from Xlib import X
    from Xlib.ext import xtest

    with Uinput(fake.path) as keyboard, text_field() as field:
        field.use_layout(Layout.US)
        for report in reports_of(f"{THUMB} ok"):
            keyboard.report(report)
        for code, down in fake.typed():
            xtest.fake_input(field._display, X.KeyPress if down else X.KeyRelease, code + 8)
        field._display.sync()
        assert field.type([]) == f"{THUMB} ok"


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOENT, "is not there: the kernel's uinput is not loaded; try: sudo modprobe uinput"),
        (errno.EACCES, "you may not open /dev/uinput; try: the rule for /dev/uinput"),
        (errno.EMFILE, "can't be opened: Too many open files"),
    ],
)
def test_what_is_in_the_way_is_one_line(number: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, flags: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(EmojicamError) as told:
        Uinput()
    assert said in str(told.value)
    assert str(uinput.in_the_way()) == str(told.value)


def test_a_file_that_makes_no_keyboard_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    with pytest.raises(EmojicamError, match="makes no keyboard"):
        Uinput(path)


def test_another_system_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(EmojicamError, match=r"this computer is darwin; .* under Linux only; try: the page"):
        Uinput()


@pytest.mark.skipif(uinput.in_the_way() is not None, reason=str(uinput.in_the_way()))
def test_this_computers_kernel_says_what_was_typed() -> None:
    """Seen at the kernel's other end; nobody's window gets more than an Escape."""
    with Uinput() as keyboard:
        (name,) = [
            path for path in Path("/sys/devices/virtual/input").glob("*/name") if path.read_text() == "emojicam\n"
        ]
        (node,) = name.parent.glob("event*")
        end = os.open(f"/dev/input/{node.name}", os.O_RDONLY | os.O_NONBLOCK)
        try:
            for report in (bytes([0, 0, 0x29, 0, 0, 0, 0, 0]), UP):
                keyboard.report(report)
            assert select.select([end], [], [], 10)[0]
            data = os.read(end, 4096)
        finally:
            os.close(end)
    events = [EVENT.unpack_from(data, at)[2:] for at in range(0, len(data), EVENT.size)]
    assert events == [(1, 1, 1), (0, 0, 0), (1, 1, 0), (0, 0, 0)]
