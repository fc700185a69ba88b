"""The boards that firmware can be built for: one row each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from emojicam.cores import Core
from emojicam.errors import UsageError


@dataclass(frozen=True)
class Board:
    """A board, named as its folder in ``firmware/src/board``.

    Attributes:
        core: what its code is compiled for.
        qemu_machine: the machine that QEMU runs it on; empty where QEMU has none.
        job_address: where the runner looks for what it is to run (``__job_start`` in the linker script).
        job_bytes: how much fits there.
        virtual: `emojicam.virtual_h7` runs it.
        camera: a sensor is on it; what a board without one sees comes from the computer.
        process: it runs as a process of this computer.
    """

    name: str
    core: Core | Literal["host"]
    about: str
    qemu_machine: str = ""
    job_address: int = 0
    job_bytes: int = 16 << 20
    virtual: bool = False
    camera: bool = False
    process: bool = False

    @property
    def runs(self) -> bool:
        """Whether the product can be run here, without the board."""
        return bool(self.qemu_machine) or self.virtual or self.process

    @property
    def machine(self) -> str:
        """What runs it here, in words."""
        return self.qemu_machine or ("this computer" if self.process else f"the virtual {self.name}, an STM32H743")


BOARDS = {
    board.name: board
    for board in (
        Board("corstone300", "cortex-m55", "QEMU mps3-an547, FVP, Arm Virtual Hardware", "mps3-an547", 0x62000000),
        Board("mps2_an500", "cortex-m7", "QEMU mps2-an500", "mps2-an500", 0x60000000),
        Board("openmv_h7", "cortex-m7", "OpenMV Cam H7, and the virtual one", virtual=True, camera=True),
        Board("nucleo_h743zi", "cortex-m7", "NUCLEO-H743ZI without a camera, and the virtual one", virtual=True),
        Board("host", "host", "this computer: the same firmware as a process, at full speed", process=True),
    )
}

#: The emulated board that runs a core's code.
BOARD_OF_CORE: dict[Core, Board] = {
    "cortex-m7": BOARDS["mps2_an500"],
    "cortex-m55": BOARDS["corstone300"],
}


def find(name: str, among: Iterable[Board] = BOARDS.values()) -> Board:
    """The board of this name.

    Args:
        among: boards that can do what is asked.

    Raises:
        UsageError: none of them has the name; the hint lists them.
    """
    fitting = {board.name: board for board in among}
    if name not in fitting:
        raise UsageError(f"there is no board {name} for this", "--board " + " or ".join(fitting))
    return fitting[name]
