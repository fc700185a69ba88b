"""Blocks for the Cortex-M7: layouts of the activations between layers, who uses which memory, constants."""

from collections.abc import Iterator
from dataclasses import dataclass

from emojicam.model.graph import Graph
from emojicam.model.kernels import blocks
from emojicam.model.kernels.blocks import Activation, Header, Kind, Layout
from emojicam.model.kernels.match import Convolution
from emojicam.model.kernels.pack_m7 import check, pointwise_pairs, window_channels
from emojicam.model.kernels.plan import Chain, Limits, Pair
from emojicam.model.kernels.pool import Region, ending, input_inside, margin, settle, up, with_input_inside

CORE = 7
#: Bytes from a plane's row to the next for widths that have kernels of their own, for all others, and for a first
#: layer's input (kM7Pitch...).
PITCHES = {6: 16, 12: 28}
WIDEST = 64
WIDE_PITCH = 4 + 2 * WIDEST
FIRST_PITCH = 4 + 2 * 2 * WIDEST
#: From so many pixels a row on, what lies between two pairs is large enough for only a window of it to exist.
_WORTH_A_WINDOW = 48
LIMITS = Limits(
    first_width=2 * WIDEST,
    width=WIDEST,
    depth=lambda depth: depth % 4 == 0 and depth <= 256,
    fuse=lambda width: width in PITCHES or (width >= _WORTH_A_WINDOW and width % 2 == 0),
    check=check,
)
#: Planes of 12 pixels are for where they fit; they save widening bytes.
_MAX_PLANES = 28 * 1024
#: Bytes beside its activations that a layer should work in: more saves next to no instructions.
STRIP_LIMIT = 12288
_PAD = 4
#: Pixels a row for which a depthwise layer has kernels that take bytes and leave no gap between rows.
SHORT_WIDTHS = (5, 6, 7)
#: Cells that odd rows are put down in before they are compacted (kCellRow).
_MAX_FLAT = 5


def lines(height: int, width: int, channels: int) -> Region:
    """Bytes, row by row: what needs the least memory."""
    segment = up(width)
    made = Activation(Layout.LINES, height, width, channels, segment, channels * segment)
    return Region(made, 0, height * channels * segment, 0)


def layout(height: int, width: int, channels: int) -> Region:
    """The layout of an activation between two blocks."""
    if width % 2 and max(height, width) <= _MAX_FLAT:
        pitch = up(2 * height * width)
        made = Activation(Layout.FLAT, height, width, channels, pitch, 2 * width)
        return Region(made, 0, channels * pitch, 0)
    if width in (6, 12):
        row = PITCHES[width]
        # One row more than padding needs, so that a layer can write one row above what it reads.
        plane = (height + 3) * row + _PAD
        if channels * plane <= _MAX_PLANES:
            made = Activation(Layout.PLANES, height, width, channels, plane, row)
            return Region(made, 0, channels * plane, row + _PAD)
    return lines(height, width, channels)


def packed(height: int, width: int, channels: int) -> Region:
    """Bytes, channel by channel, without a gap between rows."""
    plane = up(height * width)
    made = Activation(Layout.PACKED, height, width, channels, plane, width)
    return Region(made, 0, channels * plane, 0)


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


