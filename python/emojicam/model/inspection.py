"""Everything that can be said about a model without running it, as data: `emojicam inspect`."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emojicam.cores import CORES, Core
from emojicam.errors import EmojicamError
from emojicam.model import degenerate, memory
from emojicam.model.export import MeasureArena, is_probability
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, Tensor, load
from emojicam.model.kernels.compile import Compiled, compile_graph
from emojicam.model.macs import Layer, layers
from emojicam.model.pixels import Reading, Said, is_picture, read
from emojicam.model.slim import slim
from emojicam.model.support import Budget, check, check_plan, check_size
from emojicam.model.write import serialise

#: Counts, on a core, the instructions of each layer of a compiled model with an input of this shape.
CountLayers = Callable[[Core, Compiled, tuple[int, ...]], list[int]]


@dataclass(frozen=True)
class Inspection:
    """A model as the firmware would get it, or as it is if the firmware cannot run it.

    Args:
        folded: rewrites that export makes, one sentence each.
        refusal: why the firmware cannot run it, or "".
        pixels: what a pixel means to it; None where its input is no picture in int8.
        plan: the activations' places in the arena.
        live_bytes: of activations, while each layer runs.
        flash_bytes: of the model as it is compiled in (see `emojicam.model.slim`).
        arena_estimate: bytes, planned with reference kernels' needs.
        arena_measured: bytes by core, with our kernels, or None if it was not measured.
        compiled: for each core, what runs each layer and what it is predicted to take; empty if it is refused.
        counted: instructions of each layer by core, or None if they were not counted.
    """

    name: str
    sha256: str
    graph: Graph
    folded: tuple[str, ...]
    refusal: str
    pixels: Reading | None
    layers: tuple[Layer, ...]
    plan: tuple[memory.Placed, ...]
    live_bytes: tuple[int, ...]
    flash_bytes: int
    arena_estimate: int
    arena_measured: dict[Core, int] | None
    compiled: dict[Core, Compiled]
    counted: dict[Core, list[int]] | None

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def activation_bytes(self) -> int:
        """The part of the arena that activations take."""
        return memory.head_bytes(self.plan)


def inspect(
    path: Path,
    *,
    measure_arena: MeasureArena | None = None,
    count: CountLayers | None = None,
    said: Said | None = None,
) -> Inspection:
    """Look at a .tflite file.

    Args:
        measure_arena: None leaves it at the estimate.
        count: None leaves it at the prediction.
        said: what emojicam.toml says of the model.

    Raises:
        EmojicamError: it is no model, or corrupt. A model that the firmware cannot run is no error.
    """
    folded = fold(load(path))
    graph, notes, refusal = folded.graph, folded.notes, ""
    slimmed = slim(graph)
    data = serialise(slimmed)
    plan = memory.plan(graph)
    try:
        check(graph)
        degenerate.check(graph)
        check_plan(len(data), memory.head_bytes(plan))
    except EmojicamError as error:
        refusal = str(error)
    try:
        pixels = read(graph, said) if is_picture(graph) else None
    except EmojicamError as error:
        pixels, refusal = None, refusal or str(error)
    measured = counted = None
    limit = Budget().model_bytes
    compiled = {} if refusal else {core: compile_graph(slimmed, core, flash_limit=limit) for core in CORES}
    if measure_arena is not None and not refusal:
        measured = {core: memory.aligned(measure_arena(core, one.data)) for core, one in compiled.items()}
        try:
            check_size(max(len(one.data) for one in compiled.values()), max(measured.values()))
        except EmojicamError as error:
            refusal = str(error)
    if count is not None and not refusal:
        shape = graph.tensors[graph.inputs[0]].shape
        counted = {core: count(core, one, shape) for core, one in compiled.items()}
    return Inspection(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        graph=graph,
        folded=notes,
        refusal=refusal,
        pixels=pixels,
        layers=tuple(layers(graph)),
        plan=tuple(plan),
        live_bytes=tuple(memory.live_bytes(plan, len(graph.operators))),
        flash_bytes=len(data),
        arena_estimate=memory.estimate(slimmed),
        arena_measured=measured,
        compiled=compiled,
        counted=counted,
    )


def as_json(inspection: Inspection) -> dict[str, Any]:
    """The object that `emojicam inspect --json` prints."""
    graph = inspection.graph
    rows = []
    for layer, live in zip(inspection.layers, inspection.live_bytes, strict=True):
        rows.append({**asdict(layer), "kernel": layer.kernel or None, "live_bytes": live})
    return {
        "model": inspection.name,
        "sha256": inspection.sha256,
        "refusal": inspection.refusal or None,
        "folded": list(inspection.folded),
        "inputs": [_tensor(graph.tensors[i]) for i in graph.inputs],
        "outputs": [_tensor(graph.tensors[i]) for i in graph.outputs],
        "pixels": _pixels(inspection.pixels),
        "output_is_probability": is_probability(graph),
        "layers": rows,
        "instructions": {core: _instructions(inspection, core) for core in inspection.compiled} or None,
        "macs": inspection.macs,
        "weight_bytes": graph.weight_bytes,
        "flash_bytes": inspection.flash_bytes,
        "arena_bytes": {
            "activations": inspection.activation_bytes,
            "estimate": inspection.arena_estimate,
            "measured": inspection.arena_measured,
        },
    }


def _instructions(inspection: Inspection, core: Core) -> dict[str, Any]:
    """Predicted, and counted where they were; by layer too."""
    compiled = inspection.compiled[core]
    counts = inspection.counted[core] if inspection.counted else [None] * len(compiled.choices)
    return {
        "predicted": compiled.predicted,
        "counted": sum(inspection.counted[core]) if inspection.counted else None,
        "layers": [
            {"kernel": one.kernel, "why": one.why, "predicted": one.predicted, "counted": count}
            for one, count in zip(compiled.choices, counts, strict=True)
        ],
    }


def _pixels(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    form = reading.form
    return {
        "range": reading.name or None,
        "colours": "bgr" if form.bgr else "rgb",
        "unchanged": form.tables is None,
        "says": reading.says,
    }


def _tensor(tensor: Tensor) -> dict[str, Any]:
    quantised = len(tensor.scales) == 1
    return {
        "name": tensor.name,
        "shape": list(tensor.shape),
        "dtype": tensor.dtype,
        "scale": tensor.scale if quantised else None,
        "zero_point": tensor.zero_point if quantised else None,
    }
