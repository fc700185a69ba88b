"""Specs, credentials and the backend: nothing passes without having run, nothing is uploaded in vain."""

import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from emojicam.avh import drive, job, spec
from emojicam.avh.credentials import check_aws
from emojicam.errors import EmojicamError

SPEC = job.scripts_dir() / "corstone300.yml"
RUN_MODEL = job.scripts_dir() / "run-model"
STAND_IN = job.scripts_dir() / "qemu-as-fvp"
AWS = {
    "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_S3_BUCKET_NAME": "c", "AWS_INSTANCE_ID": "i-1",
}  # fmt: skip


def test_shipped_spec_uploads_what_a_job_makes_and_downloads_what_is_judged() -> None:
    description = spec.load(SPEC)
    assert set(description["upload"]) == {job.ELF, job.INPUT, *job.SCRIPTS}
    assert {job.OUTPUT, job.REPORT} <= set(description["download"])
    for name in job.SCRIPTS:
        assert (job.scripts_dir() / name).stat().st_mode & stat.S_IXUSR


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("steps: []\n", "has no steps"),
        ("name: x\n", "has no steps"),
        ("- a\n", "not a table"),
        ("steps:\n  - run:\n", "no run: in step 1"),
        ("steps:\n  - run: a\n  - ran: b\n", "no run: in step 2"),
        ("stebs:\n  - run: a\n", "unknown key stebs"),
        ("steps:\n  - run: a\nupload: x\n", "file patterns as upload"),
        ("steps:\n  - run: a\nbackend:\n  local: 3\n", "table of backends"),
        ("steps: [\n", "is not YAML"),
        ("\t", "is not YAML"),
    ],
)
def test_wrong_spec_is_refused_in_one_line(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(text)
    with pytest.raises(EmojicamError) as caught:
        spec.load(path)
    assert says in str(caught.value)
    assert "; try: " in str(caught.value)


def test_empty_backend_key_is_none_that_avhclient_breaks_on(tmp_path: Path) -> None:
    path = tmp_path / "spec.yml"
    path.write_text("backend:\n  local:\nsteps:\n  - run: 'true'\n")
    assert spec.load(path)["backend"] == {"local": {}}


def test_credentials_on_aws_are_all_named_that_are_missing() -> None:
    check_aws({}, AWS)
    check_aws({"backend": {"aws": {"s3-bucket-name": "c"}}}, {k: v for k, v in AWS.items() if "S3" not in k})
    for name in AWS:
        with pytest.raises(EmojicamError, match="AWS_S3_BUCKET_NAME" if "S3" in name else "AWS_"):
            check_aws({}, {key: value for key, value in AWS.items() if key != name})
    with pytest.raises(EmojicamError) as caught:
        check_aws({}, {})
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SUBNET_ID", "AWS_SECURITY_GROUP_ID", "AWS_IAM_PROFILE"):
        assert name in str(caught.value)


def test_aws_without_credentials_fails_before_anything_is_built(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "emojicam", "avh", "--backend", "aws", "--folder", tmp_path / "run"],
        capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "AWS_S3_BUCKET_NAME" in done.stderr
    assert not (tmp_path / "run").exists()


def _description(*steps: str, **more: Any) -> dict[str, Any]:
    return {"backend": {}, "steps": [{"run": step} for step in steps], **more}


def test_local_backend_runs_every_step_and_brings_files_back(tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text("seen")
    wanted = _description("tr a-z A-Z < in.txt > out.txt\necho first", "echo second", download=["out.txt"])
    drive.execute("local", wanted, tmp_path)
    assert (tmp_path / "out.txt").read_text() == "SEEN"
    assert (tmp_path / job.STEPS).read_text() == "first\nsecond\n"


@pytest.mark.parametrize("step", ["false\ntrue", "echo broken; exit 3", "echo $UNSET_NAME", "false | true"])
def test_failing_step_fails_the_run_and_nothing_after_it_runs(step: str, tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match="a step ended with status"):
        drive.execute("local", _description(step, "echo later"), tmp_path)
    assert "later" not in (tmp_path / job.STEPS).read_text()


def test_avhclient_executes_the_shipped_spec_with_our_local_backend() -> None:
    from arm.avhclient import AvhClient

    from emojicam.avh.backend import LocalBackend

    assert isinstance(AvhClient("local").backend, LocalBackend)


def _run_model(folder: Path, *arguments: str, model: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, RUN_MODEL, *arguments], cwd=folder, capture_output=True, text=True, timeout=120,
        env={"PATH": "/usr/bin:/bin", "EMOJICAM_FVP": model},
    )  # fmt: skip


def _model(folder: Path, body: str) -> str:
    """A program with an FVP's command line."""
    (folder / job.ELF).write_bytes(b"elf")
    (folder / job.INPUT).write_bytes(b"in")
    path = folder / "model"
    path.write_text(
        "#!/bin/sh\ncase $1 in\n--version) echo 'Model 1.0'; exit ;;\n--list-params)\n"
        "for p in in_file out_file unbuffered_output; do echo mps3_board.uart0.$p=; done; exit ;;\nesac\n" + body
    )
    path.chmod(0o755)
    return str(path)


def _ended(folder: Path) -> object:
    return yaml.safe_load((folder / job.REPORT).read_text())["ended"]


@pytest.mark.parametrize(
    ("body", "ended"),
    [
        ("exit 0\n", "exited"),
        ("echo no licence; exit 1\n", "exited"),
        ("exec sleep 1\n", "time-out"),
        (r"printf '\0\002\005abcd\0' > uart0.out; exec sleep 100" + "\n", "answered"),
    ],
)
def test_run_model_tells_how_the_model_ended(body: str, ended: str, tmp_path: Path) -> None:
    done = _run_model(tmp_path, "--timelimit", "0.5", model=_model(tmp_path, body))
    assert done.returncode == 0, done.stderr
    assert _ended(tmp_path) == ended
    assert (tmp_path / job.OUTPUT).exists()
    assert "Model 1.0" in done.stdout


def test_run_model_refuses_what_is_no_model_of_corstone_300(tmp_path: Path) -> None:
    model = _model(tmp_path, "")
    Path(model).write_text("#!/bin/sh\n")
    done = _run_model(tmp_path, model=model)
    assert done.returncode == 1
    assert "has no parameter mps3_board.uart0.in_file" in done.stderr
    gone = _run_model(tmp_path, model=str(tmp_path / "gone"))
    assert gone.returncode == 1
    assert "can't be run; try: " in gone.stderr


def test_stand_in_says_that_it_is_qemu_and_refuses_unknown_parameters(tmp_path: Path) -> None:
    version = subprocess.run([STAND_IN, "--version"], capture_output=True, text=True, check=True).stdout
    assert "QEMU" in version
    assert "mps3-an547" in version
    done = subprocess.run(
        [STAND_IN, "-a", "x.elf", "-C", "mps3_board.uart9.speed=1", "--stat"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "unknown parameter mps3_board.uart9.speed=1; try: " in done.stderr
