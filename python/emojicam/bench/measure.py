"""The counts themselves: three variants of a model in one run of an emulated core."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from emojicam import paths, process
from emojicam.config.boards import Board
from emojicam.cores import Core
from emojicam.emulators.runner import Job, Result, run, run_jobs
from emojicam.errors import EmojicamError
from emojicam.firmware import build
from emojicam.model.graph import Graph
from emojicam.model.kernels.compile import PADDING, Compiled, compile_graph, uncompiled
from emojicam.model.macs import macs
from emojicam.model.support import Budget

#: TFLM's own kernels; CMSIS-NN's; ours where they win, and CMSIS-NN's elsewhere.
Variant = Literal["reference", "cmsis_nn", "emojicam"]
VARIANTS: tuple[Variant, ...] = get_args(Variant)


@dataclass(frozen=True)
class LayerBench:
    """One layer of the model as it was given.

    Attributes:
        instructions: of one inference, by variant.
        kernel, why: what runs it in the variant "emojicam".
    """

    op: str
    shape: tuple[int, ...]
    macs: int
    instructions: dict[Variant, int]
    kernel: str
    why: str


@dataclass(frozen=True)
class Cycles:
    """What the product's model may take on the camera board, whose kernels are those with few cycles.

    Attributes:
        board: which.
        instructions: of one inference there.
        inference, frame: cycles, from what is hardly less to what is hardly more.
    """

    board: str
    instructions: int
    inference: tuple[int, int]
    frame: tuple[int, int]


@dataclass(frozen=True)
class Bench:
    """A model on a board.

    Attributes:
        instructions: of one inference, by variant.
        arena_bytes: the smallest arena that the model loads in, by variant.
        model_bytes: of flash that the model takes, weights and tables included, by variant.
        image: which firmware `image_bytes` are of, sections of the ELF.
        cycles: an estimate, where there is one: of the product's model on the Cortex-M7.
    """

    board: str
    model: str
    macs: int
    instructions: dict[Variant, int]
    arena_bytes: dict[Variant, int]
    model_bytes: dict[Variant, int]
    image: str
    image_bytes: dict[str, int]
    layers: tuple[LayerBench, ...]
    cycles: Cycles | None = None

    def as_json(self) -> dict[str, Any]:
        """What `emojicam bench --json` writes."""
        return {
            "board": self.board,
            "model": self.model,
            "macs": self.macs,
            "instructions": self.instructions,
            "arena_bytes": self.arena_bytes["emojicam"],
            "arena_bytes_by_kernels": self.arena_bytes,
            "model_bytes": self.model_bytes,
            "image": self.image,
            "image_bytes": self.image_bytes,
            "cycles": asdict(self.cycles) if self.cycles else None,
            "layers": [
                {
                    "op": layer.op,
                    "shape": list(layer.shape),
                    "macs": layer.macs,
                    "instructions": layer.instructions,
                    "kernel": layer.kernel,
                    "why": layer.why,
                }
                for layer in self.layers
            ],
        }


def bench(graph: Graph, name: str, board: Board) -> Bench:
    """Run one input through all variants; their outputs have to be equal.

    Raises:
        EmojicamError: a tool is missing, a variant refuses the model, or outputs differ.
    """
    core: Core = "cortex-m55" if board.core == "cortex-m55" else "cortex-m7"
    compiled = compile_graph(graph, core, flash_limit=Budget().model_bytes)
    plain = uncompiled(graph, core).data
    shape = graph.tensors[graph.inputs[0]].shape
    # Counts hardly depend on the input; noise keeps every branch alive.
    image = np.random.default_rng(0).integers(-128, 128, size=shape).astype(np.int8)
    models: dict[Variant, bytes] = {"reference": plain, "cmsis_nn": plain, "emojicam": compiled.data}
    jobs = [
        Job(
            data,
            [image],
            "reference" if variant == "reference" else "cmsis_nn",
            profile,
            measure_arena=not profile,
        )
        for variant, data in models.items()
        for profile in (False, True)
    ]
    results = run_jobs(core, jobs)
    for variant, result in zip((v for v in VARIANTS for _ in range(2)), results, strict=True):
        if result.error:
            raise EmojicamError(f"{board.name} can't run {name} with {variant}: {result.error}", "emojicam inspect")
    counted = dict(zip(VARIANTS, results[::2], strict=True))
    profiled = dict(zip(VARIANTS, results[1::2], strict=True))
    if len({result.outputs[0] for result in results}) != 1:
        raise EmojicamError(
            f"the kernels on {board.name} don't agree on {name}", "python -m pytest tests/kernels -m slow"
        )
    image_name, image_bytes = _image(board)
    return Bench(
        board=board.name,
        model=name,
        macs=sum(macs(graph, operator) for operator in graph.operators),
        instructions={variant: counted[variant].instructions for variant in VARIANTS},
        arena_bytes={variant: counted[variant].arena_bytes for variant in VARIANTS},
        model_bytes={variant: len(models[variant]) for variant in VARIANTS},
        image=image_name,
        image_bytes=image_bytes,
        layers=tuple(_layers(graph, compiled, profiled)),
    )


def counted(core: Core, compiled: Compiled, shape: tuple[int, ...]) -> list[int]:
    """Instructions of each layer of the original model, on an emulated core.

    Args:
        shape: of the model's input, int8.

    Raises:
        EmojicamError: a tool is missing, or the firmware refuses the model.
    """
    image = np.random.default_rng(0).integers(-128, 128, size=shape).astype(np.int8)
    return _by_layer(compiled, run(core, compiled.data, [image], profile=True))


def _layers(graph: Graph, compiled: Compiled, profiled: dict[Variant, Result]) -> list[LayerBench]:
    ours = _by_layer(compiled, profiled["emojicam"])
    rows = []
    for index, operator in enumerate(graph.operators):
        choice = compiled.choices[index]
        rows.append(
            LayerBench(
                op=operator.name,
                shape=graph.output(operator).shape,
                macs=macs(graph, operator),
                instructions={
                    "reference": profiled["reference"].layers[index].instructions,
                    "cmsis_nn": profiled["cmsis_nn"].layers[index].instructions,
                    "emojicam": ours[index],
                },
                kernel=choice.kernel,
                why=choice.why,
            )
        )
    return rows


def _by_layer(compiled: Compiled, result: Result) -> list[int]:
    """The compiled model's counts by layer of the original one.

    A block counts each layer that it does the work of. One that only changes the layout of an activation is
    added to the layer before it, the first one to the layer behind.
    """
    counts = [0] * len(compiled.choices)
    covered: dict[int, list[int]] = {}
    for choice in compiled.choices:
        if choice.kernel != PADDING:  # takes no instructions of its own
            covered.setdefault(choice.operator, []).append(choice.index)
    pending = 0
    last: int | None = None
    entries = iter(result.layers)
    for operator in range(max(covered) + 1):
        if operator not in covered:
            instructions = next(entries).instructions
            if last is None:
                pending += instructions
            else:
                counts[last] += instructions
            continue
        for index in covered[operator]:
            counts[index] += next(entries).instructions + pending
            pending, last = 0, index
    return counts


def _image(board: Board) -> tuple[str, dict[str, int]]:
    """Sections of the product's ELF if it is built, else of the runner's."""
    folder = paths.build_dir() / board.name
    name = "emojicam" if (folder / "emojicam.elf").exists() else "runner"
    elf = folder / "emojicam.elf" if name == "emojicam" else build.build_target(board, "runner")
    return name, section_bytes(elf)


def section_bytes(elf: Path) -> dict[str, int]:
    """Bytes of an ELF's sections by kind: code, constants, initialised data, zeroed data.

    Raises:
        EmojicamError: the tool is missing, or the file is no ELF.
    """
    listed = process.run(["arm-none-eabi-size", "-A", elf], what=f"read the sections of {elf.name}")
    kinds = {"text": 0, "rodata": 0, "data": 0, "bss": 0}
    for line in listed.splitlines():
        words = line.split()
        if len(words) != 3 or not words[1].isdigit():
            continue
        for kind, names in _SECTIONS.items():
            if words[0].startswith(names):
                kinds[kind] += int(words[1])
                break
    return kinds


_SECTIONS: dict[str, tuple[str, ...]] = {
    "rodata": (".rodata", ".model", ".ARM.exidx", ".ARM.extab"),
    "text": (".text", ".vectors", ".isr_vector", ".init", ".fini"),
    "data": (".data",),
    "bss": (".bss", ".fast", ".stack", ".noinit"),
}
