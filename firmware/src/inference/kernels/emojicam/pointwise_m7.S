// Pointwise convolution on the Cortex-M7: tiles of 2 output channels x 2 pixels, all sums in registers.
// The interface, layouts and preconditions are in m7_kernels.h.
//
// Inner loop: one LDM brings 2 pixels x 4 input channels, one 2 output channels x 4 input channels, eight SMLAD use
// them: 10 instructions for 16 multiply-accumulates, 0.625 each (bound: 0.5). It is unrolled for 256 input channels
// and entered where as many steps are left as the layer needs, so no layer pays for a loop.
//
// Registers in it: r0 activations, r1 weights, r2 r3 sums of channel A for pixels 0 1, r4 r5 those of B,
// r6-r9 activations, r10-r12 lr weights.

#include "inference/kernels/emojicam/m7_products.inc"

        .syntax unified
        .thumb
        .text

        .equ    kFoldShift, 12          // kM7FoldShift
        .equ    kSteps, 64              // kM7MaxDepth / 4
        .equ    kStepBytes, 40

// Stack frame. The first part is what the end of a tile loads at once.
        .equ    kMultiplierA, 0
        .equ    kOutFold, 16            // fold: mA mB cA cB outA outB line-end begin
        .equ    kOutAny, 24             // any:  mA mB cA cB sA sB outA outB (line-end begin)
        .equ    kLineEndFold, 24        // the address of the line's last tile's end, and that of kBegin
        .equ    kLineEndAny, 32
        .equ    kBegin, 40              // what a tile begins with: weights, bias A A B B, entry
        .equ    kEntry, 60
        .equ    kLineBytes, 64          // interleaved bytes of one line
        .equ    kLineSkip, 68           // from the end of an output line to the begin of the next
        .equ    kLines, 72
        .equ    kFrame, 76

        // Pixels in r2 r3 to the output of channel A, those in r4 r5 to that of channel B.
        .macro  STORE bytes, out_a, out_b
        .if     \bytes
        orr     r2, r2, r3, lsl #8
        orr     r4, r4, r5, lsl #8
        strh    r2, [\out_a], #2
        strh    r4, [\out_b], #2
        .else
        orr     r2, r2, r3, lsl #16
        orr     r4, r4, r5, lsl #16
        str     r2, [\out_a], #4
        str     r4, [\out_b], #4
        .endif
        .endm

        // begin: the register that a tile's end leaves the address of kBegin in.
        .macro  POINTWISE name, fold, bytes, begin
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldm     r0, {r4-r9}             // interleaved depth tiles lines channel_pitch line_pitch
        lsls    r10, r5, #2
        mul     r10, r10, r6            // bytes of a line
        add     r11, r4, r10            // end of the first
        str     r10, [sp, #kLineBytes]
        sub     r9, r9, r6, lsl #(2 - \bytes)
        str     r9, [sp, #kLineSkip]
        str     r7, [sp, #kLines]
        adr.w   r12, .Lend_\name
        lsrs    r5, r5, #2              // steps
        movs    r7, #kStepBytes
        mls     r12, r5, r7, r12
        orr     r12, #1                 // Thumb
        str     r12, [sp, #kEntry]
        mov     r9, r2
        add     r10, r2, r8
        mov     r0, r4
        ldm     r1!, {r2-r7}            // mA mB cA cB sA sB
        stm     sp, {r2-r7}
        add     \begin, sp, #kBegin
        .if     \fold
        strd    r9, r10, [sp, #kOutFold]
        strd    r11, \begin, [sp, #kLineEndFold]
        .else
        strd    r9, r10, [sp, #kOutAny]
        strd    r11, \begin, [sp, #kLineEndAny]
        .endif
        ldm     r1!, {r2-r5}
        stm     \begin, {r1-r5}
.Ltile_\name:
        ldm.w   \begin, {r1-r5, pc}     // weights, the sums' bias, and into the loop
.Lsteps_\name:
        .rept   kSteps
        PRODUCTS
        .endr
.Lend_\name:
        .if     \fold
        ldm     sp, {r6-r12, lr}        // mA mB cA cB outA outB line-end begin
        smmla   r2, r2, r6, r8
        smmla   r3, r3, r6, r8
        smmla   r4, r4, r7, r9
        smmla   r5, r5, r7, r9
        usat    r2, #8, r2, asr #kFoldShift
        usat    r3, #8, r3, asr #kFoldShift
        usat    r4, #8, r4, asr #kFoldShift
        usat    r5, #8, r5, asr #kFoldShift
        STORE   \bytes, r10, r11
        strd    r10, r11, [sp, #kOutFold]
        cmp     r0, r12
        .else
        ldm     sp, {r6-r12, lr}        // mA mB cA cB sA sB outA outB
        smmla   r2, r2, r6, r8
        smmla   r3, r3, r6, r8
        smmla   r4, r4, r7, r9
        smmla   r5, r5, r7, r9
        ldrd    r6, r7, [sp, #kLineEndAny]
        asr     r2, r2, r10
        asr     r3, r3, r10
        asr     r4, r4, r11
        asr     r5, r5, r11
        usat    r2, #8, r2
        usat    r3, #8, r3
        usat    r4, #8, r4
        usat    r5, #8, r5
        STORE   \bytes, r12, lr
        strd    r12, lr, [sp, #kOutAny]
        cmp     r0, r6
        .endif
        bne.w   .Ltile_\name

        ldr     r2, [sp, #kLines]
        subs    r2, #1
        beq     .Ldone_\name
        str     r2, [sp, #kLines]
        ldr     r3, [sp, #kLineSkip]
        ldr     r4, [sp, #kLineBytes]
        add     r4, r0
        .if     \fold
        add     r10, r3
        add     r11, r3
        strd    r10, r11, [sp, #kOutFold]
        str     r4, [sp, #kLineEndFold]
        .else
        add     r12, r3
        add     lr, r3
        strd    r12, lr, [sp, #kOutAny]
        str     r4, [sp, #kLineEndAny]
        .endif
        b.w     .Ltile_\name
.Ldone_\name:
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        // The entry address is computed from the size of a step.
        .if     (.Lend_\name - .Lsteps_\name) - kSteps * kStepBytes
        .error  "a step of the pointwise loop has another size than kStepBytes"
        .endif
        .endm

        POINTWISE EmojicamM7PointwiseBytesFold, 1, 1, lr
        POINTWISE EmojicamM7PointwiseBytesAny, 0, 1, r7
        POINTWISE EmojicamM7PointwiseHalvesFold, 1, 0, lr
        POINTWISE EmojicamM7PointwiseHalvesAny, 0, 0, r7
