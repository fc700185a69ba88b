"""What the firmware can run: one table of operators, and the refusal of everything else in one line.

TFLM is the tree of July 2020 (see firmware/third_party); its registrations are declared in
tensorflow/lite/micro/kernels/micro_ops.h. Versions are those of
tensorflow/lite/tools/versioning/op_version.cc; the numbers below are the ones whose int8 form these kernels
compute, which is more than AllOpsResolver lists for some and less for others.
"""

import math
from dataclasses import dataclass

from emojicam.errors import EmojicamError
from emojicam.model import checks, degenerate, layout_checks
from emojicam.model.graph import ABSENT, Graph, Operator, Tensor
from emojicam.model.kernels.layers import ONLY_OURS

QUANTISE = (
    "quantising it to int8: converter.optimizations = [tf.lite.Optimize.DEFAULT], a representative_dataset "
    "and target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]"
)


@dataclass(frozen=True)
class Kernel:
    """How the firmware runs one operator.

    Args:
        versions: highest version whose int8 form the kernel computes (all from 1 are).
        check: what the kernel demands of one node.
        inputs: how many tensors it must be given.
        ours: registered by our own inference/kernels (on top of CMSIS-NN, or where TFLM has no int8 kernel);
            otherwise TFLM's reference.
        parses: it has a parser of its own for the operator's options.
        also: further versions.
    """

    versions: int
    check: checks.Check
    inputs: int = 1
    ours: bool = False
    parses: bool = False
    also: tuple[int, ...] = ()

    def registration(self, name: str) -> str:
        """The C++ function that registers it, from inside namespace emojicam."""
        if name in ONLY_OURS:
            return f"kernels::{ONLY_OURS[name]}"
        return f"kernels::Register_{name}" if self.ours else f"tflite::ops::micro::Register_{name}"

    def parser(self, name: str) -> str:
        """The C++ function that reads its options, where TFLM's is not it."""
        return f"kernels::Parse_{name}" if self.parses else ""


KERNELS: dict[str, Kernel] = {
    "ADD": Kernel(2, checks.add_or_sub, inputs=2),
    "AVERAGE_POOL_2D": Kernel(2, checks.pooling, ours=True),
    "CONCATENATION": Kernel(3, layout_checks.concatenation),
    # 4 is int16, 5 hybrid, 6 grouped, 7 int4.
    "CONV_2D": Kernel(3, checks.conv_2d, inputs=2, ours=True, parses=True),
    "DEPTHWISE_CONV_2D": Kernel(3, checks.depthwise_conv_2d, inputs=2, ours=True, parses=True),
    # 5 keeps dimensions (the check wants [1, N]), 6 has no bias, 12 has scales by channel (`fold`).
    "ELU": Kernel(1, checks.as_table, ours=True),
    "FULLY_CONNECTED": Kernel(6, checks.fully_connected, inputs=2, ours=True, also=(12,)),
    "GELU": Kernel(2, checks.as_table, ours=True),
    "HARD_SWISH": Kernel(1, checks.as_table, ours=True),
    "L2_NORMALIZATION": Kernel(2, checks.l2_normalization),
    "LEAKY_RELU": Kernel(2, checks.as_table, ours=True),
    "LOGISTIC": Kernel(2, checks.probability),
    "MAXIMUM": Kernel(2, checks.maximum_minimum, inputs=2),
    "MAX_POOL_2D": Kernel(2, checks.pooling, ours=True),
    "MEAN": Kernel(2, checks.mean, inputs=2, ours=True),
    "MINIMUM": Kernel(2, checks.maximum_minimum, inputs=2),
    # 3 has a factor of 1 or more, which mul.cc computes as well.
    "MUL": Kernel(3, checks.mul, inputs=2),
    "PACK": Kernel(2, layout_checks.pack_or_unpack),
    "PAD": Kernel(2, layout_checks.pad, inputs=2),
    "PADV2": Kernel(2, layout_checks.pad, inputs=3),
    "PRELU": Kernel(1, checks.prelu, inputs=2),
    "QUANTIZE": Kernel(2, checks.quantize, ours=True),
    "RELU": Kernel(2, checks.relu),
    "RELU6": Kernel(2, checks.relu),
    "RESHAPE": Kernel(1, layout_checks.reshape),
    "RESIZE_NEAREST_NEIGHBOR": Kernel(2, layout_checks.resize_nearest_neighbor, inputs=2),
    "SOFTMAX": Kernel(2, checks.probability),
    "SPLIT": Kernel(3, layout_checks.split, inputs=2),
    "STRIDED_SLICE": Kernel(2, layout_checks.strided_slice, inputs=4),
    "SUB": Kernel(2, checks.add_or_sub, inputs=2),
    "TANH": Kernel(2, checks.signed_unit),
    "TRANSPOSE": Kernel(4, checks.transpose, inputs=2, ours=True),
    "UNPACK": Kernel(2, layout_checks.pack_or_unpack),
}

