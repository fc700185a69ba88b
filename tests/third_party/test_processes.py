"""Two processes that fill at once, and one that is killed."""

import os
import subprocess
import sys
from pathlib import Path

from third_party import packages

#: Fills a store whose client waits until someone opens the other end of a named pipe.
CHILD = """
import os, signal, sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
from emojicam.third_party import unpack
from third_party import packages

folder, mode = Path(sys.argv[1]), sys.argv[2]
package = (folder / "package").read_bytes()

class Registry(packages.FakeRegistry):
    def __call__(self, part, into):
        with (folder / "calls").open("a") as log:
            log.write("call\\n")
        if mode == "wait":
            (folder / "pipe").read_bytes()
        return super().__call__(part, into)

if mode == "die":
    real = unpack.Path.write_bytes
    def write_bytes(self, data):
        if self.name == "b.h":
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, data)
    unpack.Path.write_bytes = write_bytes

packages.store(folder, packages.part(package), registry=Registry(package)).ensure()
"""


def start(folder: Path, mode: str) -> subprocess.Popen[str]:
    script = CHILD.format(tests=str(Path(__file__).parents[1]))
    return subprocess.Popen([sys.executable, "-c", script, str(folder), mode], stderr=subprocess.PIPE, text=True)


def lines_until(process: subprocess.Popen[str], word: str) -> str:
    """What a process says on stderr up to a word; fails if it ends without it."""
    assert process.stderr is not None
    said = ""
    for line in process.stderr:
        said += line
        if word in line:
            return said
    raise AssertionError(f"{word!r} is not in: {said}")


def test_second_process_waits_and_finds_it_done(tmp_path: Path) -> None:
    (tmp_path / "package").write_bytes(packages.tar(packages.FILES))
    os.mkfifo(tmp_path / "pipe")
    with start(tmp_path, "wait") as first:
        lines_until(first, "fetching")
        with start(tmp_path, "wait") as second:
            lines_until(second, "waiting: another process fills")
            (tmp_path / "pipe").write_bytes(b"go")
            assert first.wait() == 0 and second.wait() == 0
    assert (tmp_path / "calls").read_text() == "call\n"
    assert set(packages.tree(tmp_path / "third_party" / "tiny")) == {"LICENSE", "src/a.c", "src/deep/b.h"}


def test_killed_process_leaves_nothing_half(tmp_path: Path) -> None:
    package = packages.tar(packages.FILES)
    (tmp_path / "package").write_bytes(package)
    with start(tmp_path, "die") as killed:
        assert killed.wait() == -9
    root = tmp_path / "third_party"
    assert not (root / "tiny").exists() and (root / ".staging" / "tiny" / "src" / "a.c").exists()
    with start(tmp_path, "go") as next_one:
        assert next_one.wait() == 0
    assert {path.name for path in root.iterdir()} == {".lock", "tiny"}
    assert set(packages.tree(root / "tiny")) == {"LICENSE", "src/a.c", "src/deep/b.h"}
