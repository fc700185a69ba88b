"""Tutorials that run: the console blocks of a page, what they print, and whether that is what the page shows.

A block is fenced with ``console``; its lines that begin with ``$`` (and go on with ``>``) are typed, those below are
the output. A comment above it says what is special: ``<!-- slow -->`` minutes, ``<!-- not run: why -->``. In an output
a line ``…`` stands for any number of lines, ``…`` within a line for anything, and a number for any number: what a page
shows was printed once, and figures move on. What is being done (``· building``) is shown by no page.

    python -m emojicam.docs.tutorial [--quick] [NAME]...      writes anew what the tutorials show (make tutorials)
"""

import contextlib
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from emojicam import paths
from emojicam.errors import EmojicamError

FOLDER = paths.project_root() / "docs" / "tutorials"

_BLOCK = re.compile(r"(?:<!-- (?P<mark>[^>]*?) -->\n)?```console\n(?P<body>.*?)^```$", re.M | re.S)
_NUMBER = re.compile(r"0x[0-9a-f]+|\d[\d,.]*")
#: What a terminal is wide.
_COLUMNS = "120"


@dataclass(frozen=True)
class Step:
    """A line that is typed.

    Attributes:
        shown: what the page shows below it.
        slow: it takes minutes.
        reason: why it is not run; empty where it is.
    """

    command: str
    shown: str
    slow: bool = False
    reason: str = ""


def pages() -> list[Path]:
    """The tutorials with console blocks."""
    return [path for path in sorted(FOLDER.glob("*.md")) if "```console" in path.read_text(encoding="utf-8")]


def steps(text: str) -> Iterator[Step]:
    """What a page has typed, in its order."""
    for block in _BLOCK.finditer(text):
        mark = block["mark"] or ""
        reason = mark.removeprefix("not run: ") if mark.startswith("not run: ") else ""
        for part in re.split(r"^\$ ", block["body"], flags=re.M)[1:]:
            command, _, shown = part.partition("\n")
            while more := re.match(r">(?: (.*))?(?:\n|$)", shown):
                command += f"\n{more[1] or ''}"
                shown = shown[more.end() :]
            yield Step(command, shown.rstrip("\n"), slow=mark == "slow", reason=reason)


def matches(shown: str, printed: str) -> bool:
    """Whether what a page shows is what was printed, but for numbers and what is left out."""
    return _fit(shown, printed) is not None


def refreshed(shown: str, printed: str) -> str | None:
    """What a page shows with the numbers that were printed; None where it is not what was printed.

    A number behind something that is left out of its line (…) stays: nobody knows which it is.
    """
    # A layer is told by its shape, if the shape is still there.
    if (fit := _fit(shown, printed, shapes=True) or _fit(shown, printed)) is None:
        return None
    numbers = iter(fit.groups())
    lines = []
    for line in shown.splitlines():
        known, *rest = line.split("…", 1)
        now = _NUMBER.sub(lambda _: next(numbers), known)
        # A table stays as wide as it was, as far as it can.
        if (more := len(now) - len(known)) and now.endswith("│"):
            now = re.sub(r" +│$", lambda end: " " * max(1, len(end[0]) - 1 - more) + "│", now)
        lines.append("…".join([now, *rest]))
    return "\n".join(lines)


def _fit(shown: str, printed: str, *, shapes: bool = False) -> re.Match[str] | None:
    """A group for each number that the page shows before something that it leaves out; `shapes`: those are the same."""
    pattern = ""
    for line in shown.splitlines():
        pattern += r"(?:.*\n)*?" if line.strip() == "…" else f"{_line(line, shapes)}\n"
    lines = "".join(f"{_plain(line)}\n" for line in _kept(printed))
    return re.fullmatch(pattern, lines)


def _kept(printed: str) -> list[str]:
    """Lines of an output without those that say what is being done."""
    return [line.rstrip() for line in printed.splitlines() if not line.startswith("· ")]


def _line(line: str, shapes: bool) -> str:
    """A line as a pattern."""
    plain = _plain(line)
    known, *rest = plain.split("…")
    groups = [_pattern(known, "(", shapes), *(_pattern(part, "(?:", shapes) for part in rest)]
    return ".*".join(groups)


