"""How TFLM lays out its arena: which activation lives when, where it is put, and what the rest takes.

    +--------------------------+ arena, aligned to 16
    | head: activations, the   |   plan(): GreedyMemoryPlanner's own result, exact
    | plan of the one subgraph |
    +--------------------------+
    | tail, growing downwards: |   estimate(): tensors, nodes, options and scales exactly,
    | TFLM's structures        |   what the kernels keep as the reference kernels do it
    +--------------------------+

The firmware's arena is not taken from here but measured (`emojicam.model.export`); the estimate is for
`emojicam inspect` on a machine without the firmware tools, and named as one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from emojicam.model.graph import ABSENT, Graph

#: micro_allocator.cc, kBufferAlignment.
ALIGNMENT = 16

# sizeof on a 32-bit Arm with TF_LITE_STATIC_MEMORY (arm-none-eabi-g++ 12.2 of the July 2020 headers).
_ALLOCATOR = 20
_TENSOR = 64
_NODE_AND_REGISTRATION = 40
_AFFINE_QUANTIZATION = 12
_ALLOCATION_INFO = 20
_PLANNER_ENTRY = 36
_OPTIONS = {
    "ADD": 1,
    "AVERAGE_POOL_2D": 40,
    "CONCATENATION": 8,
    "CONV_2D": 24,
    "DEPTHWISE_CONV_2D": 28,
    "FULLY_CONNECTED": 4,
    "L2_NORMALIZATION": 1,
    "MAX_POOL_2D": 40,
    "MEAN": 1,
    "MUL": 1,
    "PACK": 8,
    "RESHAPE": 36,
    "RESIZE_NEAREST_NEIGHBOR": 1,
    "SOFTMAX": 4,
    "SPLIT": 4,
    "STRIDED_SLICE": 20,
    "SUB": 1,
    "UNPACK": 8,
}
#: OpData of the reference kernels, and bytes for each output channel (multiplier and shift).
_OP_DATA = {"CONV_2D": 48, "DEPTHWISE_CONV_2D": 48, "FULLY_CONNECTED": 20, "MEAN": 76, "QUANTIZE": 8}
_CHANNEL_DATA = {"CONV_2D": 8, "DEPTHWISE_CONV_2D": 8}


@dataclass(frozen=True)
class Lifetime:
    """One activation: from the operator that computes it to the last one that reads it, both included."""

    tensor: int
    first: int
    last: int
    nbytes: int

    def overlaps(self, other: "Lifetime") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Placed:
    """An activation and its offset from the start of the arena, in bytes."""

    life: Lifetime
    offset: int

    @property
    def end(self) -> int:
        return self.offset + self.life.nbytes


def aligned(nbytes: int) -> int:
    """Rounded up to what TFLM aligns buffers to."""
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


def lifetimes(graph: Graph) -> list[Lifetime]:
    """Of every tensor that needs memory, in the order of the tensors (AllocationInfoBuilder::AddTensors)."""
    first = dict.fromkeys(graph.inputs, 0)
    last = dict.fromkeys(graph.outputs, len(graph.operators) - 1)
    for index, operator in enumerate(graph.operators):
        for i in operator.outputs:
            first.setdefault(i, index)
            last.setdefault(i, index)
        for i in operator.inputs:
            if i != ABSENT:
                last[i] = max(last.get(i, 0), index)
    return [
        Lifetime(i, first[i], last.get(i, first[i]), aligned(graph.tensors[i].nbytes))
        for i in sorted(first)
        if graph.tensors[i].data is None and not graph.tensors[i].is_variable
    ]


def place(lives: Iterable[Lifetime]) -> list[Placed]:
    """Greedy by size, each in the lowest gap between those that live at the same time.

    The largest first, equal ones in their order (greedy_memory_planner.cc).
    """
    placed: list[Placed] = []
    for life in sorted(lives, key=lambda one: -one.nbytes):
        offset = 0
        for other in sorted(placed, key=lambda one: one.offset):
            if not other.life.overlaps(life):
                continue
            if other.offset - offset >= life.nbytes:
                break
            offset = max(offset, other.end)
        placed.append(Placed(life, offset))
    return placed


def plan(graph: Graph) -> list[Placed]:
    return place(lifetimes(graph))


def head_bytes(placed: Iterable[Placed]) -> int:
    """Activation memory: the highest end of any."""
    return max((one.end for one in placed), default=0)


def live_bytes(placed: list[Placed], operators: int) -> list[int]:
    """Bytes of activations that are alive while each operator runs."""
    return [
        sum(one.life.nbytes for one in placed if one.life.first <= step <= one.life.last) for step in range(operators)
    ]


def planning_bytes(graph: Graph) -> int:
    """What TFLM needs between head and tail while it plans, before the head exists.

    AllocationInfo of every tensor, and the planner's lists (MicroAllocator::FinishTensorAllocation).
    """
    return _ALLOCATION_INFO * len(graph.tensors) + _PLANNER_ENTRY * len(lifetimes(graph)) + ALIGNMENT


def tail_bytes(graph: Graph) -> int:
    """TFLM's structures in the order in which it allocates them, downwards, with reference kernels."""
    top = 0

    def take(nbytes: int, alignment: int = 4) -> None:
        nonlocal top
        top = -(-(top + nbytes) // alignment) * alignment

    take(_ALLOCATOR)
    take(_TENSOR * len(graph.tensors))
    for tensor in graph.tensors:
        if tensor.scales:
            take(_AFFINE_QUANTIZATION)
            take(4 + 4 * len(tensor.scales))
            take(4 + 4 * len(tensor.scales))
    take(_NODE_AND_REGISTRATION * len(graph.operators))
    for operator in graph.operators:
        take(_OPTIONS.get(operator.name, 0))
    for operator in graph.operators:
        if operator.name in _OP_DATA:
            take(_OP_DATA[operator.name], ALIGNMENT)
    for operator in graph.operators:
        if operator.name in _CHANNEL_DATA:
            for _ in range(2):
                take(
                    _CHANNEL_DATA[operator.name] // 2 * max(graph.output(operator).shape[-1:], default=1),
                    ALIGNMENT,
                )
    return top


def estimate(graph: Graph) -> int:
    """Arena bytes with TFLM's reference kernels, for when nothing can be measured.

    The head is empty during planning, so a model with small activations and many tensors needs more while
    it plans than afterwards.
    """
    return aligned(tail_bytes(graph)) + aligned(max(head_bytes(plan(graph)), planning_bytes(graph)))
