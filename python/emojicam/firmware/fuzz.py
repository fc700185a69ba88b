"""The firmware's fuzzers (libFuzzer): built with clang, run on the corpora that are kept.

A corpus is a text file, ``firmware/fuzz/corpus/NAME.hex``, with one input a line: it can be read, compared
and merged like source.
"""

import os
import re
import secrets
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from emojicam import paths, process
from emojicam.errors import EmojicamError, UsageError
from emojicam.firmware import build
from emojicam.parallel import HERE, Workers

#: What takes any bytes: keystroke text, the typist's events, the link, flash slots, USB.
FUZZERS = ("keystrokes", "typist", "link", "storage", "usb")

_MAX_INPUT = 512


@dataclass(frozen=True)
class Outcome:
    """One run.

    Attributes:
        runs: inputs that were tried.
        corpus: inputs that together reach all code that was reached.
        seed: of the search for new inputs; None where only kept ones were tried.
    """

    name: str
    runs: int
    corpus: int
    seed: int | None


def corpus_path(name: str) -> Path:
    return paths.project_root() / "firmware" / "fuzz" / "corpus" / f"{name}.hex"


def read_corpus(name: str) -> list[bytes]:
    """The kept inputs."""
    path = corpus_path(name)
    return [bytes.fromhex(line) for line in path.read_text().splitlines()] if path.exists() else []


def write_corpus(name: str, inputs: Iterable[bytes]) -> int:
    """Keep these inputs, in an order that does not depend on the run.

    Returns:
        How many there are.
    """
    lines = sorted({data.hex() for data in inputs if data}, key=lambda line: (len(line), line))
    path = corpus_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return len(lines)


def check(names: Iterable[str]) -> None:
    """Refuse names that are no fuzzer's.

    Raises:
        UsageError: one is none.
    """
    for name in names:
        if name not in FUZZERS:
            raise UsageError(f"there is no fuzzer {name}", "one of " + ", ".join(FUZZERS))


@dataclass(frozen=True)
class _Search:
    """One fuzzer and what it begins with; values, for a computer that has no files of ours."""

    name: str
    program: bytes
    corpus: list[bytes]
    limit: tuple[str, ...]
    keep: bool


@dataclass(frozen=True)
class _Found:
    """How a search ended: what it said, the inputs that it kept, name and bytes of one that breaks something."""

    said: str
    corpus: list[bytes]
    crash: tuple[str, bytes] | None = None
    failed: bool = False


def run(
    names: Sequence[str], *, seconds: int, keep: bool = False, seed: int | None = None, workers: Workers = HERE
) -> Iterator[Outcome]:
    """Build fuzzers and run each for a while, starting with its corpus; outcomes come in order.

    Args:
        seconds: of wall time for new inputs; 0 only tries those that are kept.
        keep: whether to write the corpus back, with what was found and without what adds nothing.
        seed: of the search, 1 to 2**32 - 1; by default another each time. The same one tries the same inputs, for as
            long as corpus and program are the same.
        workers: who runs them. A program is built here, so they need the same system libraries.

    Raises:
        EmojicamError: one found an input that breaks something; the hint says where the input is, and the text by
            which seed it was found.
    """
    check(names)
    # libFuzzer's own seed decides on nothing where no input is made.
    seeds = [(seed or secrets.randbelow(2**32 - 1) + 1) if seconds else None for _ in names]
    programs = [build.build_fuzzer(name) for name in names]

    def searches() -> Iterator[_Search]:
        for name, program, by in zip(names, programs, seeds, strict=True):
            limit = (f"-max_total_time={seconds}", f"-seed={by}") if seconds else ("-runs=0",)
            yield _Search(name, program.read_bytes(), read_corpus(name), limit, keep)

    ended = workers.each(_search, searches(), "fuzz", count=len(names), unit="fuzzers")
    for name, program, by, found in zip(names, programs, seeds, ended, strict=True):
        yield _outcome(name, program, by, found, keep)


def _search(work: _Search) -> _Found:
    """Run one fuzzer, somewhere."""
    with tempfile.TemporaryDirectory(prefix="emojicam-fuzz-") as place:
        folder, least, program = Path(place) / "corpus", Path(place) / "least", Path(place) / f"{work.name}_fuzz"
        folder.mkdir()
        least.mkdir()
        program.write_bytes(work.program)
        program.chmod(0o755)
        for number, data in enumerate(work.corpus):
            (folder / f"kept-{number}").write_bytes(data)
        done = _fuzz(program, [*work.limit, f"-max_len={_MAX_INPUT}", folder])
        said = done.stderr
        if done.returncode == 0 and work.keep:
            done = _fuzz(program, ["-merge=1", least, folder])
            said, folder = (said, least) if done.returncode == 0 else (done.stderr, folder)
        written = re.search(r"Test unit written to (\S+)", said) if done.returncode else None
        crash = (Path(written[1]).name, Path(written[1]).read_bytes()) if written else None
        inputs = [path.read_bytes() for path in sorted(folder.iterdir())]
        return _Found(said, inputs, crash, done.returncode != 0)


def _fuzz(program: Path, arguments: list[str | Path]) -> "subprocess.CompletedProcess[str]":
    command = [program, *arguments, f"-artifact_prefix={program.parent}/", "-timeout=25", "-rss_limit_mb=2048"]
    process.log.debug("$ %s", " ".join(map(str, command)))
    return subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)


def _outcome(name: str, program: Path, seed: int | None, found: _Found, keep: bool) -> Outcome:
    if found.failed:
        process.log.debug("%s", found.said)
        telling = [line for line in found.said.splitlines() if "not so:" in line or "ERROR:" in line] or ["it failed"]
        hint = "--verbose"
        if found.crash is not None:
            path = paths.build_dir() / "fuzz" / "crashes" / name / found.crash[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found.crash[1])
            hint = f"{os.path.relpath(program)} {os.path.relpath(path)}"
        doing = f" with seed {seed}" if seed else ""
        raise EmojicamError(f"the fuzzer {name} found{doing}: {telling[0].strip()}", hint)
    tried = re.search(r"Done (\d+) runs", found.said) or re.search(r"#(\d+)\s+(?:DONE|INITED)", found.said)
    corpus = write_corpus(name, found.corpus) if keep else len(found.corpus)
    return Outcome(name, int(tried[1]) if tried else 0, corpus, seed)
