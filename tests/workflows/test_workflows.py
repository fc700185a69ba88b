"""Workflows: ours keep the rules, what breaks them is named, and a job's steps run here as on GitHub."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from emojicam.errors import EmojicamError
from emojicam.workflows import check, expression
from emojicam.workflows.run import Job

WORKFLOWS = sorted(check.workflows_dir().glob("*.yml"))
PIN = "a/b@" + "0" * 40


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_our_workflows_keep_the_rules(path: Path) -> None:
    assert list(check.problems(check.load(path))) == []


def test_there_are_workflows() -> None:
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "avh.yml", "nightly.yml", "release.yml"}


def test_only_the_job_that_publishes_may_write() -> None:
    for path in WORKFLOWS:
        for name, job in check.load(path)["jobs"].items():
            writes = "write" in str(job.get("permissions", ""))
            assert writes == ((path.name, name) == ("release.yml", "publish"))


def test_an_action_has_the_same_commit_everywhere() -> None:
    used = {
        step["uses"]
        for path in WORKFLOWS
        for job in check.load(path)["jobs"].values()
        for step in job["steps"]
        if "uses" in step
    }
    actions = [name.partition("@")[0] for name in used]
    assert len(actions) == len(set(actions)) > 4


def test_publishing_is_refused_where_there_is_no_tag() -> None:
    done = subprocess.run(
        [check.workflows_dir().parents[1] / "ci" / "publish"], env={"PATH": "/usr/bin:/bin"}, capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert "; try: " in done.stderr


def _workflow(*steps: dict[str, Any], **job: Any) -> dict[str, Any]:
    return {
        "on": "push", "permissions": {"contents": "read"}, "concurrency": {"group": "g"},
        "jobs": {"one": {"runs-on": "x", "timeout-minutes": 5, "steps": list(steps), **job}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("workflow", "says"),
    [
        (_workflow({"uses": "a/b@v4"}), "not pinned"),
        (_workflow({"uses": PIN[:-1]}), "not pinned"),
        (_workflow({"run": "pip install x"}), "neither make nor"),
        (_workflow({"run": "make lint; rm x"}), "more than one command"),
        (_workflow({"run": "make lint\nmake test"}), "more than one command"),
        (_workflow({"run": "make no-such-target"}), "no make target no-such-target"),
        (_workflow({"run": "ci/no-such-script"}), "neither make nor"),
        (_workflow({"run": "make lint", "uses": PIN}), "either uses or run"),
        (_workflow({"run": "make lint", "if": "a == "}), "no context a"),
        (_workflow({"run": "make lint", "if": "success("}), "ends early"),
        (_workflow({"run": "make lint", "env": {"A": "${{ secret.B }}"}}), "no context secret"),
        (_workflow({"run": "make lint", "env": {"A": "${{ vars.B"}}), "without }}"),
        (_workflow({"run": "make lint", "ran": 1}), "unknown key ran"),
        (_workflow(needs="two"), "needs two"),
        ({**_workflow(), "permissions": "write-all"}, "more than contents: read"),
        ({key: value for key, value in _workflow().items() if key != "concurrency"}, "no concurrency"),
    ],
)
def test_what_breaks_a_rule_is_named(workflow: dict[str, Any], says: str) -> None:
    assert any(says in line for line in check.problems(workflow))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("vars.A == 'YES'", True),
        ("vars.NONE != ''", False),
        ("vars.A && 'on' || 'off'", "on"),
        ("vars.NONE && 'on' || 'off'", "off"),
        ("!(1 < 2)", False),
        ("vars['A']", "yes"),
        ("'it''s'", "it's"),
        ("null == 0", True),
    ],
)
def test_expressions_have_githubs_values(text: str, value: object) -> None:
    assert expression.evaluate(text, {"vars": {"A": "yes"}}, lambda name, arguments: None) == value


def _run(tmp_path: Path, *steps: dict[str, Any], **job: Any) -> str:
    out = tmp_path / "out"
    Job(_workflow(*steps, **job), "one", {"PATH": "/usr/bin:/bin", "OUT": str(out), "TOKEN": "t"}).run()
    return out.read_text()


def test_steps_run_in_order_with_environment_and_conditions(tmp_path: Path) -> None:
    said = _run(
        tmp_path,
        {"uses": PIN},
        {"run": 'echo "$A $B" >> $OUT', "env": {"B": "${{ secrets.TOKEN }}-${{ env.A }}"}},
        {"run": "echo never >> $OUT", "if": "vars.NONE != ''"},
        {"run": "echo ${{ runner.os }} >> $OUT", "if": "${{ always() }}"},
        env={"A": "a"},
    )
    assert said == "a t-a\nLinux\n"


def test_failing_step_fails_the_job_and_only_always_runs_after_it(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match=r"step 1 \(false \| true\) ended with status 1"):
        _run(
            tmp_path,
            {"run": "false | true"},
            {"run": "echo next >> $OUT"},
            {"run": "echo always >> $OUT", "if": "always()"},
        )
    assert (tmp_path / "out").read_text() == "always\n"


def test_unknown_workflow_or_job_is_one_line_that_lists_those_there_are() -> None:
    with pytest.raises(EmojicamError, match=r"avh\.yml, ci\.yml"):
        check.load(check.workflows_dir() / "no.yml")
    with pytest.raises(EmojicamError, match="no job two; try: one of one"):
        Job(_workflow(), "two", {})
