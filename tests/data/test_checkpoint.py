"""Weights out of files as PyTorch wrote them before 1.6."""

import collections
import io
import pickle
import struct
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emojicam.data import checkpoint
from emojicam.errors import EmojicamError

MAGIC = 0x1950A86A20F9469CFC6C


class Stored:
    """A tensor to be written: it is rebuilt by a call of torch's, and its storage is named."""

    def __init__(self, key: str, kind: str, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.key, self.kind, self.rest = key, kind, (offset, size, stride)

    def __reduce__(self) -> tuple[Any, ...]:
        torch = sys.modules["torch._utils"]
        return torch._rebuild_tensor_v2, (Name(self.key, self.kind), *self.rest, False, collections.OrderedDict())


class Name:
    def __init__(self, key: str, kind: str) -> None:
        self.key, self.kind = key, kind


class Writer(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, Name):
            return ("storage", getattr(sys.modules["torch"], obj.kind), obj.key, "cpu", 0, None)
        return None


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that a pickle of torch's has; what is read may not need them."""
    made, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def rebuild(*arguments: Any) -> None:
        raise AssertionError("called while reading")

    rebuild.__module__, rebuild.__qualname__, rebuild.__name__ = "torch._utils", *["_rebuild_tensor_v2"] * 2
    utils._rebuild_tensor_v2 = rebuild  # type: ignore[attr-defined]
    for kind in ("FloatStorage", "LongStorage", "HalfStorage"):
        setattr(made, kind, type(kind, (), {"__module__": "torch", "__qualname__": kind}))
    monkeypatch.setitem(sys.modules, "torch", made)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def pickled(value: Any) -> bytes:
    stream = io.BytesIO()
    Writer(stream, protocol=2).dump(value)
    return stream.getvalue()


def saved(tensors: Any, storages: dict[str, bytes], sizes: dict[str, int], magic: int = MAGIC) -> bytes:
    parts = [pickled(magic), pickled(1001), pickled({"little_endian": True}), pickled(tensors)]
    parts.append(pickled(sorted(storages)))
    parts += [struct.pack("<q", sizes[key]) + storages[key] for key in sorted(storages)]
    return b"".join(parts)


def example() -> bytes:
    """Two tensors in one storage, one of them transposed, and a counter."""
    values = np.arange(10, dtype="<f4")
    tensors = collections.OrderedDict(
        plain=Stored("7", "FloatStorage", 0, (2, 2), (2, 1)),
        turned=Stored("7", "FloatStorage", 4, (3, 2), (1, 3)),
        count=Stored("8", "LongStorage", 0, (), ()),
    )
    return saved(tensors, {"7": values.tobytes(), "8": np.array([3], "<i8").tobytes()}, {"7": 10, "8": 1})


@pytest.mark.usefixtures("torch")
def test_tensors_are_read_as_they_lie_in_their_storage(tmp_path: Path) -> None:
    (tmp_path / "a.pth").write_bytes(example())
    found = checkpoint.read(tmp_path / "a.pth")
    assert {name: array.tolist() for name, array in found.items()} == {
        "plain": [[0, 1], [2, 3]],
        "turned": [[4, 7], [5, 8], [6, 9]],
        "count": 3,
    }
    assert (found["plain"].dtype, found["count"].dtype) == (np.float32, np.int64)


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("cut", [0, 5, 60, 250, -1, -30])
def test_a_truncated_file_is_refused(tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.pth").write_bytes(example()[:cut])
    with pytest.raises(EmojicamError, match=r"cannot read the weights in a\.pth"):
        checkpoint.read(tmp_path / "a.pth")


def beyond() -> bytes:
    tensors = {"a": Stored("1", "FloatStorage", 2, (2,), (1,))}
    return saved(tensors, {"1": bytes(12)}, {"1": 3})


def other_kind() -> bytes:
    return saved({"a": Stored("1", "HalfStorage", 0, (1,), (1,))}, {"1": bytes(2)}, {"1": 1})


def negative() -> bytes:
    return saved({"a": Stored("1", "FloatStorage", 0, (1,), (1,))}, {"1": bytes(4)}, {"1": -1})


def no_tensor() -> bytes:
    return saved({"a": "b"}, {}, {})


def zipped() -> bytes:
    return b"PK\3\4" + bytes(100)


def other_magic() -> bytes:
    return saved({}, {}, {}, magic=5)


@pytest.mark.usefixtures("torch")
@pytest.mark.parametrize("made", [beyond, other_kind, negative, no_tensor, zipped, other_magic])
def test_what_is_no_file_of_tensors_is_refused(tmp_path: Path, made: Callable[[], bytes]) -> None:
    (tmp_path / "a.pth").write_bytes(made())
    with pytest.raises(EmojicamError, match=r"cannot read the weights in a\.pth"):
        checkpoint.read(tmp_path / "a.pth")


@pytest.mark.usefixtures("torch")
def test_a_file_calls_nothing(tmp_path: Path) -> None:
    class Call:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "called",)

    (tmp_path / "a.pth").write_bytes(saved({"a": Call()}, {}, {}))
    with pytest.raises(EmojicamError, match="is not a tensor's"):
        checkpoint.read(tmp_path / "a.pth")
    assert not (tmp_path / "called").exists()


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmojicamError, match=r"cannot read the weights in none\.pth"):
        checkpoint.read(tmp_path / "none.pth")
