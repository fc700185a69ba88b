"""Options that several subcommands have: one name, one meaning, one check, before any work is done.

``--board`` a board that can do what is asked, ``--config`` the settings, ``--json`` a file or ``-`` for stdout,
``--device`` a serial port, ``--probe`` a debug probe, ``--port`` a TCP port, ``--jobs`` and ``--cluster`` who works.
"""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emojicam import console, extras, process
from emojicam.config.boards import BOARDS, Board, find
from emojicam.errors import EmojicamError, UsageError

if TYPE_CHECKING:
    from emojicam.config.settings import Model
    from emojicam.parallel import Workers

#: Endings of what matplotlib draws.
DRAWN = (".png", ".svg", ".pdf")
#: What `--json` takes for stdout.
STDOUT = Path("-")


def boards(can: Callable[[Board], object]) -> list[str]:
    """Names of the boards that can do something."""
    return [board.name for board in BOARDS.values() if can(board)]


#: What runs the main job: an emulator, the virtual board, this computer.
RUNNABLE = boards(lambda board: board.runs)
#: Those that an emulator counts instructions of.
COUNTED = boards(lambda board: board.qemu_machine)
#: Those with firmware, whose images, stacks and sizes there are.
FIRMWARE = boards(lambda board: not board.process)
#: Real ones, which can be written.
REAL = boards(lambda board: board.virtual)


def runnable(name: str) -> Board:
    """The board of this name, once it is sure that what runs it is installed: building takes minutes.

    Raises:
        ToolMissing: it is not.
    """
    board = find(name)
    if board.virtual:
        extras.need("virtual")
    if board.qemu_machine:
        process.find_tool("qemu-system-arm")
    return board


def settings_said(model: Path, config_path: Path | None) -> "Model | None":
    """What emojicam.toml says of a model: the file that --config names, or the project's own if it has this model.

    Of another model the project's own says only what a board does with any: whether mirror images are seen in turn.

    Raises:
        EmojicamError: the named file is wrong.
    """
    from emojicam import config, paths
    from emojicam.config.settings import Model

    if config_path is not None:
        return config.load(config_path).model
    try:
        own = config.load().model
    except EmojicamError:
        return None  # whoever looks at another model need not have settings
    if (paths.data_root() / own.file).resolve() == model.resolve():
        return own
    return Model(mirror_in_turn=own.mirror_in_turn)


def choice(names: list[str], what: str, *, several: bool = False, option: str = "--board") -> Any:
    """An option that takes one of some names, which a shell can complete.

    Args:
        what: the help.
        several: whether it may be given more than once.
    """

    def check(given: Any) -> Any:
        for name in given or () if several else (given,):
            if name is not None and name not in names:
                raise typer.BadParameter(f"{name!r} is not one of {', '.join(names)}")
        return given

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return typer.Option(
        option, help=f"{what} One of {', '.join(names)}.", metavar=option.lstrip("-").upper(), callback=check,
        autocompletion=complete,
        show_default=not several,
    )  # fmt: skip


def refuse_unwritable(path: Path, option: str, *, folder: bool = False) -> None:
    """Find out whether a file, or files in a folder, could be written, in folders that may have to be made first;
    leaves nothing behind.

    Raises:
        EmojicamError: it could not.
    """
    place = "FOLDER" if folder else "FILE"
    try:
        if path.is_dir() != folder and path.exists():
            raise EmojicamError(f"{path} is a {'file' if folder else 'folder'}", f"another {option} {place}")
        if path.is_file():
            with path.open("ab"):
                return
        if path.exists() and not folder:
            return  # a device or a pipe, which opening might disturb
        above = path if folder else path.parent
        while not above.exists():
            above = above.parent
        with tempfile.TemporaryFile(dir=above):
            pass
    except OSError as error:
        raise EmojicamError(f"{path} can't be written: {error.strerror}", f"another {option} {place}") from None


def _output(
    option: str, *, folder: bool = False, endings: tuple[str, ...] = ()
) -> Callable[[typer.Context, Path | None], Path | None]:
    def check(context: typer.Context, path: Path | None) -> Path | None:
        if path is not None and not context.resilient_parsing:
            refuse_unwritable(path, option, folder=folder)
            if endings and path.suffix.lower() not in endings:
                raise typer.BadParameter(f"{path} does not end in {' or '.join(endings)}")
            if not folder:
                path.parent.mkdir(parents=True, exist_ok=True)
        return path

    return check


