// First layer, 3x3 with stride 2 on three input channels, on the Cortex-M7: the loop of depthwise_m7.S with nine rows to a
// window, three of each channel. The interface, layouts and preconditions are in m7_kernels.h.
//
// Registers: r0 pixels, r1-r4 sums of four neighbouring outputs, r5 r6 a row's weights, r7-r11 pixels.

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

        .equ    kPitch, 260             // kM7Pitch128
        .equ    kRowsAWindow, 9
        .equ    kRowsToNext, 6

// Stack frame.
        .equ    kBias, 0                // four times
        .equ    kWeights, 16            // 18 words
        .equ    kScale, 88              // multiplier, addend
        .equ    kShift, 96
        .equ    kOut, 100
        .equ    kBlocksLeft, 104
        .equ    kBlocks, 108
        .equ    kRow, 112
        .equ    kOutRow, 116
        .equ    kOutRowPitch, 120
        .equ    kRows, 124
        .equ    kFrame, 128

        // r0 strip, r1 channel, r2 out
        .macro  FIRST3 name, fold
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldm     r0, {r4-r8}             // rows row_count blocks tile_pitch row_pitch
        str     r2, [sp, #kOut]
        str     r2, [sp, #kOutRow]
        str     r4, [sp, #kRow]
        str     r5, [sp, #kRows]
        str     r6, [sp, #kBlocks]
        str     r6, [sp, #kBlocksLeft]
        str     r8, [sp, #kOutRowPitch]
        mov     r0, r4
        add     r12, sp, #kWeights
        .rept   3
        ldm     r1!, {r2-r7}
        stm     r12!, {r2-r7}
        .endr
        ldm     r1, {r2-r5}             // bias multiplier addend shift
        stm     r12, {r3-r5}
        mov     r3, r2
        mov     r4, r2
        mov     r5, r2
        stm     sp, {r2-r5}

.Lblock_\name:
        ldm     sp, {r1-r4}
        .set    row, 0
        .rept   kRowsAWindow
        ldm     r0, {r7-r11}
        ldrd    r5, r6, [sp, #kWeights + 8 * row]
        smlad   r1, r7, r5, r1
        smlabt  r1, r8, r6, r1
        smlad   r2, r8, r5, r2
        smlabt  r2, r9, r6, r2
        .if     row < kRowsAWindow - 1
        add     r0, r0, #kPitch
        .else
        sub     r0, r0, #(kRowsAWindow - 1) * kPitch - 16
        .endif
        smlad   r3, r9, r5, r3
        smlabt  r3, r10, r6, r3
        smlad   r4, r10, r5, r4
        smlabt  r4, r11, r6, r4
        .set    row, row + 1
        .endr
        ldrd    r9, r10, [sp, #kScale]
        ldrd    r11, r12, [sp, #kShift] // shift, out
        SCALE   r9, r10, r1, r2, r3, r4
        CLAMP   \fold, r11, r1, r2, r3, r4
        orr     r1, r1, r2, lsl #8
        orr     r3, r3, r4, lsl #8
        orr     r1, r1, r3, lsl #16
        str     r1, [r12], #4
        ldr     r1, [sp, #kBlocksLeft]
        str     r12, [sp, #kOut]
        subs    r1, #1
        str     r1, [sp, #kBlocksLeft]
        bne.w   .Lblock_\name

        ldr     r1, [sp, #kRows]
        subs    r1, #1
        beq     1f
        str     r1, [sp, #kRows]
        ldr     r0, [sp, #kRow]
        add     r0, r0, #kRowsToNext * kPitch
        str     r0, [sp, #kRow]
        ldrd    r2, r3, [sp, #kOutRow]
        add     r2, r3
        str     r2, [sp, #kOutRow]
        str     r2, [sp, #kOut]
        ldr     r4, [sp, #kBlocks]
        str     r4, [sp, #kBlocksLeft]
        b       .Lblock_\name
1:      add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        FIRST3  EmojicamM7First3Fold128, 1
        FIRST3  EmojicamM7First3Any128, 0
