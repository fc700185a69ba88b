"""The command line: one module a subcommand, imported only when it is called."""

import importlib
import logging
import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from emojicam import streams
from emojicam.cli import examples
from emojicam.console import err, out

#: Subcommand -> (module under emojicam.cli, one line of help). A module holds `app`, a typer.Typer.
COMMANDS = {
    "run": ("run", "Build the firmware, boot it on an emulated board, and show it frames."),
    "live": ("live", "Show in a browser what a board sees and types, and keep frames."),
    "doctor": ("doctor", "What is here of all that emojicam needs, and what to do about the rest."),
    "build": ("build", "Build the firmware of one board, or of all."),
    "deps": ("deps", "Fetch the third-party sources that the manifest names."),
    "fuzz": ("fuzz", "Bad input for the firmware: run its fuzzers."),
    "settings": ("settings", "The settings of a camera that is plugged in: show, send, reset."),
    "usb": ("usb", "The board's USB device: check it, or hand it to a virtual machine."),
    "flash": ("flash", "Build the firmware and write it into an OpenMV Cam H7."),
    "inspect": ("inspect", "Show the layers, the memory and the cost of a model."),
    "bench": ("bench", "Count instructions of every layer with three sets of kernels."),
    "cycles": ("cycles", "Estimate the cycles of a frame on the OpenMV Cam H7, by stage."),
    "export": ("export", "Check a model and write it as C++ for the firmware."),
    "data": ("data", "Render labelled pictures of hands, and look at sets of pictures."),
    "train": ("train", "Train a model, quantise it to int8 and measure it."),
    "teach": ("teach", "Teach the model your own gestures, or your own hand, from a few pictures."),
    "record": ("record", "Record what a board sees and decides into a file."),
    "replay": ("replay", "Show a recording to a board again, and say what differs."),
    "plot": ("plot", "Draw the timeline of a recording."),
    "search": ("search", "Look for a better network under the board's budget."),
    "evaluate": ("evaluate", "Measure a model on labelled pictures."),
    "avh": ("avh", "Run the firmware on a model of Corstone-300, here or on AWS, and judge it."),
    "thresholds": ("thresholds", "Choose the decision's settings by replaying clips."),
    "stack": ("stack", "The deepest way through the calls of a firmware, against its stack."),
    "size": ("size", "What each image takes, beside what another build took."),
    "release": ("release", "The files of a release, with the firmware's bill of materials."),
    "faults": ("faults", "Disturb the virtual board while it types, and see whether it comes back."),
}


def rewritten(args: list[str]) -> list[str]:
    """The arguments as typer takes them: --verbose first, wherever it stands, and ``--json -`` for a bare --json."""
    if "--" in args:
        end = args.index("--")
        return [*rewritten(args[:end]), *args[end:]]
    general = [word for word in args if word == "--verbose"]
    made: list[str] = []
    rest = [word for word in args if word != "--verbose"]
    for position, word in enumerate(rest, 1):
        made.append(word)
        following = rest[position : position + 1]
        if word == "--json" and (not following or _no_json_file(following[0])):
            made.append("-")
    return general + made


def _no_json_file(word: str) -> bool:
    """Whether the word after --json is no file of its own: another option, or the model (`inspect --json MODEL`)."""
    return (word.startswith("-") and word != "-") or word.endswith(".tflite")


class LazyGroup(TyperGroup):
    """Imports a subcommand's module when it is called: `emojicam --help` stays quick."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if "" in args:
            raise typer.BadParameter("an argument is empty")
        return super().parse_args(ctx, rewritten(args))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, summary = COMMANDS[cmd_name]
        command = typer.main.get_command(importlib.import_module(f"emojicam.cli.{module}").app)
        command.name = cmd_name
        # Typer gives every sub-application options of its own for installing completion.
        command.params = [item for item in command.params if "completion" not in str(item.name)]
        command.short_help = summary
        for below, one in {"": command, **getattr(command, "commands", {})}.items():
            one.epilog = examples.epilog(f"{cmd_name} {below}".rstrip()) or None
        return command


app = typer.Typer(cls=LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        from emojicam import versions

        for name, version in versions.lines():
            typer.echo(f"{name} {version}")
        raise typer.Exit


@app.callback()
def root(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every command that is run.")] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the versions of what this is made of."),
    ] = False,
) -> None:
    """A camera board that types the emoji you sign: build it, run it, test it, flash it."""
    logging.basicConfig(level=logging.DEBUG if verbose else logging.WARNING, format="%(message)s", stream=sys.stderr)
    logging.getLogger("emojicam").setLevel(logging.DEBUG if verbose else logging.WARNING)


def _say_no_more() -> None:
    """Let what waits to be written to stdout go nowhere, instead of failing once more at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: list[str] | None = None) -> Any:
    """The console script.

    Exit status: 0 done, 1 failed, 2 wrong usage, 70 a fault of ours (one line on stderr each), 130 interrupted.
    """
    streams.make_lenient()
    try:
        status = app(args=argv, prog_name="emojicam", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads on (`emojicam … | head`), nor would they the message that flushing fails.
        _say_no_more()
        sys.exit(1)
    except (KeyboardInterrupt, typer.Abort):
        # Pressed again: there is nothing left to be said.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        err.print("emojicam: interrupted")
        sys.exit(130)
    except Exception as error:
        from emojicam.cli import failure

        status = failure.explain(error)
        try:
            sys.stdout.flush()
        except OSError:  # which may be what it was about
            _say_no_more()
        sys.exit(status)
    finally:
        # As --json - has set it, where the command did not come as far as to set it back.
        out.stderr = False
    sys.exit(status if isinstance(status, int) else 0)
