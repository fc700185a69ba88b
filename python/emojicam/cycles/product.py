"""The estimate for the image that is flashed."""

from emojicam import config
from emojicam.config import boards
from emojicam.cycles import estimate, listing, trace
from emojicam.emulators.product import build_firmware

#: The board that it is for.
BOARD = "openmv_h7"


def of_product(settings: config.Settings, camera: str = "ov7725") -> estimate.Frame:
    """What a frame takes on the camera board: its image, built if it isn't, on the virtual board.

    Raises:
        EmojicamError: a tool is missing, or the firmware takes no frame.
    """
    elf = build_firmware(boards.find(BOARD), settings)
    code = listing.read(elf)
    return estimate.estimate(trace.record(elf, code, trace.pictures(), camera), code)
