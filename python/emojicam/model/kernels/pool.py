"""Placing activations in the pool: what the planners of both cores share.

A chain is laid out around 0: an output in place begins a little below its input, so offsets become negative
and everything is moved up at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from emojicam.model.graph import Graph
from emojicam.model.kernels import blocks
from emojicam.model.kernels.blocks import Activation, Header, Kind, Layout
from emojicam.model.kernels.match import activation_range
from emojicam.model.kernels.plan import Chain, Pair
from emojicam.model.schema import ACTIVATION_NAMES


def up(value: int, to: int = 4) -> int:
    """The multiple of `to` that is not less."""
    return -(-value // to) * to


@dataclass(frozen=True)
class Region:
    """An activation in the pool.

    Attributes:
        start, size: all of its memory, padding included.
        lead: bytes from its start to its first pixel.
    """

    activation: Activation
    start: int
    size: int
    lead: int

    @property
    def base(self) -> int:
        return self.start + self.lead

    @property
    def end(self) -> int:
        return self.start + self.size

    def moved(self, start: int) -> "Region":
        return replace(self, start=start)


def margin(group: Sequence[Pair], rows: int, source_pitch: int, target_pitch: int) -> int:
    """How many bytes below its input the output has to begin, so that with strips of `rows` output rows
    none is overwritten that a later strip reads. Both are stored row by row."""
    last = group[-1].depthwise
    found = 0
    for y in range(rows, last.height, rows):
        need = y * last.stride - last.padding_top
        if len(group) == 2:
            # Rows of the window are kept; what the first layer has to make next begins behind them.
            window_end = min((y - 1) * last.stride - last.padding_top + 3, last.input.shape[1])
            need = window_end * group[0].depthwise.stride - group[0].depthwise.padding_top
        found = max(found, y * target_pitch - max(need, 0) * source_pitch)
    return up(found, 16)


def ending(graph: Graph, chain: Chain, region: Region, core: int) -> blocks.Simple:
    """The last block: average over the image if the chain ends in it, or back to TFLM's layout."""
    image = region.activation
    header = Header(core, Kind.EXPORT, input_offset=region.base)
    if chain.average is None:
        row = image.width * image.channels
        nhwc = Activation(Layout.NHWC, image.height, image.width, image.channels, 1, row)
        return blocks.Simple(header, image, nhwc)
    operator = graph.operators[chain.average]
    low, high = activation_range(
        graph.output(operator), ACTIVATION_NAMES[operator.options["fused_activation_function"]]
    )
    one = Activation(Layout.NHWC, 1, 1, image.channels, 1, image.channels)
    return blocks.Simple(replace(header, kind=Kind.AVERAGE), image, one, low, high)


def input_inside(graph: Graph, chain: Chain) -> bool:
    """Whether a chain's input, as TFLM has it, may lie in the pool: nothing else uses the pool while it is needed."""
    start = chain.operators[0]
    tensor = graph.operators[start].inputs[0]
    if graph.consumers(tensor) != [start] or tensor in graph.outputs:
        return False
    if graph.producer(tensor) is None:
        return start == 0 and graph.inputs == (tensor,)
    # What runs just before: an average may be another chain's end, which reads the pool, and a RESHAPE be left out.
    before = graph.operators[start - 1]
    return start > 0 and before.outputs == (tensor,) and before.name not in ("RESHAPE", "AVERAGE_POOL_2D")


def with_input_inside(first: blocks.Block, input_end: int, others: Sequence[int]) -> blocks.Block:
    """An import whose input lies behind its output, where that makes the pool no larger than the other blocks do."""
    assert isinstance(first, blocks.Simple)
    start = up(input_end, 16)
    image = first.input
    if start + image.height * image.width * image.channels > max(others, default=0):
        return first
    return replace(first, header=replace(first.header, input_offset=start))


def settle(made: Sequence[blocks.Block], starts: Sequence[int], ends: Sequence[int]) -> tuple[list[blocks.Block], int]:
    """Move all blocks up so that the lowest activation begins at 0.

    Returns:
        The blocks, and the pool's size.
    """
    distance = up(max(0, -min(starts)), 16)
    return [_moved(block, distance) for block in made], up(max(ends) + distance, 16)


def _moved(block: blocks.Block, distance: int) -> blocks.Block:
    def offset(value: int) -> int:
        return value if value == blocks.NOT_IN_POOL else value + distance

    header = replace(
        block.header,
        input_offset=offset(block.header.input_offset),
        output_offset=offset(block.header.output_offset),
    )
    if isinstance(block, blocks.First):
        return replace(block, header=header, scratch_offset=block.scratch_offset + distance)
    if isinstance(block, blocks.Separable):
        layers = tuple(
            replace(one, scratch_offset=one.scratch_offset + distance, tiles_offset=one.tiles_offset + distance)
            for one in block.layers
        )
        return replace(block, header=header, layers=layers, window_offset=block.window_offset + distance)
    return replace(block, header=header)