def _strip(pair: Pair, rows: int, source: Activation, target: Activation) -> _Strip:
    layer = pair.depthwise
    width, depth = layer.width, layer.weights.shape[0]
    outputs = 6 if layer.stride == 1 else 4
    blocks_a_row = -(-width // outputs)
    flat = target.layout == Layout.FLAT
    tiles = -(-width // 2)
    total = -(-layer.height * width // 2) if flat else rows * tiles
    spare = max(blocks_a_row * outputs // 2 - tiles, 0)
    needed = (rows - 1) * layer.stride + 3
    # Planes are read where they lie; everything else is made into rows of one first (Rows).
    scratch = 0 if source.layout == Layout.PLANES else needed * WIDE_PITCH + 2 * _PAD
    return _Strip(rows, tiles, blocks_a_row, scratch, (total + spare) * 4 * depth)


def _separable_layer(
    pair: Pair, source: Activation, target: Activation, strip: _Strip, scratch: int, *, fill: bool
) -> blocks.SeparableLayer:
    return blocks.SeparableLayer(
        input=source, output=target, stride=pair.depthwise.stride, padding_top=pair.depthwise.padding_top,
        strip_rows=strip.rows, blocks=strip.blocks, tiles=strip.tiles, fill_padding=fill,
        scratch_offset=scratch, tiles_offset=scratch + strip.scratch,
        channels=window_channels(pair.depthwise), pairs=pointwise_pairs(pair.pointwise),
    )  # fmt: skip


def _places(pair: Pair, source: Region, target: Region) -> Iterator[tuple[Region, _Strip, int]]:
    """Ways to run a block of one pair, the ones with fewer instructions first.

    Yields:
        Where the output is, the strip, and where the memory beside the activations begins.
    """
    layer = pair.depthwise
    in_lines = source.activation.layout == target.activation.layout == Layout.LINES
    # Images without gaps between their rows are made in one go.
    least = layer.height if target.activation.layout == Layout.FLAT else 1
    for rows in range(layer.height, least - 1, -1):
        if rows == layer.height:  # the whole image is read before anything is written
            placed = target.moved(source.start)
        elif in_lines:
            pitches = source.activation.row_pitch, target.activation.row_pitch
            placed = target.moved(source.start - margin((pair,), rows, *pitches))
        elif target.activation == source.activation:  # planes: one row further up
            placed = target.moved(source.start - up(source.activation.row_pitch))
        else:
            placed = target.moved(up(source.end, 16))
        yield placed, _strip(pair, rows, source.activation, target.activation), up(max(source.end, placed.end), 16)


def _is_short(layer: Convolution) -> bool:
    """Whether there is a kernel for all of an image of short rows of bytes (IsShort)."""
    whole = (layer.height, layer.width) == layer.input.shape[1:3] and layer.padding_top == 1
    return layer.stride == 1 and layer.width in SHORT_WIDTHS and whole


_Way = tuple[Region, _Strip, int]


def _packed_way(pair: Pair, source: Region) -> _Way:
    """To an output without gaps: all of the input is read before anything is written."""
    layer = pair.depthwise
    placed = packed(layer.height, layer.width, pair.pointwise.weights.shape[0]).moved(source.start)
    strip = _strip(pair, layer.height, source.activation, placed.activation)
    if _is_short(layer) and source.activation.layout in (Layout.LINES, Layout.PACKED):
        rows = (layer.height + 2) * 2 * (layer.width // 2 * 2 + 2)
        tiles = -(-layer.height * layer.width // 2)
        strip = _Strip(layer.height, -(-layer.width // 2), 1, up(rows, 8), tiles * 4 * layer.weights.shape[0])
    return placed, strip, up(max(source.end, placed.end), 16)


def _ways(pair: Pair, source: Region, *, pack: bool, last: bool) -> list[_Way]:
    """Ways to run a block of one pair, the ones with fewer instructions first."""
    layer = pair.depthwise
    shape = layer.height, layer.width, pair.pointwise.weights.shape[0]
    layouts = source.activation.layout
    if pack and _is_short(layer) and (layouts == Layout.PACKED or (layouts == Layout.LINES and layer.width % 2)):
        return [_packed_way(pair, source)]
    # Rows of bytes are what packed ones can be made of.
    odd = pack and layer.width % 2 and layer.width in SHORT_WIDTHS
    preferred = lines(*shape) if odd else layout(*shape)
    even = pack and layer.width == 6
    ordinary = list(_places(pair, source, preferred))
    dense = [_packed_way(pair, source)] if even else []
    if preferred.activation.layout != Layout.PLANES:
        return dense + ordinary
    in_lines = list(_places(pair, source, lines(*shape)))
    return dense + ordinary + in_lines if last else ordinary + dense + in_lines


def _single(
    pair: Pair, source: Region, limit: int, *, used: int, pack: bool, last: bool
) -> tuple[blocks.Separable, Region, int]:
    """A block of one pair; its output region and the end of the memory that it uses.

    Args:
        used: the end of what blocks before it use.
    """
    ways = _ways(pair, source, pack=pack, last=last)

    def fits(way: _Way) -> bool:
        # What has no gaps is made at once, whatever that takes.
        image = way[0].activation
        end = way[2] + way[1].size
        small = way[1].size <= STRIP_LIMIT or image.layout == Layout.PACKED or end <= used
        # The layer that reads planes has to have room for its tiles beside them, or bytes are better.
        planes = pack and image.width == 6 and image.layout == Layout.PLANES
        later = way[0].size + 2 * image.height * image.width * image.channels if planes else 0
        return small and max(end, later) <= limit

    fitting = list(filter(fits, ways))
    placed, strip, scratch = fitting[0] if fitting else min(ways, key=lambda way: way[2] + way[1].size)
    in_place = placed.activation == source.activation and placed.start == source.start
    fill = placed.activation.layout == Layout.PLANES and not in_place
    made = _separable_layer(pair, source.activation, placed.activation, strip, scratch, fill=fill)
    header = Header(CORE, Kind.SEPARABLE, input_offset=source.base, output_offset=placed.base)
    return blocks.Separable(header, (made,)), placed, scratch + strip.size


def _double(group: tuple[Pair, ...], source: Region, limit: int) -> tuple[blocks.Separable, Region, int]:
    """A block of two pairs, fused by rows."""
    front, back = group
    target = layout(back.depthwise.height, back.depthwise.width, back.pointwise.weights.shape[0])
    between = front.depthwise
    channels = front.pointwise.weights.shape[0]
    pitch = PITCHES.get(between.width, WIDE_PITCH)
    least = back.depthwise.height if target.activation.layout == Layout.FLAT else 1
    for rows in range(back.depthwise.height, least - 1, -1):
        window_rows = (rows - 1) * back.depthwise.stride + 3
        plane = window_rows * pitch + _PAD
        window = Activation(Layout.PLANES, between.height, between.width, channels, plane, pitch)
        front_strip = _strip(front, min(window_rows, between.height), source.activation, window)
        back_strip = _strip(back, rows, window, target.activation)
        if target.activation.layout == Layout.LINES:
            pitches = source.activation.row_pitch, target.activation.row_pitch
            placed = target.moved(source.start - margin(group, rows, *pitches))
        else:
            placed = target.moved(up(source.end, 16))
        window_start = up(max(source.end, placed.end), 16)
        scratch = up(window_start + channels * plane + _PAD, 16)
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
    _, height, width, channels = layer.input.shape
    source = Activation(Layout.NHWC, height, width, channels, 1, width * channels)
    start = up(target.end, 16)
    scratch = up(start + height * width * channels, 16)
    for rows in range(layer.height, 0, -1):
        end = scratch + (2 * rows + 2) * channels * FIRST_PITCH
        if end <= limit:
            break
    header = Header(CORE, Kind.FIRST, input_offset=start, output_offset=target.base)
    padding = layer.padding_value * 0x10001
    columns = -(-layer.width // 4)
    constants = window_channels(layer)
    return blocks.First(header, source, target.activation, rows, columns, padding, scratch, constants), end


def plan_chain(graph: Graph, chain: Chain, limit: int) -> tuple[list[blocks.Block], int]:
    """The blocks of a chain, and the bytes of the pool: without gaps between short rows where there is room.

    Args, Raises: as _plan_chain.
    """
    plain, size = _plan_chain(graph, chain, limit, pack=False)
    # What one block needs all others may use.
    room = max(limit, size)
    for most, pack in ((room, True), (limit, True), (room, False)):
        made, taken = _plan_chain(graph, chain, most, pack=pack)
        if taken <= room:
            return made, taken
    return plain, size


def _plan_chain(graph: Graph, chain: Chain, limit: int, *, pack: bool) -> tuple[list[blocks.Block], int]:
    """The blocks of a chain, and the bytes of the pool.

    Args:
        limit: what the pool should not be larger than. It is where even strips of one row need more.

    Raises:
        NotOurs: a channel's rounding cannot be folded.
    """
    entry = chain.groups[0][0].depthwise.input.shape
    # Outputs in place move down a little at each block; the chain is laid out below zero and then moved up.
    shape = lines if chain.first else layout
    entering = chain.groups[0][0].depthwise
    if not chain.first and pack and _is_short(entering) and entering.width % 2:
        shape = packed
    region = shape(*entry[1:])
    made: list[blocks.Block] = []
    ends: list[int] = []
    slack = 2048  # about what moving up takes
    if chain.first is not None:
        block, end = _first(chain.first, region, limit - slack)
        made.append(block)
        ends.append(end)
    else:
        source = Activation(Layout.NHWC, entry[1], entry[2], entry[3], 1, entry[2] * entry[3])
        made.append(blocks.Simple(Header(CORE, Kind.IMPORT, output_offset=region.base), source, region.activation))
        ends.append(region.end)
    starts = [region.start]
    for number, group in enumerate(chain.groups):
        room = limit - max(slack, -min(starts))
        last = number + 1 == len(chain.groups)
        if len(group) == 2:
            step = _double(group, region, room)
        else:
            used = max(ends)
            step = _single(group[0], region, room, used=used, pack=pack, last=last)
        separable, region, end = step
        made.append(separable)
        ends.append(end)
        starts.append(region.start)
    made.append(ending(graph, chain, region, CORE))
    if chain.first is None and input_inside(graph, chain):
        made[0] = with_input_inside(made[0], ends[0], ends[1:])
    return settle(made, starts, ends)
