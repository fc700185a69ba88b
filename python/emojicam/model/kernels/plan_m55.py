"""Blocks for the Cortex-M55: layouts of the activations between layers, who uses which memory, constants."""

from dataclasses import dataclass

from emojicam.model.graph import Graph
from emojicam.model.kernels import blocks
from emojicam.model.kernels.blocks import Activation, Header, Kind, Layout
from emojicam.model.kernels.match import Convolution
from emojicam.model.kernels.pack_m55 import (
    check,
    depthwise_channels,
    first_channels,
    pointwise_pairs,
    tile_table,
    window_table,
)
from emojicam.model.kernels.plan import Chain, Limits, Pair
from emojicam.model.kernels.pool import Region, ending, input_inside, margin, settle, up, with_input_inside

CORE = 55
LIMITS = Limits(
    first_width=128,
    width=128,
    depth=lambda depth: depth == 8 or (depth % 16 == 0 and depth <= 256),
    fuse=lambda width: width % 4 == 0,
    check=check,
)
#: Bytes beside its activations that a layer should work in: more saves next to no instructions.
STRIP_LIMIT = 8192


def layout(height: int, width: int, channels: int, consumer: Convolution | None) -> Region:
    """The layout of an activation between two blocks, for who reads it."""
    # Windows begin at even addresses: one pixel to the left with stride 1, at a pixel with stride 2.
    lead = 0 if consumer is not None and consumer.stride == 2 else 1
    used = lead + width + 1
    segment = up(used, 2)
    if width % 4 and segment == used:
        segment += 2  # a spare byte, where tiles put what is no pixel
    made = Activation(Layout.ROWS, height, width, channels, segment, channels * segment, lead)
    # Windows of 4 rows by 4 columns reach a row and a column further than what counts.
    return Region(made, 0, (height + 3) * made.row_pitch + 4, made.row_pitch + lead)


@dataclass
class _Strip:
    """How a layer works through an image, and the memory of its stream."""

    rows: int
    blocks: int
    tiles: int
    spare: int
    size: int


