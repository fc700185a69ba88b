"""``emojicam avh``: the firmware on a model of Corstone-300, here or on AWS, and the verdict."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from emojicam.cli.options import Config, Input, Limit, output

if TYPE_CHECKING:
    from emojicam.avh.expectation import Expectation

app = typer.Typer()


@app.command()
def avh(
    backend: Annotated[
        Literal["local", "aws"],
        typer.Option(help="Where the spec runs: this computer, or an instance on AWS."),
    ] = "local",
    input_path: Input = None,
    limit: Limit = None,
    config_path: Config = None,
    spec_path: Annotated[Path | None, typer.Option("--spec", help="Another spec than ci/avh/corstone300.yml.")] = None,
    folder: Annotated[
        Path | None, output("--folder", what="Where the run's files go; by default build/avh.", folder=True)
    ] = None,
    expect: Annotated[
        Path | None,
        typer.Option(help="Judge by this expectation instead of the one that is worked out with tflite-micro."),
    ] = None,
    junit_path: Annotated[
        Path | None,
        output("--junit", what="The verdict as JUnit XML; by default junit.xml in the folder."),
    ] = None,
    require_fvp: Annotated[
        bool,
        typer.Option(
            "--require-fvp",
            envvar="EMOJICAM_REQUIRE_FVP",
            help="Red if QEMU ran in the place of Arm's model; always so on AWS.",
        ),
    ] = False,
    prepare: Annotated[bool, typer.Option("--prepare", help="Only make the files.")] = False,
    judge_only: Annotated[bool, typer.Option("--judge", help="Only judge what an earlier run has left.")] = False,
) -> None:
    """Run the Corstone-300 firmware on Arm's model by avhclient, and judge what it said.

    The model is what EMOJICAM_FVP names, or Arm's FVP on PATH, or else QEMU, which is said plainly.
    """
    from emojicam import config, console, paths
    from emojicam.avh import drive, expectation, job, spec
    from emojicam.cli.run import footage_of
    from emojicam.errors import EmojicamError, UsageError
    from emojicam.third_party.lock import locked

    if prepare and judge_only:
        raise UsageError("--prepare and --judge exclude each other", "one of the two")
    folder = folder or paths.build_dir() / "avh"
    required = require_fvp or backend == "aws"
    if judge_only:
        if not folder.is_dir():
            raise EmojicamError(f"there is no run in {folder}", "emojicam avh without --judge")
        _verdict(folder, expectation.load(expect or folder / job.EXPECTATION), required, junit_path)
        return
    description = spec.load(spec_path or job.scripts_dir() / "corstone300.yml")
    if not prepare:
        drive.check(backend, description)
    chosen = expectation.load(expect) if expect else None
    settings = config.load(config_path)
    with locked(folder / ".lock", f"runs in {paths.shown(folder)}", "another --folder"):
        with console.busy("building the firmware, and working out with tflite-micro what it must answer"):
            made = job.make(folder, footage_of(input_path, settings), settings, limit)
        if not prepare:
            drive.execute(backend, description, folder)
            # Which files the model was given is a matter of this run, not of what they must lead to.
            wanted = chosen.model_copy(update={"inputs": made.inputs}) if chosen else made
            _verdict(folder, wanted, required, junit_path)


def _verdict(folder: Path, expected: "Expectation", require_fvp: bool, junit_path: Path | None) -> None:
    from emojicam import console
    from emojicam.avh import judge, junit

    cases = judge.judge_run(folder, expected, require_model=require_fvp)
    report = junit_path or folder / "junit.xml"
    run = cases[0].properties
    model = f"{run['model']}, {run['version']}" if "model" in run else "no model"
    note = " (QEMU in place of Arm's model)" if run.get("stand_in") else ""
    junit.write(report, cases, f"corstone300 on {model}")
    judge.demand(cases, f"{report.name} in {report.parent}, which has every check")
    console.out.print(
        f"green: {len(cases)} checks, {len(expected.frames)} frames bit-exact, "
        f"typed {expected.typed or 'nothing'}, on {model}{note}",
        markup=False,
        soft_wrap=True,
    )
