// Pointwise convolution on the Cortex-M55. The interface, layouts and preconditions are in m55_kernels.h.
//
// Inner loop: 4 pixels x 2 output channels x 16 input channels: 6 loads and 8 VMLADAVA for 128 multiply-accumulates,
// 0.11 each (bound: 0.0625). Unrolled for 256 channels and entered where as many steps are left as the layer needs. All
// output channels in one call: what is around a pair's tiles would take a tenth of small layers otherwise.

#include "inference/kernels/emojicam/m55_sums.inc"

        .syntax unified
        .thumb
        .text

        .equ    kPairBytes, 32          // of M55PointwisePair

// Stack.
        .equ    kBegin, 0               // Pointwise: bias of A, A, weights, bias of A, A, B, B, B, B
        .equ    kEntry, 36
        .equ    kStream, 40             // stream, table, tiles: what a pair begins with
        .equ    kPairs, 52              // left
        .equ    kOutStep, 56
        .equ    kFrame, 64

        // r0 strip, r1 pair, r2 out
        .macro  POINTWISE_ENTER
        ENTER
        sub     sp, #kFrame
        mov     r7, r1
        mov     r5, r2
        ldm     r0, {r1, r4, r6, r8, r10, r12}  // stream depth tiles table pairs out_step
        strd    r1, r8, [sp, #kStream]
        str     r6, [sp, #kStream + 8]
        strd    r10, r12, [sp, #kPairs]
        .endm

        // r1 stream, r9 table, r11 tiles
        .macro  FIRST_TILE
        add     r0, sp, #kStream
        ldm     r0, {r1, r9, r11}
        .endm

        // To the next pair of outputs, or return.
        .macro  NEXT_PAIR pair
        ldrd    r0, r2, [sp, #kPairs]
        add     r5, r2
        subs    r0, #1
        str     r0, [sp, #kPairs]
        bne.w   \pair
        add     sp, #kFrame
        LEAVE
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
EmojicamM55Pointwise:
        POINTWISE_ENTER
        lsrs    r4, r4, #4
        adr.w   r6, .Lpointwise_end
        movs    r8, #kStepBytes
        mls     r6, r4, r8, r6
        orr     r6, #1                  // Thumb
        str     r6, [sp, #kEntry]
.Lpointwise_pair:
        ldm     r7!, {r6, r8, r10, r12} // bias and multiplier of A and B
        vdup.32 q6, r10
        vdup.32 q7, r12
        add     r3, r7, #kPairBytes - 16        // weights
        strd    r6, r6, [sp, #kBegin]
        strd    r3, r6, [sp, #kBegin + 8]
        strd    r6, r8, [sp, #kBegin + 16]
        strd    r8, r8, [sp, #kBegin + 24]
        str     r8, [sp, #kBegin + 32]
        FIRST_TILE
.Lpointwise_tile:
        ldm     sp, {r0, r2, r3, r4, r6, r8, r10, r12, lr}
        ldr     pc, [sp, #kEntry]
.Lpointwise_steps:
        .rept   kSteps
        STEP
        .endr
.Lpointwise_end:
        COLLECT
        ldm     r7, {r0, r2, r4, r6}    // addends and shifts
        vqrdmlash.s32   q0, q6, r0
        vqrdmlash.s32   q1, q7, r2
        vrshl.s32       q0, r4
        vrshl.s32       q1, r6
        NARROW_BOTH
        vldrh.u16       q1, [r9], #16
        vstrb.16        q0, [r5, q1]
        subs    r11, #1
        bne.w   .Lpointwise_tile
        mov     r7, r3                  // behind the weights
        NEXT_PAIR .Lpointwise_pair
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
        POINTWISE_ENTER
        mvn     r3, #127                // zero point
.Lpointwise8_pair:
        ldm     r7!, {r6, r8}           // bias
        strd    r6, r6, [sp, #kBegin]
        strd    r6, r6, [sp, #kBegin + 8]
        strd    r8, r8, [sp, #kBegin + 16]
        strd    r8, r8, [sp, #kBegin + 24]
        vldrw.u32       q4, [r7, #kPairBytes - 8]       // A of the first pixel
        vldrw.u32       q5, [r7, #kPairBytes + 8]       // B of the first
        vldrw.u32       q6, [r7, #kPairBytes + 24]      // A of the second
        vldrw.u32       q7, [r7, #kPairBytes + 40]      // B of the second
        FIRST_TILE
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
        adds    r7, #kPairBytes + 56
        NEXT_PAIR .Lpointwise8_pair
        .size   EmojicamM55Pointwise8, . - EmojicamM55Pointwise8
