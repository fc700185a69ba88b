"""The bytes of an "emojicam.block" operator.

Mirrors firmware/src/inference/kernels/emojicam/block_format.h.
"""

import struct
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

#: custom_code of the operator.
OPERATOR = "CUSTOM:emojicam.block"
MAGIC = 0x314B4345
NOT_IN_POOL = 0xFFFFFFFF


class Kind(IntEnum):
    FIRST = 1
    SEPARABLE = 2
    AVERAGE = 3
    IMPORT = 4
    EXPORT = 5


class Layout(IntEnum):
    NHWC = 0
    LINES = 1
    PLANES = 2
    FLAT = 3
    ROWS = 4
    PACKED = 5


@dataclass(frozen=True)
class Activation:
    """An activation as the kernels see it; pitches in bytes."""

    layout: Layout
    height: int
    width: int
    channels: int
    channel_pitch: int
    row_pitch: int
    lead: int = 0

    def words(self) -> list[int]:
        return [
            int(self.layout), self.height, self.width, self.channels, self.channel_pitch, self.row_pitch,
            self.lead,
        ]  # fmt: skip


@dataclass(frozen=True)
class Header:
    core: int
    kind: Kind
    pool_bytes: int = 0
    input_offset: int = NOT_IN_POOL
    output_offset: int = NOT_IN_POOL

    def words(self, block_bytes: int) -> list[int]:
        """All but the checksum's."""
        return [
            MAGIC, self.core, int(self.kind), block_bytes, 0, self.pool_bytes, self.input_offset,
            self.output_offset,
        ]  # fmt: skip


_HEADER_WORDS = 10
_LAYER_WORDS = 26


@dataclass(frozen=True)
class First:
    header: Header
    input: Activation
    output: Activation
    strip_rows: int
    blocks: int
    padding: int
    scratch_offset: int
    channels: bytes

    def encode(self) -> bytes:
        words = [*self.input.words(), *self.output.words(), self.strip_rows, self.blocks, self.padding]
        at = 4 * (_HEADER_WORDS + len(words) + 2)
        return _join(self.header, [*words, at, self.scratch_offset], self.channels)


@dataclass(frozen=True)
class SeparableLayer:
    input: Activation
    output: Activation
    stride: int
    padding_top: int
    strip_rows: int
    blocks: int
    tiles: int
    fill_padding: bool
    scratch_offset: int
    tiles_offset: int
    channels: bytes
    pairs: bytes
    window_table: bytes = b""
    tile_table: bytes = b""

    @property
    def constants(self) -> bytes:
        return self.channels + self.pairs + self.window_table + self.tile_table

    def words(self, channels_at: int) -> list[int]:
        pairs_at = channels_at + len(self.channels)
        window_table_at = pairs_at + len(self.pairs)
        return [
            *self.input.words(), *self.output.words(), self.stride, self.padding_top, self.strip_rows,
            self.blocks, self.tiles, int(self.fill_padding), channels_at, pairs_at, self.scratch_offset,
            self.tiles_offset, window_table_at, window_table_at + len(self.window_table),
        ]  # fmt: skip


@dataclass(frozen=True)
class Separable:
    header: Header
    layers: tuple[SeparableLayer, ...]
    window_offset: int = 0
    window_rows: int = 0

    def encode(self) -> bytes:
        words = [len(self.layers), self.window_offset, self.window_rows]
        at = 4 * (_HEADER_WORDS + len(words) + 2 * _LAYER_WORDS)
        constants = b""
        for layer in self.layers:
            words += layer.words(at + len(constants))
            constants += layer.constants
        words += [0] * (_LAYER_WORDS * (2 - len(self.layers)))
        return _join(self.header, words, constants)


@dataclass(frozen=True)
class Simple:
    header: Header
    input: Activation
    output: Activation
    activation_min: int = -128
    activation_max: int = 127

    def encode(self) -> bytes:
        limits = [self.activation_min & 0xFFFFFFFF, self.activation_max & 0xFFFFFFFF]
        return _join(self.header, [*self.input.words(), *self.output.words(), *limits], b"")


Block = First | Separable | Simple


def _join(header: Header, words: list[int], constants: bytes) -> bytes:
    constants += bytes(-len(constants) % 4)
    size = 4 * (_HEADER_WORDS + len(words)) + len(constants)
    every = header.words(size) + words
    packed = struct.pack(f"<{len(every)}I", *every) + constants
    numbers = np.frombuffer(packed, "<u4").astype(np.uint64)
    sums = np.cumsum(numbers) & 0xFFFFFFFF
    checksum = struct.pack("<2I", int(sums[-1]), int(sums.sum()) & 0xFFFFFFFF)
    at = 4 * (_HEADER_WORDS - 2)
    return packed[:at] + checksum + packed[at:]


def with_header(block: Block, **changes: object) -> Block:
    """The same block with other fields in its header."""
    return replace(block, header=replace(block.header, **changes))  # type: ignore[arg-type]
