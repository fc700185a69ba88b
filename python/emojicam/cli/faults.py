"""``emojicam faults``: random faults on the virtual board while it types."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import Camera, Cluster, Config, Jobs, Json, json_lines, workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emojicam.config import Settings
    from emojicam.frames import SourceFrame
    from emojicam.parallel import Workers
    from emojicam.virtual_h7.campaign import Outcome

app = typer.Typer()


@app.command()
def faults(
    count: Annotated[int, typer.Option(min=1, help="How many faults.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    camera: Camera = "ov7725",
    kind: Annotated[list[str] | None, typer.Option(help="Only faults of this kind; can be repeated.")] = None,
    jobs: Jobs = None,
    cluster: Cluster = None,
    json_path: Json = None,
    earlier: Annotated[
        Path | None, typer.Option("--from", help="Only show the table of such a file, of an earlier campaign.")
    ] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table as Markdown.")] = False,
    config_path: Config = None,
) -> None:
    """Disturb the virtual OpenMV Cam H7 in the middle of typing, and see whether it comes back.

    Exit status 1 if a key stayed down, a score was wrong, settings were lost, a cause was not named, or the board
    stayed dead.
    """
    from emojicam import console
    from emojicam.errors import EmojicamError

    if earlier:
        outcomes = _read(earlier)
    else:
        with workers(jobs, cluster) as who:
            outcomes = _campaign(count, seed, camera, kind, who, json_path, config_path)
    header, rows = tabulate(outcomes)
    if markdown:
        for row in (header, ["---"] * len(header), *rows):
            typer.echo(f"| {' | '.join(row)} |")
    else:
        from rich.table import Table

        title = str(earlier) if earlier else f"{count} faults, seed {seed}, {camera}"
        table = Table(*header, title=title)
        for row in rows:
            table.add_row(*row)
        console.out.print(table)
    bad = [outcome for outcome in outcomes if not outcome.survived]
    if bad:
        first = bad[0]
        raise EmojicamError(
            f"{len(bad)} of {len(outcomes)} faults were not survived: {first.kind}: {first.verdict} {first.detail}",
            f"--kind {first.kind!r} --json FILE",
        )


def _campaign(
    count: int, seed: int, camera: str, kinds: list[str] | None, who: "Workers", json_path: Path | None,
    config_path: Path | None,
) -> "list[Outcome]":  # fmt: skip
    from dataclasses import asdict

    from emojicam import config, extras
    from emojicam.config import boards
    from emojicam.emulators import product
    from emojicam.errors import UsageError
    from emojicam.firmware.image import hex_of

    extras.need("virtual")
    from emojicam.virtual_h7.campaign import Start, run
    from emojicam.virtual_h7.faults import KINDS

    for name in kinds or []:
        if name not in KINDS:
            raise UsageError(f"there is no fault {name!r}", "--kind " + " or ".join(repr(kind) for kind in KINDS))
    settings = config.load(config_path)
    image = hex_of(product.build_firmware(boards.find("openmv_h7"), settings))
    start = Start.of(image, camera, held_gesture(settings))
    outcomes: list[Outcome] = []
    with json_lines(json_path) as write:
        for outcome in run(start, count, seed, kinds, who):
            outcomes.append(outcome)
            write(asdict(outcome))
    return outcomes


def _read(path: Path) -> "list[Outcome]":
    """What --json has written."""
    import json

    from emojicam.errors import EmojicamError
    from emojicam.virtual_h7.campaign import Outcome

    try:
        return [Outcome(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError, TypeError) as error:
        raise EmojicamError(f"{path} holds no outcomes: {error}", "a file that --json has written") from None


def tabulate(outcomes: "list[Outcome]") -> tuple[list[str], list[list[str]]]:
    """Header and rows: how often each kind of fault had which outcome, and the sums."""
    verdicts = sorted({outcome.verdict for outcome in outcomes})
    counted = Counter((outcome.kind, outcome.verdict) for outcome in outcomes)
    rows = [
        [kind, *(str(counted[kind, verdict] or "") for verdict in verdicts)]
        for kind in dict.fromkeys(outcome.kind for outcome in outcomes)
    ]
    total = Counter(outcome.verdict for outcome in outcomes)
    return ["fault", *verdicts], [*rows, ["all", *(str(total[verdict]) for verdict in verdicts)]]


def held_gesture(settings: "Settings") -> "Iterator[SourceFrame]":
    """Pictures of one gesture, from the demo clip."""
    from emojicam.cli.run import demo_clip
    from emojicam.frames import open_footage

    footage = open_footage(demo_clip(), settings.class_names, of_others=True)
    wanted = next(label for label in footage.frame_labels if label not in (None, settings.class_names[0]))
    return (frame for frame in footage.frames() if frame.label == wanted)