def _pattern(text: str, group: str, shapes: bool) -> str:
    """A text as a pattern in which each number is any; with `shapes` those of a shape (6x6x192) are themselves."""
    found = ""
    for word in re.split(r"( )", text):
        same = shapes and re.fullmatch(r"\d+(?:x\d+)+", word)
        at = 0
        for one in _NUMBER.finditer(word):
            found += re.escape(word[at : one.start()])
            found += f"{group}{re.escape(one[0]) if same else _NUMBER.pattern})"
            at = one.end()
        found += re.escape(word[at:])
    return found


def _plain(line: str) -> str:
    """A line in which it makes no difference how wide a table's columns are."""
    return " ".join(re.sub(r"([─━])+", r"\1", line).split())


class Shell:
    """One bash for a page, in a folder with what a checkout has; nothing is written beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("models", "emojicam.toml", "docs"):
            (folder / name).symlink_to(paths.project_root() / name)
        self._variables: dict[str, str] = {}
        self._groups: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends what lines have left in the background."""
        for group in self._groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGTERM)

    def run(self, command: str) -> tuple[int, str]:
        """A line's exit status and what it prints, errors among it. Variables that it exports stay for the next."""
        state = self.folder / ".exported"
        process = subprocess.Popen(
            ["bash", "-c", f"{command}\nstatus=$?; export -p >{shlex.quote(str(state))}; exit $status"],
            cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self._groups.append(process.pid)
        printed, _ = process.communicate()
        if state.is_file():
            found = re.findall(r'^declare -x (\w+)="([^"]*)"$', state.read_text(encoding="utf-8"), re.M)
            self._variables = {name: value for name, value in found if name != "SHLVL"}
        # No page has a path of this computer.
        for path in (self.folder.resolve(), self.folder, paths.project_root()):
            printed = printed.replace(str(path), ".")
        return process.returncode, printed

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ, **self._variables,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "COLUMNS": _COLUMNS, "LC_ALL": "C.UTF-8",
        }  # fmt: skip


def check(path: Path, folder: Path, *, slow: bool) -> int:
    """Run a page's lines; without `slow` those that take seconds.

    Returns:
        How many were run.

    Raises:
        EmojicamError: one failed, or printed something else than the page shows.
    """
    count = 0
    with Shell(folder) as shell:
        for step in steps(path.read_text(encoding="utf-8")):
            if step.reason or (step.slow and not slow):
                continue
            status, printed = shell.run(step.command)
            count += 1
            where = f"{path.name}: {step.command}"
            if status != 0:
                raise EmojicamError(f"{where} ended with {status}: {printed.strip()[-2000:]}", "running it by hand")
            if not matches(step.shown, printed):
                raise EmojicamError(
                    f"{where} prints something else than the page shows: {printed[-3000:]}",
                    "python -m emojicam.docs.tutorial, which writes the page anew",
                )
    return count


def written(text: str, folder: Path, *, slow: bool = True) -> str:
    """A page with the outputs of now; without `slow` only of what takes seconds. What is left out (…) stays so."""
    with Shell(folder) as shell:

        def anew(block: re.Match[str]) -> str:
            mark = block["mark"] or ""
            if mark.startswith("not run: ") or (mark == "slow" and not slow):
                return block[0]
            body = ""
            for step in steps(block[0]):
                _, printed = shell.run(step.command)
                shown = refreshed(step.shown, printed)
                shown = "\n".join(_kept(printed)) if shown is None else shown
                typed = re.sub(r"\n> ?$", "\n>", step.command.replace("\n", "\n> "), flags=re.M)
                body += f"$ {typed}\n{shown}".rstrip("\n") + "\n"
            return f"<!-- {mark} -->\n```console\n{body}```" if mark else f"```console\n{body}```"

        return _BLOCK.sub(anew, text)


def main() -> None:
    names = [name for name in sys.argv[1:] if name != "--quick"]
    folder = paths.build_dir() / "tutorials"
    shutil.rmtree(folder, ignore_errors=True)
    for path in pages():
        if names and path.stem not in names:
            continue
        text = path.read_text(encoding="utf-8")
        path.write_text(written(text, folder / path.stem, slow="--quick" not in sys.argv), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main()
