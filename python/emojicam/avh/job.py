"""The files of a run: the firmware, what its UART hears, what it must say, and what runs the model."""

import hashlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from emojicam import paths
from emojicam.avh.expectation import Expectation, expected_frames, expected_text
from emojicam.config import Settings, boards
from emojicam.emulators import product
from emojicam.errors import EmojicamError
from emojicam.frames import Footage, Pixels, SourceFrame, time_ms
from emojicam.link import encode
from emojicam.link.frames import encode_frame
from emojicam.link.session import MOST_TAILS, TAIL_MS

#: The names that ``ci/avh/corstone300.yml`` and ``ci/avh/run-model`` know.
ELF, INPUT, OUTPUT = "emojicam.elf", "uart0.in", "uart0.out"
REPORT, EXPECTATION, STEPS = "model.json", "expected.json", "steps.log"
SCRIPTS = ("run-model", "qemu-as-fvp")


def scripts_dir() -> Path:
    """Where the spec is, and the scripts that run beside the model."""
    return paths.data_root() / "ci" / "avh"


@dataclass(frozen=True)
class Stimulus:
    """All that the board is told.

    Attributes:
        wire: the bytes for its UART.
        times_ms: when each frame was taken.
        messages: how many messages the bytes are.
    """

    wire: bytes
    times_ms: tuple[int, ...]
    messages: int


def record(frames: Iterable[SourceFrame], rate: float) -> Stimulus:
    """What `link.session.Session` would send to a board that answers at once."""
    wire = bytearray(encode("HelloRequest") + encode("Arm", armed=1))
    times: list[int] = []
    before: Pixels | None = None
    for number, frame in enumerate(frames):
        times.append(time_ms(number, frame, rate, times[-1] if times else 0))
        wire += encode_frame(number, times[-1], frame.pixels, before)
        before = frame.pixels
    end = times[-1] if times else 0
    for tail in range(1, MOST_TAILS + 1):  # nobody is there to see when the board has typed everything
        wire += encode("Time", time_ms=end + tail * TAIL_MS)
    wire += encode("StatisticsRequest")
    # COBS leaves no zero inside of a message.
    return Stimulus(bytes(wire), tuple(times), wire.count(0))


def make(folder: Path, footage: Footage, settings: Settings, limit: int | None = None) -> Expectation:
    """Fill the folder that a spec runs in, and take away what an earlier run has left.

    Args:
        limit: how many frames of the footage.

    Raises:
        EmojicamError: the firmware does not build, the footage can't be read, or has no frame.
    """
    frames = list(islice(footage.frames(), limit))
    if not frames:
        raise EmojicamError("there is no frame to run", "another --input")
    board = boards.find("corstone300")
    elf = product.build_firmware(board, settings)
    arena = product.export(settings).arena_bytes["cortex-m55"]
    clear(folder)
    stimulus = record(frames, footage.rate)
    (folder / INPUT).write_bytes(stimulus.wire)
    shutil.copyfile(elf, folder / ELF)
    for name in SCRIPTS:
        shutil.copy(scripts_dir() / name, folder / name)
    expected = expected_frames(frames, stimulus.times_ms, settings)
    expectation = Expectation(
        board=board.name,
        classes=tuple(settings.class_names),
        arena_budget=arena,
        messages=stimulus.messages,
        host=settings.keyboard.host,
        layout=settings.keyboard.layout,
        frames=tuple(expected),
        typed=expected_text(expected, stimulus.times_ms, settings),
        inputs=hashes(folder),
    )
    (folder / EXPECTATION).write_text(expectation.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return expectation


def clear(folder: Path) -> None:
    """Make the folder, without any result in it that could be taken for that of the next run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (OUTPUT, REPORT, STEPS, "model.log", "junit.xml"):
        (folder / name).unlink(missing_ok=True)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of what the model is given."""
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ELF, INPUT)}
