"""The part of the TensorFlow Lite flatbuffer schema that a classifier uses, as one table.

Reader (`flatbuffer.decode`) and writer (`flatbuffer.encode`) are both driven by it, so that nothing
can be read that was not checked. Slots and defaults: tensorflow/lite/schema/schema.fbs, version 3.
"""

from dataclasses import dataclass
from typing import Any

import tflite

#: First bytes of a model after the root offset.
IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class Field:
    """One field of a flatbuffer table.

    Args:
        slot: its place in the vtable.
        kind: a struct format character ("b" int8, "B" uint8, "i" int32, "I" uint32, "q" int64, "Q" uint64,
            "f" float32, "?" bool), "s" for a string, "[x]" for a vector of one of these, the name of a
            table, or "[NAME]" for a vector of tables.
        default: the value of an absent scalar. Absent vectors, strings and tables decode as None.
    """

    slot: int
    kind: str
    default: Any = None


def _fields(*kinds: tuple[str, str] | tuple[str, str, Any] | None) -> dict[str, Field]:
    """Fields in slot order; None leaves a slot out."""
    table = {}
    for slot, entry in enumerate(kinds):
        if entry is None:
            continue
        name, kind = entry[0], entry[1]
        default = entry[2] if len(entry) == 3 else (0 if len(kind) == 1 and kind != "s" else None)
        table[name] = Field(slot, kind, default)
    return table


# fmt: off
TABLES: dict[str, dict[str, Field]] = {
    "Model": _fields(
        ("version", "I"), ("operator_codes", "[OperatorCode]"), ("subgraphs", "[SubGraph]"),
        ("description", "s"), ("buffers", "[Buffer]"),
    ),
    "OperatorCode": _fields(
        ("deprecated_builtin_code", "b"), ("custom_code", "s"), ("version", "i", 1), ("builtin_code", "i")
    ),
    "SubGraph": _fields(
        ("tensors", "[Tensor]"), ("inputs", "[i]"), ("outputs", "[i]"), ("operators", "[Operator]"),
        ("name", "s"),
    ),
    "Tensor": _fields(
        ("shape", "[i]"), ("type", "b"), ("buffer", "I"), ("name", "s"),
        ("quantization", "QuantizationParameters"), ("is_variable", "?", False), None,
        ("shape_signature", "[i]"),
    ),
    "QuantizationParameters": _fields(
        None, None, ("scale", "[f]"), ("zero_point", "[q]"), None, None, ("quantized_dimension", "i")
    ),
    "Buffer": _fields(("data", "[B]"), ("offset", "Q"), ("size", "Q")),
    "Operator": _fields(
        ("opcode_index", "I"), ("inputs", "[i]"), ("outputs", "[i]"), ("builtin_options_type", "B"),
        ("builtin_options", "union"), ("custom_options", "[B]"),
    ),
    # Options: the members of Operator.builtin_options.
    "Conv2DOptions": _fields(
        ("padding", "b"), ("stride_w", "i"), ("stride_h", "i"), ("fused_activation_function", "b"),
        ("dilation_w_factor", "i", 1), ("dilation_h_factor", "i", 1),
    ),
    "DepthwiseConv2DOptions": _fields(
        ("padding", "b"), ("stride_w", "i"), ("stride_h", "i"), ("depth_multiplier", "i"),
        ("fused_activation_function", "b"), ("dilation_w_factor", "i", 1), ("dilation_h_factor", "i", 1),
    ),
    "Pool2DOptions": _fields(
        ("padding", "b"), ("stride_w", "i"), ("stride_h", "i"), ("filter_width", "i"), ("filter_height", "i"),
        ("fused_activation_function", "b"),
    ),
    "FullyConnectedOptions": _fields(
        ("fused_activation_function", "b"), ("weights_format", "b"), ("keep_num_dims", "?", False)
    ),
    "SoftmaxOptions": _fields(("beta", "f", 0.0)),
    "ConcatenationOptions": _fields(("axis", "i"), ("fused_activation_function", "b")),
    "AddOptions": _fields(("fused_activation_function", "b")),
    "SubOptions": _fields(("fused_activation_function", "b")),
    "MulOptions": _fields(("fused_activation_function", "b")),
    "L2NormOptions": _fields(("fused_activation_function", "b")),
    "ReshapeOptions": _fields(("new_shape", "[i]")),
    "ReducerOptions": _fields(("keep_dims", "?", False)),
    "StridedSliceOptions": _fields(
        ("begin_mask", "i"), ("end_mask", "i"), ("ellipsis_mask", "i"), ("new_axis_mask", "i"),
        ("shrink_axis_mask", "i"), ("offset", "?", False),
    ),
    "SplitOptions": _fields(("num_splits", "i")),
    "PackOptions": _fields(("values_count", "i"), ("axis", "i")),
    "UnpackOptions": _fields(("num", "i"), ("axis", "i")),
    "ResizeNearestNeighborOptions": _fields(
        ("align_corners", "?", False), ("half_pixel_centers", "?", False)
    ),
    "ShapeOptions": _fields(("out_type", "b")),
    "ArgMaxOptions": _fields(("output_type", "b")),
    "GatherOptions": _fields(("axis", "i"), ("batch_dims", "i")),
    "LeakyReluOptions": _fields(("alpha", "f", 0.0)),
    "GeluOptions": _fields(("approximate", "?", False)),
    "MaximumMinimumOptions": {},
    "PadOptions": {},
    "PadV2Options": {},
    "QuantizeOptions": {},
    "DequantizeOptions": {},
}

