"""What a firmware executes and touches while it handles frames, recorded on the virtual board."""

import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from emojicam.cycles.listing import Listing
from emojicam.errors import EmojicamError

if TYPE_CHECKING:
    from emojicam.virtual_h7 import VirtualBoard

#: Stage -> the functions, by the beginning of their demangled names, at whose entry it begins.
STAGES: dict[str, tuple[str, ...]] = {
    "image": ("emojicam::ToModelInput(",),
    "exposure, motion": ("emojicam::ExposureOf(", "emojicam::MotionGate::Update("),
    "mirror image": ("emojicam::Mirror(",),
    "arena check": ("emojicam::Classifier::Intact(",),
    "inference": ("emojicam::Classifier::Classify(",),
    "decision": ("emojicam::Probabilities(", "emojicam::Decider::Update("),
}
#: What is of a frame and of no stage: its messages, the light, the loop of it all.
REST = "link and the rest"
#: What the frame is interrupted by.
INTERRUPTS = "interrupts"
NAMES = (*STAGES, REST, INTERRUPTS)
_FRAME = "emojicam::app::Pipeline::OnFrame("

# An event is a word: a block's number or an access (address, size - 1, whether it writes) and the stage above.
_STAGE, _IS_BLOCK, _IS_AHEAD, _IS_WRITE, _SIZE = 56, 1 << 48, 1 << 41, 1 << 40, 32
#: How objdump writes a request for a line: a register, and bytes from there.
_AHEAD = re.compile(r"pld \[(\w+)(?:, #(-?\d+))?\]")


@dataclass(frozen=True)
class Trace:
    """Everything in order, of several frames.

    Attributes:
        blocks: (address, size in bytes) of each basic block.
        frames: where in `events` each frame begins; the last entry is the end.
        cached: the names of the memories that the data cache holds lines of, as the firmware has set up its MPU.
    """

    events: npt.NDArray[np.uint64]
    blocks: list[tuple[int, int]]
    frames: list[int]
    cached: frozenset[str]

    def of_blocks(self) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = (self.events >> np.uint64(48) & np.uint64(1)).astype(bool)
        return found

    def stages(self) -> npt.NDArray[np.int64]:
        """(N,) index into NAMES."""
        return (self.events >> np.uint64(_STAGE)).astype(np.int64)

    def values(self) -> npt.NDArray[np.int64]:
        """(N,) a block's number, or an access's address."""
        return (self.events & np.uint64(0xFFFFFFFF)).astype(np.int64)

    def writes(self) -> npt.NDArray[np.bool_]:
        found: npt.NDArray[np.bool_] = (self.events >> np.uint64(40) & np.uint64(1)).astype(bool)
        return found

    def ahead(self) -> npt.NDArray[np.bool_]:
        """(N,) whether it asks for a line that is read later (PLD)."""
        found: npt.NDArray[np.bool_] = (self.events >> np.uint64(41) & np.uint64(1)).astype(bool)
        return found


def _cached(board: "VirtualBoard") -> frozenset[str]:
    """What is cacheable: by its MPU region's TEX, C and B (DDI 0403E table B3-13), else by the default map."""
    from emojicam.virtual_h7 import memory

    mpu = board.core.mpu
    names = set()
    for block in memory.MEMORIES:
        region = next((r for r in reversed(mpu.regions) if mpu.control & 1 and r.covers(block.base + 4096)), None)
        cacheable = region is None or bool(region.attributes >> 17 & 1)
        if cacheable and block.name not in ("ITCM", "DTCM"):
            names.add(block.name)
    return frozenset(names)


def _asked(listing: Listing) -> Iterator[tuple[int, int, int]]:
    """(address, unicorn's register, offset) of each PLD."""
    from unicorn import arm_const

    for address, line in listing.instructions.items():
        if match := _AHEAD.fullmatch(line):
            yield address, getattr(arm_const, f"UC_ARM_REG_{match[1].upper()}"), int(match[2] or 0)


