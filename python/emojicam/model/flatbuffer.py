"""Flatbuffers by table: decode with every bound checked, encode with the alignment that kernels need.

What C++ would read of a model is read here with the checks of FlatBuffers' own `Verifier`
(flatbuffers.h: bounds, alignment, vtables, string terminators, and a limit on the work that a
malicious file can cause), so that a model that decodes can be handed to the firmware.
"""

import struct
from typing import Any, NamedTuple

import flatbuffers  # type: ignore[import-untyped]

from emojicam.model.schema import OPTIONS_NAMES, TABLES, Field

_SIZES = {"b": 1, "B": 1, "?": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8}


class Corrupt(Exception):
    """The bytes are not a valid flatbuffer; the text says where."""


class Bytes(NamedTuple):
    """A vector of uint8, and where it starts in the file."""

    offset: int
    view: memoryview


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        # Tables may be shared, so a small file can describe much work: read each byte a few times at most.
        self.budget = 8 * len(data) + 65536
        self.misaligned = False

    def scalar(self, kind: str, at: int) -> Any:
        size = _SIZES[kind]
        self.check(at, size, size)
        return struct.unpack_from("<" + kind, self.data, at)[0]

    def check(self, at: int, size: int, alignment: int = 1) -> None:
        if at < 0 or at + size > len(self.data):
            raise Corrupt(f"{size} bytes at offset {at} reach past its end ({len(self.data)} bytes)")
        self.misaligned = self.misaligned or at % alignment != 0
        self.budget -= size
        if self.budget < 0:
            raise Corrupt("its tables overlap")

    def follow(self, at: int) -> int:
        offset = self.scalar("I", at)
        if offset == 0:
            raise Corrupt(f"the reference at offset {at} is null")
        return at + int(offset)

    def vector(self, at: int, size: int, alignment: int) -> tuple[int, int]:
        """Offset of the first element, and how many there are."""
        count = int(self.scalar("I", at))
        self.check(at + 4, count * size, alignment)
        return at + 4, count

    def value(self, field: Field, at: int) -> Any:
        kind = field.kind
        if kind in _SIZES:
            return self.scalar(kind, at)
        target = self.follow(at)
        if kind == "s":
            start, count = self.vector(target, 1, 1)
            self.check(start + count, 1)
            if self.data[start + count] != 0:
                raise Corrupt(f"the string at offset {target} has no end")
            return self.data[start : start + count].decode(errors="replace")
        if kind == "[B]":
            start, count = self.vector(target, 1, 1)
            return Bytes(start, memoryview(self.data)[start : start + count])
        if kind[0] == "[" and kind[1:-1] in _SIZES:
            size = _SIZES[kind[1:-1]]
            start, count = self.vector(target, size, size)
            return struct.unpack_from(f"<{count}{kind[1:-1]}", self.data, start)
        if kind[0] == "[":
            start, count = self.vector(target, 4, 4)
            return [self.table(kind[1:-1], self.follow(start + 4 * i)) for i in range(count)]
        return self.table(kind, target)

    def table(self, name: str, at: int) -> dict[str, Any]:
        vtable = at - int(self.scalar("i", at))
        vtable_size = int(self.scalar("H", vtable))
        if vtable_size < 4 or vtable_size % 2:
            raise Corrupt(f"the vtable at offset {vtable} has {vtable_size} bytes")
        self.check(vtable, vtable_size)
        table_size = int(self.scalar("H", vtable + 2))
        self.check(at, table_size)
        found: dict[str, Any] = {}
        for field_name, field in TABLES[name].items():
            entry = 4 + 2 * field.slot
            offset = int(self.scalar("H", vtable + entry)) if entry + 2 <= vtable_size else 0
            if offset == 0:
                found[field_name] = field.default
            elif offset + _SIZES.get(field.kind, 4) > table_size:
                raise Corrupt(f"field {field_name} of the {name} at offset {at} lies outside of it")
            elif field.kind == "union":
                found[field_name] = self.options(found["builtin_options_type"], at + offset)
            else:
                found[field_name] = self.value(field, at + offset)
        return found

    def options(self, kind: int, at: int) -> tuple[str, dict[str, Any]] | None:
        """A member of the union BuiltinOptions; members that no kernel of ours reads decode as empty."""
        name = OPTIONS_NAMES.get(kind)
        if name is None:
            raise Corrupt(f"there is no options table number {kind}")
        if name == "NONE":
            return None
        return name, self.table(name, self.follow(at)) if name in TABLES else {}


