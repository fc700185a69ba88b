"""ci/setup on a machine made of fakes: what it installs, when, and what it says if it can't."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from emojicam import paths

ROOT = paths.project_root()
TOOLS = [
    "cat",
    "dirname",
    "env",
    "flock",
    "grep",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sh",
    "sha256sum",
    "touch",
]
#: The file `installed` is dpkg's state; apt-get adds to it, from lists that `update` may have to fetch.
DPKG_QUERY = 'while read -r name; do echo "ii  $name"; done <"$STATE/installed"\necho "un  ghost"'
APT_CACHE = 'test -e "$STATE/lists"'
APT_GET = """
case " $* " in
*" --print-uris "*)
    echo "'http://debian/a.deb' a.deb 300000000 MD5Sum:00"
    echo "'http://debian/b.deb' b.deb 212000001 MD5Sum:00"
    exit 0
    ;;
esac
echo "apt-get $*" >>"$STATE/log"
case " $* " in
*" update "*) test ! -e "$STATE/no-network"; touch "$STATE/lists" "$STATE/fresh" ;;
*" install "*)
    if test -e "$STATE/stale" && ! test -e "$STATE/fresh"; then echo 'E: 404' >&2; exit 100; fi
    test ! -e "$STATE/no-network"
    for word; do
        case $word in -* | install | DPkg* | Dpkg*) ;; *) echo "$word" >>"$STATE/installed" ;; esac
    done
    ;;
esac
"""
#: `python3 -m venv` makes a .venv whose pip logs, and makes the command when it installs the package itself.
PYTHON = """
case "$*" in
-c*) test ! -e "$STATE/old-python" ;;
"-m venv --clear .venv")
    echo "venv" >>"$STATE/log"
    mkdir -p .venv/bin
    ln -sf "$STATE/bin/venv-python" .venv/bin/python
    ;;
esac
"""
VENV_PYTHON = """
case "$*" in
"-m pip --version") ;;
*)
    echo "pip $*" >>"$STATE/log"
    test ! -e "$STATE/no-network"
    case "$*" in *"-e ."*) ln -sf "$STATE/bin/sh" .venv/bin/emojicam ;; esac
    ;;
