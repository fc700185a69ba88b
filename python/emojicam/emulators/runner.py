"""Any model on an emulated core: outputs, arena and instructions of every layer.

Drives the runner firmware (``firmware/src/runner``), which finds its work in memory as `Job` blocks;
``runner/job.h`` has the layout.
"""

import struct
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from emojicam import console
from emojicam.config.boards import BOARD_OF_CORE
from emojicam.cores import Core
from emojicam.emulators.qemu import Qemu
from emojicam.errors import EmojicamError
from emojicam.firmware import build
from emojicam.link import messages

KernelSet = Literal["reference", "cmsis_nn"]

_KERNELS: dict[KernelSet, int] = {"reference": 0, "cmsis_nn": 1}
_PROFILE = 1
_MEASURE_ARENA = 2
_MAGIC = 0x31424A45
_ERROR_NAMES = {code.value: code for code in messages.ERRORS}


@dataclass(frozen=True)
class LayerCount:
    """One layer of one inference.

    Attributes:
        op: BuiltinOperator number of the TFLite schema.
        instructions: what its kernel took, to within one tick of the core's timer (31 or 40).
    """

    op: int
    instructions: int


@dataclass(frozen=True)
class Job:
    """A model and what to do with it.

    Attributes:
        inputs: arrays of the input tensor's size in bytes (int8 or whatever the model takes).
        profile: count the layers of the last inference.
        measure_arena: find the smallest arena that the model loads in.
        arena_limit: bytes of arena to allow, 0 for 1.5 MiB.
    """

    model: bytes
    inputs: Sequence[npt.NDArray[np.generic]] = ()
    kernels: KernelSet = "cmsis_nn"
    profile: bool = False
    measure_arena: bool = False
    arena_limit: int = 0


@dataclass
class Result:
    """What became of a job.

    Attributes:
        error: empty, or why it failed in the interpreter's words.
        outputs: raw bytes of the output tensor, one an input.
        arena_bytes: the smallest arena if it was measured, else what is in use after loading.
        instructions: of the last inference.
    """

    error: str = ""
    outputs: list[bytes] = field(default_factory=list)
    arena_bytes: int = 0
    instructions: int = 0
    layers: list[LayerCount] = field(default_factory=list)

    def int8_outputs(self) -> list[npt.NDArray[np.int8]]:
        return [np.frombuffer(output, np.int8) for output in self.outputs]


def pack(jobs: Sequence[Job]) -> bytes:
    """The block of memory that the runner reads."""
    align = 16
    header_bytes = 16 + 32 * len(jobs)
    body = bytearray()
    rows = b""

    def place(data: bytes) -> int:
        while (header_bytes + len(body)) % align:
            body.append(0)
        body.extend(data)
        return header_bytes + len(body) - len(data)

    shared: dict[bytes, int] = {}
    for job in jobs:
        if job.model not in shared:
            shared[job.model] = place(job.model)
        inputs = b"".join(np.ascontiguousarray(item).tobytes() for item in job.inputs)
        rows += struct.pack(
            "<8I",
            shared[job.model],
            len(job.model),
            _KERNELS[job.kernels],
            (_PROFILE if job.profile else 0) | (_MEASURE_ARENA if job.measure_arena else 0),
            place(inputs),
            len(inputs) // len(job.inputs) if job.inputs else 0,
            len(job.inputs),
            job.arena_limit,
        )
    return struct.pack("<4I", _MAGIC, len(jobs), 0, 0) + rows + bytes(body)


def run_jobs(core: Core, jobs: Sequence[Job]) -> list[Result]:
    """Run jobs one after the other on one emulated core.

    A model that the interpreter refuses is a `Result` with an error; the others go on.

    Raises:
        EmojicamError: a tool is missing, the jobs don't fit, or the firmware faulted.
    """
    board = BOARD_OF_CORE[core]
    elf = build.build_target(board, "runner")
    block = pack(jobs)
    if len(block) > board.job_bytes:
        raise EmojicamError(
            f"models and inputs take {len(block)} bytes of the {board.job_bytes} that {board.name} has for them",
            "fewer or smaller inputs",
        )
    results = [Result() for _ in jobs]
    busy = console.busy(f"running {len(jobs)} model{'s' * (len(jobs) != 1)} on {board.name}")
    with tempfile.TemporaryDirectory(prefix="emojicam-") as folder, busy:
        path = Path(folder) / "jobs.bin"
        path.write_bytes(block)
        with Qemu(board, elf, load=[(path, board.job_address)]) as qemu:
            for message in qemu.messages():
                if message.name == "RunnerEnd":
                    return results
                result = results[message.job]
                if message.name == "RunnerLayer":
                    result.layers.append(LayerCount(message.op, message.nanoseconds))
                elif message.name == "RunnerTensor":
                    if message.inference == len(result.outputs):
                        result.outputs.append(b"")
                    result.outputs[message.inference] += message.data
                elif message.name == "RunnerDone":
                    result.arena_bytes = message.arena_bytes
                    result.instructions = message.nanoseconds
                    if message.status:
                        code = _ERROR_NAMES[message.status]
                        result.error = message.detail or code.doc
    raise AssertionError("messages() only ends by an exception")


def run(
    core: Core,
    model: bytes,
    inputs: Sequence[npt.NDArray[np.generic]] = (),
    kernels: KernelSet = "cmsis_nn",
    *,
    profile: bool = False,
    measure_arena: bool = False,
) -> Result:
    """Run one model; see `run_jobs`.

    Raises:
        EmojicamError: also where the interpreter refuses the model.
    """
    (result,) = run_jobs(core, [Job(model, inputs, kernels, profile, measure_arena)])
    if result.error:
        raise EmojicamError(
            f"the firmware on {core} can't run the model: {result.error}", "emojicam inspect on the model"
        )
    return result


def measure_arena(core: Core, model: bytes) -> int:
    """The smallest arena in bytes that the product's kernels run this model in."""
    return run(core, model, measure_arena=True).arena_bytes
