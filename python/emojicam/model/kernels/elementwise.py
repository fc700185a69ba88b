"""ADD, SUB and MUL of two tensors (firmware: sum.cc, product.cc)."""

import numpy as np

from emojicam.model.graph import Graph, Operator
from emojicam.model.kernels import sums
from emojicam.model.kernels.layer import PRODUCT, SUM, Layer, check_int8, encode_layer
from emojicam.model.kernels.match import NotOurs, activation_range
from emojicam.model.kernels.requantise import quantize_multiplier
from emojicam.model.schema import ACTIVATION_NAMES

#: A shift to the right beyond which zero point and rounding don't fit into one addend (kMostProductShift).
_MOST_PRODUCT_SHIFT = 22


def sum_layer(graph: Graph, operator: Operator, core: int) -> Layer:
    a, b, output = graph.tensor(operator, 0), graph.tensor(operator, 1), graph.output(operator)
    check_int8(a, b, output)
    assert a is not None and b is not None
    if a.shape != b.shape or a.shape != output.shape:
        raise NotOurs("its inputs have different shapes")
    form = sums.solve(a.quantisation, b.quantisation, output.quantisation, minus=operator.name == "SUB")
    if form is None:
        raise NotOurs("no sum of two products has its rounding")
    low, high = activation_range(output, ACTIVATION_NAMES[operator.options["fused_activation_function"]])
    words = [*form.factors, form.addend, form.shift, low, high]
    encoded = encode_layer(core, 2, 0, (a, output), words)
    return Layer(
        SUM,
        (0, 1),
        "emojicam sum",
        "two multiply-accumulates an element",
        lambda _: encoded,
        predicted=int(output.elements * (7.6 if core == 7 else 3.2)) + 100,
    )


def product_layer(graph: Graph, operator: Operator, core: int) -> Layer:
    """MUL of equal shapes, or of each pixel with the same values of its channels, whichever input they are."""
    output = graph.output(operator)
    order = (0, 1) if graph.tensors[operator.inputs[0]].elements == output.elements else (1, 0)
    a, b = (graph.tensor(operator, i) for i in order)
    check_int8(a, b, output)
    assert a is not None and b is not None
    gate = b.elements == output.shape[-1] == b.shape[-1] if b.shape else False
    if a.shape != output.shape or (b.shape != output.shape and not gate):
        raise NotOurs("its inputs have shapes of which neither is the other's or a pixel's channels")
    # mul.cc: the float32 scales, multiplied and divided as doubles.
    real = float(np.float32(a.scale)) * float(np.float32(b.scale)) / float(np.float32(output.scale))
    multiplier, left = quantize_multiplier(real)
    right = -left
    if not 0 <= right <= _MOST_PRODUCT_SHIFT:
        raise NotOurs(f"a factor of {real:g}, which is 1 and more or below 2^-{_MOST_PRODUCT_SHIFT}")
    low, high = activation_range(output, ACTIVATION_NAMES[operator.options["fused_activation_function"]])
    addend = (output.zero_point << right) + ((1 << right) >> 1)
    words = [
        b.elements, -a.zero_point, -b.zero_point, multiplier, right, int(right > 0), addend, output.zero_point,
        low, high,
    ]  # fmt: skip
    encoded = encode_layer(core, 8, 0, (a, output), words)
    rows = output.elements // b.elements
    return Layer(
        PRODUCT, order, "emojicam product", "by each pixel's channels" if rows > 1 else "element by element",
        lambda _: encoded, predicted=int(output.elements * (11.2 if core == 7 else 4.0)) + 45 * rows + 60,
    )  # fmt: skip
