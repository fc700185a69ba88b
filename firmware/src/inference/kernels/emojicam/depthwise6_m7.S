// Depthwise 3x3 with stride 1 on rows of 6 pixels, on the Cortex-M7, and what makes such rows of bytes. The interface,
// layouts and preconditions are in m7_kernels.h.
//
// A row is a word of padding and three of pixels: one LDM reads it and moves on to the next. What a window has of the
// padding left and right counts nothing, so the outer outputs of a row take one multiplication, the others two.
//
// Registers: r0 rows, r1-r6 sums, r8 lr weights (w0 w1) (w1 w2), r9 padding, r10-r12 pixels.

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

        .equ    kRowBytes, 16           // kM7Pitch6

// Stack frame. The first part is what the end of a row loads at once.
        .equ    kMultiplier, 0
        .equ    kAddend, 4
        .equ    kTilePitch, 8
        .equ    kOut, 12
        .equ    kSecondOfNext, 16       // tile pitch + 4: from a row's first output to its fourth
        .equ    kSecondOfThird, 20      // 2 * tile pitch + 4: to its sixth
        .equ    kNextRow, 24            // 3 * tile pitch
        .equ    kShift, 28
        .equ    kBias, 32
        .equ    kEnd, 36                // behind the last row's window
        .equ    kWeights, 40            // 6 words
        .equ    kFrame, 64

        // One of the window's rows; a to f are what the sums are added to.
        .macro  PIXELS row, a, b, c, d, e, f
        ldrd    r8, lr, [sp, #kWeights + 8 * \row]
        ldm     r0!, {r9-r12}
        smlad   r1, r10, lr, \a
        smlad   r2, r10, r8, \b
        smlabt  r2, r11, lr, r2
        smlatb  r3, r10, r8, \c
        smlad   r3, r11, lr, r3
        smlad   r4, r11, r8, \d
        smlabt  r4, r12, lr, r4
        smlatb  r5, r11, r8, \e
        smlad   r5, r12, lr, r5
        smlad   r6, r12, r8, \f
        .endm

        // r0 strip, r1 channel, r2 out
        .macro  DEPTHWISE6 name, fold
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldrd    r4, r5, [r0]            // rows row_count
        ldr     r6, [r0, #12]           // tile_pitch
        adds    r5, #2
        add     r5, r4, r5, lsl #4
        mov     r0, r4
        strd    r6, r2, [sp, #kTilePitch]
        adds    r2, r6, #4
        adds    r3, r2, r6
        add     r4, r6, r6, lsl #1
        strd    r2, r3, [sp, #kSecondOfNext]
        str     r4, [sp, #kNextRow]
        ldm     r1!, {r6-r11}
        add     lr, sp, #kWeights
        stm     lr, {r6-r11}
        ldm     r1, {r6-r9}             // bias multiplier addend shift
        strd    r7, r8, [sp, #kMultiplier]
        strd    r9, r6, [sp, #kShift]
        str     r5, [sp, #kEnd]
.Lrow_\name:
        ldr     r6, [sp, #kBias]
        PIXELS  0, r6, r6, r6, r6, r6, r6
        PIXELS  1, r1, r2, r3, r4, r5, r6
        PIXELS  2, r1, r2, r3, r4, r5, r6
        ldm     sp, {r7-r12, lr}
        SCALE   r7, r8, r1, r2, r3, r4, r5, r6
        .if     !\fold
        ldr     r7, [sp, #kShift]
        .endif
        CLAMP   \fold, r7, r1, r2, r3, r4, r5, r6
        ldr     r7, [sp, #kEnd]
        strh    r1, [r10]
        strh    r2, [r10, #4]
        strh    r3, [r10, r9]
        strh    r4, [r10, r11]
        strh    r5, [r10, r9, lsl #1]
        strh    r6, [r10, r12]
        add     r10, lr
        str     r10, [sp, #kOut]
        cmp     r0, r7
        sub     r0, r0, #2 * kRowBytes
        bne     .Lrow_\name
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        DEPTHWISE6 EmojicamM7Depthwise1Fold6, 1
        DEPTHWISE6 EmojicamM7Depthwise1Any6, 0

        // r0 job, r1 source, r2 destination
        .global EmojicamM7Unpack6
        .type   EmojicamM7Unpack6, %function
        .balign 4
        .thumb_func
EmojicamM7Unpack6:
        push    {r4-r7, lr}
        ldr     r3, [r0]                // source_pitch
        ldr     r0, [r0, #8]            // rows
        movs    r4, #0
.Lunpack6:
        ldr     r6, [r1]                // p0 to p3
        ldrh    r7, [r1, #4]            // p4 p5
        add     r1, r3
        WIDEN   r5, r6, r6
        orr     r7, r7, r7, lsl #8
        uxtb16  r7, r7
        stm     r2!, {r4-r7}
        subs    r0, #1
        bne     .Lunpack6
        pop     {r4-r7, pc}
        .size   EmojicamM7Unpack6, . - EmojicamM7Unpack6
