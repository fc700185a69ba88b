"""``emojicam faults``: random faults on the virtual board while it types."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emojicam.config import Settings
    from emojicam.frames import SourceFrame

app = typer.Typer()


@app.command()
def faults(
    count: Annotated[int, typer.Option(min=1, help="How many faults.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same faults.")] = 1,
    camera: Annotated[str, typer.Option(help="ov7725 or mt9m114.")] = "ov7725",
    kind: Annotated[list[str] | None, typer.Option(help="Only faults of this kind; can be repeated.")] = None,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Write one JSON object a line and fault to this file.")
    ] = None,
    config_path: Annotated[
        Path | None, typer.Option("--config", help="Settings to build with instead of emojicam.toml.")
    ] = None,
) -> None:
    """Disturb the virtual OpenMV Cam H7 in the middle of typing, and see whether it comes back.

    Exit status 1 if a key stayed down, a score was wrong, a cause was not named, or the board stayed dead.
    """
    import json
    from contextlib import nullcontext
    from dataclasses import asdict

    from rich.table import Table

    from emojicam import config, console
    from emojicam.errors import EmojicamError
    from emojicam.targets import boards, build
    from emojicam.targets.images import hex_of
    from emojicam.targets.virtual_h7.campaign import KINDS, Campaign, Outcome

    for name in kind or []:
        if name not in KINDS:
            raise EmojicamError(f"there is no fault {name!r}", ", ".join(KINDS))
    settings = config.load(config_path)
    image = hex_of(build.build_firmware(boards.find("openmv_h7"), settings))
    campaign = Campaign(image, camera, held_gesture(settings))
    outcomes: list[Outcome] = []
    with (
        json_path.open("w", encoding="utf-8") if json_path else nullcontext() as file,
        console.progress("faults") as progress,
    ):
        task = progress.add_task("disturbing", total=count)
        for outcome in campaign.run(count, seed, kind):
            outcomes.append(outcome)
            progress.advance(task)
            if file:
                file.write(json.dumps(asdict(outcome), ensure_ascii=False) + "\n")
                file.flush()
    verdicts = sorted({outcome.verdict for outcome in outcomes})
    table = Table("fault", *verdicts, title=f"{count} faults, seed {seed}, {camera}")
    for name in dict.fromkeys(outcome.kind for outcome in outcomes):
        counted = Counter(outcome.verdict for outcome in outcomes if outcome.kind == name)
        table.add_row(name, *(str(counted[verdict] or "") for verdict in verdicts))
    console.out.print(table)
    bad = [outcome for outcome in outcomes if not outcome.survived]
    if bad:
        first = bad[0]
        raise EmojicamError(
            f"{len(bad)} of {count} faults were not survived: {first.kind}: {first.verdict} {first.detail}",
            f"--kind {first.kind!r} --json FILE",
        )


def held_gesture(settings: "Settings") -> "Iterator[SourceFrame]":
    """Pictures of one gesture, from the demo clip."""
    from emojicam.cli.run import demo_clip
    from emojicam.frames import open_footage

    footage = open_footage(demo_clip(), settings.class_names)
    wanted = next(label for label in footage.frame_labels if label not in (None, settings.class_names[0]))
    return (frame for frame in footage.frames() if frame.label == wanted)
