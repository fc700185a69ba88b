"""Where interpreters legitimately differ from PyPI tflite-micro, which is right throughout.

Measured with ai-edge-litert 2.3, tflite-micro of October 2026 and TFLM of July 2020 (firmware/third_party).
"""

import numpy as np

from emojicam.model.graph import Graph, Operator
from emojicam.model.schema import ACTIVATION_NAMES, PADDING_NAMES


def litert_refuses(graph: Graph) -> str:
    """Why LiteRT does not take a model that TFLM takes, or ""."""
    if any(op.name == "CONV_2D" and len(op.inputs) == 2 for op in graph.operators):
        return "LiteRT wants a bias in CONV_2D (conv.cc, has_bias); TFLM does not"
    return ""


def litert_rounds_once(graph: Graph) -> bool:
    """Its reference FULLY_CONNECTED rounds once, where everything else rounds twice: off by one at times."""
    return any(op.name == "FULLY_CONNECTED" for op in graph.operators)


def reference_2020_is_wrong(graph: Graph) -> str:
    """Which defect of TFLM July 2020's reference kernels this model runs into, or "".

    The firmware's own kernels have none of them.
    """
    for operator in graph.operators:
        if operator.name in ("MEAN", "QUANTIZE"):
            return f"{operator.name} has a kernel for float32 only"
        if operator.name != "DEPTHWISE_CONV_2D":
            continue
        dilation = (operator.options["dilation_h_factor"], operator.options["dilation_w_factor"])
        if PADDING_NAMES[operator.options["padding"]] == "SAME" and dilation != (1, 1):
            return "depthwise_conv.cc computes the padding as if there were no dilation"
        if _clamps_inside_of_range(graph, operator):
            return "depthwise_conv.cc leaves the fused activation out"
    return ""


def reference_2020_tolerance(graph: Graph) -> int:
    """By how much TFLM July 2020's reference kernels may differ: 0 or 1.

    kernel_util.cc rounds the product of two scales of FULLY_CONNECTED to float32, which shows in about one
    output of a million of a trained model, and always in the zoo's "dense_product_in_double".
    """
    for operator in graph.operators:
        if operator.name == "FULLY_CONNECTED":
            first, second = (graph.tensors[i].scale for i in operator.inputs[:2])
            if float(np.float32(first) * np.float32(second)) != first * second:
                return 1
    return 0


def _clamps_inside_of_range(graph: Graph, operator: Operator) -> bool:
    output = graph.output(operator)
    activation = ACTIVATION_NAMES[operator.options["fused_activation_function"]]
    lowest = {"RELU": 0.0, "RELU6": 0.0, "RELU_N1_TO_1": -1.0}.get(activation)
    highest = {"RELU6": 6.0, "RELU_N1_TO_1": 1.0}.get(activation)
    below = lowest is not None and output.zero_point + round(lowest / output.scale) > -128
    above = highest is not None and output.zero_point + round(highest / output.scale) < 127
    return below or above
