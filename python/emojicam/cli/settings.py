"""``emojicam settings``: what a plugged-in camera has, changed without building it anew."""

import json
from pathlib import Path

import typer

from emojicam.cli.options import Config, SerialDevice

app = typer.Typer(no_args_is_help=True, help="The settings of a camera that is plugged in.")


@app.command()
def show(device: SerialDevice = None) -> None:
    """Print the settings in force, as JSON."""
    _ask(device, "SettingsRequest")


@app.command()
def send(
    device: SerialDevice = None,
    config_path: Config = None,
) -> None:
    """Give the camera host, layout, times and thresholds of emojicam.toml, and have it keep them."""
    from emojicam import config
    from emojicam.config import on_board

    _ask(device, "SettingsSet", **on_board.message(config.load(config_path)))


@app.command()
def reset(device: SerialDevice = None) -> None:
    """Back to the settings that the firmware was built with."""
    _ask(device, "SettingsReset")


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
