"""``emojicam live``: a page that shows what a board sees, and teaches it."""

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import RUNNABLE, Camera, Config, Input, SerialDevice, choice, output, refuse_camera, runnable

if TYPE_CHECKING:
    from emojicam.config.boards import Board
    from emojicam.keyboard import Host
    from emojicam.live.desk import Desk
    from emojicam.live.server import Feed

app = typer.Typer()


@app.command()
def live(
    board: Annotated[
        str | None,
        choice(RUNNABLE, "One that runs here. By default the camera that is plugged in; if there is none, host."),
    ] = None,
    device: SerialDevice = None,
    input_path: Input = None,
    camera: Camera = "ov7725",
    captures: Annotated[
        Path, output("--captures", what="Where pictures are kept, in a folder per class.", folder=True)
    ] = Path("captures"),
    recordings: Annotated[Path, output("--recordings", what="Where recordings are kept.", folder=True)] = Path(
        "recordings"
    ),
    taught: Annotated[
        Path | None,
        output(
            "--taught",
            what="Where a taught model is written.",
            metavar="NAME.tflite",
            show_default="models/taught.tflite",
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's TCP port; 0 takes any that is free.")] = 0,
    bind: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS",
            help="Whom the page is for: by default this computer alone; 0.0.0.0 for others of the network as well, "
            "who need the token in the address that is printed.",
        ),
    ] = "127.0.0.1",
    type_here: Annotated[
        bool,
        typer.Option(
            "--type-here",
            help="Linux: while the page is armed, type what the board types into whatever window of this computer has "
            "the focus, too.",
        ),
    ] = False,
    browser: Annotated[bool, typer.Option(help="Open the page, where there is a screen.")] = True,
    config_path: Config = None,
) -> None:
    """Show in a browser what a board sees and types, arm it, tune it, and teach it gestures of your own.

    A board that runs here can be shown this computer's camera, on the page. Prints the page's address. Ends with
    Ctrl+C.
    """
    from emojicam import config, console
    from emojicam.cli.run import footage_of
    from emojicam.emulators import product
    from emojicam.errors import UsageError
    from emojicam.keyboard.uinput import Uinput
    from emojicam.live import server
    from emojicam.live.access import Access, listen
    from emojicam.live.camera import watch_cameras
    from emojicam.live.capture import Captures
    from emojicam.live.desk import Desk
    from emojicam.live.hub import Hub
    from emojicam.live.sources import Clip
    from emojicam.live.type_here import TypeHere

    if device is None:
        refuse_camera(camera, board)
    settings = config.load(config_path)
    settings_path = config_path or config.default_path()
    if device is not None and (board is not None or input_path is not None):
        raise UsageError("a camera that is plugged in takes neither --board nor --input", "without --device")
    plugged_in = device or (_plugged_in() if board is None and input_path is None else None)
    if type_here:
        _refuse_typing_here(settings.keyboard.host, plugged_in)
    listener = listen(port, bind)
    access = Access(bind, listener.getsockname()[1])

    def serve(desk: "Desk", feed: "server.Feed") -> None:
        console.out.print(access.url, markup=False, soft_wrap=True)
        if browser:
            _open(access.url)
        try:
            server.serve(desk, access, listener, feed)
        finally:
            desk.training.close()
            desk.tape.stop()
            if desk.type_here is not None:
                desk.type_here.close()

    with listener:
        if plugged_in:
            from emojicam.link.port import SerialPort

            console.step(f"listening to the camera at {plugged_in}")
            with SerialPort(plugged_in):
                pass  # what can't be opened is said before there is a page
            desk = Desk(Hub(), settings, settings_path, Captures(captures), model=taught, recordings=recordings)
            serve(desk, lambda desk, stop: watch_cameras(device, desk, stop))
            return
        target = runnable(board or "host")
        if board is None:
            console.step("no camera is plugged in: the same firmware on this computer instead")
        footage = footage_of(input_path, settings)
        elf = product.build_firmware(target, settings)
        console.step(f"booting {elf.name} on {target.machine} ({target.core})")
        hub = Hub()
        typing = TypeHere(Uinput(), lambda why: hub.log(why, "problem")) if type_here else None
        desk = Desk(hub, settings, settings_path, Captures(captures), Clip(footage), taught, recordings, typing)
        serve(desk, board_feed(target, elf, camera))


def board_feed(target: "Board", elf: Path, camera: str = "ov7725") -> "Feed":
    """A board that runs here, and again with other settings whenever the desk wants it."""
    from emojicam.cli.run import boot
    from emojicam.live.feed import watch_board

    def watch(desk: "Desk", stop: threading.Event) -> None:
        running = elf
        while not stop.is_set():
            with boot(target, running, camera, usb=False) as (transport, _):
                watch_board(transport, desk, stop, counts=not target.process)
            running = _rebuilt(target, desk) or running

    return watch


def _rebuilt(target: "Board", desk: "Desk") -> Path | None:
    """The firmware with the settings that the desk wants; None where it can't be built: the board goes on as it was."""
    from emojicam import config
    from emojicam.emulators import product
    from emojicam.errors import EmojicamError

    path, desk.wanted = desk.wanted, None
    desk.changed.clear()
    if path is None:
        return None
    desk.hub.state("board", building=f"building the firmware with {path.name}")
    try:
        settings = config.load(path)
        elf = product.build_firmware(target, settings)
    except EmojicamError as error:
        desk.hub.log(str(error), "problem")
        desk.hub.state("board", building="")
        return None
    desk.begin(settings, path)
    desk.hub.log(f"the board runs {path.name}", "page")
    return elf


def _refuse_typing_here(host: "Host", plugged_in: Path | None) -> None:
    """Say what is in the way before anything is built.

    Raises:
        EmojicamError: keystrokes of a board can't reach this computer's other programs.
        UsageError: they do without.
    """
    from emojicam.errors import EmojicamError, UsageError
    from emojicam.keyboard import uinput
    from emojicam.live.type_here import UNDERSTOOD

    if plugged_in:
        raise UsageError("a camera that is plugged in types by itself", "without --type-here, or with --board host")
    if host not in UNDERSTOOD:
        raise EmojicamError(
            f"the settings are for {host}, which are no keystrokes for this computer",
            f'host = "{UNDERSTOOD[0]}" in a copy of them, and --config',
        )
    if why := uinput.in_the_way():
        raise why


def _open(url: str) -> None:
    """Show the page to whoever sits there."""
    import os
    import sys
    import webbrowser

    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if screen and sys.stdout.isatty():
        webbrowser.open(url)


def _plugged_in() -> Path | None:
    """The one camera there is; None if there is none.

    Raises:
        EmojicamError: there are several.
    """
    from emojicam.link.port import find_port, find_ports

    return find_port() if find_ports() else None
