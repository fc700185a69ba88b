"""``emojicam replay``: a recording shown to a board again."""

from pathlib import Path
from typing import Annotated

import typer

from emojicam.cli.options import Json, choice, runnable, write_json
from emojicam.cli.record import SHOWN
from emojicam.errors import EmojicamError

app = typer.Typer()


@app.command()
def replay(
    file: Annotated[Path, typer.Argument(help="A recording.")],
    board: Annotated[str, choice(SHOWN, "What it is shown to.")] = "host",
    json_path: Json = None,
) -> None:
    """Show a recording to a board again, with the recording's settings, and say what differs: scores bit for bit, and
    what is held and fires. A difference is exit status 1.
    """
    from emojicam import console
    from emojicam.cli.run import boot
    from emojicam.emulators import product
    from emojicam.link.session import Session
    from emojicam.recording import Recording
    from emojicam.recording import replay as again

    recording = Recording.open(file)
    if recording.broken_off:
        console.step(recording.broken_off)
    settings = recording.settings
    places = [index for index, frame in enumerate(recording.told()) if frame.scores]
    target = runnable(board)
    elf = product.build_firmware(target, settings)
    found, shown, of = list[again.Difference](), 0, None
    with boot(target, elf, "ov7725", False) as (transport, _):
        session = Session(transport, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        for was, now in again.replay(recording, session):
            if of is None:
                of = again.judged(recording, now.smoothed)
                if of.why:
                    console.step(of.why)
            index = int(now.source.source.rpartition("#")[2])
            if differs := again.difference(index, was, now, of, settings.class_names):
                found.append(differs)
            shown += 1
    if not shown:
        raise EmojicamError(f"{file} has no frame that was classified and has its picture", "another recording")
    if len(places) > shown:
        console.step(f"{len(places) - shown} frames have no picture and were not shown")
    scores = sum(one.scores for one in found)
    decisions = sum(one.decision for one in found)
    for one in found[:10]:
        console.out.print(f"frame {one.index} at {one.time_ms} ms: {one.line}", markup=False, soft_wrap=True)
    write_json(
        json_path,
        {
            "frames": shown,
            "recorded_on": recording.board,
            "board": target.name,
            "scores_differ": scores,
            "decisions_differ": decisions,
            "differences": [{"frame": one.index, "time_ms": one.time_ms, "line": one.line} for one in found],
        },
    )
    if found:
        raise EmojicamError(
            f"{len(found)} of {shown} frames differ from the recording of {recording.board}: scores in {scores}, "
            f"decisions in {decisions}",
            "the model and firmware that it was recorded with",
        )
    console.out.print(f"{shown} frames as they were recorded on {recording.board}, bit for bit", markup=False)
