"""The summary of coverage reports."""

import subprocess
from pathlib import Path

from emojicam import paths

SCRIPT = paths.project_root() / "ci" / "least-covered"


def _report(path: Path, files: dict[str, list[int]]) -> Path:
    classes = "".join(
        f'<class filename="{name}"><lines>'
        + "".join(f'<line number="{number}" hits="{hits}"/>' for number, hits in enumerate(lines, 1))
        + "</lines></class>"
        for name, lines in files.items()
    )
    path.write_text(f"<coverage><packages><package><classes>{classes}</classes></package></packages></coverage>")
    return path


def test_the_files_with_the_most_lines_missed_come_first(tmp_path: Path) -> None:
    report = _report(tmp_path / "cpp.xml", {"a.cc": [1, 0], "b.cc": [0, 0, 0, 4], "whole.cc": [1, 1]})
    done = subprocess.run([SCRIPT, report], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("### cpp: 50.0 % of 8 lines")
    rows = [line for line in done.stdout.splitlines() if line.startswith("| ") and ".cc" in line]
    assert rows == ["| b.cc | 25 % | 3 |", "| a.cc | 50 % | 1 |"]


def test_a_report_that_is_missing_empty_or_cut_off_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "cut.xml").write_text("<coverage><pack")
    for path in (tmp_path / "none.xml", tmp_path / "cut.xml", _report(tmp_path / "empty.xml", {})):
        done = subprocess.run([SCRIPT, path], capture_output=True, text=True)
        assert done.returncode == 1
        (line,) = done.stderr.splitlines()
        assert path.name in line and "; try: " in line
