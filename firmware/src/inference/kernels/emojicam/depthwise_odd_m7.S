// Depthwise 3x3 with stride 1 on rows of 5 and of 7 pixels, on the Cortex-M7, and what makes such rows of bytes.
// The interface, layouts and preconditions are in m7_kernels.h.
//
// A row is its pixels and one of padding, p0 p1 | p2 p3 | p4 0: one LDM reads it and moves on to the next. An output
// takes one multiplication of a pair and one of a single pixel, the first of a row the former alone. Outputs follow one
// another without a gap, so rows begin at the first and at the second pixel of a tile in turn.
//
// Registers: r0 rows, r1-r7 sums, r8 lr weights (w0 w1) (w1 w2), r9-r12 pixels.

#include "inference/kernels/emojicam/m7_sums.inc"

        .syntax unified
        .thumb
        .text

// Stack frame. The first part is what the end of a row loads at once.
        .equ    kScale, 0               // multiplier addend tile-pitch out shift
        .equ    kOut, 12
        .equ    kEnd, 20                // behind the last row's window
        .equ    kBias, 24
        .equ    kWeights, 28            // 6 words
        .equ    kFrame, 52

        // The products of one of the window's rows; a to g are what the sums are added to.
        .macro  PIXELS row, width, a, b, c, d, e, f, g
        ldrd    r8, lr, [sp, #kWeights + 8 * \row]
        .if     \width == 5
        ldm     r0!, {r9-r11}
        .else
        ldm     r0!, {r9-r12}
        .endif
        smlad   r1, r9, lr, \a
        smlad   r2, r9, r8, \b
        smlatb  r3, r9, r8, \c
        smlad   r4, r10, r8, \d
        smlatb  r5, r10, r8, \e
        .if     \width == 7
        smlad   r6, r11, r8, \f
        smlatb  r7, r11, r8, \g
        .endif
        smlabt  r2, r10, lr, r2
        smlad   r3, r10, lr, r3
        smlabt  r4, r11, lr, r4
        smlad   r5, r11, lr, r5
        .if     \width == 7
        smlabt  r6, r12, lr, r6
        smlad   r7, r12, lr, r7
        .endif
        .endm

        // Pixels to tiles, from the second one of a tile on if `second`; r11 moves on to the tile of the next one.
        .macro  STORE_ROW second, sums:vararg
        .set    place, \second
        .irp    sum, \sums
        .if     place
        strh    \sum, [r11, #4]
        add     r11, r10
        .else
        strh    \sum, [r11]
        .endif
        .set    place, 1 - place
        .endr
        .endm

        .macro  ROW width, fold, second, bias, sums:vararg
        ldr     \bias, [sp, #kBias]
        PIXELS  0, \width, \bias, \bias, \bias, \bias, \bias, \bias, \bias
        PIXELS  1, \width, r1, r2, r3, r4, r5, r6, r7
        PIXELS  2, \width, r1, r2, r3, r4, r5, r6, r7
        ldm     sp, {r8-r12}
        SCALE   r8, r9, \sums
        CLAMP   \fold, r12, \sums
        STORE_ROW \second, \sums
        ldr     r8, [sp, #kEnd]
        str     r11, [sp, #kOut]
        cmp     r0, r8
        .endm

        // r0 strip, r1 channel, r2 out
        .macro  DEPTHWISE_ODD name, width, fold, sums:vararg
        .global \name
        .type   \name, %function
        .balign 4
        .thumb_func
\name:
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldrd    r4, r5, [r0]            // rows row_count
        ldr     r6, [r0, #12]           // tile_pitch
        mov     r0, r4
        adds    r5, #2
        movs    r7, #2 * (\width + 1)
        mla     r5, r5, r7, r4
        ldm     r1!, {r7-r12}
        add     lr, sp, #kWeights
        stm     lr, {r7-r12}
        ldm     r1, {r7-r10}            // bias multiplier addend shift
        strd    r8, r9, [sp, #kScale]
        strd    r6, r2, [sp, #kScale + 8]
        strd    r10, r5, [sp, #kScale + 16]
        str     r7, [sp, #kBias]
.Lrows_\name:
        ROW     \width, \fold, 0, r\width, \sums
        beq     .Ldone_\name
        subs    r0, #4 * (\width + 1)
        ROW     \width, \fold, 1, r\width, \sums
        beq     .Ldone_\name
        subs    r0, #4 * (\width + 1)
        b       .Lrows_\name
.Ldone_\name:
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        DEPTHWISE_ODD EmojicamM7Depthwise1Fold5, 5, 1, r1, r2, r3, r4, r5
        DEPTHWISE_ODD EmojicamM7Depthwise1Any5, 5, 0, r1, r2, r3, r4, r5
        DEPTHWISE_ODD EmojicamM7Depthwise1Fold7, 7, 1, r1, r2, r3, r4, r5, r6, r7
        DEPTHWISE_ODD EmojicamM7Depthwise1Any7, 7, 0, r1, r2, r3, r4, r5, r6, r7

        // r0 job, r1 source, r2 destination
        .global EmojicamM7Unpack5
        .type   EmojicamM7Unpack5, %function
        .balign 4
        .thumb_func
EmojicamM7Unpack5:
        push    {r4-r6, lr}
        ldr     r3, [r0]                // source_pitch
        ldr     r0, [r0, #8]            // rows
.Lunpack5:
        ldrb    r6, [r1, #4]
        ldr     r4, [r1]
        add     r1, r3
        WIDEN   r4, r5, r4
        stm     r2!, {r4-r6}
        subs    r0, #1
        bne     .Lunpack5
        pop     {r4-r6, pc}
        .size   EmojicamM7Unpack5, . - EmojicamM7Unpack5

        .global EmojicamM7Unpack7
        .type   EmojicamM7Unpack7, %function
        .balign 4
        .thumb_func
EmojicamM7Unpack7:
        push    {r4-r7, lr}
        ldr     r3, [r0]
        ldr     r0, [r0, #8]
.Lunpack7:
        ldr     r6, [r1, #3]            // p3 to p6
        ldr     r4, [r1]
        add     r1, r3
        WIDEN   r4, r5, r4
        uxtb16  r7, r6, ror #8          // p4 p6
        uxtb16  r6, r6                  // p3 p5
        pkhbt   r6, r7, r6
        lsrs    r7, r7, #16
        stm     r2!, {r4-r7}
        subs    r0, #1
        bne     .Lunpack7
        pop     {r4-r7, pc}
        .size   EmojicamM7Unpack7, . - EmojicamM7Unpack7
