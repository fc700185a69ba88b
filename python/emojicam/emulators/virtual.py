"""A virtual board from an ELF, where its instruction set is installed."""

from pathlib import Path
from typing import TYPE_CHECKING

from emojicam import extras
from emojicam.firmware.image import hex_of

if TYPE_CHECKING:
    from emojicam.virtual_h7 import VirtualBoard


def boot(elf: Path, camera: str = "ov7725", board: str = "openmv_h7") -> "VirtualBoard":
    """The board with the HEX of this ELF in its flash, switched off.

    Args:
        camera: where the board has a place for one.
        board: openmv_h7 or nucleo_h743zi.

    Raises:
        EmojicamError: unicorn is not installed, there is no such camera, or the image does not lie in flash.
    """
    try:
        from emojicam.virtual_h7 import WIRINGS, VirtualBoard
    except ModuleNotFoundError as error:
        if missing := extras.explain(error):
            raise missing from None
        raise
    wiring = WIRINGS[board]
    booted = VirtualBoard(camera if wiring.camera else None, wiring=wiring)
    booted.load_hex(hex_of(elf))
    return booted
