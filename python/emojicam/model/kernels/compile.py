"""A model with our own kernels: chains of its layers replaced by "emojicam.block" operators.

The shipped .tflite stays as it is; what is compiled here is what the firmware embeds in its place. It gives
the same bytes, and it holds no tensor, weight or scale of a layer that a block covers: TFLM's own structures
for them take no memory either. (Vela does the same for Ethos-U: a custom operator with a command stream.)
"""

from dataclasses import dataclass, replace
from typing import Any, Literal

from emojicam.model.graph import Graph, Operator, Tensor
from emojicam.model.kernels import blocks, plan_m7, plan_m55
from emojicam.model.kernels.blocks import Kind
from emojicam.model.kernels.match import NotOurs
from emojicam.model.kernels.plan import Chain, find_chains
from emojicam.model.support import KERNELS
from emojicam.model.write import serialise, without_unused_tensors

Core = Literal["cortex-m7", "cortex-m55"]

#: The operator that runs our kernels.
BLOCK = blocks.OPERATOR
#: Bytes of the arena that blocks may take: what lets the whole arena stay below 48 KiB.
POOL_LIMIT = 40 * 1024
FUSE_ABOVE = 24 * 1024


@dataclass(frozen=True)
class Choice:
    """What a layer of the original model runs on.

    Attributes:
        index: of its operator in the original model.
        kernel: ours by name, or whose.
        why: in a few words.
        operator: which operator of the compiled model does its work.
    """

    index: int
    op: str
    kernel: str
    why: str
    operator: int


@dataclass(frozen=True)
class Compiled:
    """The model to embed.

    Attributes:
        data: a TFLite flatbuffer; the source's own bytes where no layer is ours.
        operators: the names of those that are left, without repetition.
        pool_bytes: activations and scratch memory of the blocks, part of the arena.
    """

    core: Core
    data: bytes
    operators: tuple[str, ...]
    choices: tuple[Choice, ...]
    pool_bytes: int

    @property
    def planned(self) -> bool:
        return self.pool_bytes > 0


_PLANNERS: dict[Core, Any] = {"cortex-m7": plan_m7, "cortex-m55": plan_m55}
_Planned = tuple[Chain, list[blocks.Block], int]


def compile_graph(graph: Graph, core: Core, *, pool_limit: int = POOL_LIMIT, fuse_above: int = FUSE_ABOVE) -> Compiled:
    """Replace what our kernels can take.

    Args:
        pool_limit: what activations and scratch memory should stay below; smaller strips are slower.
        fuse_above: a layer whose output has more bytes is fused with the next pair.
    """
    planner = _PLANNERS[core]
    chains, reasons = find_chains(graph, planner.LIMITS, fuse_above)
    planned: list[_Planned] = []
    for chain in chains:
        try:
            made, size = planner.plan_chain(graph, chain, pool_limit)
        except NotOurs as error:
            reasons |= dict.fromkeys(chain.operators, str(error))
            continue
        planned.append((chain, made, size))
    pool = max((size for _, _, size in planned), default=0)
    compiled, runs_on = _replace(graph, planned, pool)
    choices = _choices(graph, compiled, runs_on, reasons)
    if not planned:
        return replace(uncompiled(graph, core), choices=choices)
    compiled = without_unused_tensors(compiled)
    compiled = replace(compiled, tensors=tuple(replace(one, name="") for one in compiled.tensors))
    return Compiled(core, serialise(compiled), _names(compiled), choices, pool)


def uncompiled(graph: Graph, core: Core) -> Compiled:
    """The model as it is: CMSIS-NN's and the reference kernels run it."""
    choices = _choices(graph, graph, {i: i for i in range(len(graph.operators))}, {})
    return Compiled(core, serialise(graph), _names(graph), choices, 0)


def _names(graph: Graph) -> tuple[str, ...]:
    return tuple(sorted({operator.name for operator in graph.operators}))


def _replace(graph: Graph, planned: list[_Planned], pool: int) -> tuple[Graph, dict[int, int]]:
    """The graph with blocks, and for each old operator the new one that does its work."""
    by_start = {chain.operators[0]: (chain, made) for chain, made, _ in planned}
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    runs_on: dict[int, int] = {}
    at = 0
    while at < len(graph.operators):
        if at not in by_start:
            runs_on[at] = len(operators)
            operators.append(graph.operators[at])
            at += 1
            continue
        chain, made = by_start[at]
        tensor = graph.operators[at].inputs[0]
        for block, covered in zip(made, _covered(chain, made), strict=True):
            runs_on |= dict.fromkeys(covered, len(operators))
            if block is made[-1]:
                output = graph.operators[chain.operators[-1]].outputs[0]
            else:  # between blocks there are tensors of their own: no one else reads them
                tensors.append(_between(graph, block, chain, covered))
                output = len(tensors) - 1
            first = not any(one.name == blocks.OPERATOR for one in operators)
            final = blocks.with_header(block, takes_pool=first, pool_bytes=pool)
            operators.append(Operator(blocks.OPERATOR, 1, (tensor,), (output,), {"custom": final.encode()}))
            tensor = output
        at = chain.operators[-1] + 1
    return replace(graph, tensors=tuple(tensors), operators=tuple(operators), source=None), runs_on


def _between(graph: Graph, block: blocks.Block, chain: Chain, covered: list[int]) -> Tensor:
    """The tensor that holds a block's output; what it is an activation of, or of the chain's input."""
    if covered:
        return graph.output(graph.operators[covered[-1]])
    return graph.tensors[graph.operators[chain.operators[0]].inputs[0]]


def _covered(chain: Chain, made: list[blocks.Block]) -> list[list[int]]:
    """The original operators whose work each block does."""
    groups = iter(chain.groups)
    covered = []
    for block in made:
        if isinstance(block, blocks.First):
            covered.append([chain.operators[0]])
        elif isinstance(block, blocks.Separable):
            covered.append([i for pair in next(groups) for i in (pair.depthwise.index, pair.pointwise.index)])
        else:
            covered.append([chain.operators[-1]] if block.header.kind == Kind.AVERAGE else [])
    return covered


def _choices(graph: Graph, compiled: Graph, runs_on: dict[int, int], reasons: dict[int, str]) -> tuple[Choice, ...]:
    rows = []
    for index, operator in enumerate(graph.operators):
        runs = runs_on[index]
        if compiled.operators[runs].name == blocks.OPERATOR:
            together = [i for i, other in runs_on.items() if other == runs]
            kernel, why = _ours(operator.name, together)
        elif operator.name in ("MEAN", "QUANTIZE"):
            kernel, why = "added", "TFLM July 2020 has it for float32 only"
        elif operator.name in KERNELS and KERNELS[operator.name].ours:
            kernel, why = "cmsis_nn", reasons.get(index, f"no kernel of ours for {operator.name}")
        else:
            kernel, why = "reference", f"neither ours nor CMSIS-NN's for {operator.name}"
        rows.append(Choice(index, operator.name, kernel, why, runs))
    return tuple(rows)


def _ours(op: str, together: list[int]) -> tuple[str, str]:
    fused = f"fused by rows with {len(together) - 1} of its neighbours" if len(together) > 1 else "by itself"
    if op == "DEPTHWISE_CONV_2D":
        return "emojicam depthwise 3x3", fused
    if op == "AVERAGE_POOL_2D":
        return "emojicam average", "reads the blocks' layout"
    if len(together) == 1:
        return "emojicam first 3x3", "stride 2 on one or three channels"
    return "emojicam pointwise", fused
