"""A board of QEMU's, or this computer, from its row in the table of boards."""

from pathlib import Path

from emojicam.config.boards import Board
from emojicam.emulators.host import HostProcess
from emojicam.emulators.qemu import Qemu


def start(
    board: Board, elf: Path, *, usb: bool = False, blocks: bool = True, gdb: int | None = None
) -> Qemu | HostProcess:
    """The board with this firmware, to be entered with ``with``.

    Args:
        board: one with a QEMU machine, or this computer; `virtual.boot` starts the others.
        usb: whether its USB has another end: ``usb_line``.
        blocks: whether somebody reads its messages all the time; see `Qemu`.
        gdb: where a debugger reaches it; see `Qemu`, which alone has that.
    """
    return HostProcess(elf, usb=usb) if board.process else Qemu(board, elf, usb=usb, blocks=blocks, gdb=gdb)
