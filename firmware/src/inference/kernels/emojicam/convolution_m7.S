// Convolutions on the Cortex-M7 as products of patches: tiles of 2 output channels x 2 pixels. The interface is in
// image_kernels.h; the loop is that of pointwise_m7.S, with outputs pixel by pixel as TFLM has them.
//
// Registers in the loop: r0 patches, r1 weights, r2 r3 sums of channel A for pixels 0 1, r4 r5 those of B, r6-r9
// patches, r10-r12 lr weights.

#include "inference/kernels/emojicam/m7_products.inc"

        .syntax unified
        .thumb
        .text

        .equ    kFoldBits, 12           // kM7FoldBits
        .equ    kSteps, 64              // kM7PairDepth / 4
        .equ    kStepBytes, 40

// Stack frame.
        .equ    kConstants, 0           // mA minusA cA sA mB minusB cB sB
        .equ    kOut, 32                // what the end of a tile loads at once, up to kBegin's address
        .equ    kPixelPitch, 36
        .equ    kChannelStep, 40
        .equ    kEnd, 44                // of the patches
        .equ    kBeginAddress, 48
        .equ    kBegin, 52              // what a tile begins with: weights, bias A A B B, entry
        .equ    kEntry, 72
        .equ    kRounds, 76             // deep: passes through the loop a tile
        .equ    kLeft, 80
        .equ    kFrame, 84

        .macro  PAIR name, fold, deep
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        mov     r12, r2
        ldm     r0, {r4-r8}             // patches depth tiles pixel_pitch channel_step
        lsls    r9, r5, #2
        mla     r10, r9, r6, r4
        str     r10, [sp, #kEnd]
        strd    r7, r8, [sp, #kPixelPitch]
        str     r12, [sp, #kOut]
        mov     r0, r4
        lsrs    r11, r5, #2             // steps
        .if     \deep
        subs    r2, r11, #1
        lsrs    r2, r2, #6              // full rounds behind the first one
        str     r2, [sp, #kRounds]
        sub     r11, r11, r2, lsl #6
        .endif
        adr.w   r12, .Lend_\name
        movs    r7, #kStepBytes
        mls     r12, r11, r7, r12
        orr     r12, #1                 // Thumb
        str     r12, [sp, #kEntry]
        ldm     r1!, {r2-r9}
        stm     sp, {r2-r9}
        adds    r1, #4                  // fold
        add     r10, sp, #kBegin
        str     r10, [sp, #kBeginAddress]
        ldm     r1!, {r2-r5}
        stm     r10, {r1-r5}

.Ltile_\name:
        .if     \deep
        ldr     r6, [sp, #kRounds]
        str     r6, [sp, #kLeft]
        .endif
        ldm.w   r10, {r1-r5, pc}        // weights, the sums' bias, and into the loop
.Lsteps_\name:
        .rept   kSteps
        PRODUCTS
        .endr
.Lend_\name:
        .if     \deep
        ldr     r6, [sp, #kLeft]
        subs    r6, #1
        str     r6, [sp, #kLeft]
        bpl.w   .Lsteps_\name
        .endif
        .if     \fold
        ldm     sp, {r6-r12}            // r6 mA r8 cA r10 mB r12 cB
        smmla   r2, r2, r6, r8
        smmla   r3, r3, r6, r8
        smmla   r4, r4, r10, r12
        smmla   r5, r5, r10, r12
        ssat    r2, #8, r2, asr #kFoldBits
        ssat    r3, #8, r3, asr #kFoldBits
        ssat    r4, #8, r4, asr #kFoldBits
        ssat    r5, #8, r5, asr #kFoldBits
        .else
        ldm     sp, {r6-r12, lr}
        smmulr  r2, r2, r6
        smmulr  r3, r3, r6
        smmulr  r4, r4, r10
        smmulr  r5, r5, r10
        smmla   r1, r2, r7, r8
        smmla   r6, r3, r7, r8
        add     r2, r1
        add     r3, r6
        smmla   r1, r4, r11, r12
        smmla   r6, r5, r11, r12
        add     r4, r1
        add     r5, r6
        asr     r2, r2, r9
        asr     r3, r3, r9
        asr     r4, r4, lr
        asr     r5, r5, lr
        ssat    r2, #8, r2
        ssat    r3, #8, r3
        ssat    r4, #8, r4
        ssat    r5, #8, r5
        .endif
        add     r6, sp, #kOut
        ldm     r6, {r6-r10}            // out pixel_pitch channel_step end begin
        add     r11, r6, r7             // pixel 1; without one pixel 0 is written over it
        strb    r5, [r11, r8]
        strb    r3, [r11]
        strb    r4, [r6, r8]
        strb    r2, [r6]
        add     r11, r7
        str     r11, [sp, #kOut]
        cmp     r0, r9
        bne.w   .Ltile_\name
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        // The entry address is computed from the size of a step.
        .if     (.Lend_\name - .Lsteps_\name) - kSteps * kStepBytes
        .error  "a step of the loop has another size than kStepBytes"
        .endif
        .endm

        PAIR    EmojicamM7PairFull, 0, 0
        PAIR    EmojicamM7PairFold, 1, 0
        PAIR    EmojicamM7PairFullDeep, 0, 1
        PAIR    EmojicamM7PairFoldDeep, 1, 1
