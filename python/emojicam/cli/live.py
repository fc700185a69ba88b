"""``emojicam live``: a page that shows what a board sees."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import RUNNABLE, Camera, Config, Input, SerialDevice, choice, output, runnable

if TYPE_CHECKING:
    from emojicam.config import Settings
    from emojicam.live.hub import Hub

app = typer.Typer()

Feed = Callable[["Hub", threading.Event], None]


@app.command()
def live(
    board: Annotated[
        str | None,
        choice(RUNNABLE, "An emulated one. By default the camera that is plugged in; if there is none, corstone300."),
    ] = None,
    device: SerialDevice = None,
    input_path: Input = None,
    camera: Camera = "ov7725",
    captures: Annotated[
        Path, output("--captures", what="Where frames are kept, in a folder per class.", folder=True)
    ] = Path("captures"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's TCP port; 0 takes any that is free.")] = 0,
    config_path: Config = None,
) -> None:
    """Show in a browser what a board sees and types, arm it, and keep frames for training.

    Prints the page's address, which only this computer can reach. Ends with Ctrl+C.
    """
    from emojicam import config, console
    from emojicam.errors import UsageError
    from emojicam.live import server
    from emojicam.live.capture import Captures
    from emojicam.live.hub import Hub

    settings = config.load(config_path)
    if device is not None and (board is not None or input_path is not None):
        raise UsageError("a camera that is plugged in takes neither --board nor --input", "without --device")
    hub = Hub(
        [(gesture.name, gesture.emoji or "") for gesture in settings.gesture],
        [gesture.threshold for gesture in settings.gesture],
    )
    listener = server.listen(port)
    with listener, _feed(board, device, input_path, camera, settings) as feed:
        address = f"http://{server.ADDRESS}:{listener.getsockname()[1]}/"
        console.out.print(address, markup=False, soft_wrap=True)
        server.serve(hub, Captures(captures, settings.class_names), listener, lambda stop: feed(hub, stop))


@contextmanager
def _feed(
    board: str | None, device: Path | None, input_path: Path | None, camera: str, settings: "Settings"
) -> Iterator[Feed]:
    """What listens to the board, which is there until the end of the block."""
    from emojicam import console
    from emojicam.link.port import SerialPort
    from emojicam.live.feed import watch_camera, watch_emulator

    if board is None and input_path is None:
        device = device or _plugged_in()
        if device is not None:
            console.step(f"listening to the camera at {device}")
            with SerialPort(device) as port:
                yield lambda hub, stop: watch_camera(port, hub, stop)
            return
        console.step("no camera is plugged in: an emulated board instead")
    from emojicam.cli.run import boot, demo_clip
    from emojicam.emulators import product
    from emojicam.frames import open_footage

    target = runnable(board or "corstone300")
    footage = open_footage(input_path or demo_clip(), settings.class_names)
    elf = product.build_firmware(target, settings)
    console.step(f"booting {elf.name} on {target.name} ({target.core})")
    with boot(target, elf, camera, usb=False) as (transport, _):
        yield lambda hub, stop: watch_emulator(transport, settings, footage, hub, stop)


def _plugged_in() -> Path | None:
    """The one camera there is; None if there is none.

    Raises:
        EmojicamError: there are several.
    """
    from emojicam.link.port import find_port, find_ports

    return find_port() if find_ports() else None