def output(
    *names: str, what: str, folder: bool = False, metavar: str | None = None, endings: tuple[str, ...] = (), **more: Any
) -> Any:
    """An option that names a file or folder to write, which is refused at once where that can't be done.

    Args:
        endings: of its name, where they say what is written.
    """
    return typer.Option(
        *names, help=what, metavar=metavar or ("FOLDER" if folder else "FILE"),
        callback=_output(names[0], folder=folder, endings=endings), **more,
    )  # fmt: skip


def _json_file(context: typer.Context, path: Path | None) -> Path | None:
    if path is None or context.resilient_parsing:
        return path
    if path != STDOUT:
        refuse_unwritable(path, "--json")
    elif not console.out.stderr:
        # Nothing else may be on stdout.
        console.out.stderr = True
        context.call_on_close(lambda: setattr(console.out, "stderr", False))
    return path


#: A result for programs.
Json = Annotated[
    Path | None,
    typer.Option(
        "--json", metavar="FILE|-", callback=_json_file, show_default=False,
        help="Write the result as JSON to a file, or with - (or nothing) to stdout; all else is on stderr then.",
    ),
]  # fmt: skip

#: The settings.
Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", show_default=False, help="Settings to use instead of emojicam.toml."),
]

#: What an emulated board is shown.
Input = Annotated[
    Path | None,
    typer.Option(
        "--input", metavar="PATH", show_default=False,
        help="An image, a folder of images, a video or a GIF; by default the clip that comes along.",
    ),
]  # fmt: skip

Limit = Annotated[int | None, typer.Option(min=1, max=10**9, help="Stop after so many frames.", show_default=False)]

_SENSORS = ["ov7725", "mt9m114"]
Camera = Annotated[str, choice(_SENSORS, "Of the virtual openmv_h7.", option="--camera")]


def refuse_camera(camera: str, board: str | None) -> None:
    """A sensor is chosen for a board that has one.

    Raises:
        UsageError: this one has none.
    """
    if camera != _SENSORS[0] and not (board and find(board).camera):
        raise UsageError(f"--camera {camera} is for a virtual board with a sensor", "--board openmv_h7")


#: A camera that is plugged in.
SerialDevice = Annotated[
    Path | None,
    typer.Option(
        "--device", metavar="/dev/tty…", show_default=False,
        help="The serial port of the camera that is plugged in; by default the one camera there is.",
    ),
]  # fmt: skip


#: Who does work that can be shared out: `workers` makes one of the two.
Jobs = Annotated[
    int | None, typer.Option(min=1, help="Processes on this computer; one a processor by default.", show_default=False)
]
Cluster = Annotated[
    str | None,
    typer.Option(
        metavar="tcp://HOST:PORT", show_default=False,
        help="Have the workers of a Dask cluster do it instead: the scheduler's address.",
    ),
]  # fmt: skip


def workers(jobs: int | None, cluster: str | None) -> "Workers":
    """What `Jobs` and `Cluster` say, to be entered before the work begins.

    Raises:
        UsageError: both were given.
    """
    from emojicam.parallel import Workers

    return Workers(jobs, cluster)


@contextmanager
def json_lines(path: Path | None) -> Iterator[Callable[[Any], None]]:
    """Writes one JSON object a line to what `Json` gave, each at once; nowhere without a path."""
    if path is None:
        yield lambda value: None
    elif path == STDOUT:
        yield lambda value: typer.echo(json.dumps(value, ensure_ascii=False))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb", buffering=0) as file:
            whole = 0

            def write(value: Any) -> None:
                nonlocal whole
                line = (json.dumps(value, ensure_ascii=False) + "\n").encode()
                try:
                    while line:
                        line = line[file.write(line) :]
                except OSError as error:
                    if path.is_file():
                        file.truncate(whole)  # whole lines or nothing
                    raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --json FILE") from None
                whole = file.tell() if path.is_file() else 0

            yield write


def write_json(path: Path | None, value: Any) -> None:
    """Write one JSON value to what `Json` gave; nowhere without a path."""
    if path is None:
        return
    text = json.dumps(value, indent=1, ensure_ascii=False)
    if path == STDOUT:
        typer.echo(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    there = path.is_file()
    try:
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        if path.is_file() and not there:
            path.unlink()
        raise EmojicamError(f"{path} can't be written: {error.strerror}", "another --json FILE") from None
