"""numba's compiler, with a type that mypy can follow."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt

Function = TypeVar("Function", bound=Callable[..., object])

#: A float64 array; shapes are in the docstrings.
Array = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


def njit(function: Function) -> Function:
    """Compile to machine code at first use, kept on disk beside the module.

    Without fast-math, so that the same numbers give the same bytes on every run, and without the
    GIL, so that threads may render side by side.
    """
    return cast(Function, numba.njit(cache=True, nogil=True)(function))