esac
"""


class Machine:
    """A checkout with ci/setup, and a PATH that holds nothing but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.checkout = folder / "checkout"
        self.state = folder / "state"
        self.bin = self.state / "bin"
        self.bin.mkdir(parents=True)
        (self.checkout / "ci").mkdir(parents=True)
        shutil.copy(ROOT / "ci/setup", self.checkout / "ci/setup")
        shutil.copy(ROOT / "pyproject.toml", self.checkout)
        for name in ("ci/debian", "requirements"):
            shutil.copytree(ROOT / name, self.checkout / name)
        for tool in TOOLS:
            found = shutil.which(tool)
            assert found, f"{tool} is not installed"
            (self.bin / tool).symlink_to(found)
        (self.state / "installed").write_text("libc6\n")
        (self.state / "lists").touch()
        self.fake("dpkg-query", DPKG_QUERY)
        self.fake("apt-cache", APT_CACHE)
        self.fake("apt-get", APT_GET)
        self.fake("python3", PYTHON)
        self.fake("venv-python", VENV_PYTHON)
        self.fake("id", "echo 0")

    def fake(self, name: str, script: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\nset -eu\n{script}\n")
        (self.bin / name).chmod(0o755)

    def setup(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        (self.state / "log").write_text("")
        return subprocess.run(
            ["ci/setup", *arguments],
            cwd=self.checkout,
            env={"PATH": str(self.bin), "STATE": str(self.state)},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            capture_output=True,
            text=True,
        )

    @property
    def log(self) -> list[str]:
        return (self.state / "log").read_text().splitlines()

    @property
    def installed(self) -> set[str]:
        return set((self.state / "installed").read_text().split())


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def listed(*names: str) -> set[str]:
    """Package names in lists of ci/debian."""
    lines = [line for name in names for line in (ROOT / f"ci/debian/{name}.txt").read_text().splitlines()]
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def succeed(done: "subprocess.CompletedProcess[str]") -> None:
    assert done.returncode == 0, done.stderr


def test_bare_machine_gets_every_package_and_the_environment(machine: Machine) -> None:
    fits = 'grep -qx python3-venv "$STATE/installed"'
    machine.fake("python3", PYTHON.replace('test ! -e "$STATE/old-python"', fits))
    succeed(machine.setup("run"))
    assert machine.installed >= listed("run")
    assert not machine.installed & (listed("test") - listed("run"))
    install, venv, requirements, package = machine.log
    assert "install -y --no-install-recommends gcc-arm-none-eabi" in install
    assert venv == "venv"
    assert "--require-hashes -r requirements/run.txt" in requirements
    assert "--no-deps --no-build-isolation -e ." in package


def test_what_is_fetched_is_said_before_with_its_size(machine: Machine) -> None:
    (machine.checkout / "requirements/megabytes").write_text("run 90\ndev 1000\n")
    done = machine.setup("run")
    succeed(done)
    packages, *_, requirements = done.stderr.splitlines()
    assert packages.endswith("(513 MB to fetch, 2 min at 50 Mbit/s)") and "installing system packages" in packages
    assert "run.txt into .venv (90 MB to fetch, 1 min at 50 Mbit/s, less what pip has kept)" in requirements


def test_sizes_of_requirements_are_those_of_make_lock() -> None:
    """In megabytes: `make lock` fetches everything and writes them."""
    sizes = dict(line.split() for line in (ROOT / "requirements/megabytes").read_text().splitlines())
    assert set(sizes) == {"run", "dev"}
    assert 50 < int(sizes["run"]) < int(sizes["dev"])


def test_sudo_that_wants_a_password_says_what_to_run(machine: Machine) -> None:
    """With nobody at a terminal: the session is a new one."""
    machine.fake("id", "echo 1000")
    machine.fake("sudo", "exit 1")
    line = last_line(machine.setup("run"))
    assert "a password that nobody is here to type; try: as root: apt-get install" in line and "cmake" in line


def test_without_root_where_everything_is_there_goes_on(machine: Machine) -> None:
    succeed(machine.setup("run"))
    shutil.rmtree(machine.checkout / ".venv")
    machine.fake("id", "echo 1000")
    succeed(machine.setup("run"))
    assert not any("apt-get" in line for line in machine.log)


def test_second_call_does_nothing(machine: Machine) -> None:
    succeed(machine.setup("run"))
    (machine.state / "no-network").touch()
    done = machine.setup("run")
    assert done.returncode == 0 and machine.log == [] and done.stderr == ""


def test_tools_of_the_users_own_are_not_installed_again(machine: Machine) -> None:
    for tool in ("cargo", "npm", "cmake", "ninja", "ccache", "make", "qemu-system-arm", "dfu-util"):
        machine.fake(tool, "exit 0")
    succeed(machine.setup("run"))
    assert machine.installed == {
        "libc6",
        "ca-certificates",
        "gcc-arm-none-eabi",
        "libnewlib-arm-none-eabi",
        "libstdc++-arm-none-eabi-newlib",
    }


def test_cargo_without_info_does_not_count(machine: Machine) -> None:
    machine.fake("cargo", 'test "$1" != info')
    succeed(machine.setup("run"))
    assert "cargo-web" in machine.installed


def test_package_that_was_removed_is_not_taken_for_installed(machine: Machine) -> None:
    (machine.checkout / "ci/debian/run.txt").write_text("ghost # removed, though dpkg knows its name\n")
    succeed(machine.setup("run"))
    assert "ghost" in machine.installed


def test_test_and_all_add_their_lists_and_the_developers_requirements(machine: Machine) -> None:
    succeed(machine.setup("test"))
    assert machine.installed >= (listed("run", "test") - {"python3-venv"})
    assert any("-r requirements/dev.txt" in line for line in machine.log)
    (machine.checkout / "ci/debian/web.txt").write_text("chromium # a later list\n")
    succeed(machine.setup("test"))
    assert machine.log == []
    succeed(machine.setup("all"))
    assert "chromium" in machine.installed


def test_run_after_test_keeps_the_developers_environment(machine: Machine) -> None:
    succeed(machine.setup("test"))
    succeed(machine.setup("run"))
    assert machine.log == []


@pytest.mark.parametrize("file", ["requirements/run.txt", "pyproject.toml"])
def test_changed_requirements_are_installed(machine: Machine, file: str) -> None:
    succeed(machine.setup("run"))
    with (machine.checkout / file).open("a") as stream:
        stream.write("# changed\n")
    succeed(machine.setup("run"))
    assert ["--require-hashes" in line for line in machine.log] == [True, False]


def test_absent_lists_are_fetched_first(machine: Machine) -> None:
    (machine.state / "lists").unlink()
    succeed(machine.setup("run"))
    assert [word for line in machine.log[:2] for word in line.split() if word in ("update", "install")] == [
        "update",
        "install",
    ]


def test_old_lists_are_fetched_after_the_first_failure(machine: Machine) -> None:
    (machine.state / "stale").touch()
    succeed(machine.setup("run"))
    words = [word for line in machine.log[:3] for word in line.split() if word in ("update", "install")]
    assert words == ["install", "update", "install"]


def test_known_lists_are_not_fetched(machine: Machine) -> None:
    succeed(machine.setup("run"))
    assert not any(" update" in line for line in machine.log)


def test_without_root_sudo_is_used(machine: Machine) -> None:
    machine.fake("id", "echo 1000")
    machine.fake("sudo", 'test "$*" != "-n true" || exit 0\necho "sudo $*" >>"$STATE/log"\nexec "$@"')
    succeed(machine.setup("run"))
    assert machine.log[0].startswith("sudo env DEBIAN_FRONTEND=noninteractive apt-get ")


def last_line(done: "subprocess.CompletedProcess[str]") -> str:
    assert done.returncode == 1
    return done.stderr.splitlines()[-1]


def test_neither_root_nor_sudo_says_what_to_run(machine: Machine) -> None:
    machine.fake("id", "echo 1000")
    line = last_line(machine.setup("run"))
    assert "neither root nor sudo" in line and "; try: as root: apt-get install" in line and "cmake" in line
    assert machine.log == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (("no-network",), "apt-get update failed; try: the network connection"),
        (
            ("old-python",),
            "no Python from 3.11 to 3.13 with venv on PATH; try: sudo apt-get install python3-venv",
        ),
    ],
)
def test_what_fails_is_said_last(machine: Machine, fault: tuple[str], said: str) -> None:
    (machine.state / fault[0]).touch()
    assert said in last_line(machine.setup("run"))


