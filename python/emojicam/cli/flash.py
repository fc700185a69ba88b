"""``emojicam flash``: write the firmware into the board."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emojicam.cli.options import REAL, Config, Json, choice, write_json

if TYPE_CHECKING:
    from emojicam.firmware.image import Image
    from emojicam.flash.find import Device
    from emojicam.flash.plan import Plan

app = typer.Typer()


class Via(StrEnum):
    swd = "swd"
    dfu = "dfu"


class Erase(StrEnum):
    sectors = "sectors"
    chip = "chip"


@app.command()
def flash(
    board: Annotated[str, choice(REAL, "Whose firmware is written.")] = "openmv_h7",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan; touch no board.")] = False,
    via: Annotated[Via | None, typer.Option(help="A debug probe, or USB; by default what is attached.")] = None,
    probe: Annotated[str, typer.Option(metavar="ID", help="Which debug probe: a part of its unique ID.")] = "",
    usb_path: Annotated[
        str, typer.Option("--usb-path", metavar="BUS-PORT", help="Which board in DFU mode: where on USB it is.")
    ] = "",
    wait: Annotated[float, typer.Option(metavar="SECONDS", min=0, help="Wait for one to be attached.")] = 0,
    erase: Annotated[Erase, typer.Option(help="What is erased first.")] = Erase.sectors,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Read back and compare.")] = True,
    reset: Annotated[bool, typer.Option("--reset/--no-reset", help="Start the firmware at the end.")] = True,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite OpenMV's bootloader, files or the settings, too.")
    ] = False,
    hex_file: Annotated[Path | None, typer.Option("--hex", help="Write this HEX; build nothing.")] = None,
    elf_file: Annotated[Path | None, typer.Option("--elf", help="Write this ELF; build nothing.")] = None,
    hertz: Annotated[int, typer.Option(min=1000, max=50_000_000, help="SWD clock.")] = 1_000_000,
    config_path: Config = None,
    json_file: Json = None,
) -> None:
    """Build the firmware of the OpenMV Cam H7, or of a NUCLEO-H743ZI, and write it into the board, over SWD or USB.

    Back to OpenMV's own firmware: OpenMV IDE, Tools, "Run Bootloader"; docs/flashing.md has every way.
    """
    from emojicam import console
    from emojicam.errors import UsageError
    from emojicam.flash import dfu, find, layout, report
    from emojicam.flash.plan import make_plan

    if hex_file is not None and elf_file is not None:
        raise UsageError("--hex and --elf exclude each other", "one of the two")
    if config_path is not None and (hex_file or elf_file):
        raise UsageError("--config is for what is built, and a HEX or ELF is", "emojicam settings send, later")
    if probe and (usb_path or via == Via.dfu):
        raise UsageError("--probe is for SWD, --usb-path and --via dfu for USB", "one of the two ways")
    if usb_path and via == Via.swd:
        raise UsageError("--usb-path is for --via dfu", "--probe, or --via dfu")
    if probe or usb_path:
        via = Via.swd if probe else Via.dfu
    where = layout.find(board)
    image, elf = _image(board, hex_file, elf_file, config_path)
    plan = make_plan(image, where, erase=erase.value, force=force)
    result = report.to_json(plan) | {
        "files": _files(elf, image),
        "via": via,
        "verify": verify,
        "reset": reset,
    }
    for warning in plan.warnings:
        console.step(f"warning: {warning}")
    if dry_run:
        bootloader = find.OPENMV_BOOTLOADER if where.bootloader else find.ST_ROM
        calls = dfu.commands(plan, bootloader, verify=verify, reset=reset) if via == Via.dfu else []
        if json_file is not None:
            result |= {"dry_run": True, "commands": [list(call.argv) for call in calls]}
        else:
            report.show(plan, calls, console.out)
    else:
        found = find.Finder().find(via.value if via else None, probe or usb_path, wait, bootloader=where.bootloader)
        console.step(f"writing {image.size:,} bytes of {image.source} through {found.name} ({found.key})")
        _carry_out(found, plan, verify=verify, reset=reset, hertz=hertz)
        verified = "written and verified" if verify else "written"
        console.step(f"{verified}; {'the firmware runs' if reset else 'reset the board to start it'}")
        result |= {"dry_run": False, "via": found.via, "device": found.key, "verified": verify}
    write_json(json_file, result)


def _image(
    board: str, hex_file: Path | None, elf_file: Path | None, config_path: Path | None
) -> tuple["Image", Path | None]:
    """The image, and the ELF that was built for it."""
    from emojicam import config
    from emojicam.config import boards
    from emojicam.emulators import product
    from emojicam.firmware import image

    if hex_file is not None:
        return image.read_hex(hex_file), None
    if elf_file is not None:
        return image.read_elf(elf_file), None
    elf = product.build_firmware(boards.find(board), config.load(config_path))
    return image.read_elf(elf), elf


def _files(elf: Path | None, made: "Image") -> dict[str, str]:
    """HEX and BIN beside an ELF that was built here."""
    from emojicam.firmware import image

    if elf is None:
        return {}
    hex_file, bin_file = image.write_files(made, elf.parent, elf.stem)
    return {"elf": str(elf), "hex": str(hex_file), "bin": str(bin_file)}


def _carry_out(found: "Device", plan: "Plan", *, verify: bool, reset: bool, hertz: int) -> None:
    from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

    from emojicam import console
    from emojicam.flash.dfu import Dfu
    from emojicam.flash.swd import Swd

    way: Swd | Dfu = Swd(found.key, hertz) if found.via == "swd" else Dfu(found)
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console.err, transient=True, disable=not console.err.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(what: str, done: float) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=1.0)
            bars.update(tasks[what], completed=done)

        way.carry_out(plan, verify=verify, reset=reset, progress=progress)
