"""As `checks`, for the kernels that move bytes and compute nothing: they requantise nothing either."""

import numpy as np

from emojicam.model.checks import CONVERT_AGAIN, Complaint, same_quantisation
from emojicam.model.graph import Graph, Operator

#: concatenation.cc, kMaxInputNum.
MAX_CONCATENATED = 10


def concatenation(graph: Graph, operator: Operator) -> Complaint | None:
    """concatenation.cc: int8 is copied without requantisation."""
    if len(operator.inputs) > MAX_CONCATENATED:
        return (
            f"joins {len(operator.inputs)} tensors, {MAX_CONCATENATED} are possible",
            "joining them in two steps",
        )
    if operator.options["fused_activation_function"] != 0:
        return "fuses an activation", "the activation as a layer of its own"
    sources, output = [graph.tensors[i] for i in operator.inputs], graph.output(operator)
    rank = len(output.shape)
    axis = operator.options["axis"] + (rank if operator.options["axis"] < 0 else 0)
    if rank > 4 or not 0 <= axis < rank or any(len(one.shape) != rank for one in sources):
        return f"joins shapes {[list(one.shape) for one in sources]}", "at most four dimensions"
    joined = sum(one.shape[axis] for one in sources)
    for one in [*sources, output]:
        if (*one.shape[:axis], joined, *one.shape[axis + 1 :]) != output.shape:
            return f"joins shapes {[list(one.shape) for one in sources]}, which do not fit", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def pad(graph: Graph, operator: Operator) -> Complaint | None:
    """pad.cc, for PAD and PADV2."""
    source, amounts, output = (
        graph.tensors[operator.inputs[0]],
        graph.tensor(operator, 1),
        graph.output(operator),
    )
    if amounts is None or amounts.data is None or amounts.dtype != "int32":
        return "pads by amounts that are not constant int32", CONVERT_AGAIN
    if len(source.shape) > 4 or amounts.shape != (len(source.shape), 2):
        return "has more than four dimensions", "fewer dimensions"
    expected = tuple(size + int(extra.sum()) for size, extra in zip(source.shape, amounts.array(), strict=True))
    if (amounts.array() < 0).any() or expected != output.shape:
        return f"has an output of shape {list(output.shape)} where {list(expected)} follows", CONVERT_AGAIN
    filler = graph.tensor(operator, 2)
    if filler is not None and (filler.elements != 1 or filler.dtype != "int8"):
        return "pads with something else than one int8", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def reshape(graph: Graph, operator: Operator) -> Complaint | None:
    """reshape.cc copies, and takes the shape from the output tensor."""
    if graph.tensors[operator.inputs[0]].elements != graph.output(operator).elements:
        return "changes the number of elements", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def pack_or_unpack(graph: Graph, operator: Operator) -> Complaint | None:
    """pack.cc, unpack.cc: `axis` counts in the shape that has the additional dimension."""
    packing = operator.name == "PACK"
    parts = operator.inputs if packing else operator.outputs
    whole = graph.tensors[(operator.outputs if packing else operator.inputs)[0]]
    rank = len(whole.shape)
    axis = operator.options["axis"] + (rank if operator.options["axis"] < 0 else 0)
    count = operator.options["values_count" if packing else "num"]
    if not 0 <= axis < rank or count != len(parts) or whole.shape[axis] != count:
        return f"has {len(parts)} parts of shape {list(whole.shape)}", CONVERT_AGAIN
    if any(graph.tensors[i].shape != whole.shape[:axis] + whole.shape[axis + 1 :] for i in parts):
        return "has parts of different shapes", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def split(graph: Graph, operator: Operator) -> Complaint | None:
    """split.cc: input 0 is the constant axis."""
    axis_tensor, source = graph.tensor(operator, 0), graph.tensor(operator, 1)
    if axis_tensor is None or source is None or axis_tensor.data is None or axis_tensor.dtype != "int32":
        return "splits along an axis that is not constant", CONVERT_AGAIN
    axis = int(axis_tensor.array().reshape(-1)[0])
    axis += len(source.shape) if axis < 0 else 0
    outputs = [graph.tensors[i] for i in operator.outputs]
    if not 0 <= axis < len(source.shape) or source.shape[axis] % len(outputs):
        return f"splits {list(source.shape)} into {len(outputs)}", CONVERT_AGAIN
    part = (*source.shape[:axis], source.shape[axis] // len(outputs), *source.shape[axis + 1 :])
    if any(one.shape != part for one in outputs):
        return "splits into parts of different shapes", CONVERT_AGAIN
    return same_quantisation(graph, operator)


def strided_slice(graph: Graph, operator: Operator) -> Complaint | None:
    """strided_slice.cc knows neither ellipsis nor new axes."""
    options, source = operator.options, graph.tensors[operator.inputs[0]]
    if len(source.shape) > 4 or len(operator.inputs) != 4:
        return "has more than four dimensions", "fewer dimensions"
    if options["ellipsis_mask"] or options["new_axis_mask"] or options["offset"]:
        return "uses an ellipsis, a new axis or offsets", "plain slices"
    limits = [graph.tensors[i] for i in operator.inputs[1:]]
    if any(one.data is None or one.dtype != "int32" or one.elements != len(source.shape) for one in limits):
        return "slices at places that are not constant", CONVERT_AGAIN
    index: list[slice | int] = []
    for axis, (start, stop, step) in enumerate(zip(*(one.array().tolist() for one in limits), strict=True)):
        if step == 0:
            return "has a stride of 0", CONVERT_AGAIN
        if options["shrink_axis_mask"] >> axis & 1:
            index.append(start)
            continue
        begin_open, end_open = options["begin_mask"] >> axis & 1, options["end_mask"] >> axis & 1
        index.append(slice(None if begin_open else start, None if end_open else stop, step))
    try:
        sliced = np.empty(source.shape, np.int8)[tuple(index)].shape
    except IndexError:
        sliced = ()
    if sliced != graph.output(operator).shape:
        return (
            f"has an output of shape {list(graph.output(operator).shape)} where {list(sliced)} follows",
            CONVERT_AGAIN,
        )
    return same_quantisation(graph, operator)


def resize_nearest_neighbor(graph: Graph, operator: Operator) -> Complaint | None:
    """resize_nearest_neighbor.cc sets half_pixel_centers to false whatever the model says."""
    source, size, output = (
        graph.tensors[operator.inputs[0]],
        graph.tensor(operator, 1),
        graph.output(operator),
    )
    if operator.options["half_pixel_centers"]:
        return "uses half-pixel centres", "half_pixel_centers=False"
    if len(source.shape) != 4 or size is None or size.data is None or size.dtype != "int32" or size.shape != (2,):
        return "has a size that is not constant", CONVERT_AGAIN
    if (source.shape[0], *size.array().tolist(), source.shape[3]) != output.shape:
        return f"has an output of shape {list(output.shape)}", CONVERT_AGAIN
    return same_quantisation(graph, operator)