#: Operators that TFLM July 2020 registers, but for float32 (or bool) only, and what to use instead.
NOT_FOR_INT8 = {
    "ABS": "RELU of x and of -x",
    "CEIL": "",
    "COS": "",
    "FLOOR": "",
    "LOG": "",
    "NEG": "SUB from 0",
    "ROUND": "",
    "RSQRT": "",
    "SIN": "",
    "SQRT": "",
    "SQUARE": "MUL of x with x",
}

#: Operators that people often ask for, and what they come from.
ADVICE = {
    "SHAPE": "a fixed batch size of 1, so that shapes are constants",
    "RESIZE_BILINEAR": "RESIZE_NEAREST_NEIGHBOR",
    "BATCH_MATMUL": "FULLY_CONNECTED with constant weights",
    "DIV": "MUL by the inverse",
    "SUM": "AVERAGE_POOL_2D",
    "REDUCE_MAX": "a maximum over the whole map, or MAX_POOL_2D",
    "DEQUANTIZE": "int8 throughout: DEQUANTIZE is possible at the output only",
}


#: The custom operator that a compiler leaves of a model, and whose that is.
COMPILED_BY = {
    "CUSTOM:ethos-u": "by Vela for Arm's Ethos-U",
    "CUSTOM:edgetpu-custom-op": "for Google's Edge TPU",
    "CUSTOM:NeutronGraph": "for NXP's eIQ Neutron",
}


@dataclass(frozen=True)
class Budget:
    """What fits onto the board. The defaults are the OpenMV Cam H7's.

    Args:
        model_bytes: flash for the model: 1536 KiB from 0x08040000 on (openmv_h7.ld), less 192 KiB of firmware.
        arena_bytes: of the 512 KiB of AXI SRAM, what the frames that come by the link leave (app/main.cc).
        side: widest and highest input in pixels; the sensor's QVGA frames are 320 by 240.
    """

    model_bytes: int = (1536 - 192) * 1024
    arena_bytes: int = (512 - 225) * 1024
    side: int = 320


def check_layers(graph: Graph) -> None:
    """Refuse a model of which the firmware could not run a layer, whatever its ends are. To be called after `fold`.

    Raises:
        EmojicamError: the first thing that is wrong, and what to try.
    """
    _check_tensors(graph)
    _check_operators(graph)


def check(graph: Graph, *, budget: Budget | None = None) -> None:
    """Refuse a model that the firmware could not run, or would run wrongly. To be called after `fold`.

    Raises:
        EmojicamError: the first thing that is wrong, and what to try.
    """
    _check_tensors(graph)
    _check_ends(graph, budget or Budget())
    _check_operators(graph)


def _check_tensors(graph: Graph) -> None:
    _check_compiled_already(graph)
    _check_types(graph)
    _check_shapes(graph)


def _check_operators(graph: Graph) -> None:
    for index, operator in enumerate(graph.operators):
        _check_operator(graph, index, operator)


