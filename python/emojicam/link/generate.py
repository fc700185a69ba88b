"""C++ from the table of messages: structures with Encode and Decode, and test vectors."""

import random
import struct
from pathlib import Path
from typing import Any

from emojicam import codegen
from emojicam.link import codec, messages
from emojicam.link.messages import Field, Message


def generate(directory: Path) -> list[Path]:
    """Write ``link_messages.h`` and ``link_vectors.h``.

    Returns:
        The files, changed or not.
    """
    header = directory / "link_messages.h"
    codegen.write_if_changed(
        header, codegen.render("emojicam.link", "link_messages.h.jinja", table=messages, scalars=messages.SCALARS)
    )
    vectors = directory / "link_vectors.h"
    codegen.write_if_changed(
        vectors,
        codegen.render("emojicam.link", "link_vectors.h.jinja", vectors=all_vectors(), scalars=messages.SCALARS),
    )
    return [header, vectors]


def _value(random_source: random.Random, item: Field, largest: bool) -> Any:
    if item.kind == "text":
        return "👍 ok\x00é" if largest else ""
    if item.kind == "bytes":
        return bytes(random_source.randrange(256) for _ in range(300)) if largest else b""

    def scalar() -> Any:
        size = messages.SCALARS[item.kind][1]
        raw = b"\xff" * size if largest else bytes(random_source.randrange(256) for _ in range(size))
        if item.kind == "f32":
            return random_source.choice([0.0, -1.5, 0.25, 3.0e38])
        return struct.unpack("<" + messages.SCALARS[item.kind][0], raw)[0]

    if item.is_array:
        return [scalar() for _ in range(item.up_to if largest else random_source.randrange(item.up_to))]
    return scalar()


def all_vectors() -> list[tuple[Message, dict[str, Any], bytes]]:
    """For every message: an ordinary and an extreme content, and its bytes on the wire."""
    source = random.Random(20261123)
    vectors = []
    for message in messages.MESSAGES:
        for largest in (False, True):
            values = {item.name: _value(source, item, largest) for item in message.fields}
            vectors.append((message, values, codec.encode(message.name, **values)))
    return vectors
