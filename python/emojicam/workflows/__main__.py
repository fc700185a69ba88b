"""``python -m emojicam.workflows WORKFLOW JOB``, behind ``ci/run-job``; without arguments it checks all workflows."""

import os
import sys

from emojicam import console
from emojicam.errors import EmojicamError
from emojicam.workflows import check, run


def main(arguments: list[str]) -> None:
    if len(arguments) == 2:
        job = run.Job(check.load(check.workflows_dir() / arguments[0]), arguments[1], os.environ)
        console.step(f"{arguments[0]}, {arguments[1]}: passed, run: steps executed: {job.run()}")
        return
    if arguments:
        console.err.print("usage: ci/run-job WORKFLOW JOB", markup=False)
        sys.exit(2)
    found = [
        f"{path.name}: {line}"
        for path in sorted(check.workflows_dir().glob("*.yml"))
        for line in check.problems(check.load(path))
    ]
    for line in found:
        console.err.print(line, markup=False, soft_wrap=True)
    if found:
        raise EmojicamError(f"{len(found)} problems in the workflows", "the lines above")


try:
    main(sys.argv[1:])
except EmojicamError as error:
    console.err.print(f"emojicam: {error}", markup=False, style="red", soft_wrap=True)
    sys.exit(1)
