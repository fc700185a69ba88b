"""Models that are well formed and good for nothing: numbers that kernels abort on, scores that say nothing.

Training that learnt nothing, or quantising with pictures that never reach a layer, leaves such files. They are
refused before an interpreter has them: TFLM and LiteRT end the whole process where one of their checks fails.
"""

from collections.abc import Sequence

import numpy as np

from emojicam.errors import EmojicamError
from emojicam.model.graph import Graph, Operator, Tensor

TRAIN_AGAIN = "training for longer or on more pictures, and a representative_dataset with real ones"
#: TFLiteConverter makes a range that is nothing but 0 1e-6 or 2e-6 wide: in 255 steps, that is no more than this.
_NOTHING = 7.9e-9
_LIMITS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-(1 << 15), (1 << 15) - 1), "int32": (0, 0)}
_WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")


def check(graph: Graph, gestures: Sequence[str] | None = None) -> None:
    """Refuse such a model.

    Args:
        gestures: names of the classes; None numbers them.

    Raises:
        EmojicamError: names the tensor, the layer or the class.
    """
    check_numbers(graph)
    _check_reaches(graph)
    _check_each_class(graph, gestures)


def check_numbers(graph: Graph) -> None:
    """Refuse what an interpreter aborts on, or what leaves a layer with nothing to say.

    Raises:
        EmojicamError: names the tensor or the layer.
    """
    for tensor in graph.tensors:
        check_zero_points(tensor)
    for index, operator in enumerate(graph.operators):
        if complaint := _scales(graph, operator):
            raise EmojicamError(f"layer {index}, {operator.name}, {complaint}", TRAIN_AGAIN)


def check_zero_points(tensor: Tensor) -> None:
    """Refuse a zero point that its integers can't have.

    Raises:
        EmojicamError: names the tensor.
    """
    if not tensor.scales or tensor.dtype not in _LIMITS:
        return
    low, high = _LIMITS[tensor.dtype]
    for point in tensor.zero_points:
        if not low <= point <= high:
            raise EmojicamError(
                f"{tensor.label} has a zero point of {point}, outside of {tensor.dtype}",
                "a representative_dataset with real images, and converting the model again",
            )


def _scales(graph: Graph, operator: Operator) -> str:
    """What is wrong with the scales that a kernel derives its factors from; empty if nothing."""
    given = [graph.tensors[i] for i in operator.inputs if i >= 0]
    output = graph.output(operator)
    if output.dtype == "int8" and output.scales and max(output.scales) <= _NOTHING:
        return (
            f"gave nothing but zeros for the pictures that the model was quantised with (a scale of {output.scale:.2g})"
        )
    if not given or given[0].dtype != "int8" or not given[0].scales:
        return ""
    scale = given[0].scale
    if operator.name == "SOFTMAX":
        # softmax.cc: PreprocessSoftmaxScaling aborts unless this is above 1.
        factor = float(operator.options.get("beta", 1.0)) * scale * (1 << 26)
        if not factor > 1:
            return f"has an input scale of {scale:.2g}, too small for its kernel: its scores are all the same"
    if operator.name in ("LOGISTIC", "TANH") and not 2.0**-28 <= scale < 8:
        # logistic.cc, tanh.cc: the shift that follows is below 0 or above 30, which C++ leaves open.
        return f"has an input scale of {scale:.2g}, outside of what its kernel shifts by"
    if operator.name in _WEIGHTED and len(given) > 1 and given[1].scales and output.scales:
        factor = scale * max(given[1].scales) / output.scale
        if factor >= 1 << 30:
            return f"multiplies its sums by {factor:.2g}, more than a 32-bit kernel can"
    return ""


def _check_reaches(graph: Graph) -> None:
    """The picture has to reach the scores."""
    reached, cut = set(graph.inputs), -1
    for index, operator in enumerate(graph.operators):
        if not reached.intersection(operator.inputs):
            continue
        if operator.name in _WEIGHTED and _all_zero(graph.tensor(operator, 1)):
            cut = index
        else:
            reached.update(operator.outputs)
    if cut >= 0 and not reached.intersection(graph.outputs):
        raise EmojicamError(
            f"layer {cut}, {graph.operators[cut].name}, has nothing but zeros for weights: no score depends on the "
            "picture",
            TRAIN_AGAIN,
        )


def _all_zero(weights: Tensor | None) -> bool:
    return weights is not None and weights.data is not None and weights.dtype == "int8" and not weights.array().any()


def _check_each_class(graph: Graph, gestures: Sequence[str] | None) -> None:
    """Each class must be able to win: for some input of the last layer its score is the highest.

    Exact for that layer, in real numbers, with one step of the scores to spare for rounding.
    """
    index = graph.producer(graph.outputs[0]) if len(graph.outputs) == 1 else None
    while index is not None and graph.operators[index].name in ("RESHAPE", "SOFTMAX"):
        index = graph.producer(graph.operators[index].inputs[0])
    if index is None or graph.operators[index].name not in ("CONV_2D", "FULLY_CONNECTED"):
        return
    operator = graph.operators[index]
    source, filters, bias = (graph.tensor(operator, i) for i in range(3))
    output = graph.output(operator)
    if source is None or filters is None or filters.data is None or filters.dtype != "int8" or not source.scales:
        return
    if int(np.prod(output.shape)) != output.shape[-1] or filters.elements % filters.shape[0] or not filters.scales:
        return  # not one score a class
    weights = filters.array().astype(np.float64).reshape(filters.shape[0], -1)
    scales = np.array(filters.scales, np.float64)
    if len(scales) not in (1, len(weights)):
        return  # the kernels refuse it
    weights = weights * scales.reshape(-1, 1)
    constant = np.zeros(len(weights))
    if bias is not None and bias.data is not None and bias.elements == len(weights):
        # The kernels take a bias to have this scale, whatever the file says.
        constant = bias.array().astype(np.float64).ravel() * source.scale * scales
    low, high = ((bound - source.zero_point) * source.scale for bound in (-128, 127))
    for mine in range(len(weights)):
        apart = weights[mine] - weights
        lead = np.maximum(apart * low, apart * high).sum(1) + constant[mine] - constant
        if (lead < -output.scale).any():
            other = int(np.argmin(lead))
            names = [repr(gestures[i]) if gestures and i < len(gestures) else f"class {i}" for i in (mine, other)]
            raise EmojicamError(
                f"the model can never answer {names[0]}: whatever the picture, {names[1]} has a higher score "
                f"(layer {index}, {operator.name})",
                TRAIN_AGAIN,
            )
