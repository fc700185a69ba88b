"""Each registry's client: how it is called, and what is said when it can't be."""

import hashlib
from pathlib import Path

import pytest

from emojicam.errors import EmojicamError
from emojicam.third_party.registries import CLIENTS, debian
from third_party import packages

CRATE = packages.part(b"crate")
NPM = packages.part(b"npm", registry="npm", package="@tiny/core", package_version="1.0", file="tiny-core-1.0.tgz")
DEB = packages.part(b"deb", registry="debian", suite="trixie", file="tiny_1.0_all.deb")
PART = {"cargo": CRATE, "npm": NPM, "debian": DEB}


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with the basic tools and our fakes in front; a home of its own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose sources are one mirror."""
    folder = tmp_path / "apt"
    folder.mkdir()
    (folder / "sources.list").write_text("deb http://mirror.example/debian bookworm main\n")
    monkeypatch.setattr(debian, "_APT", folder)
    monkeypatch.setattr(debian, "codename", lambda: "bookworm")
    return folder


@pytest.mark.parametrize(("registry", "package"), [("cargo", "cargo-web"), ("npm", "npm"), ("debian", "apt")])
def test_missing_client_names_the_package_that_has_it(
    into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: str, package: str, apt: Path
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CARGO_HOME", str(tmp_path / "cargo"))
    with pytest.raises(EmojicamError, match=rf"is not installed; try: sudo apt-get install {package}\b"):
        CLIENTS[registry](PART[registry], into)


def test_missing_pip_says_how_to_get_it(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EmojicamError, match=r"has no pip; try: .* -m ensurepip"):
        CLIENTS["pypi"](packages.part(b"", registry="pypi"), into)


@pytest.mark.parametrize(("registry", "client"), [("cargo", "cargo"), ("npm", "npm"), ("debian", "apt-get")])
def test_unreachable_registry_is_one_line_with_the_file_to_bring(
    tools: Path, into: Path, registry: str, client: str, apt: Path
) -> None:
    packages.executable(tools, client, "echo 'error: could not resolve host' >&2; exit 101")
    part = PART[registry]
    with pytest.raises(EmojicamError) as caught:
        CLIENTS[registry](part, into)
    line = str(caught.value)
    assert f"cannot fetch {part.package} {part.package_version} (exit status 101)" in line
    assert "could not resolve host" in line and "--from-dir" in line and part.file in line
    assert "\n" not in line


def test_unreachable_index_of_pip_is_one_line(into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(into))
    part = packages.part(b"", registry="pypi", package="emojicam-no-such", file="emojicam_no_such-1.0.whl")
    with pytest.raises(EmojicamError, match=r"cannot fetch emojicam-no-such 1\.0 .*Could not find a version"):
        CLIENTS["pypi"](part, into)


def test_cargo_leaves_the_crate_in_its_own_cache(tools: Path, into: Path, tmp_path: Path) -> None:
    packages.executable(
        tools,
        "cargo",
        'echo "$@" >>"$LOG"; mkdir -p "$CARGO_HOME/registry/cache/i"\n'
        'printf crate >"$CARGO_HOME/registry/cache/i/tiny-1.0.crate"',
    )
    first, second = CLIENTS["cargo"](CRATE, into), CLIENTS["cargo"](CRATE, into)
    assert first == second and first.read_bytes() == b"crate"
    # The second needs no call, so that it works offline.
    assert (tmp_path / "log").read_text() == "info --quiet tiny@1.0\n"


def test_old_cargo_says_which_one_has_info(tools: Path, into: Path) -> None:
    packages.executable(tools, "cargo", "echo 'error: no such subcommand: `info`' >&2; exit 101")
    with pytest.raises(EmojicamError, match=r"this cargo has no `info`.*; try: .*cargo-web"):
        CLIENTS["cargo"](CRATE, into)


def test_npm_packs_without_running_scripts(tools: Path, into: Path, tmp_path: Path) -> None:
    packages.executable(tools, "npm", 'echo "$@" >>"$LOG"; printf npm >tiny-core-1.0.tgz')
    assert CLIENTS["npm"](NPM, into).read_bytes() == b"npm"
    call = (tmp_path / "log").read_text().split()
    assert call[0] == "pack" and "--ignore-scripts" in call and call[-1] == "@tiny/core@1.0"


def test_client_that_fetches_something_else_is_told_apart(tools: Path, into: Path) -> None:
    packages.executable(tools, "npm", "printf npm >tiny-core-1.1.tgz")
    with pytest.raises(EmojicamError, match=r"npm fetched tiny-core-1\.1\.tgz instead of tiny-core-1\.0"):
        CLIENTS["npm"](NPM, into)


def test_pip_downloads_one_wheel_without_dependencies(
    into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    links = tmp_path / "links"
    links.mkdir()
    info = "tiny-1.0.dist-info"
    metadata = b"Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\nRequires-Dist: no-such-thing\n"
    content = packages.wheel(
        {
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            f"{info}/RECORD": b"",
        }
    )
    file = "tiny-1.0-py3-none-any.whl"
    (links / file).write_bytes(content)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(links))
    part = packages.part(content, registry="pypi", file=file)
    fetched = CLIENTS["pypi"](part, into)
    assert hashlib.sha256(fetched.read_bytes()).hexdigest() == part.sha256
    assert [path.name for path in into.iterdir()] == [file]


FAKE_APT = r"""
for word; do
    case $word in
    -oDir::Etc::SourceList=*) list=${word#*=} ;;
    -oDir::State::Lists=* | -oDir::Cache=*) test -w "${word#*=}" ;;
    update)
        cat "$list" >>"$LOG"
        grep -q "$GOOD" "$list" || { echo 'E: no such mirror, an error' >&2; exit 100; }
        ;;
    download) download=1 ;;
    esac
done
if [ "${download-}" ]; then echo "download $word" >>"$LOG"; printf deb >tiny_1.0_all.deb; fi
"""


def test_apt_uses_private_lists_and_the_machines_mirror(
    tools: Path, into: Path, apt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages.executable(tools, "apt-get", FAKE_APT)
    monkeypatch.setenv("GOOD", "mirror.example")
    package = CLIENTS["debian"](DEB, into)
    assert package.read_bytes() == b"deb" and package.is_relative_to(into)
    said = (tmp_path / "log").read_text()
    assert "URIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\n" in said
    assert said.endswith("download tiny=1.0\n")


def test_apt_tries_the_next_source_of_the_machine(
    tools: Path, into: Path, apt: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (apt / "sources.list").open("a") as stream:
        stream.write("deb http://second.example/debian bookworm main\n")
    packages.executable(tools, "apt-get", FAKE_APT)
    monkeypatch.setenv("GOOD", "second.example")
    assert CLIENTS["debian"](DEB, into).read_bytes() == b"deb"


def test_no_source_of_debian_says_so(tools: Path, into: Path, apt: Path) -> None:
    (apt / "sources.list").write_text("deb http://mirror.example/other other main\n")
    packages.executable(tools, "apt-get", "exit 0")
    with pytest.raises(EmojicamError, match=r"no source of Debian's archive in .*; try: .*--from-dir"):
        CLIENTS["debian"](DEB, into)
    assert not list(into.iterdir())
