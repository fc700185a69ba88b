// Depthwise 3x3 with stride 1 on an image of 3x3 pixels without gaps between its rows, on the Cortex-M7: what lies
// outside is left out, so 49 of 81 multiply-accumulates are left, in 35 instructions.
// The interface, layouts and preconditions are in m7_kernels.h.
//
// With the pixels p0 p1 | p2 p3 | p4 p5 | p6 p7 | p8 and the weights, row by row, as (w0 w1) and (w1 w2), each output row
// takes its three sums in r11 r12 lr. r0 pixels, r1 channel, r2 out; r3-r10 pixels and weights, and what requantises.

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

        .equ    kTop, 0                 // weights of the window's rows in M7WindowChannel
        .equ    kMiddle, 8
        .equ    kBottom, 16
        .equ    kBias, 24
        .equ    kScale, 28              // multiplier, addend
        .equ    kShift, 36

        // Sums to pixels. Leaves r3 r4 r5 r8 r9 as they are.
        .macro  REQUANTISE fold
        ldrd    r6, r7, [r1, #kScale]
        SCALE   r6, r7, r11, r12, lr
        .if     !\fold
        ldr     r6, [r1, #kShift]
        .endif
        CLAMP   \fold, r6, r11, r12, lr
        ldr     r6, [sp]                // tile pitch
        .endm

        .macro  DEPTHWISE3 name, fold
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r3-r11, lr}
        ldr     r3, [r0, #12]
        str     r3, [sp]                // tile pitch
        ldr     r0, [r0]

        ldm     r0, {r3-r5}             // p0 p1, p2 p3, p4 p5
        ldrd    r6, r7, [r1, #kMiddle]
        ldrd    r8, r9, [r1, #kBottom]
        ldr     r10, [r1, #kBias]
        smlad   r11, r3, r7, r10
        smlatb  r11, r4, r9, r11
        smlabt  r11, r5, r9, r11
        smlad   r12, r3, r6, r10
        smlabt  r12, r4, r7, r12
        smlatb  r12, r4, r8, r12
        smlad   r12, r5, r9, r12
        smlatb  lr, r3, r6, r10
        smlabb  lr, r4, r7, lr
        smlad   lr, r5, r8, lr
        REQUANTISE \fold
        strh    r11, [r2]
        strh    r12, [r2, #4]
        add     r2, r6
        strh    lr, [r2]

        ldrd    r6, r7, [r1, #kTop]
        ldrd    r8, r9, [r1, #kMiddle]
        smlad   r11, r3, r7, r10
        smlatb  r11, r4, r9, r11
        smlabt  r11, r5, r9, r11
        smlad   r12, r3, r6, r10
        smlabt  r12, r4, r7, r12
        smlatb  r12, r4, r8, r12
        smlad   r12, r5, r9, r12
        smlatb  lr, r3, r6, r10
        smlabt  lr, r4, r6, lr
        smlad   lr, r5, r8, lr
        ldrd    r6, r7, [r1, #kBottom]
        ldrd    r8, r9, [r0, #12]       // p6 p7, p8
        smlad   r11, r8, r7, r11
        smlad   r12, r8, r6, r12
        smlabt  r12, r9, r7, r12
        smlatb  lr, r8, r6, lr
        smlabb  lr, r9, r7, lr
        REQUANTISE \fold
        strh    r11, [r2, #4]
        add     r2, r6
        strh    r12, [r2]
        strh    lr, [r2, #4]

        ldrd    r6, r7, [r1, #kTop]
        ldrd    r3, lr, [r1, #kMiddle]
        smlatb  r11, r4, r7, r10
        smlabt  r11, r5, r7, r11
        smlad   r11, r8, lr, r11
        smlatb  r12, r4, r6, r10
        smlad   r12, r5, r7, r12
        smlad   r12, r8, r3, r12
        smlabt  r12, r9, lr, r12
        smlad   r10, r5, r6, r10
        smlatb  r10, r8, r3, r10
        smlabb  lr, r9, lr, r10
        REQUANTISE \fold
        add     r2, r6
        strh    r11, [r2]
        strh    r12, [r2, #4]
        add     r2, r6
        strh    lr, [r2]
        pop     {r3-r11, pc}
        .size   \name, . - \name
        .endm

        DEPTHWISE3 EmojicamM7Depthwise1Fold3, 1
        DEPTHWISE3 EmojicamM7Depthwise1Any3, 0
