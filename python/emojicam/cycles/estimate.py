"""Cycles of a frame, stage by stage, from what was executed and what memory adds."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from emojicam.cycles import memory, pipeline
from emojicam.cycles.listing import Listing
from emojicam.cycles.trace import NAMES, Trace

#: A branch that goes elsewhere than the last time: the pipeline's refill (LLVM's model has 4, six stages at most 8).
_MISPREDICTED = (4, 8)
#: A predicted one that is taken: nothing, or a bubble.
_TAKEN = (0, 1)


@dataclass(frozen=True)
class Range:
    """Cycles, from what is hardly less to what is hardly more."""

    least: float = 0.0
    most: float = 0.0

    def __add__(self, other: "Range") -> "Range":
        return Range(self.least + other.least, self.most + other.most)

    @property
    def middle(self) -> float:
        return (self.least + self.most) / 2

    def milliseconds(self, megahertz: float) -> "Range":
        return Range(self.least / megahertz / 1000, self.most / megahertz / 1000)


@dataclass(frozen=True)
class Stage:
    """One stage of a frame, or a function in it.

    Attributes:
        pipeline: cycles of its instructions, all memory answering at once.
        branches: what the branches add; memory: what waiting adds.
        waits: how often for what, by `memory.KINDS`, the mean of both ways to replace lines.
    """

    name: str
    instructions: int
    pipeline: float
    branches: Range
    memory: Range
    waits: dict[str, int]

    @property
    def cycles(self) -> Range:
        return Range(self.pipeline, self.pipeline) + self.branches + self.memory


@dataclass(frozen=True)
class Frame:
    """A frame: its stages, and the functions of the inference without their memory."""

    stages: tuple[Stage, ...]
    functions: dict[str, tuple[int, float]]

    @property
    def total(self) -> Stage:
        waits = defaultdict[str, int](int)
        for stage in self.stages:
            for kind, count in stage.waits.items():
                waits[kind] += count
        return Stage(
            "frame",
            sum(stage.instructions for stage in self.stages),
            sum(stage.pipeline for stage in self.stages),
            sum((stage.branches for stage in self.stages), Range()),
            sum((stage.memory for stage in self.stages), Range()),
            dict(waits),
        )


def estimate(trace: Trace, listing: Listing, frame: int = -1) -> Frame:
    """What a frame takes.

    Args:
        frame: which of the trace's; those before it warm the caches.

    Raises:
        EmojicamError: llvm-mca is not installed.
    """
    frame = frame % (len(trace.frames) - 1)
    costs = pipeline.costs([listing.block(*block) for block in trace.blocks])
    here = slice(trace.frames[frame], trace.frames[frame + 1])
    executed = trace.of_blocks()[here]
    numbers, stages = trace.values()[here][executed], trace.stages()[here][executed]
    instructions = np.array([cost.instructions for cost in costs])
    steady = np.array([cost.steady for cost in costs])
    branches = _branches(numbers, stages, np.array(trace.blocks, np.int64).reshape(-1, 2))
    waits = [memory.waits(trace, frame, random=random) for random in (False, True)]
    least = np.array([kind.least for kind in memory.KINDS])
    most = np.array([kind.most for kind in memory.KINDS])
    found = []
    for number, name in enumerate(NAMES):
        mine = numbers[stages == number]
        both = [one[number] for one in waits]
        prices = sorted((float(one @ least), float(one @ most)) for one in both)
        found.append(
            Stage(
                name,
                int(instructions[mine].sum()),
                float(steady[mine].sum()),
                branches[number],
                Range(prices[0][0], prices[-1][1]),
                {
                    kind.name: int(count)
                    for kind, count in zip(memory.KINDS, np.mean(both, axis=0).round(), strict=True)
                    if count
                },
            )
        )
    functions: dict[str, tuple[int, float]] = {}
    for block, count in enumerate(np.bincount(numbers, minlength=len(costs))):
        name = listing.function_at(trace.blocks[block][0])
        before = functions.get(name, (0, 0.0))
        functions[name] = (before[0] + int(count * instructions[block]), before[1] + float(count * steady[block]))
    return Frame(tuple(found), functions)


def _branches(numbers: npt.NDArray[Any], stages: npt.NDArray[Any], blocks: npt.NDArray[np.int64]) -> list[Range]:
    """What going from block to block adds in each stage.

    A branch is predicted to go where it last went, at worst; at best to go where it went twice (Smith 1981's two
    bits), so that a loop costs once for its end and not again for its begin.
    """
    behind = blocks.sum(axis=1)
    following = numbers[1:]
    # Where a branch goes elsewhere than the last time: by block, in order.
    order = np.argsort(numbers[:-1], kind="stable")
    by_block, target = numbers[:-1][order], following[order]
    same_block = by_block[1:] == by_block[:-1]
    changed = same_block & (target[1:] != target[:-1])
    stage_of = stages[:-1][order][1:]
    wrong = np.bincount(stage_of[changed], minlength=len(NAMES))
    goes_on = blocks[following, 0] == behind[numbers[:-1]]
    taken = np.bincount(stages[:-1][~goes_on], minlength=len(NAMES))
    return [
        Range(
            float(wrong[n] // 2 * _MISPREDICTED[0] + taken[n] * _TAKEN[0]),
            float(wrong[n] * _MISPREDICTED[1] + taken[n] * _TAKEN[1]),
        )
        for n in range(len(NAMES))
    ]
