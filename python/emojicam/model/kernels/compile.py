"""A model with our own kernels: chains of its layers replaced by "emojicam.block" operators.

The shipped .tflite stays as it is; what is compiled here is what the firmware embeds in its place. It gives
the same bytes, and it holds no tensor, weight or scale of a layer that a block covers: TFLM's own structures
for them take no memory either. (Vela does the same for Ethos-U: a custom operator with a command stream.)
"""

from dataclasses import dataclass, replace
from typing import Any

from emojicam.cores import Core
from emojicam.model import memory
from emojicam.model.graph import Graph, Operator, Tensor, parse
from emojicam.model.kernels import blocks, cost, plan_m7, plan_m55, reshapes, words
from emojicam.model.kernels.blocks import Kind
from emojicam.model.kernels.layer import CONVOLUTION, REGISTRATIONS, Layer
from emojicam.model.kernels.layers import ONLY_OURS, WORTH, match_layer, only_ours
from emojicam.model.kernels.match import NotOurs, any_convolution
from emojicam.model.kernels.plan import Chain, find_chains
from emojicam.model.write import serialise, without_unused_tensors

#: The operator that runs our kernels.
BLOCK = blocks.OPERATOR
#: Every operator of our own, and the C++ function in namespace emojicam::kernels that registers it.
OWN_OPERATORS = {BLOCK: "Register_EMOJICAM_BLOCK", **REGISTRATIONS}
#: What "runs" a PAD whose work the convolution behind it does, and a RESHAPE that nobody needs.
PADDING = "emojicam padding"
#: Bytes of the arena that blocks may take: what lets the whole arena stay below 48 KiB.
POOL_LIMIT = 40 * 1024
FUSE_ABOVE = 24 * 1024
#: What is tried where blocks would make the arena larger than it is without them.
_SMALLER_POOLS = tuple(kib * 1024 for kib in (34, 30, 27, 24, 21, 19, 17, 15))
#: Scratch memory of a layer where the most is alive.
_SPARE = 8 * 1024


@dataclass(frozen=True)
class Choice:
    """What a layer of the original model runs on.

    Attributes:
        index: of its operator in the original model.
        kernel: ours by name, or whose.
        why: in a few words.
        operator: which operator of the compiled model does its work.
        predicted: instructions of an inference, about (`cost`); None where nobody has counted.
    """

    index: int
    op: str
    kernel: str
    why: str
    operator: int
    predicted: int | None = None


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
    def predicted(self) -> int | None:
        """Instructions of an inference, about; None where a layer's are not known."""
        counts = [one.predicted for one in self.choices]
        return None if None in counts else sum(one for one in counts if one is not None)

    @property
    def planned(self) -> bool:
        return self.pool_bytes > 0


_PLANNERS: dict[Core, Any] = {"cortex-m7": plan_m7, "cortex-m55": plan_m55}
_Planned = tuple[Chain, list[blocks.Block], int]


def compile_graph(
    graph: Graph,
    core: Core,
    *,
    pool_limit: int = POOL_LIMIT,
    fuse_above: int = FUSE_ABOVE,
    worth: int = WORTH,
    arena_limit: int | None = None,
    flash_limit: int | None = None,
    shed: bool = True,
) -> Compiled:
    """Replace what our kernels can take.

    Args:
        pool_limit: what activations and scratch memory should stay below; smaller strips are slower.
        fuse_above: a layer whose output has more bytes is fused with the next pair.
        worth: instructions that a layer by itself has to save over CMSIS-NN, by prediction.
        arena_limit: bytes that the arena may take; by default what it takes with CMSIS-NN alone.
        flash_limit: bytes that there is room for; layers whose constants cost the most for what they gain stay with
            CMSIS-NN.
        shed: leave out layers whose memory makes the arena larger than it may be, however little they work in at once.
    """
    without: frozenset[int] = frozenset()
    while True:
        compiled, plan = _compile(graph, core, pool_limit, fuse_above, worth, arena_limit, without, shed)
        excess = 0 if flash_limit is None else len(compiled.data) - flash_limit
        more = _dearest(graph, plan, excess) if excess > 0 else frozenset()
        if not more:
            break
        without |= more
    if excess > 0 and compiled.planned:
        return uncompiled(graph, core)
    return compiled


