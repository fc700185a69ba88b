"""Workflows: ours keep the rules, and what breaks them is named."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from emojicam import paths
from workflows import rules

WORKFLOWS = sorted(rules.FOLDER.glob("*.yml"))
PIN = "a/b@" + "0" * 40
DEBIAN = "debian:12-slim@sha256:" + "0" * 64


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_our_workflows_keep_the_rules(path: Path) -> None:
    assert list(rules.problems(rules.load(path))) == []


def test_there_are_workflows() -> None:
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "avh.yml", "docs.yml", "nightly.yml", "release.yml"}


def test_only_the_jobs_that_publish_may_write() -> None:
    for path in WORKFLOWS:
        for name, job in rules.load(path)["jobs"].items():
            writes = "write" in str(job.get("permissions", ""))
            assert writes == ((path.name, name) in {("release.yml", "publish"), ("docs.yml", "publish")})


def test_an_action_and_the_system_have_the_same_pin_everywhere() -> None:
    jobs = [job for path in WORKFLOWS for job in rules.load(path)["jobs"].values()]
    used = {step["uses"] for job in jobs for step in job["steps"] if "uses" in step}
    actions = [name.partition("@")[0] for name in used]
    assert len(actions) == len(set(actions)) > 4
    assert len({job["container"] for job in jobs if "container" in job}) == 1


def test_publishing_is_refused_where_there_is_no_tag() -> None:
    done = subprocess.run(
        [paths.project_root() / "ci" / "publish"], env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "; try: " in done.stderr


def _workflow(*steps: dict[str, Any], **job: Any) -> dict[str, Any]:
    first = {"run": rules.BARE}
    return {
        "name": "w", "on": "push", "permissions": {"contents": "read"}, "concurrency": {"group": "g"},
        "jobs": {
            "one": {"runs-on": "x", "container": DEBIAN, "timeout-minutes": 5, "steps": [first, *steps], **job}
        },
    }  # fmt: skip


def test_what_keeps_the_rules_is_told_nothing() -> None:
    good = _workflow({"uses": PIN}, {"run": "make avh BACKEND=local", "if": "always()", "env": {"A": "b"}})
    assert list(rules.problems(good)) == []


@pytest.mark.parametrize(
    ("workflow", "says"),
    [
        (_workflow({"uses": "a/b@v4"}), "not pinned"),
        (_workflow({"uses": PIN[:-1]}), "not pinned"),
        (_workflow({"run": "pip install x"}), "not one make target"),
        (_workflow({"run": "make lint; rm x"}), "not one make target"),
        (_workflow({"run": "make lint test"}), "not one make target"),
        (_workflow({"run": "make lint\nmake test"}), "not one make target"),
        (_workflow({"run": "ci/setup run"}), "not one make target"),
        (_workflow({"run": "make no-such-target"}), "no make target no-such-target"),
        (_workflow({"run": "make lint", "uses": PIN}), "either uses or run"),
        (_workflow({"run": "make lint"}, container="debian:12-slim"), "not run in Debian 12, pinned"),
        (_workflow({"run": "make lint"}, steps=[{"run": "make lint"}]), "not what a bare Debian lacks"),
        (_workflow(needs="two"), "needs two"),
        ({**_workflow(), "permissions": "write-all"}, "more than contents: read"),
        ({key: value for key, value in _workflow().items() if key != "concurrency"}, "no concurrency"),
        (
            {**_workflow(), "jobs": {"one": {"runs-on": "x", "container": DEBIAN, "steps": [{"run": rules.BARE}]}}},
            "no timeout-minutes",
        ),
    ],
)
def test_what_breaks_a_rule_is_named(workflow: dict[str, Any], says: str) -> None:
    assert any(says in line for line in rules.problems(workflow))