# fmt: on

#: Operator -> the options table that its kernel reads. Operators that are not here have none that matter.
OPTIONS_OF = {
    "ADD": "AddOptions",
    "ARG_MAX": "ArgMaxOptions",
    "AVERAGE_POOL_2D": "Pool2DOptions",
    "CONCATENATION": "ConcatenationOptions",
    "CONV_2D": "Conv2DOptions",
    "DEPTHWISE_CONV_2D": "DepthwiseConv2DOptions",
    "FULLY_CONNECTED": "FullyConnectedOptions",
    "GATHER": "GatherOptions",
    "GELU": "GeluOptions",
    "L2_NORMALIZATION": "L2NormOptions",
    "LEAKY_RELU": "LeakyReluOptions",
    "MAXIMUM": "MaximumMinimumOptions",
    "MAX_POOL_2D": "Pool2DOptions",
    "MEAN": "ReducerOptions",
    "MINIMUM": "MaximumMinimumOptions",
    "MUL": "MulOptions",
    "PACK": "PackOptions",
    "PAD": "PadOptions",
    "PADV2": "PadV2Options",
    "REDUCE_MAX": "ReducerOptions",
    "REDUCE_PROD": "ReducerOptions",
    "RESHAPE": "ReshapeOptions",
    "RESIZE_NEAREST_NEIGHBOR": "ResizeNearestNeighborOptions",
    "SHAPE": "ShapeOptions",
    "SOFTMAX": "SoftmaxOptions",
    "SPLIT": "SplitOptions",
    "STRIDED_SLICE": "StridedSliceOptions",
    "SUB": "SubOptions",
    "UNPACK": "UnpackOptions",
}


def _names(enum: type) -> dict[int, str]:
    return {value: name for name, value in vars(enum).items() if isinstance(value, int)}


OPERATOR_NAMES = _names(tflite.BuiltinOperator)
OPERATOR_CODES = {name: code for code, name in OPERATOR_NAMES.items()}
OPTIONS_NAMES = _names(tflite.BuiltinOptions)
OPTIONS_CODES = {name: code for code, name in OPTIONS_NAMES.items()}
DTYPE_NAMES = {code: name.lower() for code, name in _names(tflite.TensorType).items()}
DTYPE_CODES = {name: code for code, name in DTYPE_NAMES.items()}
ACTIVATION_NAMES = _names(tflite.ActivationFunctionType)
ACTIVATION_CODES = {name: code for code, name in ACTIVATION_NAMES.items()}
PADDING_NAMES = _names(tflite.Padding)
PADDING_CODES = {name: code for code, name in PADDING_NAMES.items()}

#: Bytes an element takes, for the types that TFLM July 2020 can hold at all (memory_helpers.cc).
DTYPE_BYTES = {
    "float32": 4,
    "int16": 2,
    "int32": 4,
    "uint8": 1,
    "int8": 1,
    "int64": 8,
    "bool": 1,
    "float16": 2,
}

#: deprecated_builtin_code says "see builtin_code" (newer operators do not fit into its int8).
PLACEHOLDER_FOR_GREATER_OP_CODES = 127