def _dearest(graph: Graph, plan: "_Plan", excess: int) -> frozenset[int]:
    """Layers that make so many bytes free, those that save the fewest instructions for theirs."""
    dear = []
    for index, layer in plan.layers.items():
        filters = graph.tensor(graph.operators[index], 1)
        extra = len(layer.encode(0)) - (len(filters.data or b"") if filters is not None else 0)
        if layer.saves and extra > 0:
            dear.append((layer.saves / extra, extra, index))
    chosen = set()
    for _, extra, index in sorted(dear):
        if excess <= 0:
            break
        chosen.add(index)
        excess -= extra
    return frozenset(chosen)


def _compile(
    graph: Graph,
    core: Core,
    pool_limit: int,
    fuse_above: int,
    worth: int,
    arena_limit: int | None,
    without: frozenset[int],
    may_shed: bool = True,
) -> tuple[Compiled, "_Plan"]:
    planner = _PLANNERS[core]
    chains, reasons = find_chains(graph, planner.LIMITS, fuse_above)
    if arena_limit is None:
        plain = parse(uncompiled(graph, core).data)
        arena_limit = _arena(plain, set(), _cmsis_scratch(plain, planner.CORE), 0)
    allowed = arena_limit
    limits = [limit for limit in (pool_limit, *_SMALLER_POOLS) if limit <= pool_limit] if chains else []
    for limit, shed in [(limit, shed) for shed in sorted({False, may_shed}) for limit in (*limits, 0)]:
        plan = _plan(graph, core, chains if limit else [], reasons, limit, allowed, worth, without, shed)
        if plan.arena_bytes <= allowed:
            break
    else:
        plan = _plan(graph, core, chains, reasons, limits[0], allowed, worth, without) if chains else plan
    choices = _choices(graph, plan, planner.CORE)
    if not plan.planned and not plan.layers:
        return replace(uncompiled(graph, core), choices=choices), plan
    compiled = without_unused_tensors(plan.graph)
    compiled = replace(compiled, tensors=tuple(replace(one, name="") for one in compiled.tensors))
    return Compiled(core, serialise(compiled), _names(compiled), choices, plan.pool_bytes), plan


@dataclass(frozen=True)
class _Plan:
    """A way to run the model.

    Attributes:
        graph: with our operators.
        runs_on: for each old operator the new one that does its work.
        arena_bytes: about.
    """

    graph: Graph
    runs_on: dict[int, int]
    planned: list[_Planned]
    layers: dict[int, Layer]
    reasons: dict[int, str]
    pool_bytes: int
    arena_bytes: int


def _plan(
    graph: Graph,
    core: Core,
    chains: list[Chain],
    why: dict[int, str],
    pool_limit: int,
    allowed: int,
    worth: int,
    without: frozenset[int],
    shed: bool = False,
) -> _Plan:
    """Args: shed: leave layers out that work in so much memory that the arena is larger than it may be."""
    planner = _PLANNERS[core]
    reasons = dict(why)
    planned: list[_Planned] = []
    for chain in chains:
        try:
            made, size = planner.plan_chain(graph, chain, pool_limit)
        except NotOurs as error:
            reasons |= dict.fromkeys(chain.operators, str(error))
            continue
        planned.append((chain, made, size))
    in_chains = {i for chain, _, _ in planned for i in chain.operators}
    layers: dict[int, Layer] = {}
    for index in [i for i in range(len(graph.operators)) if i in without and i not in in_chains]:
        reasons[index] = "its constants would take more flash than there is"
    rest = [i for i in range(len(graph.operators)) if i not in in_chains and i not in without]
    for company in (False, True):
        for index in [i for i in rest if i not in layers]:
            try:
                layers[index] = match_layer(graph, index, planner.CORE, worth=worth, company=company)
                reasons.pop(index, None)
            except NotOurs as error:
                reasons[index] = str(error)
        if not any(layer.operator == CONVOLUTION for layer in layers.values()):
            break
    layers = _without_covered(layers, in_chains)
    pool = max((size for _, _, size in planned), default=0)
    while True:
        # Strips as long as fit into the arena that the plain model needs anyway, and no longer.
        for share in (1.0, 0.75, 0.5, 0.35, 0.25, 0.15, 0.08, 0.0):
            room = [int(share * one) for one in _room(graph, in_chains)]
            made_graph, runs_on = _replace(graph, planned, layers, pool, room)
            scratch = {runs_on[i]: one.scratch(room[i]) for i, one in layers.items()}
            arena = _arena(made_graph, _in_pool(graph, made_graph, planned), scratch, pool)
            if arena <= allowed:
                break
        most = max(layers, key=lambda i: layers[i].scratch(0), default=None)
        if arena <= allowed or not shed or most is None or not layers[most].scratch(0):
            break
        del layers[most]
        reasons[most] = "the memory that it would work in makes the arena larger"
    return _Plan(made_graph, runs_on, planned, layers, reasons, pool, arena)


