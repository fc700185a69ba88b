"""``emojicam usb``: the board's USB device, checked or handed to a virtual machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import RUNNABLE, Config, choice, runnable

if TYPE_CHECKING:
    from emojicam.emulators.host import HostProcess
    from emojicam.emulators.qemu import Qemu
    from emojicam.usb.bus import Bus, Observer

app = typer.Typer(no_args_is_help=True, help="The board's USB device: check it, or export it.", add_completion=False)

_Board = Annotated[
    str, choice(RUNNABLE, "corstone300 is a Cortex-M55, mps2_an500 a Cortex-M7; the others are virtual.")
]


@app.command()
def check(
    board: _Board = "corstone300",
    config_path: Config = None,
    trace: Annotated[bool, typer.Option(help="Show every transaction on the bus.")] = False,
) -> None:
    """Enumerate the board and put USB's and HID's questions to it."""
    from emojicam import console
    from emojicam.errors import EmojicamError
    from emojicam.usb import check as checks
    from emojicam.usb.host import Host
    from emojicam.usb.trace import Trace

    observer = Trace(lambda line: console.out.print(line, markup=False, soft_wrap=True)) if trace else None
    with _booted(board, config_path, observer) as (bus, _):
        problems = checks.check(Host(bus))
    for problem in problems:
        console.out.print(problem, markup=False, soft_wrap=True)
    if problems:
        raise EmojicamError(f"{len(problems)} USB checks failed", "emojicam usb check --trace, to see the exchange")
    console.out.print(f"{board}: every USB check passed")


@app.command()
def export(
    board: _Board = "corstone300",
    config_path: Config = None,
    listen: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where to listen; port 0 takes any that is free.")
    ] = "127.0.0.1:0",
    unix: Annotated[Path | None, typer.Option("--socket", help="Listen on a UNIX socket instead.")] = None,
    input_path: Annotated[
        Path | None, typer.Option("--input", metavar="PATH", help="Show the board these frames over and over, armed.")
    ] = None,
) -> None:
    """Serve the board's USB device over usbredir, for QEMU's `-device usb-redir` and the like.

    Ends with Ctrl+C. A program in the virtual machine sees a keyboard and a serial port, as on a real one.
    """
    from emojicam import console
    from emojicam.usb.host import Host
    from emojicam.usb.redirect.server import Server

    shown = input_path is not None
    with _listener(listen, unix) as listener, _booted(board, config_path, shown=shown) as (bus, qemu):
        if unix is None:
            host, port = listener.getsockname()[:2]
            where = f"host={host},port={port}"
        else:
            where = f"path={unix}"
        console.out.print(
            f"-device qemu-xhci -chardev socket,id=emojicam,{where} -device usb-redir,chardev=emojicam",
            markup=False, soft_wrap=True,
        )  # fmt: skip
        console.step("serving the keyboard to a virtual machine with these options; Ctrl+C ends it")
        with _shown(qemu, input_path, config_path):
            Server(Host(bus)).serve(listener)


@contextmanager
def _booted(
    board: str, config_path: Path | None, observer: "Observer | None" = None, *, shown: bool = False
) -> Iterator[tuple["Bus", "Qemu | HostProcess | None"]]:
    """The board's bus; and its emulator, where frames go to it by a line of its own.

    Args:
        shown: frames do, so that somebody listens to what the board says of them.
    """
    from emojicam import config, console
    from emojicam.emulators import product
    from emojicam.emulators.start import start
    from emojicam.usb.bus import SocketLine, TunnelBus

    settings = config.load(config_path)
    target = runnable(board)
    elf = product.build_firmware(target, settings)
    console.step(f"booting {elf.name} on {target.machine} ({target.core})")
    if target.virtual:
        from emojicam.emulators.virtual import boot

        virtual = boot(elf, board=board)
        virtual.usb.observer = observer
        yield virtual.usb.connect(), None
        return
    with start(target, elf, usb=True, blocks=shown) as running:
        yield TunnelBus(SocketLine(running.usb_line), observer=observer), running


@contextmanager
def _listener(listen: str, unix: Path | None) -> Iterator[socket.socket]:
    from emojicam.errors import EmojicamError

    family = socket.AF_INET if unix is None else socket.AF_UNIX
    with socket.socket(family) as listener:
        try:
            if unix is None:
                host, _, port = listen.rpartition(":")
                listener.bind((host or "127.0.0.1", int(port)))
            else:
                listener.bind(str(unix))
            listener.listen()
        except (OSError, ValueError, OverflowError) as error:
            where = unix or listen
            raise EmojicamError(f"can't listen on {where}: {error}", "another --listen HOST:PORT") from None
        try:
            yield listener
        finally:
            if unix is not None:
                unix.unlink(missing_ok=True)


@contextmanager
def _shown(qemu: "Qemu | HostProcess | None", input_path: Path | None, config_path: Path | None) -> Iterator[None]:
    """Frames go to the board from a thread of their own while the keyboard is served."""
    if input_path is None:
        yield
        return
    import threading

    from emojicam import config
    from emojicam.cli.run import footage_of
    from emojicam.errors import EmojicamError
    from emojicam.frames import SourceFrame
    from emojicam.link.session import Session

    if qemu is None:
        raise EmojicamError(
            "the virtual board's time is the bus's, and stands still between transactions", "export it without --input"
        )
    settings = config.load(config_path)
    footage = footage_of(input_path, settings)
    stop = threading.Event()

    def again_and_again() -> Iterator[SourceFrame]:
        for frame in footage.over_and_over():
            if stop.is_set():
                return
            yield frame

    def work() -> None:
        session = Session(qemu, settings.keyboard.host, settings.keyboard.layout)
        session.start()
        for _ in session.run(again_and_again(), footage.rate):
            pass

    thread = threading.Thread(target=work, name="frames", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
