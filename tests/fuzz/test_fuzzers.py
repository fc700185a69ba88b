"""Each fuzzer runs its kept inputs and then new ones for a minute, under sanitizers."""

from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.firmware import fuzz

pytestmark = pytest.mark.host


@pytest.mark.parametrize("name", fuzz.FUZZERS)
def test_bad_input_breaks_nothing_for_a_minute(name: str) -> None:
    """A test each, so that the workers share them. `emojicam fuzz --seconds 5` is for in between."""
    outcome = fuzz.run(name, seconds=60)
    assert outcome.runs > len(fuzz.read_corpus(name)) > 10


def test_corpus_is_kept_sorted_and_without_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "corpus_path", lambda name: tmp_path / f"{name}.hex")
    assert fuzz.write_corpus("typist", [b"\x02\x01", b"\x01", b"", b"\x01"]) == 2
    assert fuzz.read_corpus("typist") == [b"\x01", b"\x02\x01"]


def test_unknown_fuzzer_is_one_clear_line() -> None:
    with pytest.raises(EmojicamError, match="there is no fuzzer teapot; try: one of keystrokes"):
        fuzz.run("teapot", seconds=0)