def _without_covered(layers: dict[int, Layer], in_chains: set[int]) -> dict[int, Layer]:
    """Each layer once: what a later one does too is gone, if all of it is free."""
    kept = dict(layers)
    for index, layer in layers.items():
        if set(layer.covers) & in_chains:
            del kept[index]
    gone = {i for layer in kept.values() for i in layer.covers}
    return {index: layer for index, layer in kept.items() if index not in gone}


def _in_pool(graph: Graph, made: Graph, planned: list[_Planned]) -> set[int]:
    """Tensors of a compiled graph that have their memory in the pool."""
    inside = set(range(len(graph.tensors), len(made.tensors)))
    for chain, chain_blocks, _ in planned:
        if chain_blocks[0].header.input_offset != blocks.NOT_IN_POOL:
            inside.add(graph.operators[chain.operators[0]].inputs[0])
    return inside


def _arena(made: Graph, in_pool: set[int], scratch: dict[int, int], pool: int) -> int:
    """Bytes of the arena, about: as `memory.estimate`, with what is ours.

    Args:
        scratch: bytes that each operator works in.
    """
    lives = [one for one in memory.lifetimes(made) if one.tensor not in in_pool]
    lives += [memory.Lifetime(-1, i, i, memory.aligned(size)) for i, size in scratch.items() if size]
    head = max(memory.head_bytes(memory.place(lives)), memory.planning_bytes(made))
    kept = sum(memory.ALIGNMENT for one in made.operators if one.name in REGISTRATIONS)
    return memory.aligned(memory.tail_bytes(without_unused_tensors(made))) + kept + pool + memory.aligned(head)


def uncompiled(graph: Graph, core: Core) -> Compiled:
    """The model as it is: CMSIS-NN's and the reference kernels run it, and tables what neither has."""
    layers = {
        index: replace(only_ours(graph, index, _PLANNERS[core].CORE), kernel="added")
        for index, operator in enumerate(graph.operators)
        if operator.name in ONLY_OURS
    }
    if layers:
        made, runs_on = _replace(graph, [], layers, 0, [0] * len(graph.operators))
        made = without_unused_tensors(made)
    else:
        made, runs_on = graph, {i: i for i in range(len(graph.operators))}
    choices = _choices(graph, _Plan(made, runs_on, [], layers, {}, 0, 0), _PLANNERS[core].CORE)
    return Compiled(core, serialise(made), _names(made), choices, 0)


def _names(graph: Graph) -> tuple[str, ...]:
    return tuple(sorted({operator.name for operator in graph.operators}))


def _cmsis_scratch(graph: Graph, core: int) -> dict[int, int]:
    """What CMSIS-NN works in, by operator."""
    found = {}
    for index in range(len(graph.operators)):
        try:
            found[index] = cost.cmsis_scratch(any_convolution(graph, index), core)
        except NotOurs:
            continue
    return found


