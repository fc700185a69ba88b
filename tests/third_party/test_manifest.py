"""The manifest that is shipped, and what a wrong one says."""

from pathlib import Path

import pytest

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.third_party import Manifest, load
from emojicam.third_party.manifest import Take, glob_pattern, safe_path
from third_party import packages

#: SPDX identifiers that may be in a firmware under Apache-2.0.
ACCEPTED = {"Apache-2.0", "BSD-3-Clause", "MIT"}


@pytest.fixture(scope="module")
def shipped() -> Manifest:
    return load(paths.third_party_dir() / "manifest.toml")


def test_every_part_is_pinned_and_under_an_accepted_licence(shipped: Manifest) -> None:
    assert {part.name for part in shipped.part} >= {"tflite-micro", "cmsis-nn", "cmsis-core", "tinyusb"}
    for part in shipped.part:
        assert len(part.sha256) == 64
        assert part.licence in ACCEPTED
        assert all(bundled.licence in ACCEPTED for bundled in part.bundled)
        assert part.package_version in part.file


def test_every_part_is_ignored_by_git(shipped: Manifest) -> None:
    ignored = (paths.project_root() / ".gitignore").read_text().splitlines()
    for part in shipped.part:
        assert f"/firmware/third_party/{part.name}/" in ignored


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("sha256 = 'abc'", "tiny.sha256"),
        ("licence = ''", "tiny.licence"),
        ("registry = 'ftp'", "tiny.registry"),
        ("registry = 'debian'", "suite"),
        ("file = '../tiny.crate'", "tiny.file"),
        ("colour = 'red'", "tiny.colour"),
        ("take = []", "tiny.take"),
        ("take = [{from = 'a', to = '../b'}]", "'../b' is not a path inside a folder"),
        ("take = [{from = '/etc', to = 'b'}]", "'/etc' is not a path inside a folder"),
        ("licence = [", "is not TOML"),
    ],
)
def test_wrong_entry_is_named_in_one_line(tmp_path: Path, entry: str, line: str) -> None:
    fields = {
        "summary": "''",
        "version": "'1'",
        "licence": "'MIT'",
        "licence_file": "'LICENSE'",
        "registry": "'cargo'",
        "package": "'tiny'",
        "package_version": "'1'",
        "file": "'tiny-1.crate'",
        "sha256": f"'{'0' * 64}'",
        "take": "[{from = 'a', to = 'b'}]",
    }
    name, _, value = entry.partition(" = ")
    fields[name] = value
    text = "[[part]]\nname = 'tiny'\n" + "".join(f"{key} = {value}\n" for key, value in fields.items())
    path = tmp_path / "manifest.toml"
    path.write_text(text)
    with pytest.raises(EmojicamError) as caught:
        load(path)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_missing_manifest_says_so(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match=r"cannot read .*manifest\.toml"):
        load(tmp_path / "manifest.toml")


def test_name_used_twice_is_refused() -> None:
    part = packages.part(b"")
    with pytest.raises(ValueError, match="'tiny' is used twice"):
        Manifest(part=(part, part))


def test_unknown_name_lists_the_known_ones(shipped: Manifest) -> None:
    with pytest.raises(EmojicamError, match=r"no third-party part 'tensorflow'; try: one of tflite-micro, "):
        shipped.select(["tensorflow"])


@pytest.mark.parametrize(
    ("glob", "matching", "other"),
    [
        ("*.h", ["a.h", ".h"], ["a/b.h", "a.hh", "ah"]),
        ("**.h", ["a.h", "a/b/c.h"], ["a.cc"]),
        ("**/x.c", ["x.c", "a/x.c", "a/b/x.c"], ["ax.c"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab/c"]),
        ("a?.c", ["ab.c"], ["a/.c", "a.c"]),
        ("a+b.c", ["a+b.c"], ["aab.c"]),
    ],
)
def test_glob_matches_whole_paths_only(glob: str, matching: list[str], other: list[str]) -> None:
    pattern = glob_pattern(glob)
    assert all(pattern.fullmatch(path) for path in matching)
    assert not any(pattern.fullmatch(path) for path in other)


@pytest.mark.parametrize("path", ["", "/a", "..", "a/../b", "a\\b", "a\0b", "C:/a", "a\nb"])
def test_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is not a path inside a folder"):
        safe_path(path)


def test_take_leaves_neighbours_with_the_same_prefix_behind() -> None:
    take = Take.model_validate({"from": "lib/src", "to": "out"})
    assert take.matches("lib/src/a.c") == ["**"]
    assert take.destination("lib/src/a.c") == "out/a.c"
    assert not take.matches("lib/src2/a.c")
    assert not take.matches("lib/src.c")


def test_key_changes_with_checksum_and_takes_but_not_with_words() -> None:
    part = packages.part(b"one")
    assert packages.part(b"one", summary="other words").key == part.key
    assert packages.part(b"two").key != part.key
    assert packages.part(b"one", take=packages.TAKES[:1]).key != part.key
