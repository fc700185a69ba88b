"""Blocks for the Cortex-M7: layouts of the activations between layers, who uses which memory, constants."""

from dataclasses import dataclass, replace

from emojicam.model.graph import Graph
from emojicam.model.kernels import blocks
from emojicam.model.kernels.blocks import Activation, Header, Kind, Layout
from emojicam.model.kernels.match import Convolution, activation_range
from emojicam.model.kernels.pack_m7 import pointwise_pairs, window_channels
from emojicam.model.kernels.plan import Chain, Pair
from emojicam.model.schema import ACTIVATION_NAMES

CORE = 7
#: Rows of a plane by the widest image: pixels -> bytes (kM7Pitch...).
PITCHES = {6: 16, 12: 28, 48: 100}
FIRST_PITCH = 196
MAX_WIDTH = 48
MAX_FIRST_WIDTH = 96
MAX_DEPTH = 256
#: Planes of 12 pixels are for where they fit; they save widening bytes.
_MAX_PLANES = 28 * 1024
_PAD = 4
#: Cells that odd rows are put down in before they are compacted (kCellRow).
_MAX_FLAT = 5


def _up(value: int, to: int = 4) -> int:
    return -(-value // to) * to


@dataclass(frozen=True)
class Region:
    """An activation in the pool: `start` and `size` are all of its memory, `base` its first pixel."""

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


def layout(height: int, width: int, channels: int) -> Region:
    """The layout of an activation between two blocks."""
    if width % 2 and max(height, width) <= _MAX_FLAT:
        pitch = _up(2 * height * width)
        return Region(Activation(Layout.FLAT, height, width, channels, pitch, 2 * width), 0, channels * pitch, 0)
    if width in (6, 12):
        row = PITCHES[width]
        # One row more than padding needs, so that a layer can write one row above what it reads.
        plane = (height + 3) * row + _PAD
        if channels * plane <= _MAX_PLANES:
            made = Activation(Layout.PLANES, height, width, channels, plane, row)
            return Region(made, 0, channels * plane, row + _PAD)
    segment = _up(width)
    made = Activation(Layout.LINES, height, width, channels, segment, channels * segment)
    return Region(made, 0, height * channels * segment, 0)


@dataclass
class _Strip:
    """How a layer works through an image, and the memory it takes beside its activations."""

    rows: int
    tiles: int
    blocks: int
    scratch: int
    interleaved: int

    @property
    def size(self) -> int:
        return self.scratch + self.interleaved


def _strip(pair: Pair, rows: int) -> _Strip:
    layer = pair.depthwise
    width, depth = layer.width, layer.weights.shape[0]
    outputs = 6 if layer.stride == 1 else 4
    blocks_a_row = -(-width // outputs)
    flat = width % 2 == 1 and max(layer.height, width) <= _MAX_FLAT
    tiles = -(-width // 2)
    total = -(-layer.height * width // 2) if flat else rows * tiles
    spare = max(blocks_a_row * outputs // 2 - tiles, 0)
    needed = (rows - 1) * layer.stride + 3
    return _Strip(rows, tiles, blocks_a_row, needed * PITCHES[48] + 2 * _PAD, (total + spare) * 4 * depth)


class _Pool:
    """Places what a chain's blocks use, from the pool's start on."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0

    def take(self, end: int) -> None:
        self.size = max(self.size, end)


def _separable_layer(
    pair: Pair, source: Activation, target: Activation, strip: _Strip, scratch: int, *, fill: bool
) -> blocks.SeparableLayer:
    return blocks.SeparableLayer(
        input=source, output=target, stride=pair.depthwise.stride, padding_top=pair.depthwise.padding_top,
        strip_rows=strip.rows, blocks=strip.blocks, tiles=strip.tiles, fill_padding=fill,
        scratch_offset=scratch, tiles_offset=scratch + strip.scratch,
        channels=window_channels(pair.depthwise), pairs=pointwise_pairs(pair.pointwise),
    )  # fmt: skip


def _margin(group: tuple[Pair, ...], rows: int, source: Activation, target: Activation) -> int:
    """How far below its input the output has to begin, in bytes, so that with strips of `rows` no row is
    overwritten that a later strip reads. Both are lines."""
    last = group[-1].depthwise
    margin = 0
    for y in range(rows, last.height, rows):
        need = y * last.stride - last.padding_top
        if len(group) == 2:
            window_end = min((y - 1) * last.stride - last.padding_top + 3, last.input.shape[1])
            need = window_end * group[0].depthwise.stride - group[0].depthwise.padding_top
        margin = max(margin, y * target.row_pitch - max(need, 0) * source.row_pitch)
    return _up(margin, 16)


def _single(pair: Pair, source: Region, limit: int) -> tuple[blocks.Separable, Region, int]:
    """A block of one pair; its output region and the end of the memory that it uses."""
    layer = pair.depthwise
    target = layout(layer.height, layer.width, pair.pointwise.weights.shape[0])
    same = target.activation == source.activation
    in_lines = source.activation.layout == target.activation.layout == Layout.LINES
    for rows in range(layer.height, 0, -1):
        strip = _strip(pair, rows)
        if rows == layer.height:  # the whole image is read before anything is written
            placed = target.moved(source.start)
        elif target.activation.layout == Layout.FLAT:
            break
        elif in_lines:
            placed = target.moved(source.start - _margin((pair,), rows, source.activation, target.activation))
        elif same:  # planes: one row further up
            placed = target.moved(source.start - _up(source.activation.row_pitch))
        else:
            placed = target.moved(_up(source.end, 16))
        scratch = _up(max(source.end, placed.end), 16)
        if scratch + strip.size <= limit:
            break
    fill = placed.activation.layout == Layout.PLANES and not (same and placed.start == source.start)
    made = _separable_layer(pair, source.activation, placed.activation, strip, scratch, fill=fill)
    header = Header(CORE, Kind.SEPARABLE, input_offset=source.base, output_offset=placed.base)
    return blocks.Separable(header, (made,)), placed, scratch + strip.size


def _double(group: tuple[Pair, ...], source: Region, limit: int) -> tuple[blocks.Separable, Region, int]:
    """A block of two pairs, fused by rows."""
    front, back = group
    target = layout(back.depthwise.height, back.depthwise.width, back.pointwise.weights.shape[0])
    between = front.depthwise
    channels = front.pointwise.weights.shape[0]
    pitch = PITCHES[between.width]
    for rows in range(back.depthwise.height, 0, -1):
        window_rows = (rows - 1) * back.depthwise.stride + 3
        plane = window_rows * pitch + _PAD
        window = Activation(Layout.PLANES, between.height, between.width, channels, plane, pitch)
        front_strip = _strip(front, min(window_rows, between.height))
        back_strip = _strip(back, rows)
        if target.activation.layout == Layout.LINES:
            placed = target.moved(source.start - _margin(group, rows, source.activation, target.activation))
        else:
            placed = target.moved(_up(source.end, 16))
        window_start = _up(max(source.end, placed.end), 16)
        scratch = _up(window_start + channels * plane + _PAD, 16)
        end = scratch + max(front_strip.size, back_strip.size)
        if end <= limit:
            break
    fill = placed.activation.layout == Layout.PLANES
    layers = (
        _separable_layer(front, source.activation, window, front_strip, scratch, fill=False),
        _separable_layer(back, window, placed.activation, back_strip, scratch, fill=fill),
    )
    header = Header(CORE, Kind.SEPARABLE, input_offset=source.base, output_offset=placed.base)
    return blocks.Separable(header, layers, window_start + _PAD, window_rows), placed, end


def _first(layer: Convolution, target: Region, limit: int) -> tuple[blocks.First, int]:
    """The first layer's block; its input lies behind its output."""
    height, width = layer.input.shape[1], layer.input.shape[2]
    source = Activation(Layout.NHWC, height, width, 1, 1, width)
    start = _up(target.end, 16)
    scratch = _up(start + height * width, 16)
    for rows in range(layer.height, 0, -1):
        end = scratch + (2 * rows + 2) * FIRST_PITCH
        if end <= limit:
            break
    header = Header(CORE, Kind.FIRST, input_offset=start, output_offset=target.base)
    padding = layer.padding_value * 0x10001
    made = blocks.First(
        header, source, target.activation, rows, -(-layer.width // 4), padding, scratch, window_channels(layer)
    )
    return made, end


def plan_chain(graph: Graph, chain: Chain, limit: int) -> tuple[list[blocks.Block], int]:
    """The blocks of a chain, and the bytes of the pool.

    Args:
        limit: what the pool should not be larger than. It is where even strips of one row need more.

    Raises:
        NotOurs: a channel's rounding cannot be folded.
    """
    entry = chain.groups[0][0].depthwise.input.shape
    # Outputs in place move down a little at each block; the chain is laid out below zero and then moved up.
    region = layout(entry[1], entry[2], entry[3])
    made: list[blocks.Block] = []
    ends: list[int] = []
    slack = 2048  # about what moving up takes
    if chain.first is not None:
        block, end = _first(chain.first, region, limit - slack)
        made.append(block)
        ends.append(end)
    else:
        source = Activation(Layout.NHWC, entry[1], entry[2], entry[3], 1, entry[2] * entry[3])
        made.append(
            blocks.Simple(Header(CORE, Kind.IMPORT, output_offset=region.base), source, region.activation)
        )
        ends.append(region.end)
    for group in chain.groups:
        step = _double(group, region, limit - slack) if len(group) == 2 else _single(group[0], region, limit - slack)
        separable, region, end = step
        made.append(separable)
        ends.append(end)
    made.append(_ending(graph, chain, region))
    return _settle(made, ends)


def _ending(graph: Graph, chain: Chain, region: Region) -> blocks.Simple:
    image = region.activation
    if chain.average is not None:
        one = Activation(Layout.NHWC, 1, 1, image.channels, 1, image.channels)
        operator = graph.operators[chain.average]
        low, high = activation_range(
            graph.output(operator), ACTIVATION_NAMES[operator.options["fused_activation_function"]]
        )
        return blocks.Simple(Header(CORE, Kind.AVERAGE, input_offset=region.base), image, one, low, high)
    nhwc = Activation(Layout.NHWC, image.height, image.width, image.channels, 1, image.width * image.channels)
    return blocks.Simple(Header(CORE, Kind.EXPORT, input_offset=region.base), image, nhwc)


def _settle(made: list[blocks.Block], ends: list[int]) -> tuple[list[blocks.Block], int]:
    """Move everything up so that the lowest offset is 0."""
    starts = [_lowest(block) for block in made]
    up = _up(max(0, -min(starts)), 16)
    return [_moved(block, up) for block in made], _up(max(ends) + up, 16)


def _lowest(block: blocks.Block) -> int:
    offsets = [o for o in (block.header.input_offset, block.header.output_offset) if o != blocks.NOT_IN_POOL]
    lead = 0
    for image in (block.layers[-1].output, block.layers[0].input) if isinstance(block, blocks.Separable) else ():
        if image.layout == Layout.PLANES:
            lead = max(lead, image.row_pitch + _PAD)
    return min(offsets) - lead


def _moved(block: blocks.Block, up: int) -> blocks.Block:
    def offset(value: int) -> int:
        return value if value == blocks.NOT_IN_POOL else value + up

    header = replace(
        block.header,
        input_offset=offset(block.header.input_offset), output_offset=offset(block.header.output_offset),
    )  # fmt: skip
    if isinstance(block, blocks.First):
        return replace(block, header=header, scratch_offset=block.scratch_offset + up)
    if isinstance(block, blocks.Separable):
        layers = tuple(
            replace(one, scratch_offset=one.scratch_offset + up, tiles_offset=one.tiles_offset + up)
            for one in block.layers
        )
        return replace(block, header=header, layers=layers, window_offset=block.window_offset + up)
    return replace(block, header=header)
