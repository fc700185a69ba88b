// Kernels for the Cortex-M55 (Helium). The interface, layouts and preconditions are in m55_kernels.h.
//
// VMLADAV takes even registers only, so eight sums use up r0 r2 r4 r6 r8 r10 r12 lr (no low-overhead loop, which
// needs lr); pointers and counters live in odd registers and on the stack.
//
// Pointwise inner loop: 4 pixels x 2 output channels x 16 input channels: 6 loads and 8 VMLADAVA for 128
// multiply-accumulates, 0.11 each (bound: 0.0625). Unrolled for 256 channels and entered where as many steps are left
// as the layer needs.

        .syntax unified
        .thumb
        .text

        .equ    kSaved, 100             // pushed core registers and d8-d15

        .macro  ENTER
        push    {r4-r11, lr}
        vpush   {d8-d15}
        .endm

        .macro  LEAVE
        vpop    {d8-d15}
        pop     {r4-r11, pc}
        .endm

        // Sums r0 r2 r4 r6 to q0 and r8 r10 r12 lr to q1.
        .macro  COLLECT
        vmov    q0[2], q0[0], r0, r4
        vmov    q0[3], q0[1], r2, r6
        vmov    q1[2], q1[0], r8, r12
        vmov    q1[3], q1[1], r10, lr
        .endm

        // q0, q1 to the low bytes of q2's halfwords, alternating: zero point in `zero`.
        .macro  NARROW zero
        vqmovnb.s32     q2, q0
        vqmovnt.s32     q2, q1
        vqadd.s16       q2, q2, \zero
        vqmovnb.s16     q2, q2
        .endm

        // q0 with bias r0, multiplier r4, shift r8; q1 with r2, r6, r10.
        .macro  SCALE_PAIR
        vadd.i32        q0, q0, r0
        vadd.i32        q1, q1, r2
        vqrdmulh.s32    q0, q0, r4
        vqrdmulh.s32    q1, q1, r6
        vrshl.s32       q0, r8
        vrshl.s32       q1, r10
        .endm

        // Weights of A in q0, of B in q1; pixels 0-3 in q2-q5.
        .macro  TILE operation
        \operation      r0, q0, q2
        \operation      r8, q1, q2
        \operation      r2, q0, q3
        \operation      r10, q1, q3
        \operation      r4, q0, q4
        \operation      r12, q1, q4
        \operation      r6, q0, q5
        \operation      lr, q1, q5
        .endm

        .macro  LOAD_STEP
        vldrw.u32       q0, [r3], #16
        vldrw.u32       q1, [r3], #16
        vldrw.u32       q2, [r1], #16
        vldrw.u32       q3, [r1], #16
        vldrw.u32       q4, [r1], #16
        vldrw.u32       q5, [r1], #16
        .endm

        .equ    kSteps, 15              // kM55MaxDepth / 16 - 1: the first step is apart
        .equ    kStepBytes, 56

        .global EmojicamM55Pointwise
        .type   EmojicamM55Pointwise, %function
        .balign 8
        .thumb_func
