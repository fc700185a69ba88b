"""What the report says of a layer: whose kernel runs it, and why."""

from emojicam.model.support import KERNELS


def whose(op: str, reason: str | None) -> tuple[str, str]:
    """Whose kernel runs an operator that is not ours, and why."""
    if op in ("MEAN", "QUANTIZE"):
        return "added", "TFLM July 2020 has it for float32 only"
    if op in KERNELS and KERNELS[op].ours:
        return "cmsis_nn", reason or f"no kernel of ours for {op}"
    return "reference", f"neither ours nor CMSIS-NN's for {op}"


def ours(op: str, together: list[int]) -> tuple[str, str]:
    fused = f"fused by rows with {len(together) - 1} of its neighbours" if len(together) > 1 else "by itself"
    if op == "DEPTHWISE_CONV_2D":
        return "emojicam depthwise 3x3", fused
    if op == "AVERAGE_POOL_2D":
        return "emojicam average", "reads the blocks' layout"
    if len(together) == 1:
        return "emojicam first 3x3", "stride 2 on one or three channels"
    return "emojicam pointwise", fused
