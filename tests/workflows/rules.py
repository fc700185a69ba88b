"""Our rules for workflows, beside GitHub's own: what can't drift, can't be moved, and can't do more than it must."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from emojicam import paths

FOLDER = paths.project_root() / ".github" / "workflows"
#: What a bare Debian lacks for the checkout and for make; the first step of each job in one.
BARE = "apt-get update -q && apt-get install -yq --no-install-recommends ca-certificates git make"
#: The jobs that run on GitHub's own image: nothing in them needs a package of ci/debian.
ON_THE_RUNNER = {"publish"}
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
_DEBIAN_12 = re.compile(r"debian:12-slim@sha256:[0-9a-f]{64}")


def load(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    text = re.sub(r"^on:", '"on":', path.read_text(encoding="utf-8"), count=1, flags=re.M)
    workflow = yaml.safe_load(text)
    assert isinstance(workflow, dict)
    return workflow


def targets() -> set[str]:
    """The targets of the Makefile."""
    text = (paths.project_root() / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", text, re.M))


def problems(workflow: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a workflow, a line each."""
    for key in ("name", "on", "permissions", "concurrency"):
        if key not in workflow:
            yield f"the workflow has no {key}"
    if workflow.get("permissions") not in ({"contents": "read"}, {}):
        yield "the workflow's permissions are more than contents: read; give a job what it needs"
    for name, job in workflow["jobs"].items():
        yield from (f"job {name}: {line}" for line in _job(name, job, set(workflow["jobs"])))


def _job(name: str, job: dict[str, Any], jobs: set[str]) -> Iterator[str]:
    for key in ("runs-on", "timeout-minutes", "steps"):
        if key not in job:
            yield f"it has no {key}"
    needs = job.get("needs", [])
    for needed in [needs] if isinstance(needs, str) else needs:
        if needed not in jobs:
            yield f"it needs {needed}, which there is not"
    steps = job.get("steps", [])
    if name not in ON_THE_RUNNER:
        if not _DEBIAN_12.fullmatch(str(job.get("container", ""))):
            yield "it does not run in Debian 12, pinned by its digest"
        if not steps or steps[0] != {"run": BARE}:
            yield "its first step is not what a bare Debian lacks"
        steps = steps[1:]
    for number, step in enumerate(steps, 1):
        yield from (f"step {number}: {line}" for line in _step(step))


def _step(step: dict[str, Any]) -> Iterator[str]:
    if ("uses" in step) == ("run" in step):
        yield "it has to have either uses or run"
    if "uses" in step and not _PINNED.fullmatch(step["uses"]):
        yield f"{step['uses']} is not pinned by its commit"
    if "run" in step:
        found = re.fullmatch(r"make ([a-z-]+)(?: [A-Z]+=[\w.-]+)*", step["run"])
        if not found:
            yield f"{step['run']!r} is not one make target"
        elif found[1] not in targets():
            yield f"there is no make target {found[1]}"
