"""``emojicam doctor``: what is here, what is missing, and what to do."""

from dataclasses import asdict

import typer

from emojicam.cli.options import Json, write_json

app = typer.Typer()

_STYLES = {"right": "green", "wrong": "red", "not needed": "dim"}


@app.command()
def doctor(json_file: Json = None) -> None:
    """Look at everything that emojicam needs on this computer: right, wrong or not needed, and what to do.

    Changes nothing. Exit status 1 only where the main job, `emojicam run`, can't run.
    """
    from rich.text import Text

    from emojicam import console
    from emojicam import doctor as doctors
    from emojicam.errors import EmojicamError

    with console.busy("looking"):
        findings = list(doctors.examine())
    for one in findings:
        hint = f"; try: {one.hint}" if one.hint else ""
        console.out.print(Text(f"{one.state:<11}", style=_STYLES[one.state]), end="")
        console.out.print(f"{one.name:<20} {one.found}{hint}", markup=False, soft_wrap=True)
    write_json(json_file, [asdict(one) for one in findings])
    stopping = [one for one in findings if one.stops_the_job]
    if stopping:
        names = ", ".join(one.name for one in stopping)
        raise EmojicamError(f"the main job can't run: {names}", stopping[0].hint)
