"""Weights from a file of torch.save, without PyTorch.

The format is that of PyTorch before 1.6 (torch/serialization.py, "_legacy_save"): four pickles (a magic number, the
protocol, sizes of integers, the tensors, in which storages are named) and the storages' keys, then of each storage
its length as int64 and its values, all little-endian.
"""

import collections
import pickle
import struct
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from emojicam.errors import EmojicamError

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_TYPES = {"FloatStorage": "<f4", "LongStorage": "<i8"}


class _Storage(NamedTuple):
    key: str
    kind: str


class _View(NamedTuple):
    """A tensor: where it lies in its storage, in values."""

    storage: _Storage
    offset: int
    size: tuple[int, ...]
    stride: tuple[int, ...]


def _view(storage: _Storage, offset: int, size: Any, stride: Any, *_: Any) -> _View:
    return _View(storage, offset, tuple(size), tuple(stride))


class _Reader(pickle.Unpickler):
    """Knows tensors, their storages and ordered dictionaries; a pickle could name any function to be called."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _view
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if module == "torch" and name in _TYPES:
            return name
        raise pickle.UnpicklingError(f"{module}.{name} is not a tensor's")

    def persistent_load(self, pid: Any) -> _Storage:
        what, kind, key = pid[:3]
        if what != "storage" or kind not in _TYPES:
            raise pickle.UnpicklingError(f"unknown object {what!r}")
        return _Storage(str(key), kind)


def _storages(file: BinaryIO, kinds: dict[str, str]) -> dict[str, npt.NDArray[Any]]:
    found = {}
    for key in _Reader(file).load():
        (count,) = struct.unpack("<q", file.read(8))
        kind = np.dtype(_TYPES[kinds[key]])
        content = file.read(count * kind.itemsize)
        if count < 0 or len(content) != count * kind.itemsize:
            raise ValueError("the file ends too soon")
        found[key] = np.frombuffer(content, kind)
    return found


def _taken(view: _View, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A tensor's values; transposed ones lie in their storage as they were before."""
    if len(view.size) != len(view.stride) or min((view.offset, *view.size, *view.stride)) < 0:
        raise ValueError("a tensor has no such shape")
    last = view.offset + sum((size - 1) * stride for size, stride in zip(view.size, view.stride, strict=True))
    if last >= len(values):
        raise ValueError("a tensor is longer than its storage")
    steps = [stride * values.itemsize for stride in view.stride]
    return np.array(np.lib.stride_tricks.as_strided(values[view.offset :], view.size, steps))


def read(path: Path) -> dict[str, npt.NDArray[Any]]:
    """The tensors of a saved state by name, float32 or int64.

    Raises:
        EmojicamError: the file is missing, damaged, or holds something else.
    """
    try:
        with path.open("rb") as file:
            if (_Reader(file).load(), _Reader(file).load()) != (_MAGIC, _PROTOCOL):
                raise ValueError("not of the format before PyTorch 1.6")
            _Reader(file).load()
            views = {str(name): view for name, view in _Reader(file).load().items()}
            if not all(isinstance(view, _View) for view in views.values()):
                raise ValueError("not tensors alone")
            storages = _storages(file, {view.storage.key: view.storage.kind for view in views.values()})
        return {name: _taken(view, storages[view.storage.key]) for name, view in views.items()}
    except Exception as error:  # pickle raises whatever the bytes lead to
        raise EmojicamError(
            f"cannot read the weights in {path.name}: {error}", "delete its folder, and the next run fetches it again"
        ) from None
