"""A .tflite file as the nested dicts that `flatbuffer.encode` takes: to write what no builder would."""

from typing import Any

from emojicam.model import flatbuffer
from emojicam.model.schema import IDENTIFIER


def decode(data: bytes) -> Any:
    return _plain(flatbuffer.decode(data, "Model", IDENTIFIER))


def encode(model: Any) -> bytes:
    return flatbuffer.encode(model, "Model", IDENTIFIER)


def _plain(value: Any) -> Any:
    if isinstance(value, flatbuffer.Bytes):
        return bytes(value.view)
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):  # a union
        return value[0], _plain(value[1])
    return value
