"""What is generated is made again whenever anything that it depends on has changed, and only then."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from emojicam.firmware import fresh


@pytest.fixture
def made(tmp_path: Path) -> Callable[[str], int]:
    """Asks for a file made of some text; returns how often it has been made so far."""
    count = 0

    def ask(text: str) -> int:
        def make() -> list[Path]:
            nonlocal count
            count += 1
            (tmp_path / "made").write_text(text)
            return [tmp_path / "made"]

        fresh.ensure(tmp_path / "stamp", [text], make)
        assert (tmp_path / "made").read_text() == text
        return count

    return ask


def test_nothing_is_made_twice_for_the_same_inputs(made: Callable[[str], int]) -> None:
    assert [made("a"), made("a"), made("b"), made("b"), made("a")] == [1, 1, 2, 2, 3]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"key": 1}', '{"key": "", "files": []}'])
def test_a_damaged_stamp_counts_as_none(made: Callable[[str], int], tmp_path: Path, text: str) -> None:
    made("a")
    (tmp_path / "stamp").write_text(text)
    assert made("a") == 2


def test_a_file_that_was_changed_or_removed_is_made_again(made: Callable[[str], int], tmp_path: Path) -> None:
    made("a")
    (tmp_path / "made").write_text("by hand")
    assert made("a") == 2
    (tmp_path / "made").unlink()
    assert made("a") == 3


def test_other_code_makes_it_again(made: Callable[[str], int], monkeypatch: pytest.MonkeyPatch) -> None:
    made("a")
    monkeypatch.setattr(fresh, "package_hash", lambda: "other")
    assert made("a") == 2


def test_making_that_fails_leaves_no_stamp(made: Callable[[str], int], tmp_path: Path) -> None:
    made("a")

    def fail() -> list[Path]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fresh.ensure(tmp_path / "stamp", ["b"], fail)
    assert made("a") == 2


def test_a_copy_speaks_of_its_own_files(tmp_path: Path) -> None:
    def make(folder: Path) -> list[Path]:
        (folder / "made").write_text("a")
        return [folder / "made"]

    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    fresh.ensure(first / "stamp", [], lambda: make(first))
    shutil.copytree(first, second)
    (second / "made").unlink()
    fresh.ensure(second / "stamp", [], lambda: make(second))
    assert (second / "made").is_file()
