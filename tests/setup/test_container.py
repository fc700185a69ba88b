"""The container for developers: it has the system packages of ci/debian, all of them, by the line that its file has."""

import json
import re
import subprocess

from emojicam import paths

ROOT = paths.project_root()
FILE = (ROOT / ".devcontainer" / "Containerfile").read_text(encoding="utf-8")


def test_the_containers_packages_are_those_of_the_lists() -> None:
    found = re.search(r"sed '([^']+)' /debian/\*\.txt", FILE)
    assert found
    lists = sorted((ROOT / "ci" / "debian").glob("*.txt"))
    done = subprocess.run(["sed", found[1], *lists], capture_output=True, text=True, check=True)
    packages = done.stdout.split("\n")[:-1]
    wanted = [
        line.split()[0]
        for path in lists
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]
    assert packages == wanted
    assert {"gcc-arm-none-eabi", "qemu-system-arm", "chromium", "clang-tidy"} <= set(packages)


def test_the_lists_are_in_what_the_image_is_built_from() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    assert container["build"] == {"dockerfile": "Containerfile", "context": ".."}
    assert "!ci/debian" in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
