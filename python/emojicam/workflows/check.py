"""Our rules for workflows, beside GitHub's own: what can't drift, can't be moved, and can't do more than it must."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from emojicam import paths
from emojicam.errors import EmojicamError
from emojicam.workflows import expression

_TOP = {"name", "on", "permissions", "concurrency", "env", "jobs", "defaults", "run-name"}
_JOB = {
    "name", "needs", "if", "runs-on", "permissions", "env", "steps", "timeout-minutes", "strategy", "outputs",
    "concurrency", "environment", "services", "container", "continue-on-error",
}  # fmt: skip
_STEP = {"name", "id", "if", "uses", "with", "run", "env", "shell", "working-directory", "timeout-minutes"}
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def workflows_dir() -> Path:
    return paths.project_root() / ".github" / "workflows"


def load(path: Path) -> dict[str, Any]:
    """Read a workflow.

    Raises:
        EmojicamError: it is missing or no YAML.
    """
    import yaml  # type: ignore[import-untyped]

    try:
        # YAML 1.1 reads the key `on` as true.
        text = re.sub(r"^on:", '"on":', path.read_text(encoding="utf-8"), count=1, flags=re.M)
        workflow = yaml.safe_load(text)
    except OSError:
        names = ", ".join(sorted(item.name for item in workflows_dir().glob("*.yml")))
        raise EmojicamError(f"there is no workflow {path.name}", f"one of {names}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise EmojicamError(
            f"{path.name}{where} is not YAML: {getattr(error, 'problem', error)}", "its syntax"
        ) from None
    if not isinstance(workflow, dict) or not isinstance(workflow.get("jobs"), dict):
        raise EmojicamError(f"{path.name} has no jobs", "a workflow of GitHub Actions")
    return workflow


def problems(workflow: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a workflow, a line each."""
    yield from _unknown("the workflow", workflow, _TOP)
    for key in ("on", "permissions", "concurrency"):
        if key not in workflow:
            yield f"the workflow has no {key}"
    if workflow.get("permissions") not in ({"contents": "read"}, {}):
        yield "the workflow's permissions are more than contents: read; give a job what it needs"
    for text in _texts(workflow):
        yield from _expressions(text)
    for name, job in workflow["jobs"].items():
        yield from _job(name, job, set(workflow["jobs"]))


def _job(name: str, job: dict[str, Any], jobs: set[str]) -> Iterator[str]:
    yield from _unknown(f"job {name}", job, _JOB)
    for key in ("runs-on", "timeout-minutes", "steps"):
        if key not in job:
            yield f"job {name} has no {key}"
    needs = job.get("needs", [])
    for needed in [needs] if isinstance(needs, str) else needs:
        if needed not in jobs:
            yield f"job {name} needs {needed}, which there is not"
    if "if" in job:
        yield from _condition(job["if"])
    for number, step in enumerate(job.get("steps", []), 1):
        where = f"job {name}, step {number}"
        yield from _unknown(where, step, _STEP)
        if ("uses" in step) == ("run" in step):
            yield f"{where} has to have either uses or run"
        if "uses" in step and not _PINNED.fullmatch(step["uses"]):
            yield f"{where}: {step['uses']} is not pinned by its commit"
        if "run" in step:
            yield from _command(where, step["run"])
        if "if" in step:
            yield from _condition(step["if"])


def _command(where: str, command: str) -> Iterator[str]:
    """A make target or a script of ours: what is run elsewhere is the same."""
    words = command.split()
    if "\n" in command.strip() or re.search(r"[;&|<>`$]", command) or not words:
        yield f"{where}: more than one command; a script in ci/ can be run everywhere"
    elif words[0] == "make":
        makefile = (paths.project_root() / "Makefile").read_text(encoding="utf-8")
        for target in (word for word in words[1:] if "=" not in word):
            if not re.search(rf"^{re.escape(target)}:", makefile, re.M):
                yield f"{where}: there is no make target {target}"
    elif not re.match(r"\.?ci/", words[0]) or not os.access(paths.project_root() / words[0], os.X_OK):
        yield f"{where}: {words[0]} is neither make nor an executable script of ci/"


def _condition(text: object) -> Iterator[str]:
    if isinstance(text, str) and "${{" not in text:
        yield from _expressions("${{" + text + "}}")


def _expressions(text: str) -> Iterator[str]:
    try:
        for item in expression.find(text):
            expression.check(item)
    except expression.BadExpression as error:
        yield f"{text.strip()[:60]!r}: {error}"


def _unknown(where: str, table: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in table:
        if key not in known:
            yield f"{where} has an unknown key {key}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
