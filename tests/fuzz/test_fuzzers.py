"""Each fuzzer runs its kept inputs, under sanitizers; the search for new ones is of `make test-all` and the night."""

from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.firmware import fuzz
from emojicam.parallel import Workers

pytestmark = pytest.mark.host


#: "Towards the host" and no data: TinyUSB added 0 to a null buffer when the address was taken.
SET_ADDRESS_TOWARDS_HOST = bytes.fromhex("7373ff3a730b00050005050004")


@pytest.mark.parametrize("name", fuzz.FUZZERS)
def test_kept_inputs_break_nothing(name: str) -> None:
    """The same inputs each time: what this test says does not depend on chance."""
    (outcome,) = fuzz.run([name], seconds=0)
    assert outcome.seed is None
    assert outcome.runs >= len(fuzz.read_corpus(name)) > 10


def test_what_a_search_found_is_kept() -> None:
    assert SET_ADDRESS_TOWARDS_HOST in fuzz.read_corpus("usb")


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz.FUZZERS)
def test_new_inputs_break_nothing_for_a_minute(name: str) -> None:
    (outcome,) = fuzz.run([name], seconds=60)
    print(f"seed {outcome.seed}")
    assert outcome.runs > len(fuzz.read_corpus(name)) > 10


def test_what_a_search_finds_is_told_with_its_seed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "typist_fuzz"
    program.write_text('#!/bin/sh\necho "not so: a key is down ($2)" >&2\nexit 77\n')
    program.chmod(0o755)
    monkeypatch.setattr(fuzz.build, "build_fuzzer", lambda name: program)
    with pytest.raises(EmojicamError, match=r"typist found with seed 123: not so: a key is down \(-seed=123\)"):
        list(fuzz.run(["typist"], seconds=1, seed=123))
    with pytest.raises(EmojicamError, match=r"typist found with seed [1-9]\d*: "):
        list(fuzz.run(["typist"], seconds=1))
    with pytest.raises(EmojicamError, match=r"typist found: "):
        list(fuzz.run(["typist"], seconds=0))


def test_what_breaks_something_is_kept_here_whoever_found_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "typist_fuzz"
    program.write_text("""#!/bin/sh
for word; do case $word in -artifact_prefix=*) place=${word#*=} ;; esac; done
printf bad >"${place}crash-1"
printf 'not so: a key is down\\nTest unit written to %scrash-1\\n' "$place" >&2
exit 77
""")
    program.chmod(0o755)
    monkeypatch.setattr(fuzz.build, "build_fuzzer", lambda name: program)
    monkeypatch.setenv("EMOJICAM_BUILD", str(tmp_path / "build"))
    with pytest.raises(EmojicamError, match=r"found: not so: a key is down; try: \S+typist_fuzz \S+typist/crash-1$"):
        list(fuzz.run(["typist", "link"], seconds=0, workers=Workers(jobs=2)))
    assert (tmp_path / "build/fuzz/crashes/typist/crash-1").read_bytes() == b"bad"


def test_fuzzers_that_run_side_by_side_are_told_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(name: str) -> Path:
        program = tmp_path / f"{name}_fuzz"
        program.write_text(
            f"#!/bin/sh\nfor folder; do [ -d $folder ] && break; done\n"
            f"printf {name} >$folder/new\necho 'Done {len(name)} runs' >&2\n"
        )
        program.chmod(0o755)
        return program

    monkeypatch.setattr(fuzz.build, "build_fuzzer", build)
    monkeypatch.setattr(fuzz, "corpus_path", lambda name: tmp_path / f"{name}.hex")
    fuzz.write_corpus("link", [b"\x01"])
    done = list(fuzz.run(["typist", "link"], seconds=1, seed=5, workers=Workers(jobs=2)))
    assert done == [fuzz.Outcome("typist", 6, 1, 5), fuzz.Outcome("link", 4, 2, 5)]


def test_corpus_is_kept_sorted_and_without_repeats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "corpus_path", lambda name: tmp_path / f"{name}.hex")
    assert fuzz.write_corpus("typist", [b"\x02\x01", b"\x01", b"", b"\x01"]) == 2
    assert fuzz.read_corpus("typist") == [b"\x01", b"\x02\x01"]


def test_unknown_fuzzer_is_one_clear_line() -> None:
    with pytest.raises(EmojicamError, match="there is no fuzzer teapot; try: one of keystrokes"):
        list(fuzz.run(["teapot"], seconds=0))
