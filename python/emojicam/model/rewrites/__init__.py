"""Passes of `emojicam.model.fold`, by what they rewrite. Each gives the same object back where it finds nothing."""

from typing import Any

import numpy as np

from emojicam.model.graph import Graph, Operator


def constants(graph: Graph, operator: Operator, index: int) -> list[Any] | None:
    """An operator's constant int32 input as a list, of lists where it has rows; None where it is none."""
    tensor = graph.tensor(operator, index)
    if tensor is None or tensor.data is None or tensor.dtype != "int32" or len(tensor.shape) > 2:
        return None
    return list(np.atleast_1d(tensor.array()).tolist())
