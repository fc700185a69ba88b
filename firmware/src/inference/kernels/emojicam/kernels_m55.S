// Kernels for the Cortex-M55 (Helium). The interface, layouts and preconditions are in m55_kernels.h.
//
// VMLADAV takes even registers only, so eight sums use up r0 r2 r4 r6 r8 r10 r12 lr (no low-overhead loop, which
// needs lr); pointers and counters live in odd registers and on the stack.
//
// Sums begin with the bias, eight times in memory: one LDM brings them. Where there is a vector to spare for a channel's
// multiplier, VQRDMLASH adds the zero point to the product, as addend that the shift leaves right.
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

        // All sums from the stack's beginning on: the bias.
        .macro  BEGIN
        ldm     sp, {r0, r2, r4, r6, r8, r10, r12, lr}
        .endm

        // q0, q1 to the low bytes of q0's halfwords, alternating.
        .macro  NARROW_BOTH
        vqmovnb.s32     q0, q0
        vqmovnt.s32     q0, q1
        vqmovnb.s16     q0, q0
        .endm

        // The same to q2, with the zero point in `zero` added.
        .macro  NARROW zero
        vqmovnb.s32     q2, q0
        vqmovnt.s32     q2, q1
        vqadd.s16       q2, q2, \zero
        vqmovnb.s16     q2, q2
        .endm

        // Weights of A in q0, of B in q1; pixels 0-3 in q2-q5.
        .macro  STEP
        vldrw.u32       q0, [r3], #16
        vldrw.u32       q1, [r3], #16
        vldrw.u32       q2, [r1], #16
        vldrw.u32       q3, [r1], #16
        vldrw.u32       q4, [r1], #16
        vldrw.u32       q5, [r1], #16
        vmladava.s8     r0, q0, q2
        vmladava.s8     r8, q1, q2
        vmladava.s8     r2, q0, q3
        vmladava.s8     r10, q1, q3
        vmladava.s8     r4, q0, q4
        vmladava.s8     r12, q1, q4
        vmladava.s8     r6, q0, q5
        vmladava.s8     lr, q1, q5
        .endm

        .equ    kSteps, 16              // kM55MaxDepth / 16
        .equ    kStepBytes, 56

        .global EmojicamM55Pointwise
        .type   EmojicamM55Pointwise, %function
        .balign 8
        .thumb_func
