"""What is inside a package, and packages that lie about it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.third_party.archives import members
from third_party import packages

FORMATS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "p.crate": packages.tar,
    "p.tgz": packages.tar,
    "p.whl": packages.wheel,
    "p.deb": packages.deb,
}


def read(path: Path) -> dict[str, bytes | None]:
    return {member.path: member.read() if member.read else None for member in members(path)}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_its_files_back(tmp_path: Path, name: str) -> None:
    package = tmp_path / name
    package.write_bytes(FORMATS[name](packages.FILES))
    assert read(package) == packages.FILES


@pytest.mark.parametrize("evil", ["../evil", "/evil", "a/../../evil", "a\\..\\evil"])
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "p.deb"])
def test_path_out_of_the_package_is_refused(tmp_path: Path, name: str, evil: str) -> None:
    package = tmp_path / name
    package.write_bytes(FORMATS[name]({"good": b"", evil: b"x"}))
    with pytest.raises(EmojicamError, match=rf"{name} holds an unsafe path"):
        read(package)


def test_path_out_of_a_deb_is_refused(tmp_path: Path) -> None:
    package = tmp_path / "p.deb"
    package.write_bytes(packages.deb({"../evil": b"x"}))
    with pytest.raises(EmojicamError, match=r"p\.deb holds an unsafe path"):
        read(package)


def test_links_have_no_content(tmp_path: Path) -> None:
    package = tmp_path / "p.tgz"
    package.write_bytes(packages.tar({}, links={"link": "/etc/passwd"}))
    assert read(package) == {"link": None}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("kept", [0, 1, 40, -30, -1])
def test_truncated_package_is_one_line_and_never_more_than_its_files(tmp_path: Path, name: str, kept: int) -> None:
    # A content that doesn't compress, so that the cut is inside of it and not in padding.
    noise = bytes(i * i * 7919 % 251 for i in range(5000))
    package = tmp_path / name
    package.write_bytes(FORMATS[name]({"a": noise})[:kept])
    try:
        found = read(package)
    except EmojicamError as error:
        assert name in str(error) and "\n" not in str(error)
    else:
        # Only the trailer after the last file was cut off.
        assert kept < 0 and found == {"a": noise}


def test_other_format_is_named(tmp_path: Path) -> None:
    (tmp_path / "p.rar").write_bytes(b"")
    with pytest.raises(EmojicamError, match=r"p\.rar is of no known package format"):
        read(tmp_path / "p.rar")
