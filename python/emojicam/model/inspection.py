"""Everything that can be said about a model without running it, as data: `emojicam inspect`."""

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emojicam.cores import CORES, Core
from emojicam.errors import EmojicamError
from emojicam.model import memory
from emojicam.model.export import MeasureArena, is_probability
from emojicam.model.fold import fold
from emojicam.model.graph import Graph, Tensor, load
from emojicam.model.macs import Layer, layers
from emojicam.model.slim import slim
from emojicam.model.support import check, check_size
from emojicam.model.write import serialise


@dataclass(frozen=True)
class Inspection:
    """A model as the firmware would get it, or as it is if the firmware cannot run it.

    Args:
        folded: rewrites that export makes, one sentence each.
        refusal: why the firmware cannot run it, or "".
        plan: the activations' places in the arena.
        live_bytes: of activations, while each layer runs.
        flash_bytes: of the model as it is compiled in (see `emojicam.model.slim`).
        arena_estimate: bytes, planned with reference kernels' needs.
        arena_measured: bytes by core, or None if it was not measured.
    """

    name: str
    sha256: str
    graph: Graph
    folded: tuple[str, ...]
    refusal: str
    layers: tuple[Layer, ...]
    plan: tuple[memory.Placed, ...]
    live_bytes: tuple[int, ...]
    flash_bytes: int
    arena_estimate: int
    arena_measured: dict[Core, int] | None

    @property
    def macs(self) -> int:
        return sum(layer.macs for layer in self.layers)

    @property
    def activation_bytes(self) -> int:
        """The part of the arena that activations take."""
        return memory.head_bytes(self.plan)


def inspect(path: Path, *, measure_arena: MeasureArena | None = None) -> Inspection:
    """Look at a .tflite file.

    Args:
        measure_arena: None leaves it at the estimate.

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
        check_size(len(data), memory.head_bytes(plan))
    except EmojicamError as error:
        refusal = str(error)
    measured = None
    if measure_arena is not None and not refusal:
        measured = {core: memory.aligned(measure_arena(core, data)) for core in CORES}
    return Inspection(
        name=path.name,
        sha256=hashlib.sha256(data).hexdigest(),
        graph=graph,
        folded=notes,
        refusal=refusal,
        layers=tuple(layers(graph)),
        plan=tuple(plan),
        live_bytes=tuple(memory.live_bytes(plan, len(graph.operators))),
        flash_bytes=len(data),
        arena_estimate=memory.estimate(slimmed),
        arena_measured=measured,
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
        "output_is_probability": is_probability(graph),
        "layers": rows,
        "macs": inspection.macs,
        "weight_bytes": graph.weight_bytes,
        "flash_bytes": inspection.flash_bytes,
        "arena_bytes": {
            "activations": inspection.activation_bytes,
            "estimate": inspection.arena_estimate,
            "measured": inspection.arena_measured,
        },
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