EmojicamM55Pointwise:                   // r0 strip, r1 pair, r2 out
        // Stack: bias of A, A, weights, bias of A, A, B, B, B, B; entry.
        ENTER
        sub     sp, #40
        mov     r7, r1
        mov     r5, r2
        ldrd    r1, r4, [r0]            // stream depth
        ldrd    r11, r9, [r0, #8]       // tiles table
        ldrd    r10, r12, [r7, #8]      // multipliers
        vdup.32 q6, r10
        vdup.32 q7, r12
        lsrs    r4, r4, #4
        adr.w   r6, .Lpointwise_end
        movs    r8, #kStepBytes
        mls     r6, r4, r8, r6
        orr     r6, #1                  // Thumb
        str     r6, [sp, #36]           // entry
        ldrd    r6, r8, [r7]            // bias
        add     r3, r7, #32             // weights
        strd    r6, r6, [sp]
        strd    r3, r6, [sp, #8]
        strd    r6, r8, [sp, #16]
        strd    r8, r8, [sp, #24]
        str     r8, [sp, #32]
        adds    r7, #16                 // addends and shifts
.Lpointwise_tile:
        ldm     sp, {r0, r2, r3, r4, r6, r8, r10, r12, lr}
        ldr     pc, [sp, #36]
.Lpointwise_steps:
        .rept   kSteps
        STEP
        .endr
.Lpointwise_end:
        COLLECT
        ldm     r7, {r0, r2, r4, r6}
        vqrdmlash.s32   q0, q6, r0
        vqrdmlash.s32   q1, q7, r2
        vrshl.s32       q0, r4
        vrshl.s32       q1, r6
        NARROW_BOTH
        vldrh.u16       q1, [r9], #16
        vstrb.16        q0, [r5, q1]
        subs    r11, #1
        bne.w   .Lpointwise_tile
        add     sp, #40
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
        sub     sp, #32
        mov     r7, r1
        mov     r5, r2
        ldr     r1, [r0]                // stream
        ldrd    r11, r9, [r0, #8]       // tiles table
        add     r3, r7, #32
        vldrw.u32       q4, [r3]        // A of the first pixel
        vldrw.u32       q5, [r3, #16]   // B of the first
        vldrw.u32       q6, [r3, #32]   // A of the second
        vldrw.u32       q7, [r3, #48]   // B of the second
        ldm     r7!, {r6, r8}           // bias
        strd    r6, r6, [sp]
        strd    r6, r6, [sp, #8]
        strd    r8, r8, [sp, #16]
        strd    r8, r8, [sp, #24]
        mvn     r3, #127                // zero point
.Lpointwise8_tile:
        BEGIN
        vldrw.u32       q2, [r1], #16
        vldrw.u32       q3, [r1], #16
        vmladava.s8     r0, q4, q2
        vmladava.s8     r8, q5, q2
        vmladava.s8     r2, q6, q2
        vmladava.s8     r10, q7, q2
        vmladava.s8     r4, q4, q3
        vmladava.s8     r12, q5, q3
        vmladava.s8     r6, q6, q3
        vmladava.s8     lr, q7, q3
        COLLECT
        ldm     r7, {r0, r2, r4, r6, r8, r10}   // multipliers, addends, shifts
        vqrdmulh.s32    q0, q0, r0
        vqrdmulh.s32    q1, q1, r2
        vrshl.s32       q0, r8
        vrshl.s32       q1, r10
        NARROW  r3
        vldrh.u16       q3, [r9], #16
        vstrb.16        q2, [r5, q3]
        subs    r11, #1
        bne     .Lpointwise8_tile
        add     sp, #32
        LEAVE
        .size   EmojicamM55Pointwise8, . - EmojicamM55Pointwise8

// Depthwise: q2 has the multiplier, q3 the gather offsets, q4-q7 the weights. r1 window, r3 blocks left, r5 out, r7
// addend, r9 table, r11 shift. Stack: bias eight times; row step, blocks, rows left, row.
        .macro  DEPTHWISE_ENTER
        ENTER
        sub     sp, #48
        mov     r10, r1
        mov     r5, r2
        ldm     r0!, {r1, r4, r6, r8, r9}       // input row_step rows blocks table
        vldrw.u32       q3, [r0]
        strd    r4, r8, [sp, #32]
        strd    r6, r1, [sp, #40]
        mov     r3, r8
        ldrd    r0, r2, [r10]           // bias multiplier
        ldrd    r11, r7, [r10, #8]      // shift addend
        vdup.32 q2, r2
        .irp    at, 0, 8, 16, 24
        strd    r0, r0, [sp, #\at]
        .endr
        vldrw.u32       q4, [r10, #16]
        .endm

        .macro  DEPTHWISE_NEXT row
        ldrd    r0, r1, [sp, #40]
        ldrd    r2, r3, [sp, #32]
        add     r1, r2
        subs    r0, #1
        strd    r0, r1, [sp, #40]
        bne.w   \row
        add     sp, #48
        LEAVE
        .endm

        // A block's sums to eight outputs.
        .macro  DEPTHWISE_STORE
        COLLECT
        vqrdmlash.s32   q0, q2, r7
        vqrdmlash.s32   q1, q2, r7
        vrshl.s32       q0, r11
        vrshl.s32       q1, r11
        NARROW_BOTH
        vldrh.u16       q1, [r9], #16
        vstrb.16        q0, [r5, q1]
        .endm

        // Two windows that lie side by side, into q0 and q1; r1 moves on.
        .macro  GATHER_TWO
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vldrh.u16       q1, [r1, q3]
        adds    r1, #2
        .endm

        // Products with four sets of weights: q0's into a to d, q1's into e to h.
        .macro  SUM_TWO a, b, c, d, e, f, g, h
        vmladava.s8     \a, q0, q4
        vmladava.s8     \b, q0, q5
        vmladava.s8     \c, q0, q6
        vmladava.s8     \d, q0, q7
        vmladava.s8     \e, q1, q4
        vmladava.s8     \f, q1, q5
        vmladava.s8     \g, q1, q6
        vmladava.s8     \h, q1, q7
        .endm

        .global EmojicamM55Depthwise1
        .type   EmojicamM55Depthwise1, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise1:
        DEPTHWISE_ENTER
        vldrw.u32       q5, [r10, #32]
        vldrw.u32       q6, [r10, #48]
        vldrw.u32       q7, [r10, #64]
.Ldepthwise1_block:
        BEGIN
        GATHER_TWO
        SUM_TWO r0, r2, r8, r10, r4, r6, r12, lr
        DEPTHWISE_STORE
        subs    r3, #1
        bne     .Ldepthwise1_block
        DEPTHWISE_NEXT .Ldepthwise1_block
        .size   EmojicamM55Depthwise1, . - EmojicamM55Depthwise1

        .global EmojicamM55Depthwise2
        .type   EmojicamM55Depthwise2, %function
        .balign 8
        .thumb_func
EmojicamM55Depthwise2:
        DEPTHWISE_ENTER
.Ldepthwise2_block:
        BEGIN
        .irp    sum, r0, r2, r4, r6, r8, r10, r12, lr
        vldrh.u16       q0, [r1, q3]
        adds    r1, #2
        vmladava.s8     \sum, q0, q4
        .endr
        DEPTHWISE_STORE
        subs    r3, #1
        bne     .Ldepthwise2_block
        DEPTHWISE_NEXT .Ldepthwise2_block
        .size   EmojicamM55Depthwise2, . - EmojicamM55Depthwise2

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