def _inside(graph: Graph, in_chains: set[int]) -> set[int]:
    """Tensors between operators of chains, which TFLM does not place."""
    return {
        i
        for index in in_chains
        for i in graph.operators[index].outputs
        if i not in graph.outputs and set(graph.consumers(i)) <= in_chains
    }


def _room(graph: Graph, in_chains: set[int]) -> list[int]:
    """Bytes that each operator may work in beside its tensors: what others need anyway."""
    inside = _inside(graph, in_chains)
    lives = [one for one in memory.lifetimes(graph) if one.tensor not in inside]
    live = [sum(one.nbytes for one in lives if one.first <= step <= one.last) for step in range(len(graph.operators))]
    # Where most is alive a strip of a few kilobytes is paid for by the structures that TFLM doesn't build.
    return [max(live) - one + _SPARE for one in live]


def _replace(
    graph: Graph, planned: list[_Planned], layers: dict[int, Layer], pool: int, room: list[int]
) -> tuple[Graph, dict[int, int]]:
    """The graph with blocks and layers of ours, and for each old operator the new one that does its work."""
    by_start = {chain.operators[0]: (chain, made) for chain, made, _ in planned}
    tensors = list(graph.tensors)
    operators: list[Operator] = []
    runs_on: dict[int, int] = {}
    at = 0
    pads = {layer.pad for layer in layers.values() if layer.pad is not None}
    pads |= {i for layer in layers.values() for i in layer.covers}
    gone, instead = reshapes.unneeded(graph, layers, [chain.operators for chain, _, _ in planned])
    pads |= gone
    while at < len(graph.operators):
        if at in pads:
            at += 1
            continue
        if at not in by_start:
            runs_on[at] = len(operators)
            operator = graph.operators[at]
            if at in layers:
                pad, source = layers[at].pad, layers[at].source
                runs_on |= dict.fromkeys((*layers[at].covers, *(() if pad is None else (pad,))), len(operators))
                reads = operator if pad is None else graph.operators[pad]
                inputs = tuple(reads.inputs[i] for i in layers[at].inputs) if source is None else (source,)
                options = {"custom": layers[at].encode(room[at])}
                operator = Operator(layers[at].operator, 1, inputs, operator.outputs, options)
            operators.append(operator)
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
            final = blocks.with_header(block, pool_bytes=pool)
            operators.append(Operator(blocks.OPERATOR, 1, (tensor,), (output,), {"custom": final.encode()}))
            tensor = output
        at = chain.operators[-1] + 1
    for index in sorted(gone, reverse=True):  # done by who reads it, or by who writes it where nobody does
        source, output = graph.operators[index].inputs[0], graph.operators[index].outputs[0]
        others = [*graph.consumers(output), graph.producer(source)]
        runs_on[index] = next(runs_on[one] for one in others if one is not None)
    operators = [reshapes.renamed(one, instead) for one in operators]
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


def _choices(graph: Graph, plan: _Plan, core: int) -> tuple[Choice, ...]:
    compiled, runs_on, reasons, layers = plan.graph, plan.runs_on, plan.reasons, plan.layers
    rows = []
    for index, operator in enumerate(graph.operators):
        runs = runs_on[index]
        predicted: int | None
        if operator.name == "RESHAPE" and compiled.operators[runs].name != "RESHAPE":
            kernel, why, predicted = PADDING, "no copy: those around it look at bytes", 0
        elif compiled.operators[runs].name == blocks.OPERATOR:
            together = [i for i, other in runs_on.items() if other == runs]
            kernel, why = words.ours(operator.name, together)
            predicted = cost.in_chain(graph, operator, core)
        elif index in layers:
            kernel, why = layers[index].kernel, layers[index].why
            predicted = layers[index].predicted
        elif any(one.pad == index or index in one.covers for one in layers.values()):
            kernel, why, predicted = PADDING, "by the layer behind it", 0
        else:
            predicted = cost.of_others(graph, index, core)
            kernel, why = words.whose(operator.name, reasons.get(index))
        rows.append(Choice(index, operator.name, kernel, why, runs, predicted))
    return tuple(rows)
