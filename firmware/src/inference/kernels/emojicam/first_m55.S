// First layers, 3x3 with stride 2 on one and on three input channels, on the Cortex-M55. The interface, layouts and
// preconditions are in m55_kernels.h.

#include "inference/kernels/emojicam/m55_sums.inc"

        .syntax unified
        .thumb
        .text

        // A strip of a first layer; its registers and stack are told below.
        .macro  FIRST_ENTER
        ENTER
        sub     sp, #48
        mov     r9, r0
        mov     r7, r1
        mov     r5, r2
        ldr     r1, [r9]
        ldr     r4, [r9, #8]            // rows
        str     r4, [sp, #32]
        strd    r1, r5, [sp, #36]
        vldrw.u32       q0, [r7]        // four channels' bias, for two pixels
        vstrw.32        q0, [sp]
        vstrw.32        q0, [sp, #16]
        .endm

        // The sums of four channels by two pixels, scaled, to q0 and q1.
        .macro  FIRST_SCALE
        COLLECT
        vldrw.u32       q2, [r7, #16]
        vqrdmulh.s32    q0, q0, q2
        vqrdmulh.s32    q1, q1, q2
        vldrw.u32       q2, [r7, #32]
        vrshl.s32       q0, q0, q2
        vrshl.s32       q1, q1, q2
        .endm

        // The next row, or return.
        .macro  FIRST_NEXT row
        ldrd    r1, r5, [sp, #36]
        ldr     r0, [r9, #4]
        add     r1, r0
        ldr     r0, [r9, #16]
        add     r5, r0
        strd    r1, r5, [sp, #36]
        ldr     r0, [sp, #32]
        subs    r0, #1
        str     r0, [sp, #32]
        bne.w   \row
        add     sp, #48
        LEAVE
        .endm

// First layer: two windows with the weights of four channels. r1 window, r3 pairs left, r5 out, r7 constants, r9 strip,
// r11 zero point. Stack: bias; rows left, this row's window, this row's out.
        .global EmojicamM55First
        .type   EmojicamM55First, %function
        .balign 8
        .thumb_func
EmojicamM55First:
        FIRST_ENTER
        ldr     r11, [r9, #20]          // zero point
        vldrw.u32       q3, [r9, #24]   // gather
        vldrw.u32       q4, [r7, #48]
        vldrw.u32       q5, [r7, #64]
        vldrw.u32       q6, [r7, #80]
        vldrw.u32       q7, [r7, #96]
.Lfirst_row:
        ldr     r3, [r9, #12]           // pairs
.Lfirst_pair:
        BEGIN
        GATHER_TWO
        SUM_TWO r0, r2, r4, r6, r8, r10, r12, lr
        FIRST_SCALE
        NARROW  r11
        vldrw.u32       q0, [r9, #40]   // scatter
        vstrb.16        q2, [r5, q0]
        adds    r5, #2
        subs    r3, #1
        bne     .Lfirst_pair
        FIRST_NEXT .Lfirst_row
        .size   EmojicamM55First, . - EmojicamM55First

// Three input channels: contiguous loads instead of gathers. r1 window, r3 pairs left, r5 out, r7 constants, r9 strip, r11
// row pitch. Stack as before.
        .global EmojicamM55First3
        .type   EmojicamM55First3, %function
        .balign 8
        .thumb_func
EmojicamM55First3:
        FIRST_ENTER
        ldr     r11, [r9, #40]          // row pitch
.Lfirst3_row:
        ldr     r3, [r9, #12]           // pairs
.Lfirst3_pair:
        BEGIN
        .set    row, 0
        .rept   3
        vldrb.u8        q0, [r1]
        vldrb.u8        q1, [r1, #6]
        vldrw.u32       q4, [r7, #48 + 64 * row]
        vldrw.u32       q5, [r7, #64 + 64 * row]
        vldrw.u32       q6, [r7, #80 + 64 * row]
        vldrw.u32       q7, [r7, #96 + 64 * row]
        SUM_TWO r0, r2, r4, r6, r8, r10, r12, lr
        .if     row < 2
        add     r1, r11
        .endif
        .set    row, row + 1
        .endr
        sub     r1, r1, r11, lsl #1
        adds    r1, #12
        FIRST_SCALE
        ldr     r0, [r9, #20]           // zero point
        NARROW  r0
        vldrw.u32       q0, [r9, #24]   // scatter
        vstrb.16        q2, [r5, q0]
        adds    r5, #2
        subs    r3, #1
        bne.w   .Lfirst3_pair
        FIRST_NEXT .Lfirst3_row
        .size   EmojicamM55First3, . - EmojicamM55First3