def _check_compiled_already(graph: Graph) -> None:
    for operator in graph.operators:
        if operator.name in COMPILED_BY:
            raise EmojicamError(
                f"the model is compiled already, {COMPILED_BY[operator.name]}: its layers are that one's commands",
                "the int8 .tflite that the compiler was given",
            )
        if operator.name == "CUSTOM:TFLite_Detection_PostProcess":
            raise EmojicamError("the model detects objects, it doesn't classify pictures", "an image classifier")
        if operator.name.startswith("CUSTOM:Flex"):
            name = operator.name.removeprefix("CUSTOM:Flex")
            raise EmojicamError(
                f"the model has {name} of full TensorFlow, which no microcontroller runs",
                "converting it with TFLITE_BUILTINS_INT8 alone in supported_ops",
            )


def _check_operator(graph: Graph, index: int, operator: Operator) -> None:
    kernel = KERNELS.get(operator.name)
    where = f"layer {index}, {operator.name},"
    if kernel is None:
        if operator.name in NOT_FOR_INT8:
            raise EmojicamError(
                f"{where} has a kernel for float32 only", NOT_FOR_INT8[operator.name] or "another layer"
            )
        advice = ADVICE.get(operator.name) or "one of " + ", ".join(sorted(KERNELS))
        raise EmojicamError(f"{where} has no kernel in the firmware", advice)
    if not 1 <= operator.version <= kernel.versions and operator.version not in kernel.also:
        raise EmojicamError(
            f"{where} has version {operator.version}; the firmware knows versions 1 to {kernel.versions}",
            "a plain int8 layer, or converting with an older TensorFlow",
        )
    given = [i for i in operator.inputs if i != ABSENT]
    if len(given) < kernel.inputs or ABSENT in operator.inputs:
        raise EmojicamError(f"{where} has {len(given)} of its inputs", "converting the model again")
    for i in operator.outputs:
        # micro_allocator.cc gives up on a tensor whose life has no end.
        if i not in graph.outputs and not graph.consumers(i):
            raise EmojicamError(f"{where} computes {graph.tensors[i].label}, which nothing reads", "a model without it")
    if complaint := kernel.check(graph, operator):
        raise EmojicamError(f"{where} {complaint[0]}", complaint[1])


def _check_types(graph: Graph) -> None:
    """int8 all through; int32 only for what kernels read as constants."""
    for index, operator in enumerate(graph.operators):
        if operator.name not in KERNELS:
            # Says more than that its tensors have another type, unless the whole model is float.
            if any(graph.tensors[i].dtype == "float32" for i in operator.outputs):
                break
            _check_operator(graph, index, operator)
    computed = [(op, graph.tensors[i]) for op in graph.operators for i in op.outputs]
    dtypes = {one.dtype for _, one in computed} | {graph.tensors[i].dtype for i in graph.inputs}
    for operator, tensor in computed:
        if tensor.dtype == "int8" and tensor.scales:
            continue
        if tensor.dtype in ("float32", "float16"):
            floats = [op.name for op, one in computed if one.dtype == tensor.dtype and op.name != "DEQUANTIZE"]
            name = next(iter(floats), operator.name)
            if "int8" not in dtypes or name == "DEQUANTIZE":
                part = "partly " if "int8" in dtypes else ""
                raise EmojicamError(f"the model computes {part}in {tensor.dtype} ({name})", QUANTISE)
            raise EmojicamError(
                f"the model computes partly in {tensor.dtype}: {name}, which the converter has left so",
                f"another layer in its place, or {QUANTISE}",
            )
        if tensor.dtype == "int16":
            raise EmojicamError(f"the model has int16 activations ({operator.name})", QUANTISE)
        if tensor.dtype == "uint8":
            raise EmojicamError(f"the model has uint8 activations ({operator.name})", QUANTISE)
        if tensor.dtype == "int8":
            raise EmojicamError(f"{operator.name} has an int8 output without a scale", QUANTISE)
        raise EmojicamError(f"{operator.name} computes {tensor.dtype}, TFLM's kernels here compute int8", QUANTISE)


