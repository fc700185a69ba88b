"""``emojicam run``: the main job on a board."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import (
    COUNTED,
    RUNNABLE,
    Camera,
    Config,
    Input,
    Json,
    Limit,
    choice,
    json_lines,
    output,
    refuse_camera,
    runnable,
)

if TYPE_CHECKING:
    from emojicam.config import Settings
    from emojicam.config.boards import Board
    from emojicam.emulators.host import HostProcess
    from emojicam.emulators.qemu import Qemu
    from emojicam.frames import Footage, SourceFrame
    from emojicam.link.session import FrameResult, Session, Transport
    from emojicam.usb.computer import Computer
    from emojicam.usb.trace import Trace

app = typer.Typer()


@app.command()
def run(
    board: Annotated[
        str, choice(RUNNABLE, "corstone300 is a Cortex-M55, mps2_an500 a Cortex-M7; the others are virtual.")
    ] = "corstone300",
    camera: Camera = "ov7725",
    input_path: Input = None,
    json_path: Json = None,
    config_path: Config = None,
    limit: Limit = None,
    picture: Annotated[
        Path | None,
        output(
            "--picture",
            what="Save how the last gesture was seen, and the summary.",
            metavar="FILE.svg",
            endings=(".svg",),
        ),
    ] = None,
    movie: Annotated[
        Path | None,
        output(
            "--movie",
            what="Draw the whole run as a moving picture.",
            metavar="FILE.svg",
            endings=(".svg",),
            show_default=False,
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Only the summary.")] = False,
    usb: Annotated[
        bool, typer.Option("--usb", help="Put a computer on the board's USB, and show what they say to each other.")
    ] = False,
    gdb: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65535,
            metavar="PORT",
            show_default=False,
            help="Wait for gdb at this TCP port before the first instruction; boards that QEMU runs.",
        ),
    ] = None,
) -> None:
    """Build the firmware, boot it on an emulated board, and show it frames.

    Each still picture gets a line: the model's class, its probability, and what holding it in front of the camera
    would type. An image that is already of the model's size and grey goes to the model unchanged (pixel - 128, or
    what the model takes a pixel for: `emojicam inspect` says it), but where a camera is shown it; what is larger than
    a camera's frame is fitted to it. A model of three channels sees an image's colours, but through a camera: the
    boards' give luma, which then fills all three. A folder named like a class
    labels its images; a clip takes its labels from a JSON file of the same name:
    {"rate": 25, "labels": ["none", null, ...], "expected": ["✋"]}.
    """
    from emojicam import config, console
    from emojicam.emulators import product
    from emojicam.errors import EmojicamError, UsageError
    from emojicam.link.session import Session
    from emojicam.live.movie import save_movie
    from emojicam.live.picture import save_picture
    from emojicam.live.summary import summary

    refuse_camera(camera, board)
    settings = config.load(config_path)
    target = runnable(board)
    if gdb and not target.qemu_machine:
        raise UsageError(f"{board} has no server for gdb", "--board " + " or ".join(COUNTED))
    footage = footage_of(input_path, settings)
    elf = product.build_firmware(target, settings)
    console.step(f"booting {elf.name} on {target.machine} ({target.core})")
    if gdb:
        console.step(f"waiting for gdb: gdb-multiarch {elf} -ex 'target remote 127.0.0.1:{gdb}' -ex continue")
    with boot(target, elf, camera, usb, gdb) as (transport, computer):
        session = Session(transport, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        frames = islice(footage.frames(), limit)
        results = []
        with json_lines(json_path) as write, _display(session, settings, footage, quiet) as show:
            for result in _shown(session, frames, footage, settings):
                results.append(result)
                write(result.as_json(settings.class_names))
                show(result)
    if computer and computer.reports != session.reports:
        raise EmojicamError(
            f"{len(computer.reports)} keyboard reports came over USB, {len(session.reports)} were sent",
            "emojicam usb check",
        )
    expected = _expected(footage, limit)
    table = summary(session, results, settings.class_names, elf, target, footage, expected=expected)
    console.out.print(table)
    if picture is not None:
        save_picture(picture, results, settings.class_names, table)
    if movie is not None:
        save_movie(movie, results, settings.class_names, [one.emoji for one in settings.gesture], footage.rate)
    if all(result.error and not result.scores for result in results):
        raise EmojicamError(f"no frame was classified: {results[0].error}", "another input")


def _shown(
    session: "Session", frames: "Iterator[SourceFrame]", footage: "Footage", settings: "Settings"
) -> "Iterator[FrameResult]":
    """A clip as a film; still pictures each by itself, and its mirror image where the model sees both in turn."""
    from emojicam.live.answers import in_the_mirror_too, together

    if footage.moving or not settings.model.mirror_in_turn:
        return session.run(frames, footage.rate)
    return together(session.run(in_the_mirror_too(frames), footage.rate))


@contextmanager
def boot(
    board: "Board", elf: Path, camera: str, usb: bool, gdb: int | None = None
) -> Iterator[tuple["Transport", "Computer | None"]]:
    """The board with this firmware, reset, until the end of the block, and a computer if one is wanted."""
    if board.virtual:
        from emojicam.emulators.virtual import boot as virtual_board
        from emojicam.virtual_h7.transport import transport

        virtual = virtual_board(elf, camera, board.name)
        if usb:  # it has a computer in any case: its reports are those that this one received
            virtual.usb.observer = _trace()
        yield transport(virtual), None
        return
    from emojicam.emulators.start import start

    with start(board, elf, usb=usb, gdb=gdb) as running, _computer(running, usb) as computer:
        yield running, computer


@contextmanager
def _computer(board: "Qemu | HostProcess", wanted: bool) -> Iterator["Computer | None"]:
    """A computer on the board's USB that says what it hears, and takes all of it before it goes."""
    if not wanted:
        yield None
        return
    from emojicam.usb.computer import Computer

    with Computer(board.usb_line, observer=_trace()) as computer:
        yield computer
        computer.finish()


