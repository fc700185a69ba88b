"""What all layers by themselves have: an operator's name, its header, and what is gained by it."""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emojicam.model.graph import Tensor
from emojicam.model.kernels.match import NotOurs

MAGIC = 0x314C4345
CONVOLUTION = "CUSTOM:emojicam.conv"
SUM = "CUSTOM:emojicam.sum"
PRODUCT = "CUSTOM:emojicam.product"
POOL = "CUSTOM:emojicam.pool"
DEPTHWISE = "CUSTOM:emojicam.depthwise"
DEPTHWISE_ANY = "CUSTOM:emojicam.depthwise_any"
DENSE = "CUSTOM:emojicam.dense"
TABLE = "CUSTOM:emojicam.table"
TRANSPOSE = "CUSTOM:emojicam.transpose"
#: The C++ function that registers each operator, from inside namespace emojicam::kernels.
REGISTRATIONS = {
    CONVOLUTION: "Register_EMOJICAM_CONV",
    DEPTHWISE: "Register_EMOJICAM_DEPTHWISE",
    DEPTHWISE_ANY: "Register_EMOJICAM_DEPTHWISE_ANY",
    DENSE: "Register_EMOJICAM_DENSE",
    SUM: "Register_EMOJICAM_SUM",
    PRODUCT: "Register_EMOJICAM_PRODUCT",
    POOL: "Register_EMOJICAM_POOL",
    TABLE: "Register_EMOJICAM_TABLE",
    TRANSPOSE: "Register_EMOJICAM_TRANSPOSE",
}
HEADER_WORDS = 7


@dataclass(frozen=True)
class Layer:
    """One layer of a model, ours.

    Attributes:
        operator: its name.
        inputs: which of the original operator's inputs it reads.
        kernel, why: what runs it, in words.
        encode: its custom options, for so many bytes of scratch memory as there is room for; it takes what it can't
            do without even where there is less.
        scratch: the bytes that it takes of so many.
        predicted: instructions of an inference, about; None where nobody has counted.
        saves: how many fewer than CMSIS-NN, where its constants take more flash for it.
        pad: the operator before it whose work it does too, and whose input it reads.
        covers: the same of several; it reads the tensor `source`.
    """

    operator: str
    inputs: tuple[int, ...]
    kernel: str
    why: str
    encode: Callable[[int], bytes]
    scratch: Callable[[int], int] = lambda _: 0
    predicted: int | None = None
    saves: int = 0
    pad: int | None = None
    covers: tuple[int, ...] = ()
    source: int | None = None


def encode_layer(core: int, kind: int, scratch: int, tensors: tuple[Tensor, Tensor], words: Sequence[int]) -> bytes:
    """A layer without constants behind its words."""
    header = [MAGIC, core, kind, 4 * (HEADER_WORDS + len(words)), scratch, *(one.nbytes for one in tensors)]
    return struct.pack(f"<{HEADER_WORDS + len(words)}I", *(word & 0xFFFFFFFF for word in (*header, *words)))


def check_int8(*tensors: Tensor | None) -> None:
    if any(one is None or one.dtype != "int8" or len(one.scales) != 1 for one in tensors):
        raise NotOurs("not quantised as the int8 specification has it")
    if not all(-128 <= one.zero_point <= 127 for one in tensors if one is not None):
        raise NotOurs("its zero point is none of int8")


def gained(ours: int, theirs: int, worth: int) -> int:
    """What is gained, if that is enough."""
    if ours + worth > theirs:
        raise NotOurs(f"ours would take about {ours:,} instructions, CMSIS-NN {theirs:,}: too little gained")
    return theirs - ours