EmojicamM55Pointwise:                   // r0 strip, r1 pair, r2 out
        ENTER
        sub     sp, #8
        mov     r7, r1
        mov     r5, r2
        ldrd    r1, r4, [r0]            // stream depth
        ldrd    r11, r9, [r0, #8]       // tiles table
        add     r3, r7, #28
        str     r3, [sp]                // weights
        lsrs    r4, r4, #4
        subs    r4, #1
        adr.w   r6, .Lpointwise_end
        movs    r8, #kStepBytes
        mls     r6, r4, r8, r6
        orr     r6, #1                  // Thumb
        str     r6, [sp, #4]            // entry
.Lpointwise_tile:
        LOAD_STEP
        TILE    vmladav.s8
        ldr     pc, [sp, #4]
.Lpointwise_steps:
        .rept   kSteps
        LOAD_STEP
        TILE    vmladava.s8
        .endr
.Lpointwise_end:
        COLLECT
        ldm     r7, {r0, r2, r4, r6, r8, r10, r12}
        SCALE_PAIR
        NARROW  r12
        vldrh.u16       q6, [r9], #16
        vstrb.16        q2, [r5, q6]
        ldr     r3, [sp]
        subs    r11, #1
        bne.w   .Lpointwise_tile
        add     sp, #8
        LEAVE
        .size   EmojicamM55Pointwise, . - EmojicamM55Pointwise
        .if     (.Lpointwise_end - .Lpointwise_steps) - kSteps * kStepBytes
        .error  "a step of the pointwise loop has another size than kStepBytes"
        .endif

// 8 input channels: a vector holds two pixels, and weights padded with zeros pick one of them.
        .global EmojicamM55Pointwise8
        .type   EmojicamM55Pointwise8, %function
        .balign 8
        .thumb_func
EmojicamM55Pointwise8:
        ENTER
        mov     r7, r1
        mov     r5, r2
        ldr     r1, [r0]                // stream
        ldrd    r11, r9, [r0, #8]       // tiles table
        add     r3, r7, #28
        vldrw.u32       q4, [r3]        // A of the first pixel
        vldrw.u32       q5, [r3, #16]   // B of the first
        vldrw.u32       q6, [r3, #32]   // A of the second
        vldrw.u32       q7, [r3, #48]   // B of the second
.Lpointwise8_tile:
        vldrw.u32       q2, [r1], #16
        vldrw.u32       q3, [r1], #16
        vmladav.s8      r0, q4, q2
        vmladav.s8      r8, q5, q2
        vmladav.s8      r2, q6, q2
        vmladav.s8      r10, q7, q2
        vmladav.s8      r4, q4, q3
        vmladav.s8      r12, q5, q3
        vmladav.s8      r6, q6, q3
        vmladav.s8      lr, q7, q3
        COLLECT
        ldm     r7, {r0, r2, r4, r6, r8, r10, r12}
        SCALE_PAIR
        NARROW  r12
        vldrh.u16       q3, [r9], #16
        vstrb.16        q2, [r5, q3]
        subs    r11, #1
        bne     .Lpointwise8_tile
        LEAVE
        .size   EmojicamM55Pointwise8, . - EmojicamM55Pointwise8

// Depthwise: q3 has the gather offsets, q4-q7 the weights. r1 window, r3 blocks left, r5 out, r7 constants, r9 table,
// r11 row. Stack: rows left, row step, blocks.
        .macro  DEPTHWISE_ENTER
        ENTER
        sub     sp, #16
        mov     r7, r1
        mov     r5, r2
        ldm     r0!, {r1, r4, r6, r8, r9}       // input row_step rows blocks table
        vldrw.u32       q3, [r0]
        strd    r6, r4, [sp]
        str     r8, [sp, #8]
        vldrw.u32       q4, [r7, #16]
        mov     r11, r1
        .endm

        .macro  DEPTHWISE_NEXT row
        ldrd    r0, r2, [sp]
        subs    r0, #1
        str     r0, [sp]
        add     r11, r2
        mov     r1, r11
        bne.w   \row
        add     sp, #16
        LEAVE
        .endm

        // One channel's constants for both halves.
        .macro  SCALE_ONE
        ldm     r7, {r0, r2, r4, r6}
        vadd.i32        q0, q0, r0
        vadd.i32        q1, q1, r0
        vqrdmulh.s32    q0, q0, r2
        vqrdmulh.s32    q1, q1, r2
        vrshl.s32       q0, r4
        vrshl.s32       q1, r4
        .endm

        // Two windows that lie side by side, into q0 and q1; r1 moves on.
        .macro  GATHER_TWO
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vldrh.u16       q1, [r1, q3]
        adds    r1, #2
        .endm

        // Products with four sets of weights: q0's into a to d, q1's into e to h.
        .macro  SUM_TWO operation, a, b, c, d, e, f, g, h
        \operation     \a, q0, q4
        \operation     \b, q0, q5
        \operation     \c, q0, q6
        \operation     \d, q0, q7
        \operation     \e, q1, q4
        \operation     \f, q1, q5
        \operation     \g, q1, q6
        \operation     \h, q1, q7
        .endm

        .global EmojicamM55Depthwise1
        .type   EmojicamM55Depthwise1, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise1:
        DEPTHWISE_ENTER
        vldrw.u32       q5, [r7, #32]
        vldrw.u32       q6, [r7, #48]
        vldrw.u32       q7, [r7, #64]
.Ldepthwise1_row:
        ldr     r3, [sp, #8]
.Ldepthwise1_block:
        GATHER_TWO
        SUM_TWO vmladav.s8, r0, r2, r8, r10, r4, r6, r12, lr
        COLLECT
        SCALE_ONE
        NARROW  r6
        vldrh.u16       q0, [r9], #16
        vstrb.16        q2, [r5, q0]
        subs    r3, #1
        bne     .Ldepthwise1_block
        DEPTHWISE_NEXT .Ldepthwise1_row
        .size   EmojicamM55Depthwise1, . - EmojicamM55Depthwise1

        .global EmojicamM55Depthwise2
        .type   EmojicamM55Depthwise2, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise2:
        DEPTHWISE_ENTER
.Ldepthwise2_row:
        ldr     r3, [sp, #8]
.Ldepthwise2_block:
        .irp    sum, r0, r2, r4, r6, r8, r10, r12, lr
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vmladav.s8      \sum, q0, q4
        .endr
        COLLECT
        SCALE_ONE
        NARROW  r6
        vldrh.u16       q0, [r9], #16
        vstrb.16        q2, [r5, q0]
        subs    r3, #1
        bne     .Ldepthwise2_block
        DEPTHWISE_NEXT .Ldepthwise2_row
        .size   EmojicamM55Depthwise2, . - EmojicamM55Depthwise2

        // A strip of a first layer; its registers and stack are told below.
        .macro  FIRST_ENTER
        ENTER
        sub     sp, #16
        mov     r9, r0
        mov     r7, r1
        mov     r5, r2
        ldr     r1, [r9]
        ldr     r4, [r9, #8]            // rows
        str     r4, [sp]
        strd    r1, r5, [sp, #4]
        .endm

        // The sums of four channels by two pixels, with their bias and scaled, to q0 and q1.
        .macro  FIRST_SCALE
        COLLECT
        vldrw.u32       q2, [r7]
        vadd.i32        q0, q0, q2
        vadd.i32        q1, q1, q2
        vldrw.u32       q2, [r7, #16]
        vqrdmulh.s32    q0, q0, q2
        vqrdmulh.s32    q1, q1, q2
        vldrw.u32       q2, [r7, #32]
        vrshl.s32       q0, q0, q2
        vrshl.s32       q1, q1, q2
        .endm

        // The next row, or return.
        .macro  FIRST_NEXT row
        ldrd    r1, r5, [sp, #4]
        ldr     r0, [r9, #4]
        add     r1, r0
        ldr     r0, [r9, #16]
        add     r5, r0
        strd    r1, r5, [sp, #4]
        ldr     r0, [sp]
        subs    r0, #1
        str     r0, [sp]
        bne.w   \row
        add     sp, #16
        LEAVE
        .endm

// First layer: two windows with the weights of four channels. r1 window, r3 pairs left, r5 out, r7 constants, r9 strip,
// r11 zero point. Stack: rows left, this row's window, this row's out.
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
        GATHER_TWO
        SUM_TWO vmladav.s8, r0, r2, r4, r6, r8, r10, r12, lr
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
        .set    row, 0
        .irp    operation, vmladav.s8, vmladava.s8, vmladava.s8
        vldrb.u8        q0, [r1]
        vldrb.u8        q1, [r1, #6]
        vldrw.u32       q4, [r7, #48 + 64 * row]
        vldrw.u32       q5, [r7, #64 + 64 * row]
        vldrw.u32       q6, [r7, #80 + 64 * row]
        vldrw.u32       q7, [r7, #96 + 64 * row]
        SUM_TWO \operation, r0, r2, r4, r6, r8, r10, r12, lr
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