class Recorder:
    """Records the frames that a board handles, from the moment that one is taken up until it is done with."""

    def __init__(self, board: "VirtualBoard", listing: Listing) -> None:
        import unicorn
        from unicorn import arm_const

        frame = listing.entry(_FRAME)
        if frame is None:
            raise EmojicamError("the firmware has no Pipeline::OnFrame", "emojicam build --board openmv_h7")
        self._frame = frame
        self._enters = {
            address: NAMES.index(stage)
            for stage, prefixes in STAGES.items()
            for prefix in prefixes
            if (address := listing.entry(prefix)) is not None
        }
        self._board = board
        self._engine = board.core.engine
        self._link_register = arm_const.UC_ARM_REG_LR
        self._events = array("Q")
        self._numbers: dict[tuple[int, int], int] = {}
        self._frames: list[int] = []
        self._returns: list[tuple[int, int]] = []  # where the function at hand returns to, and the stage then
        self._back = -1
        self._stage = -1  # not in a frame
        self._before_interrupt: list[int] = []
        self._watch_interrupts(board)
        uc: Any = self._engine.uc
        self._hooks = [
            uc.hook_add(unicorn.UC_HOOK_BLOCK, self._on_block),
            uc.hook_add(unicorn.UC_HOOK_MEM_READ, self._on_read),
            uc.hook_add(unicorn.UC_HOOK_MEM_WRITE, self._on_write),
            *(
                uc.hook_add(unicorn.UC_HOOK_CODE, self._on_ahead, (register, offset), address, address)
                for address, register, offset in _asked(listing)
            ),
        ]
        uc.ctl_flush_tb()

    @property
    def frames(self) -> int:
        """How many have been handled to their end."""
        return len(self._frames) - (self._stage >= 0)

    def _watch_interrupts(self, board: "VirtualBoard") -> None:
        leave: Callable[[int], Any] = board.core.exceptions.leave

        def on_exception(number: int) -> None:
            self._before_interrupt.append(self._stage)
            if self._stage >= 0:
                self._stage = NAMES.index(INTERRUPTS)

        def on_leave(exc_return: int) -> Any:
            if self._before_interrupt:
                self._stage = self._before_interrupt.pop()
            return leave(exc_return)

        board.core.on_exception = on_exception
        board.core.exceptions.leave = on_leave  # type: ignore[method-assign]

    def _on_block(self, _: Any, address: int, size: int, __: Any) -> None:
        if self._stage < 0:
            if address != self._frame or self._before_interrupt:
                return
            self._frames.append(len(self._events))
            self._enter(-1, NAMES.index(REST))
        elif address == self._back and not self._before_interrupt:
            _, self._stage = self._returns.pop()
            self._back = self._returns[-1][0] if self._returns else -1
            if self._stage < 0:
                return
        if address in self._enters and not self._before_interrupt:
            self._enter(self._stage, self._enters[address])
        number = self._numbers.setdefault((address, size), len(self._numbers))
        self._events.append(self._stage << _STAGE | _IS_BLOCK | number)

    def _enter(self, before: int, stage: int) -> None:
        self._back = self._engine.get(self._link_register) & ~1
        self._returns.append((self._back, before))
        self._stage = stage

    def _on_read(self, _: Any, __: int, address: int, size: int, ___: int, ____: Any) -> None:
        if self._stage >= 0:
            self._events.append(self._stage << _STAGE | size - 1 << _SIZE | address)

    def _on_write(self, _: Any, __: int, address: int, size: int, ___: int, ____: Any) -> None:
        if self._stage >= 0:
            self._events.append(self._stage << _STAGE | _IS_WRITE | size - 1 << _SIZE | address)

    def _on_ahead(self, _: Any, __: int, ___: int, where: tuple[int, int]) -> None:
        if self._stage >= 0:
            register, offset = where
            address = self._engine.get(register) + offset & 0xFFFF_FFFF
            self._events.append(self._stage << _STAGE | _IS_AHEAD | address)

    def trace(self) -> Trace:
        """What has been recorded; frames that are not over are left out."""
        frames = self._frames if self._stage >= 0 else [*self._frames, len(self._events)]
        return Trace(np.array(self._events[: frames[-1]], np.uint64), list(self._numbers), frames, _cached(self._board))


def pictures() -> list[npt.NDArray[np.uint8]]:
    """Two frames as the camera gives them, (240, 320), that a network has to look at: the first warms the caches."""
    coarse = np.random.default_rng(1).integers(40, 216, (2, 30, 40), dtype=np.uint8)
    return [np.kron(one, np.ones((8, 8), np.uint8)) for one in coarse]


def record(elf: Path, listing: Listing, pictures: list[npt.NDArray[np.uint8]], camera: str = "ov7725") -> Trace:
    """Show the virtual board's camera some pictures.

    Args:
        pictures: (240, 320) uint8 each; the first frames warm the caches.

    Raises:
        EmojicamError: unicorn is not installed, or the firmware has not taken the frames.
    """
    from emojicam.emulators.virtual import boot

    board = boot(elf, camera)
    assert board.camera is not None
    board.camera.hold()
    board.run_for(0.15)  # it starts, and sets up its sensor
    recorder = Recorder(board, listing)
    for picture in pictures:
        before = recorder.frames
        board.camera.feed(picture)
        if not board.run_until(lambda before=before: recorder.frames > before, 0.2):  # type: ignore[misc]
            raise EmojicamError(
                "the firmware has not taken a frame on the virtual board", "emojicam run --board openmv_h7"
            )
    return recorder.trace()
