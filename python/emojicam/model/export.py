"""A .tflite file as C++ that the firmware compiles in: data, configuration, and the kernels it needs."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from emojicam import codegen
from emojicam.cores import CORES, Core
from emojicam.errors import EmojicamError
from emojicam.model import degenerate, memory
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, load, parse
from emojicam.model.heads import Head, head
from emojicam.model.kernels.compile import BLOCK, OWN_OPERATORS, Compiled, compile_graph, uncompiled
from emojicam.model.kernels.layers import ONLY_OURS
from emojicam.model.macs import Layer, layers
from emojicam.model.pixels import Reading, Said, read
from emojicam.model.slim import slim
from emojicam.model.support import KERNELS, Budget, check, check_plan, check_size
from emojicam.model.write import serialise

_MICROCONTROLLER = "defined(__ARM_ARCH_PROFILE) && __ARM_ARCH_PROFILE == 'M'"

#: Core -> how C++ knows that it is compiled for it. This computer takes what the Cortex-M7 does, on the kernels'
#: portable twins.
_CONDITIONS: dict[Core, str] = {
    "cortex-m7": f"!({_MICROCONTROLLER}) || __ARM_ARCH == 7",
    "cortex-m55": f"{_MICROCONTROLLER} && __ARM_ARCH == 8",
}

#: Finds, on a core, the smallest arena in bytes that a model loads and runs in.
MeasureArena = Callable[[Core, bytes], int]

#: The host's pointers are twice as wide; there is memory enough to be generous.
_HOST_ARENA_FACTOR = 4
_BYTES_A_ROW = 16


@dataclass(frozen=True)
class Prepared:
    """A model that the firmware can run.

    Args:
        data: what is compiled in, a .tflite without what no kernel reads.
        notes: what had to be rewritten, one sentence each; empty if nothing.
        classes: one name a score.
        pixels: what a pixel means to it.
        head: how its outputs become scores.
        is_probability: scores are probabilities (the model ends in SOFTMAX or LOGISTIC) and not logits.
    """

    graph: Graph
    data: bytes
    notes: tuple[str, ...]
    classes: tuple[str, ...]
    is_probability: bool
    pixels: Reading
    head: Head

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True)
class ExportReport:
    """What was written and for which model.

    Args:
        compiled: what is embedded for each core, and which kernel runs which layer and why.
        arena_bytes: measured, by core.
        files: in `out_dir`, whether they had to be changed or not.
    """

    prepared: Prepared
    layers: tuple[Layer, ...]
    compiled: dict[Core, Compiled]
    arena_bytes: dict[Core, int]
    files: tuple[Path, ...]


def prepare(
    graph: Graph,
    *,
    gestures: Sequence[str] | None = None,
    outputs: Sequence[Sequence[int]] | None = None,
    budget: Budget | None = None,
    said: Said | None = None,
) -> Prepared:
    """Fold, check, slim and serialise a model.

    Args:
        gestures: the classes of emojicam.toml; None names them by number.
        outputs: which of the model's each gesture has (`heads.head`).
        said: what emojicam.toml says of the model; None leaves what a pixel means to the file.

    Raises:
        EmojicamError: the firmware cannot run it.
    """
    folded = fold(graph)
    check(folded.graph, budget=budget)
    made = head(folded.graph, is_probability(folded.graph), gestures, outputs)
    degenerate.check(folded.graph, gestures if made.kind == "as_it_is" else None)
    # Written and read once more: what the report says is what the firmware gets.
    data = serialise(slim(folded.graph))
    slimmed = parse(data)
    check_plan(len(data), memory.head_bytes(memory.plan(slimmed)), budget)
    return Prepared(
        graph=slimmed,
        data=data,
        notes=folded.notes,
        classes=tuple(gestures) if gestures is not None else tuple(f"class {i}" for i in range(made.classes)),
        is_probability=is_probability(slimmed),
        pixels=read(slimmed, said),
        head=made,
    )


def is_probability(graph: Graph) -> bool:
    """Whether what computes the scores, whatever reshapes them afterwards, is SOFTMAX or LOGISTIC."""
    index = graph.producer(graph.outputs[0]) if len(graph.outputs) == 1 else None
    while index is not None and graph.operators[index].name == "RESHAPE":
        index = graph.producer(graph.operators[index].inputs[0])
    return index is not None and graph.operators[index].name in ("SOFTMAX", "LOGISTIC")


def export_model(
    path: Path,
    out_dir: Path,
    *,
    gestures: Sequence[str] | None,
    measure_arena: MeasureArena,
    outputs: Sequence[Sequence[int]] | None = None,
    budget: Budget | None = None,
    own_kernels: bool = True,
    said: Said | None = None,
) -> ExportReport:
    """Write model_data.h, model_data.cc, model_config.h and ops.h for the firmware.

    kernels.json beside them says which kernel runs which layer and why.

    Args:
        gestures: names of the classes, in the order of the outputs; None names them by number.
        measure_arena: `emojicam.emulators.arena.measure_arena`, or a stand-in for it in tests.
        outputs: which of the model's each gesture has, where emojicam.toml says so.
        own_kernels: embed the model as compiled for our own kernels, where they take its layers; without,
            the same bytes for every core.
        said: what emojicam.toml says of the model.

    Raises:
        EmojicamError: the file is no model, or the firmware cannot run it; nothing has been written then.
    """
    prepared = prepare(load(path), gestures=gestures, outputs=outputs, budget=budget, said=said)
    compiled = {
        core: compile_graph(prepared.graph, core, flash_limit=(budget or Budget()).model_bytes)
        if own_kernels
        else uncompiled(prepared.graph, core)
        for core in CORES
    }
    arenas = {core: memory.aligned(measure_arena(core, one.data)) for core, one in compiled.items()}
    check_size(max(len(one.data) for one in compiled.values()), max(arenas.values()), budget)
    files = {
        "model_data.h": render_data_header(prepared, compiled),
        "model_data.cc": render_data(prepared, compiled),
        "model_config.h": render_config(prepared, arenas),
        "ops.h": render_ops(prepared, compiled),
        "kernels.json": render_choices(compiled),
    }
    for name, text in files.items():
        codegen.write_if_changed(out_dir / name, text)
    return ExportReport(
        prepared, tuple(layers(prepared.graph)), compiled, arenas, tuple(out_dir / name for name in files)
    )


def softmax_table(scale: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """exp(-k * scale) for k = 0..255, rounded to float32: what firmware and its Python twin both look up."""
    steps: np.ndarray[tuple[int], np.dtype[np.float64]] = np.arange(256, dtype=np.float64)
    return np.exp(-steps * float(scale)).astype(np.float32)


def _origin(prepared: Prepared) -> str:
    return f"Model {prepared.sha256[:16]}, {len(prepared.data)} bytes."


def _variants(compiled: dict[Core, Compiled]) -> list[tuple[str, str, bytes]]:
    """Condition, name and data of what each core embeds; one without a condition where all embed the same."""
    if len({one.data for one in compiled.values()}) == 1:
        return []
    return [(_CONDITIONS[core], core, one.data) for core, one in compiled.items()]


def render_data_header(prepared: Prepared, compiled: dict[Core, Compiled]) -> str:
    return codegen.render(
        "emojicam.model",
        "model_data.h.jinja",
        origin=_origin(prepared),
        size=len(prepared.data),
        cores=[
            {"condition": condition, "name": name, "size": len(data)} for condition, name, data in _variants(compiled)
        ],
    )


def render_data(prepared: Prepared, compiled: dict[Core, Compiled]) -> str:
    return codegen.render(
        "emojicam.model",
        "model_data.cc.jinja",
        origin=_origin(prepared),
        rows=_rows(prepared.data),
        cores=[
            {"condition": condition, "name": name, "rows": _rows(data)} for condition, name, data in _variants(compiled)
        ],
    )


def _rows(data: bytes) -> list[str]:
    rows = (data[at : at + _BYTES_A_ROW] for at in range(0, len(data), _BYTES_A_ROW))
    return [" ".join(f"0x{byte:02x}," for byte in row) for row in rows]


def render_choices(compiled: dict[Core, Compiled]) -> str:
    """By core, for each layer of the model: what runs it, and why."""
    rows = {
        core: [{"layer": one.index, "op": one.op, "kernel": one.kernel, "why": one.why} for one in plan.choices]
        for core, plan in compiled.items()
    }
    return json.dumps(rows, indent=1) + "\n"


def render_config(prepared: Prepared, arenas: dict[Core, int]) -> str:
    source = prepared.graph.tensors[prepared.graph.inputs[0]]
    output = prepared.graph.tensors[prepared.graph.outputs[0]]
    table = [_float(float(value)) for value in softmax_table(output.scale)]
    tables = prepared.pixels.form.tables
    return codegen.render(
        "emojicam.model",
        "model_config.h.jinja",
        origin=_origin(prepared),
        hash=prepared.sha256[:8],
        input={
            "height": source.shape[1],
            "width": source.shape[2],
            "channels": source.shape[3],
            "scale": _float(source.scale),
            "zero_point": source.zero_point,
            "says": prepared.pixels.says,
            "bgr": prepared.pixels.form.bgr,
            "rows": [_levels(table) for table in tables] if tables is not None else [],
        },
        output={
            "scale": _float(output.scale),
            "zero_point": output.zero_point,
            "is_probability": prepared.is_probability,
        },
        head={
            "kind": "k" + "".join(word.capitalize() for word in prepared.head.kind.split("_")),
            "outputs": output.shape[1],
            "rows": _rows(bytes(prepared.head.class_of)),
        },
        classes=[_string(name) for name in prepared.classes],
        softmax_rows=[" ".join(f"{value}," for value in table[at : at + 4]) for at in range(0, 256, 4)],
        arenas=[{"condition": _CONDITIONS[core], "name": core, "bytes": size} for core, size in arenas.items()],
        microcontroller=_MICROCONTROLLER,
        host_arena=_HOST_ARENA_FACTOR * max(arenas.values()),
    )


def render_ops(prepared: Prepared, compiled: dict[Core, Compiled]) -> str:
    def table(names: frozenset[str]) -> list[dict[str, str]]:
        return [
            {"name": name, "registration": KERNELS[name].registration(name), "parser": KERNELS[name].parser(name)}
            for name in sorted(names)
        ]

    plain = frozenset(op.name for op in prepared.graph.operators if op.name not in ONLY_OURS)
    left = {core: frozenset(one.operators) for core, one in compiled.items()}
    used = [KERNELS[name] for name in plain]
    return codegen.render(
        "emojicam.model",
        "ops.h.jinja",
        origin=_origin(prepared),
        ops=table(plain),
        cores=[
            {
                "condition": _CONDITIONS[core],
                "name": core,
                "ops": table(names - OWN_OPERATORS.keys()),
                "own": [OWN_OPERATORS[name] for name in sorted(names & OWN_OPERATORS.keys())],
            }
            for core, names in left.items()
            if names != plain
        ],
        blocks=any(BLOCK in names for names in left.values()),
        layers=any(names & OWN_OPERATORS.keys() - {BLOCK} for names in left.values()),
        ours=any(kernel.ours for kernel in used),
        reference=any(not kernel.ours for kernel in used),
    )


def _levels(table: np.ndarray[tuple[int], np.dtype[np.int8]]) -> list[str]:
    return [" ".join(f"{value}," for value in table[at : at + _BYTES_A_ROW]) for at in range(0, 256, _BYTES_A_ROW)]


def _float(value: float) -> str:
    """A float32 literal that the compiler reads back to the same bits (nine digits are enough)."""
    text = f"{np.float32(value):.9g}"
    return f"{text}f" if any(c in text for c in ".e") else f"{text}.0f"


def _string(text: str) -> str:
    """A C++ string literal, UTF-8."""
    if any(ord(c) < 32 for c in text):
        raise EmojicamError(f"the class name {text!r} has a control character in it", "a plain name")
    return json.dumps(text, ensure_ascii=False)
