"""Builds the board layer with board_app/main.cc, and drives it through its mailbox."""

from __future__ import annotations

import struct
from pathlib import Path

from emojicam import paths, process
from emojicam.virtual_h7 import VirtualBoard

APP = Path(__file__).parent / "board_app" / "main.cc"
_FLAGS = (
    "-mcpu=cortex-m7",
    "-mthumb",
    "-mfpu=fpv5-d16",
    "-mfloat-abi=hard",
    "-O2",
    "-std=c++17",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-threadsafe-statics",
    "-fno-use-cxa-atexit",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wconversion",
    "-Wshadow",
    "-nostartfiles",
    "--specs=nano.specs",
    "-Wl,--gc-sections,--fatal-warnings,--no-warn-rwx-segments",
)
COMMANDS = (
    "nothing",
    "camera_start",
    "camera_take",
    "camera_check",
    "store_erase",
    "store_write",
    "store_read",
    "watchdog",
    "feed",
    "hang",
    "peek",
    "recurse",
    "undefined",
    "reset",
    "led",
    "problem",
    "camera_rest",
)
CAUSES = ("power", "pin", "software", "watchdog", "fault", "stopped", "other")
# command, argument, done, error, cause, starts, fault record (9 words, ms, overflow, reason), …
_LAYOUT = struct.Struct("<3I24s2I10I?24s3x3I2I12s12s64s6I")


def compile_app(folder: Path) -> tuple[Path, int]:
    """Returns (the HEX file, the mailbox's address)."""
    source = paths.project_root() / "firmware" / "src"
    elf, image = folder / "board_app.elf", folder / "board_app.hex"
    board = source / "board"
    process.run(
        [
            "arm-none-eabi-g++",
            *_FLAGS,
            "-I",
            source,
            "-I",
            board / "openmv_h7",
            *sorted((board / "stm32h743").glob("*.cc")),
            board / "cortexm" / "runtime.cc",
            board / "cortexm" / "fault_entry.cc",
            APP,
            f"-L{board / 'stm32h743'}",
            f"-T{board / 'openmv_h7' / 'openmv_h7.ld'}",
            "-o",
            elf,
        ],
        what="compile the board layer",
    )
    process.run(["arm-none-eabi-objcopy", "-O", "ihex", elf, image], what="convert the board layer")
    symbols = process.run(["arm-none-eabi-nm", elf], what="list the board layer's symbols")
    address = next(int(line.split()[0], 16) for line in symbols.splitlines() if line.endswith(" mailbox"))
    return image, address


class Mailbox:
    """The running app. Attributes are the mailbox's fields as of the last :meth:`refresh`."""

    def __init__(self, board: VirtualBoard, address: int) -> None:
        self.board = board
        self.address = address
        self.refresh()

    def refresh(self) -> None:
        fields = _LAYOUT.unpack(self.board.read(self.address, _LAYOUT.size))
        self.command, self.argument, self.done = fields[:3]
        self.error = fields[3].split(b"\0")[0].decode("ascii", "replace")
        self.cause, self.starts = fields[4:6]
        names = ("exception", "pc", "lr", "xpsr", "sp", "cfsr", "hfsr", "mmfar", "bfar", "ms")
        self.fault = dict(zip(names, fields[6:16], strict=True))
        self.stack_overflow, self.reason = fields[16], fields[17].split(b"\0")[0].decode("ascii", "replace")
        self.frame_number, self.frame_address, self.milliseconds = fields[18:21]
        self.nanoseconds = fields[21] | fields[22] << 32
        self.unique_id = fields[23]
        self.sensor = fields[24].split(b"\0")[0].decode("ascii", "replace")
        self.data = fields[25]
        names = ("captured", "dropped", "overruns", "short_frames", "dma_errors", "restarts")
        self.counters = dict(zip(names, fields[26:32], strict=True))

    def wait_started(self, seconds: float = 0.5) -> None:
        """Until the app is in its loop."""
        start = self.board.clock.now
        assert self.board.run_until(self._looping, seconds), (
            f"the app is not up after {seconds} s: PC {self.board.core.pc:#010x}, exception "
            f"{self.board.core.active_exception}, started at {start}"
        )
        self.refresh()

    def _looping(self) -> bool:
        return self.board.core.sleeping and self.board.core.active_exception == 0

    def post(self, command: str, argument: int = 0, data: bytes = b"") -> None:
        """Leave a command there, without waiting for what comes of it."""
        if data:
            self.board.write(self.address + _LAYOUT.size - 24 - 64, data)
        self.board.write(self.address + 4, argument.to_bytes(4, "little"))
        self.board.write(self.address, COMMANDS.index(command).to_bytes(4, "little"))

    def call(self, command: str, argument: int = 0, data: bytes = b"", seconds: float = 1.0) -> str:
        """Run a command to its end; returns the error that it gave, "" for none."""
        self.refresh()
        before = self.done
        self.post(command, argument, data)
        assert self.board.run_until(lambda: self.board.read_word(self.address + 8) == before + 1, seconds), (
            f"{command} does not end: PC {self.board.core.pc:#010x}, resets {self.board.soc.resets}"
        )
        self.refresh()
        return self.error