def test_interrupted_installation_is_done_again(machine: Machine) -> None:
    succeed(machine.setup("run"))
    shutil.rmtree(machine.checkout / ".venv")
    (machine.state / "no-network").touch()
    assert "pip could not install requirements/run.txt; try: the network" in last_line(machine.setup("run"))
    (machine.state / "no-network").unlink()
    succeed(machine.setup("run"))
    # The environment itself was complete.
    assert "venv" not in machine.log and len(machine.log) == 2


def test_another_system_is_told_and_goes_on(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    done = machine.setup("run")
    assert done.returncode == 0 and "this is no Debian" in done.stderr
    assert (machine.checkout / ".venv/bin/emojicam").exists()


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("run", "test")])
def test_wrong_usage_has_status_two(machine: Machine, arguments: tuple[str, ...]) -> None:
    done = machine.setup(*arguments)
    assert done.returncode == 2 and "usage: ci/setup run|test|docs|lint|all" in done.stderr


def test_has_python_agrees_with_this_python(machine: Machine) -> None:
    (machine.bin / "python3").unlink()
    assert machine.setup("has-python").returncode == 1
    (machine.bin / "python3").symlink_to(sys.executable)
    assert machine.setup("has-python").returncode == 0


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "ci/debian").glob("*.txt")))
def test_every_package_is_listed_once_with_a_reason(name: str) -> None:
    lines = [line for line in (ROOT / "ci/debian" / name).read_text().splitlines() if not line.startswith("#")]
    packages = [line.split()[0] for line in lines if line.strip()]
    assert len(packages) == len(set(packages))
    for line in filter(str.strip, lines):
        entry, _, reason = line.partition("#")
        assert reason.strip(), f"{line}: no reason"
        assert len(entry.split()) == 1 or entry.split()[1] == "unless", line


def test_developers_requirements_hold_everything_that_run_needs() -> None:
    lines = (ROOT / "requirements/dev.txt").read_text().splitlines()
    pinned = {line.partition("==")[0] for line in lines if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[^a-z0-9-]", requirement)[0] for requirement in project["dependencies"]}
    assert {"numpy", "typer"} <= needed <= pinned


def test_script_is_executable() -> None:
    assert os.access(ROOT / "ci/setup", os.X_OK) and os.access(ROOT / ".ci/run", os.X_OK)


def test_checkout_that_can_only_be_read_is_fine_where_nothing_is_missing(machine: Machine) -> None:
    """A file stands where build/ would be made: root may write into folders that say no."""
    (machine.checkout / "build").touch()
    line = last_line(machine.setup("run"))
    assert line == f"ci/setup: {machine.checkout} can't be written; try: a checkout of your own"
    (machine.checkout / "build").unlink()
    succeed(machine.setup("run"))
    shutil.rmtree(machine.checkout / "build")
    (machine.checkout / "build").touch()
    done = machine.setup("run")
    assert done.returncode == 0 and done.stderr == "" and machine.log == []
