"""Each tutorial runs from its own page: what it has typed works, and prints what it shows."""

import socket
from pathlib import Path

import pytest

from emojicam.docs import tutorial

PAGES = tutorial.pages()


def test_there_are_tutorials() -> None:
    assert {path.stem for path in PAGES} >= {"first-run", "flash-a-camera", "bring-a-model", "read-a-bench"}


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> None:
    """A TCP port that nobody has, for what a page would have at 1234."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        monkeypatch.setenv("PORT", str(free.getsockname()[1]))


@pytest.mark.emulator
@pytest.mark.usefixtures("port")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_takes_seconds_in_a_tutorial_works_and_prints_what_is_shown(path: Path, tmp_path: Path) -> None:
    quick = [one for one in tutorial.steps(path.read_text(encoding="utf-8")) if not one.slow and not one.reason]
    assert tutorial.check(path, tmp_path / "page", slow=False) == len(quick)


@pytest.mark.slow
@pytest.mark.emulator
@pytest.mark.virtual_board
@pytest.mark.usefixtures("port")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_whole_tutorial_works(path: Path, tmp_path: Path) -> None:
    assert tutorial.check(path, tmp_path / "page", slow=True) > 0


def test_every_block_of_every_tutorial_is_run_or_says_why_not() -> None:
    for path in PAGES:
        for step in tutorial.steps(path.read_text(encoding="utf-8")):
            assert not step.reason or len(step.reason) > 10, step
        # Another fence for commands would not be seen.
        assert "```sh\n$" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("shown", "printed", "fits"),
    [
        ("a 12 b", "a 7 b\n", True),
        ("a  12   b", "a 1,234 b\n", True),
        ("a 12 b", "a x b\n", False),
        ("a … z", "a whatever z\n", True),
        ("…\nlast", "one\ntwo\nlast\n", True),
        ("first\n…", "first\n", True),
        ("first\n…", "second\n", False),
        ("first", "first\nsecond\n", False),
        ("at 0x0805ffff", "at 0x08040000\n", True),
        ("(all) [x] *", "(all) [x] *\n", True),
        ("", "", True),
        ("┌───┬──┐\n│ a │ 1│", "┌─────┬──┐\n│ a   │ 12│\n", True),
        ("┌───┐", "┌───┬──┐\n", False),
        ("", "something\n", False),
    ],
)
def test_what_is_shown_fits_what_was_printed(shown: str, printed: str, fits: bool) -> None:
    assert tutorial.matches(shown, printed) is fits


@pytest.mark.parametrize(
    ("shown", "printed", "now"),
    [
        ("a 12 b", "a 7 b\n", "a 7 b"),
        ("total 1,234 …\n…", "total 99 5\nmore 3\n", "total 99 …\n…"),
        ("0 … 12 …", "1 3 4 5\n", "1 … 12 …"),
        ("│ a │ 9 M   │", "│ a │ 12.5 M │\n", "│ a │ 12.5 M │"),
        ("…\n6x6 12\n…", "4x4 1\n6x6 2\n", "…\n6x6 2\n…"),
        ("…\n6x6 12\n…", "4x4 1\n5x5 2\n", "…\n4x4 1\n…"),
        ("at 0x0805ffff of 3", "at 0x1 of 4\n", "at 0x1 of 4"),
        ("a 12 b", "another\n", None),
    ],
)
def test_numbers_that_are_shown_are_those_of_now(shown: str, printed: str, now: str | None) -> None:
    assert tutorial.refreshed(shown, printed) == now


PAGE = """Text.

```console
$ export A=1
$ echo $A two
1 two
```

<!-- slow -->
```console
$ echo later
later
```

<!-- not run: needs a camera -->
```console
$ false
```
"""


def test_a_pages_lines_are_read_with_their_marks() -> None:
    first, second, slow, left_out = tutorial.steps(PAGE)
    assert (first.command, second.command, second.shown) == ("export A=1", "echo $A two", "1 two")
    assert slow.slow and not slow.reason
    assert left_out.reason == "needs a camera"


def test_a_command_may_take_several_lines(tmp_path: Path) -> None:
    text = "```console\n$ cat <<E\n> one\n>\n>  two\n> E\none\n\n two\n$ echo >x\n```\n"
    first, second = tutorial.steps(text)
    assert (first.command, first.shown, second.command) == ("cat <<E\none\n\n two\nE", "one\n\n two", "echo >x")
    assert tutorial.written(text, tmp_path / "page") == text


def test_a_page_is_run_in_one_shell_and_judged(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    assert tutorial.check(page, tmp_path / "a", slow=False) == 2
    assert tutorial.check(page, tmp_path / "b", slow=True) == 3
    page.write_text(PAGE.replace("1 two\n", "1 three\n"))
    with pytest.raises(tutorial.EmojicamError, match="prints something else than the page shows"):
        tutorial.check(page, tmp_path / "c", slow=False)
    page.write_text(PAGE.replace("echo $A two", "echo $A two; false"))
    with pytest.raises(tutorial.EmojicamError, match="ended with 1"):
        tutorial.check(page, tmp_path / "d", slow=False)


def test_a_page_is_written_anew_with_what_is_printed_now(tmp_path: Path) -> None:
    for old in ("1 three\n", "2 two\n"):
        assert tutorial.written(PAGE.replace("1 two\n", old), tmp_path / old.strip()) == PAGE
