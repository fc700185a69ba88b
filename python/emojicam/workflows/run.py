"""The ``run:`` steps of a job on this computer, in their order, as GitHub would run them.

Actions (``uses:``) are GitHub's own business: they are named and left out.
"""

import hashlib
import subprocess
from collections.abc import Mapping
from typing import Any

from emojicam import console, paths
from emojicam.errors import EmojicamError
from emojicam.workflows import expression


class Job:
    """One job of a workflow.

    Args:
        workflow: as read by `check.load`.
        name: of the job.
        environment: in which it runs; secrets and variables are looked up here by their names, too.
    """

    def __init__(self, workflow: dict[str, Any], name: str, environment: Mapping[str, str]) -> None:
        jobs = workflow["jobs"]
        if name not in jobs:
            raise EmojicamError(f"the workflow has no job {name}", f"one of {', '.join(jobs)}")
        self._job = jobs[name]
        if "strategy" in self._job:
            raise EmojicamError(f"job {name} has a matrix, which is not run here", "a job without strategy")
        self._failed = False
        self._outer = dict(environment)
        root = str(paths.project_root())
        self._contexts: dict[str, Any] = {
            "github": {"workspace": root, "event_name": "push", "ref": "refs/heads/main", "ref_name": "main"},
            "runner": {"os": "Linux", "arch": "X64"},
            "secrets": self._outer,
            "vars": self._outer,
            "env": {},
        }
        for table in (workflow, self._job):
            self._contexts["env"] = self._with(table)

    def run(self) -> int:
        """Run it.

        Returns:
            How many steps ran.

        Raises:
            EmojicamError: a step failed; those with ``always()`` or ``failure()`` have run nevertheless.
        """
        count, first = 0, ""
        for number, step in enumerate(self._job["steps"], 1):
            title = step.get("name") or step.get("run") or step["uses"]
            if not self._wanted(step):
                console.step(f"step {number} left out by its condition: {title}")
            elif "uses" in step:
                console.step(f"step {number} left out, an action of GitHub's: {title}")
            else:
                console.step(f"step {number}: {title}")
                status = self._execute(step)
                count += 1
                if status:
                    self._failed = True
                    first = first or f"step {number} ({title}) ended with status {status}"
        if first:
            raise EmojicamError(first, "the lines above say why")
        return count

    def _wanted(self, step: dict[str, Any]) -> bool:
        condition = str(step.get("if", "success()")).removeprefix("${{").removesuffix("}}")
        explicit = any(f"{name}()" in condition for name in ("always", "failure", "cancelled", "success"))
        if self._failed and not explicit:
            return False
        return expression.truth(self._value(condition))

    def _execute(self, step: dict[str, Any]) -> int:
        environment = {**self._outer, **self._with(step)}
        command = expression.substitute(step["run"], self._value)
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command], cwd=paths.project_root(), env=environment
        ).returncode

    def _with(self, table: dict[str, Any]) -> dict[str, str]:
        added = {key: expression.substitute(str(value), self._value) for key, value in table.get("env", {}).items()}
        return {**self._contexts["env"], **added}

    def _value(self, text: str) -> Any:
        return expression.evaluate(text, self._contexts, self._call)

    def _call(self, name: str, arguments: list[Any]) -> Any:
        match name:
            case "always":
                return True
            case "success":
                return not self._failed
            case "failure":
                return self._failed
            case "cancelled":
                return False
            case "contains":
                return expression.as_text(arguments[1]).casefold() in expression.as_text(arguments[0]).casefold()
            case "startsWith":
                return expression.as_text(arguments[0]).casefold().startswith(str(arguments[1]).casefold())
            case "endsWith":
                return expression.as_text(arguments[0]).casefold().endswith(str(arguments[1]).casefold())
            case "hashFiles":
                files = sorted({file for item in arguments for file in paths.project_root().glob(str(item))})
                return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
            case _:
                raise EmojicamError(f"the function {name}() of GitHub's is not known here", "a script in ci/")