def _check_shapes(graph: Graph) -> None:
    for tensor in graph.tensors:
        if tensor.is_variable:
            raise EmojicamError(f"{tensor.label} keeps a state from frame to frame", "a model without recurrent layers")
        # An open batch is normal, it is 1 here; other open dimensions were filled with a 1 that is not meant.
        if -1 in tensor.shape or -1 in (tensor.signature or ())[1:]:
            shape = list(tensor.signature or tensor.shape)
            raise EmojicamError(
                f"{tensor.label} has the dynamic shape {shape}",
                "a fixed input shape, as in tf.keras.Input((96, 96, 1))",
            )
        if 0 in tensor.shape:
            raise EmojicamError(f"{tensor.label} has no elements (shape {list(tensor.shape)})", "converting it again")
        _check_quantisation(tensor)


def _check_quantisation(tensor: Tensor) -> None:
    for scale in tensor.scales:
        if not (scale > 0 and math.isfinite(scale)):
            raise EmojicamError(f"{tensor.label} has a scale of {scale:g}", "a representative_dataset with real images")
    degenerate.check_zero_points(tensor)


def _check_ends(graph: Graph, budget: Budget) -> None:
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        raise EmojicamError(
            f"the model has {len(graph.inputs)} inputs and {len(graph.outputs)} outputs",
            "a classifier with one input image and one output of scores",
        )
    source, output = graph.tensors[graph.inputs[0]], graph.tensors[graph.outputs[0]]
    if source.dtype != "int8" or len(source.scales) != 1:
        hint = QUANTISE if source.dtype != "uint8" else "converter.inference_input_type = tf.int8"
        raise EmojicamError(f"the input is {source.dtype}", hint)
    if len(source.shape) != 4:
        raise EmojicamError(f"the input has the shape {list(source.shape)}", "an image: [1, height, width, 1 or 3]")
    batch, height, width, channels = source.shape
    if batch != 1:
        raise EmojicamError(f"the input has a batch of {batch}", "a batch of 1: the camera gives one frame at a time")
    if channels not in (1, 3):
        raise EmojicamError(f"the input has {channels} channels", "1 (grey) or 3 (RGB)")
    if max(height, width) > budget.side:
        raise EmojicamError(f"the input of {width}x{height} is too large", f"at most {budget.side} pixels a side")
    _check_output(graph, output)


def _check_output(graph: Graph, output: Tensor) -> None:
    if not graph.operators or graph.producer(graph.outputs[0]) is None:
        raise EmojicamError("the model computes nothing", "a classifier")
    if len(output.shape) != 2 or output.shape[0] != 1:
        raise EmojicamError(
            f"the output has the shape {list(output.shape)} instead of [1, classes]",
            "a classifier with a Flatten or GlobalAveragePooling2D and a Dense layer at its end",
        )
    if output.dtype != "int8" or len(output.scales) != 1:
        hint = QUANTISE if output.dtype != "uint8" else "converter.inference_output_type = tf.int8"
        raise EmojicamError(f"the output is {output.dtype}", hint)


#: Bytes of an arena that emulated boards measure: of a larger one TFLM's plan alone says that it does not fit. Of
#: others it does not, as our kernels may need half of it.
_MEASURED = 1536 * 1024


def check_plan(model_bytes: int, planned_bytes: int, budget: Budget | None = None) -> None:
    """Refuse a model before it is compiled for what no kernels can change.

    Args:
        planned_bytes: of activations, as TFLM alone would plan them.

    Raises:
        EmojicamError: flash or arena is too small for it.
    """
    check_size(model_bytes, planned_bytes if planned_bytes > _MEASURED else 0, budget)


def check_size(model_bytes: int, arena_bytes: int, budget: Budget | None = None) -> None:
    """Refuse a model that does not fit onto the board.

    Args:
        model_bytes: of flash, as it is compiled in.
        arena_bytes: measured.

    Raises:
        EmojicamError: flash or arena is too small for it.
    """
    budget = budget or Budget()
    hint = "fewer channels (a smaller alpha), fewer layers or a smaller input image"
    if model_bytes > budget.model_bytes:
        raise EmojicamError(f"the model has {model_bytes:,} bytes, flash has room for {budget.model_bytes:,}", hint)
    if arena_bytes > budget.arena_bytes:
        raise EmojicamError(
            f"the model needs an arena of {arena_bytes:,} bytes, there is room for {budget.arena_bytes:,}",
            hint,
        )
