"""``emojicam settings``: what a plugged-in camera has, changed without building it anew."""

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The settings of a camera that is plugged in.")

_Port = Annotated[Path | None, typer.Option(help="Its serial port; by default the one camera there is.")]


@app.command()
def show(port: _Port = None) -> None:
    """Print the settings in force, as JSON."""
    _ask(port, "SettingsRequest")


@app.command()
def send(
    port: _Port = None,
    config_path: Annotated[
        Path | None, typer.Option("--config", help="Settings to send instead of emojicam.toml.")
    ] = None,
) -> None:
    """Give the camera host, layout, times and thresholds of emojicam.toml, and have it keep them."""
    from emojicam import config
    from emojicam.config import on_board

    _ask(port, "SettingsSet", **on_board.message(config.load(config_path)))


@app.command()
def reset(port: _Port = None) -> None:
    """Back to the settings that the firmware was built with."""
    _ask(port, "SettingsReset")


def _ask(path: Path | None, request: str, **fields: object) -> None:
    from emojicam import console
    from emojicam.config import on_board
    from emojicam.errors import EmojicamError
    from emojicam.link import encode, messages
    from emojicam.link.port import SerialPort

    problems = {code.value: code for code in messages.ERRORS}
    with SerialPort(path) as port:
        port.send(b"\0" + encode(request, **fields))
        for message in port.messages():
            if message.name == "Settings":
                console.out.print(json.dumps(on_board.describe(message.fields), indent=2), markup=False)
                return
            if message.name == "Error" and problems[message.code].name == "SettingsNotKept":
                console.err.print(problems[message.code].doc)
            elif message.name == "Error":
                raise EmojicamError(problems[message.code].doc, "the gestures of the firmware's own build")
