"""How many cycles the Cortex-M7's inner loops may take, by LLVM's model of its pipelines.

An estimate: llvm-mca knows issue widths, latencies and units, and nothing of caches, wait states or branches.
"""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from emojicam import process

_ITERATIONS = 200

#: One step of the pointwise loop (pointwise_m7.S): 2 channels x 2 pixels x 4 input channels.
_POINTWISE = """
    ldm r0!, {r6, r7, r8, r9}
    ldm r1!, {r10, r11, r12, lr}
    smlad r2, r6, r10, r2
    smlad r3, r7, r10, r3
    smlad r4, r6, r11, r4
    smlad r5, r7, r11, r5
    smlad r2, r8, r12, r2
    smlad r3, r9, r12, r3
    smlad r4, r8, lr, r4
    smlad r5, r9, lr, r5
"""
#: The same on silicon (pointwise_paired_m7.S): each load behind a multiply-accumulate, for the half step after it.
_POINTWISE_PAIRED = """
    smlad r2, r6, r10, r2
    ldr r8, [r0, #8]
    smlad r3, r7, r10, r3
    ldr r12, [r1, #8]
    smlad r4, r6, r11, r4
    ldr r9, [r0, #12]
    smlad r5, r7, r11, r5
    ldr lr, [r1, #12]
    smlad r2, r8, r12, r2
    ldr r6, [r0, #16]
    smlad r3, r9, r12, r3
    ldr r10, [r1, #16]
    smlad r4, r8, lr, r4
    ldr r7, [r0, #20]
    smlad r5, r9, lr, r5
    ldr r11, [r1, #20]
"""
#: The same loads as LDRD.
_POINTWISE_LDRD = _POINTWISE.replace(
    "ldm r0!, {r6, r7, r8, r9}", "ldrd r6, r7, [r0], #8\n    ldrd r8, r9, [r0], #8"
).replace("ldm r1!, {r10, r11, r12, lr}", "ldrd r10, r11, [r1], #8\n    ldrd r12, lr, [r1], #8")
#: One row of a depthwise block (depthwise_m7.S): 6 outputs.
_DEPTHWISE = """
    ldm r0, {r9, r10, r11, r12, lr}
    ldrd r7, r8, [sp, #24]
    smlatb r1, r9, r7, r1
    smlad r1, r10, r8, r1
    smlad r2, r10, r7, r2
    smlabt r2, r11, r8, r2
    smlatb r3, r10, r7, r3
    smlad r3, r11, r8, r3
    smlad r4, r11, r7, r4
    add.w r0, r0, #100
    smlabt r4, r12, r8, r4
    smlatb r5, r11, r7, r5
    smlad r5, r12, r8, r5
    smlad r6, r12, r7, r6
    smlabt r6, lr, r8, r6
"""
#: The same with stride 2: 4 outputs.
_STRIDE2 = """
    ldm r0, {r7, r8, r9, r10, r11}
    ldrd r5, r6, [sp, #24]
    smlad r1, r7, r5, r1
    smlabt r1, r8, r6, r1
    smlad r2, r8, r5, r2
    smlabt r2, r9, r6, r2
    add.w r0, r0, #100
    smlad r3, r9, r5, r3
    smlabt r3, r10, r6, r3
    smlad r4, r10, r5, r4
    smlabt r4, r11, r6, r4
"""

#: Name -> instructions of one pass, and the multiply-accumulates in it.
LOOPS = {
    "pointwise, LDM": (_POINTWISE, 16),
    "pointwise for silicon, LDR behind SMLAD": (_POINTWISE_PAIRED, 16),
    "pointwise, LDRD instead": (_POINTWISE_LDRD, 16),
    "depthwise 3x3, one row of a block": (_DEPTHWISE, 18),
    "the same with stride 2, and first layer": (_STRIDE2, 12),
}


@dataclass(frozen=True)
class Estimate:
    """Cycles of one pass of an inner loop in steady state."""

    loop: str
    cycles: float
    macs: int

    @property
    def cycles_a_mac(self) -> float:
        return self.cycles / self.macs

    def line(self) -> str:
        return (
            f"{self.loop}: {self.cycles:.1f} cycles for {self.macs} MACs, {self.cycles_a_mac:.2f} a MAC "
            "(estimate of llvm-mca for the Cortex-M7, memory not in it)"
        )


def estimates() -> list[Estimate]:
    """All loops.

    Raises:
        EmojicamError: llvm-mca is not installed.
    """
    tool = process.find_tool("llvm-mca")
    found = []
    for name, (code, macs) in LOOPS.items():
        command: list[str | Path] = [
            tool, "-mtriple=thumbv7em-none-eabi", "-mcpu=cortex-m7", f"-iterations={_ITERATIONS}",
        ]  # fmt: skip
        said = subprocess.run(command, input=code, check=True, capture_output=True, text=True).stdout
        match = re.search(r"Total Cycles:\s+(\d+)", said)
        assert match is not None
        found.append(Estimate(name, int(match[1]) / _ITERATIONS, macs))
    return found