#: Key of the root's dict that says whether a value lies where a processor can't read it at once.
MISALIGNED = "misaligned"


def decode(data: bytes, root: str, identifier: bytes) -> dict[str, Any]:
    """A flatbuffer as nested dicts, by the tables of `emojicam.model.schema`.

    The root's has MISALIGNED too: read here all the same, and to be written anew before C++ reads it.

    Vectors of uint8 come as `Bytes`, other vectors of scalars as tuples, vectors of tables as lists, unions
    as (member's name, dict).

    Raises:
        Corrupt: any offset or size is wrong.
    """
    if len(data) < 8 or data[4:8] != identifier:
        raise Corrupt(f"it does not have the identifier {identifier.decode()}")
    reader = _Reader(data)
    found = reader.table(root, reader.follow(0))
    return {**found, MISALIGNED: reader.misaligned}


def encode(value: dict[str, Any], root: str, identifier: bytes, *, data_alignment: int = 16) -> bytes:
    """The opposite of `decode`, with vectors of uint8 as bytes; the same value gives the same bytes.

    Args:
        data_alignment: of vectors of uint8, relative to the start of the flatbuffer.
    """
    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(_encode_table(builder, root, value, data_alignment), file_identifier=identifier)
    return bytes(builder.Output())


def _encode_table(builder: Any, name: str, value: dict[str, Any], data_alignment: int) -> int:
    fields = TABLES[name]
    references = {}
    for field_name, field in fields.items():
        content = value.get(field_name)
        if field.kind not in _SIZES and content is not None:
            references[field_name] = _encode_reference(builder, field.kind, content, data_alignment)
    builder.StartObject(max((field.slot for field in fields.values()), default=-1) + 1)
    for field_name, field in fields.items():
        if field_name in references:
            builder.PrependUOffsetTRelativeSlot(field.slot, references[field_name], 0)
        elif field.kind in _SIZES:
            _PREPEND[field.kind](builder, field.slot, value.get(field_name, field.default), field.default)
    return int(builder.EndObject())


def _encode_reference(builder: Any, kind: str, content: Any, data_alignment: int) -> int:
    if kind == "s":
        return int(builder.CreateString(content))
    if kind == "union":
        return _encode_table(builder, content[0], content[1], data_alignment)
    if kind == "[B]":
        return _encode_packed(builder, bytes(content), 1, data_alignment)
    if kind[0] == "[" and kind[1:-1] in _SIZES:
        packed = struct.pack(f"<{len(content)}{kind[1:-1]}", *content)
        return _encode_packed(builder, packed, _SIZES[kind[1:-1]], 4)
    if kind[0] == "[":
        offsets = [_encode_table(builder, kind[1:-1], one, data_alignment) for one in content]
        builder.StartVector(4, len(offsets), 4)
        for offset in reversed(offsets):
            builder.PrependUOffsetTRelative(offset)
        return int(builder.EndVector())
    return _encode_table(builder, kind, content, data_alignment)


def _encode_packed(builder: Any, packed: bytes, size: int, alignment: int) -> int:
    builder.StartVector(size, len(packed) // size, max(size, alignment))
    builder.head -= len(packed)
    builder.Bytes[builder.head : builder.head + len(packed)] = packed
    return int(builder.EndVector())


_PREPEND: dict[str, Any] = {
    "b": lambda builder, slot, value, default: builder.PrependInt8Slot(slot, value, default),
    "B": lambda builder, slot, value, default: builder.PrependUint8Slot(slot, value, default),
    "?": lambda builder, slot, value, default: builder.PrependBoolSlot(slot, value, default),
    "i": lambda builder, slot, value, default: builder.PrependInt32Slot(slot, value, default),
    "I": lambda builder, slot, value, default: builder.PrependUint32Slot(slot, value, default),
    "q": lambda builder, slot, value, default: builder.PrependInt64Slot(slot, value, default),
    "Q": lambda builder, slot, value, default: builder.PrependUint64Slot(slot, value, default),
    "f": lambda builder, slot, value, default: builder.PrependFloat32Slot(slot, value, default),
}
