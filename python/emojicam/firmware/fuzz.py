"""The firmware's fuzzers (libFuzzer): built with clang, run on the corpora that are kept.

A corpus is a text file, ``firmware/fuzz/corpus/NAME.hex``, with one input a line: it can be read, compared
and merged like source.
"""

import os
import re
import secrets
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from emojicam import paths, process
from emojicam.errors import EmojicamError, UsageError
from emojicam.firmware import build

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


def run(name: str, *, seconds: int, keep: bool = False, seed: int | None = None) -> Outcome:
    """Build a fuzzer and run it for a while, starting with its corpus.

    Args:
        seconds: of wall time for new inputs; 0 only tries those that are kept.
        keep: whether to write the corpus back, with what was found and without what adds nothing.
        seed: of the search, 1 to 2**32 - 1; by default another each time. The same one tries the same inputs, for as
            long as corpus and program are the same.

    Raises:
        EmojicamError: it found an input that breaks something; the hint says where the input is, and the text by
            which seed it was found.
    """
    check([name])
    program = build.build_fuzzer(name)
    folder = paths.build_dir() / "fuzz" / "corpus" / f"{name}-{os.getpid()}"
    folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(read_corpus(name)):
        (folder / f"kept-{number}").write_bytes(data)
    if seconds:
        seed = seed or secrets.randbelow(2**32 - 1) + 1
        limit, doing = [f"-max_total_time={seconds}", f"-seed={seed}"], f" with seed {seed}"
    else:
        # libFuzzer's own seed decides on nothing where no input is made.
        seed, limit, doing = None, ["-runs=0"], ""
    said = _fuzz(name, program, [*limit, f"-max_len={_MAX_INPUT}", folder], doing)
    found = re.search(r"Done (\d+) runs", said) or re.search(r"#(\d+)\s+(?:DONE|INITED)", said)
    corpus = len(list(folder.iterdir()))
    if keep:
        least = folder.with_name(folder.name + "-least")
        least.mkdir(exist_ok=True)
        _fuzz(name, program, ["-merge=1", least, folder])
        corpus = write_corpus(name, (path.read_bytes() for path in least.iterdir()))
    return Outcome(name, int(found[1]) if found else 0, corpus, seed)


def _fuzz(name: str, program: Path, arguments: list[str | Path], doing: str = "") -> str:
    crashes = paths.build_dir() / "fuzz" / "crashes" / name
    crashes.mkdir(parents=True, exist_ok=True)
    command = [program, *arguments, f"-artifact_prefix={crashes}/", "-timeout=25", "-rss_limit_mb=2048"]
    process.log.debug("$ %s", " ".join(map(str, command)))
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    if done.returncode == 0:
        return done.stderr
    process.log.debug("%s", done.stderr)
    written = re.search(r"Test unit written to (\S+)", done.stderr)
    telling = [line for line in done.stderr.splitlines() if "not so:" in line or "ERROR:" in line]
    hint = f"{os.path.relpath(program)} {os.path.relpath(written[1])}" if written else "--verbose"
    raise EmojicamError(f"the fuzzer {name} found{doing}: {(telling or ['it failed'])[0].strip()}", hint)