def _strip(pair: Pair, rows: int) -> _Strip:
    layer = pair.depthwise
    depth = len(layer.bias)
    tiles = -(-rows * layer.width // 4)
    # Windows make two rows at a time, the last one perhaps for nothing.
    spare = -(-up(rows, 2) * layer.width // 4) * 4 * depth
    return _Strip(rows, -(-layer.width // (4 if layer.stride == 1 else 8)), tiles, spare, spare + 4 * depth)


def _usable(pair: Pair, rows: int) -> bool:
    """Whether strips of so many rows keep windows and tiles whole."""
    layer = pair.depthwise
    if rows == layer.height:
        return True
    # The last strip has what is left, and uses the first entries of the same tables.
    whole = all(count * layer.width % 4 == 0 for count in (rows, layer.height % rows))
    return whole and (layer.stride == 2 or rows % 2 == 0)


def _layer(pair: Pair, source: Activation, target: Activation, strip: _Strip, stream: int) -> blocks.SeparableLayer:
    return blocks.SeparableLayer(
        input=source, output=target, stride=pair.depthwise.stride, padding_top=pair.depthwise.padding_top,
        strip_rows=strip.rows, blocks=strip.blocks, tiles=strip.tiles, fill_padding=True,
        scratch_offset=stream, tiles_offset=stream,
        channels=depthwise_channels(pair.depthwise), pairs=pointwise_pairs(pair.pointwise),
        window_table=window_table(pair.depthwise, strip.rows, strip.spare),
        tile_table=tile_table(
            target.width, strip.rows, target.row_pitch, target.channel_pitch, target.width + 1
        ),
    )  # fmt: skip


def _below(group: tuple[Pair, ...], rows: int, source: Region, target: Region) -> Region:
    """The output where strips of `rows` can be written while the input is still being read."""
    pitches = source.activation.row_pitch, target.activation.row_pitch
    distance = margin(group, rows, *pitches)
    # The margin is between the first rows of the images; above them are rows of padding.
    start = source.start + pitches[0] - pitches[1] - distance
    return target.moved(min(start, source.start) // 16 * 16)


def _single(
    pair: Pair, source: Region, consumer: Convolution | None, limit: int
) -> tuple[blocks.Separable, Region, int]:
    """A block of one pair; its output region and the end of the memory that it uses."""
    layer = pair.depthwise
    target = layout(layer.height, layer.width, len(pair.pointwise.bias), consumer)
    for rows in range(layer.height, 0, -1):
        if not _usable(pair, rows):
            continue
        strip = _strip(pair, rows)
        # In one strip the whole image is read before anything is written.
        whole = rows == layer.height
        placed = target.moved(source.start) if whole else _below((pair,), rows, source, target)
        stream = up(max(source.end, placed.end), 16)
        if strip.size <= STRIP_LIMIT and stream + strip.size <= limit:
            break
    made = _layer(pair, source.activation, placed.activation, strip, stream)
    header = Header(CORE, Kind.SEPARABLE, input_offset=source.base, output_offset=placed.base)
    return blocks.Separable(header, (made,)), placed, stream + strip.size


def _double(
    group: tuple[Pair, ...], source: Region, consumer: Convolution | None, limit: int
) -> tuple[blocks.Separable, Region, int]:
    """A block of two pairs, fused by rows."""
    front, back = group
    target = layout(back.depthwise.height, back.depthwise.width, len(back.pointwise.bias), consumer)
    between = front.depthwise
    whole = layout(between.height, between.width, len(front.pointwise.bias), back.depthwise).activation
    for rows in range(back.depthwise.height, 0, -1):
        if not _usable(back, rows):
            continue
        window_rows = (rows - 1) * back.depthwise.stride + 3
        front_strip = _strip(front, min(window_rows, between.height))
        back_strip = _strip(back, rows)
        placed = _below(group, rows, source, target)
        window = up(max(source.end, placed.end), 16)
        stream = up(window + (window_rows + 2) * whole.row_pitch + 4, 16)
        end = stream + max(front_strip.size, back_strip.size)
        if end <= limit:
            break
    layers = (
        _layer(front, source.activation, whole, front_strip, stream),
        _layer(back, whole, placed.activation, back_strip, stream),
    )
    header = Header(CORE, Kind.SEPARABLE, input_offset=source.base, output_offset=placed.base)
    return blocks.Separable(header, layers, window + whole.lead, window_rows), placed, end


def _first(layer: Convolution, target: Region, limit: int) -> tuple[blocks.First, int]:
    """The first layer's block; its input lies behind its output."""
    _, height, width, channels = layer.input.shape
    source = Activation(Layout.NHWC, height, width, channels, 1, width * channels)
    start = up(target.end, 16)
    scratch = up(start + height * width * channels, 16)
    for rows in range(layer.height, 0, -1):
        # Windows are read a little beyond their rows.
        end = scratch + (2 * rows + 2) * up((width + 1) * channels, 2) + 32
        if end <= limit:
            break
    header = Header(CORE, Kind.FIRST, input_offset=start, output_offset=target.base)
    padding = (layer.padding_value - 128) & 0xFF
    made = blocks.First(
        header, source, target.activation, rows, -(-layer.width // 2), padding, scratch, first_channels(layer)
    )
    return made, end


def plan_chain(graph: Graph, chain: Chain, limit: int) -> tuple[list[blocks.Block], int]:
    """The blocks of a chain, and the bytes of the pool.

    Args, Raises: as _plan_chain.
    """
    made, size = _plan_chain(graph, chain, limit)
    if size > limit:  # what one block needs all others may use
        larger, taken = _plan_chain(graph, chain, size)
        if taken <= size:
            return larger, taken
    return made, size


def _plan_chain(graph: Graph, chain: Chain, limit: int) -> tuple[list[blocks.Block], int]:
    """The blocks of a chain, and the bytes of the pool.

    Args:
        limit: what the pool should not be larger than. It is where even the smallest strips need more.

    Raises:
        NotOurs: a layer's scaling is none that the kernels compute.
    """
    entry = chain.groups[0][0].depthwise
    height, width, channels = entry.input.shape[1:]
    region = layout(height, width, channels, entry)
    limit -= 4096  # about what moving up takes
    made: list[blocks.Block] = []
    ends: list[int] = []
    if chain.first is not None:
        block, end = _first(chain.first, region, limit)
        made.append(block)
        ends.append(end)
    else:
        source = Activation(Layout.NHWC, height, width, channels, 1, width * channels)
        made.append(blocks.Simple(Header(CORE, Kind.IMPORT, output_offset=region.base), source, region.activation))
        ends.append(region.end)
    starts = [region.start]
    for number, group in enumerate(chain.groups):
        last = number + 1 == len(chain.groups)
        consumer = None if last else chain.groups[number + 1][0].depthwise
        if len(group) == 2:
            step = _double(group, region, consumer, limit)
        else:
            step = _single(group[0], region, consumer, limit)
        separable, region, end = step
        made.append(separable)
        ends.append(end)
        starts.append(region.start)
    made.append(ending(graph, chain, region, CORE))
    if chain.first is None and input_inside(graph, chain):
        made[0] = with_input_inside(made[0], ends[0], ends[1:])
    return settle(made, starts, ends)