def _trace() -> "Trace":
    from emojicam import console
    from emojicam.usb.trace import Trace

    return Trace(lambda line: console.out.print(f"usb {line}", markup=False, soft_wrap=True))


def demo_clip() -> Path:
    """The clip that comes with the package."""
    return Path(__file__).parents[1] / "data" / "clips" / "demo.webp"


def footage_of(input_path: Path | None, settings: "Settings") -> "Footage":
    """What a board with these settings is shown: an input, or the clip that comes along, whatever its classes.

    Raises:
        EmojicamError: see `open_footage`.
    """
    from emojicam.frames import open_footage
    from emojicam.model.pixels import takes_colour

    return open_footage(
        input_path or demo_clip(),
        settings.class_names,
        of_others=input_path is None,
        colour=takes_colour(settings.model_path),
    )


def _expected(footage: "Footage", limit: int | None) -> tuple[str, ...] | None:
    """What ought to be typed; unknown where the clip was cut short."""
    return footage.expected if limit is None or limit >= len(footage.frame_labels) else None


@contextmanager
def _display(
    session: "Session", settings: "Settings", footage: "Footage", quiet: bool
) -> Iterator["Callable[[FrameResult], object]"]:
    """A line for every still picture. Of a clip, a live view on a terminal; elsewhere a line for every firing."""
    from emojicam import console
    from emojicam.live import terminal
    from emojicam.live.answers import Lines

    said: set[str] = set()
    if quiet:
        yield lambda result: None
    elif not footage.moving:
        names = [path.name for path in footage.files]
        yield Lines(console.out, settings, names, labelled=bool(footage.labels), rate=footage.rate).show
    elif console.out.is_terminal:
        from rich.live import Live

        with Live(console=console.out, refresh_per_second=12, transient=False) as live:
            yield lambda result: live.update(terminal.view(result, settings.class_names, session.typed))
    else:

        def show(result: "FrameResult") -> None:
            if result.fired:
                name = settings.class_names[result.decision]
                what = f"typed {result.typed}" if result.typed else result.error
                console.out.print(f"frame {result.frame:4d}  {name}: {what}", markup=False)
            elif result.error and result.error not in said:
                said.add(result.error)
                console.out.print(f"frame {result.frame:4d}  {result.error}", markup=False)

        yield show
