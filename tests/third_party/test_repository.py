"""Nothing in the repository names a registry's host or a path of somebody's machine."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from emojicam import paths

#: In pieces, so that this file passes too.
HOSTS = [
    r"crates\." + "io",
    r"docs\." + r"rs\b",
    r"pypi\." + "org",
    r"pythonhosted\." + "org",
    r"npmjs\." + "(?:org|com)",
    r"debian\." + "org",
    r"(?:archive|ports)\.ubuntu\." + "com",
]
FOLDERS = ["work", "root", r"home/\w+", "tmp", "Users"]
#: A path begins where no name, variable or host goes on; "${TMPDIR:-..." is a default, no path of ours.
PATTERNS = {
    "registry host": re.compile(r"(?i)(?<![a-z0-9-])(?:" + "|".join(HOSTS) + ")"),
    "machine path": re.compile(r"(?<![\w.~@$})%*:/-])/(?:" + "|".join(FOLDERS) + r")(?:/|\b(?![\w.-]))"),
}


def committed() -> Iterator[tuple[Path, str]]:
    """Every text file that is tracked or would be: path in the repository, content."""
    root = paths.project_root()
    options = ["-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", *options], cwd=root, capture_output=True)
    if listed.returncode != 0:
        pytest.skip(f"not a git checkout: {listed.stderr.decode().strip()}")
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        content = path.read_bytes() if path.is_file() else b""
        if b"\0" not in content:
            yield Path(name), content.decode("utf-8", "replace")


@pytest.mark.parametrize("what", PATTERNS)
def test_no_committed_file_names(what: str) -> None:
    files = dict(committed())
    assert len(files) > 20
    found = [
        f"{path}:{number}: {line.strip()[:120]}"
        for path, text in files.items()
        for number, line in enumerate(text.splitlines(), 1)
        if PATTERNS[what].search(line)
    ]
    assert not found, "\n".join([f"{what} in:", *found])


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("registry host", "https://static.crates" + ".io/x"),
        ("registry host", "index-url = https://pypi" + ".org/simple"),
        ("registry host", "registry.npmjs" + ".org"),
        ("registry host", "deb http://deb.debian" + ".org/debian trixie main"),
        ("machine path", "cd /" + "work/main"),
        ("machine path", '"/' + 'tmp/out"'),
        ("machine path", "=/" + "home/me/x"),
        ("machine path", "/" + "root/.cache"),
    ],
)
def test_pattern_finds_what_it_is_for(what: str, line: str) -> None:
    assert PATTERNS[what].search(line)


@pytest.mark.parametrize(
    "line",
    ["build/tmp/x", "https://a.example/" + "home/me", "the/root/of", "${TMPDIR:-/" + "tmp}", "/workspace/x"],
)
def test_pattern_leaves_others_alone(line: str) -> None:
    assert not any(pattern.search(line) for pattern in PATTERNS.values())
