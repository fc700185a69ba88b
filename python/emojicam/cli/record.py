"""``emojicam record``: what a board sees and decides, into a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import Config, Input, SerialDevice, boards, choice, output, runnable
from emojicam.errors import UsageError

if TYPE_CHECKING:
    from emojicam.config import Settings
    from emojicam.frames import SourceFrame

#: Boards that are sent frames; the virtual ones see theirs through a sensor.
SHOWN = boards(lambda board: board.runs and not board.virtual)

app = typer.Typer()


@app.command()
def record(
    file: Annotated[Path, output("--output", "-o", what="The recording to write.", show_default=False)],
    board: Annotated[str | None, choice(SHOWN, "By default host, without --device.")] = None,
    input_path: Input = None,
    device: SerialDevice = None,
    seconds: Annotated[float | None, typer.Option(min=0.1, help="Stop after so much of the frames' time.")] = None,
    config_path: Config = None,
) -> None:
    """Record frames, scores, decisions and events with their times: of a board that is shown an input, or of a camera.

    emojicam replay shows a recording to a board again, emojicam plot draws it. A camera is recorded until Ctrl+C, and
    as many of its frames as USB takes.
    """  # fmt: skip
    from emojicam import config, console

    if device is not None and (board is not None or input_path is not None):
        raise UsageError("a camera that is plugged in takes neither --board nor --input", "without --device")
    settings = config.load(config_path)
    if device is not None:
        frames = _of_camera(device, file, settings, seconds)
    else:
        frames = _of_board(board or "host", input_path, file, settings, seconds)
    console.step(f"{frames} frames in {file}")


def _of_camera(device: Path, file: Path, settings: "Settings", seconds: float | None) -> int:
    from emojicam import console
    from emojicam.link.port import SerialPort
    from emojicam.recording import Recorder
    from emojicam.recording.camera import CameraRecorder

    console.step(f"recording the camera at {device}" + ("" if seconds else ", until Ctrl+C"))
    with SerialPort(device) as port, Recorder(file, settings, "openmv_h7") as recorder:
        try:
            port.send(b"\0")  # ends whatever somebody else has left behind
            CameraRecorder(port, recorder, settings.keyboard.host, settings.keyboard.layout).run(
                port.messages(), seconds
            )
        except KeyboardInterrupt:
            console.step("stopped")
        return recorder.frames


def _of_board(board: str, input_path: Path | None, file: Path, settings: "Settings", seconds: float | None) -> int:
    from emojicam import console
    from emojicam.cli.run import boot, footage_of
    from emojicam.emulators import product
    from emojicam.frames import time_ms
    from emojicam.link.session import Session
    from emojicam.recording import Recorder

    target = runnable(board)
    footage = footage_of(input_path, settings)
    elf = product.build_firmware(target, settings)
    now = 0

    def frames() -> Iterator["SourceFrame"]:
        at = 0
        for number, frame in enumerate(footage.frames()):
            at = time_ms(number, frame, footage.rate, at)
            if seconds is not None and at > 1000 * seconds:
                return
            yield frame

    with boot(target, elf, "ov7725", False) as (transport, _), Recorder(file, settings, target.name) as recorder:
        session = Session(transport, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        console.step(f"recording {target.name}")
        for result in session.run(frames(), footage.rate):
            now = time_ms(result.frame, result.source, footage.rate, now)
            recorder.frame(
                result.frame, now, result.source.pixels, result.scores, result.smoothed, result.decision, result.fired
            )
            if result.typed:
                recorder.event(now, "typed", frame=result.frame, text=result.typed)
            if result.error:
                recorder.event(now, "problem", frame=result.frame, line=result.error)
        return recorder.frames
