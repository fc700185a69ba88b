"""`emojicam thresholds`: the decision's settings, from replayed clips."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam import extras
from emojicam.cli.options import Cluster, Config, Jobs, Json, output, settings_said, workers, write_json
from emojicam.console import busy, out, step
from emojicam.errors import EmojicamError, UsageError

app = typer.Typer()


@app.command()
def thresholds(
    model: Annotated[
        Path | None, typer.Option(help="An int8 .tflite.", show_default="the one in emojicam.toml")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.1, help="Of clips to choose the settings on.")] = 90.0,
    seed: Annotated[int, typer.Option(help="Of these clips.")] = 4711,
    check_minutes: Annotated[float, typer.Option(min=0.1, help="Of other clips to measure the settings on.")] = 30.0,
    check_seed: Annotated[int, typer.Option(help="Of the other clips.")] = 4712,
    photographs: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Photographs to make clips of too.", show_default="build/data/photographs/train"
        ),
    ] = None,
    delay: Annotated[float, typer.Option(min=40, help="Longest median delay of any gesture, milliseconds.")] = 400.0,
    current: Annotated[bool, typer.Option("--current", help="Only measure the settings in emojicam.toml.")] = False,
    write: Annotated[
        bool,
        typer.Option(
            "--write", help="Write the chosen ones to the settings; for the shipped model, what they did to its card."
        ),
    ] = False,
    plot: Annotated[
        Path | None, output("--plot", what="Draw the trade-off.", metavar="FILE.png", show_default=False)
    ] = None,
    config_path: Config = None,
    json_file: Json = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
) -> None:
    """Choose time constant, margin and thresholds on rendered clips, and measure them on other ones."""
    if write and model is not None:
        raise UsageError("--write is for the shipped model", "leave --model out, or note the values yourself")
    if current and (write or plot is not None):
        raise UsageError("--current only measures", "leave --write and --plot out")
    if check_seed == seed:
        raise UsageError(
            f"the settings would be measured on the clips they are chosen on (seed {seed})", "another --check-seed"
        )
    extras.need("train")
    from emojicam import config, paths
    from emojicam.gesture import DecisionSettings
    from emojicam.training import card, choice, plots, predict, replay, stills
    from emojicam.training import thresholds as toml

    if write:
        paths.need_checkout("--write, into emojicam.toml and the model's card,")
    settings_file = config_path or config.default_path()
    known = config.load(settings_file)
    classes = known.class_names
    chosen_model = model or known.model_path
    if not chosen_model.is_file():
        raise EmojicamError(f"{chosen_model} does not exist", "--model with an int8 .tflite")
    wanted, said = predict.Classes(classes, known.outputs), settings_said(chosen_model, config_path)
    with workers(jobs, cluster) as who:
        mixture = stills.photographed(photographs, classes, who)
        shown = stills.COUNT if mixture is not None else 0
        tried, best = list[choice.Choice](), None
        if current:
            settings = DecisionSettings.of(known)
        else:
            step(f"choosing on {minutes:g} minutes of clips, seed {seed}")
            found = replay.tracks(chosen_model, seed, minutes, who, wanted, said)
            real = stills.tracks(chosen_model, mixture, seed, shown, who, wanted, said) if mixture is not None else []
            with busy("trying settings on them"):
                tried = choice.sweep(found, len(classes), real)
            if minutes >= choice.ENOUGH_MINUTES:
                with busy("giving each gesture settings of its own"):
                    tried += choice.refine(found, choice.choose(tried, delay), delay, real)
            else:
                step(f"the same settings for all gestures: their own need {choice.ENOUGH_MINUTES} minutes of clips")
            best = choice.choose(tried, delay)
            settings = best.settings
        step(f"measuring on {check_minutes:g} minutes of clips, seed {check_seed}")
        other_clips = replay.tracks(chosen_model, check_seed, check_minutes, who, wanted, said)
        (outcome,) = replay.replay(other_clips, [settings])
        report = {
            "chosen_on_seed": None if current else seed,
            "chosen_on_minutes": None if current else minutes,
            "seed": check_seed,
            "minutes": outcome.milliseconds / 60_000,
            "time_constant_ms": settings.time_constant_ms,
            "margin": settings.margin,
            "activation": list(settings.activation),
            "threshold": list(settings.threshold),
            "held": outcome.held,
            "fired_once": outcome.fired,
            "missed": outcome.missed,
            "false_firings": outcome.false_firings,
            "false_firings_per_hour": outcome.false_per_hour,
            "median_delay_ms": outcome.median_delay_ms,
            "median_delay_ms_by_gesture": {classes[one]: value for one, value in outcome.gesture_delays_ms().items()},
            "within_500_ms": outcome.held - outcome.late,
            "photographs": None,
        }
        if mixture is not None:
            real = stills.tracks(chosen_model, mixture, check_seed, shown, who, wanted, said)
            (real_outcome,) = replay.replay(real, [settings])
            report["photographs"] = {
                "clips": shown,
                "held": real_outcome.held,
                "missed": real_outcome.missed,
                "within_500_ms": real_outcome.held - real_outcome.late,
                "false_firings": real_outcome.false_firings,
            }
    for name, value in report.items():
        out.print(f"{name}: {value}", markup=False)
    if write:
        toml.write(settings_file, settings)
    # The card's own files, beside those that were asked for.
    shipped = write and config_path is None
    for picture in (plot, paths.models_dir() / "replay.png" if shipped else None):
        if picture is not None and best is not None:
            goals = delay, choice.FALSE_PER_HOUR
            plots.trade_off([one.outcome for one in tried], best.outcome, outcome, goals, picture)
    write_json(json_file, report)
    if shipped:
        write_json(paths.models_dir() / card.REPLAY, report)
        card.write(paths.models_dir())
    if write:
        step(f"written to {settings_file}")
