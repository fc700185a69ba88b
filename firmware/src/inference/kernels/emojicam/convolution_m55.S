// Convolutions on the Cortex-M55 (Helium) as products of patches: 4 pixels x 2 output channels x 16 values, 6 loads
// and 8 VMLADAVA for 128 multiply-accumulates. The interface is in image_kernels.h.
//
// The sums are in the even registers, lr among them. r1 r3 r5 r7: patches of pixels 0-3, r9 weights, r11 rounds left.
// The loop is unrolled for 15 steps and entered where as many are left as don't fill a round.

        .syntax unified
        .thumb
        .text

        .equ    kPatches, 0             // of the tile that comes next
        .equ    kPitch, 4
        .equ    kWeights, 8
        .equ    kRounds, 12             // of the loop
        .equ    kOut, 16
        .equ    kOutStep, 20
        .equ    kPair, 24
        .equ    kTiles, 28
        .equ    kEntry, 32
        .equ    kFrame, 40

        .macro  STEP operation
        vldrb.u8        q0, [r9], #16
        vldrb.u8        q1, [r9], #16
        vldrb.u8        q2, [r1], #16
        vldrb.u8        q3, [r3], #16
        vldrb.u8        q4, [r5], #16
        vldrb.u8        q5, [r7], #16
        \operation      r0, q0, q2
        \operation      r8, q1, q2
        \operation      r2, q0, q3
        \operation      r10, q1, q3
        \operation      r4, q0, q4
        \operation      r12, q1, q4
        \operation      r6, q0, q5
        \operation      lr, q1, q5
        .endm

        // Sums in q0 and q1, with r0-r8 from the pair: bias, multiplier, shift and minus of A and of B, zero point.
        // Below zero shows only where the zero point isn't -128.
        .macro  SCALE signed, bias_b, multiplier_a, multiplier_b, shift_a, shift_b, minus_a, minus_b, zero
        vadd.i32        q0, q0, r0
        vadd.i32        q1, q1, \bias_b
        vqrdmulh.s32    q0, q0, \multiplier_a
        vqrdmulh.s32    q1, q1, \multiplier_b
        .if     \signed
        vshr.s32        q2, q0, #31
        vshr.s32        q3, q1, #31
        vmla.s32        q0, q2, \minus_a
        vmla.s32        q1, q3, \minus_b
        .endif
        vrshl.s32       q0, \shift_a
        vrshl.s32       q1, \shift_b
        vqmovnb.s32     q2, q0
        vqmovnt.s32     q2, q1
        vqadd.s16       q2, q2, \zero
        vqmovnb.s16     q2, q2
        .endm

        .equ    kUnrolled, 15           // steps in a row, behind the first one
        .equ    kStepBytes, 56

        .macro  PAIR name, signed
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:                                 // r0 strip, r1 pair, r2 out
        push    {r4-r11, lr}
        vpush   {d8-d15}
        sub     sp, #kFrame
        ldm     r0!, {r4-r9}            // patches pitch steps tiles out_step lanes
        vldrw.u32       q6, [r0]
        vmsr    p0, r9
        // Behind the first step: so many rounds of the loop, and before them what doesn't fill one.
        subs    r6, #1
        movs    r3, #kUnrolled
        udiv    r9, r6, r3
        mls     r6, r9, r3, r6
        adr.w   r10, .Lend_\name
        movs    r3, #kStepBytes
        mls     r10, r6, r3, r10
        orr     r10, #1                 // Thumb
        str     r10, [sp, #kEntry]
        add     r3, r1, #36
        strd    r4, r5, [sp, #kPatches]
        strd    r3, r9, [sp, #kWeights]
        strd    r2, r8, [sp, #kOut]
        strd    r1, r7, [sp, #kPair]
.Ltile_\name:
        ldrd    r1, r11, [sp, #kPatches]
        add     r3, r1, r11
        add     r5, r3, r11
        add     r7, r5, r11
        add     r9, r7, r11
        str     r9, [sp, #kPatches]
        ldrd    r9, r11, [sp, #kWeights]
        STEP    vmladav.s8
        ldr     pc, [sp, #kEntry]
.Lsteps_\name:
        .rept   kUnrolled
        STEP    vmladava.s8
        .endr
.Lend_\name:
        subs    r11, #1
        bpl.w   .Lsteps_\name
        vmov    q0[2], q0[0], r0, r4
        vmov    q0[3], q0[1], r2, r6
        vmov    q1[2], q1[0], r8, r12
        vmov    q1[3], q1[1], r10, lr
        ldrd    r10, r11, [sp, #kPair]
        ldm     r10, {r0-r8}
        SCALE   \signed, r1, r2, r3, r4, r5, r6, r7, r8
        ldrd    r0, r2, [sp, #kOut]
        vpst
        vstrbt.16       q2, [r0, q6]
        add     r0, r2
        str     r0, [sp, #kOut]
        subs    r11, #1
        str     r11, [sp, #kTiles]
        bne.w   .Ltile_\name
        add     sp, #kFrame
        vpop    {d8-d15}
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .if     (.Lend_\name - .Lsteps_\name) - kUnrolled * kStepBytes
        .error  "a step of the loop has another size than kStepBytes"
        .endif
        .endm

        PAIR    EmojicamM55Pair, 1
        PAIR    EmojicamM55PairFloor, 0

// At most 16 values: one step, and the weights stay in q6 and q7. Patches follow one another `kPitch` bytes apart.
// r1 patch, r3 out, r5 bytes from a tile's outputs to the next, r7 tiles left, r9 pair; scatter offsets in q5.
        .macro  PAIR_SHALLOW name, pitch, signed
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:
        push    {r4-r11, lr}
        vpush   {d8-d15}
        mov     r9, r1
        mov     r3, r2
        ldr     r1, [r0]
        ldrd    r7, r5, [r0, #12]       // tiles out_step
        ldr     r4, [r0, #20]           // lanes
        vldrw.u32       q5, [r0, #24]
        vmsr    p0, r4
        vldrw.u32       q6, [r9, #36]
        vldrw.u32       q7, [r9, #52]
.Ltile_\name:
        vldrb.u8        q0, [r1]
        vldrb.u8        q1, [r1, #\pitch]
        vldrb.u8        q2, [r1, #2 * \pitch]
        vldrb.u8        q3, [r1, #3 * \pitch]
        adds            r1, #4 * \pitch
        vmladav.s8      r0, q6, q0
        vmladav.s8      r8, q7, q0
        vmladav.s8      r2, q6, q1
        vmladav.s8      r10, q7, q1
        vmladav.s8      r4, q6, q2
        vmladav.s8      r12, q7, q2
        vmladav.s8      r6, q6, q3
        vmladav.s8      lr, q7, q3
        vmov    q0[2], q0[0], r0, r4
        vmov    q0[3], q0[1], r2, r6
        vmov    q1[2], q1[0], r8, r12
        vmov    q1[3], q1[1], r10, lr
        ldm     r9, {r0, r2, r4, r6, r8, r10, r11, r12, lr}
        SCALE   \signed, r2, r4, r6, r8, r10, r11, r12, lr
        vpst
        vstrbt.16       q2, [r3, q5]
        add     r3, r5
        subs    r7, #1
        bne     .Ltile_\name
        vpop    {d8-d15}
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        PAIR_SHALLOW EmojicamM55Pair8, 8, 1
        PAIR_SHALLOW EmojicamM55Pair16, 16, 1
        PAIR_SHALLOW EmojicamM55Pair8Floor, 8, 0
        PAIR_SHALLOW EmojicamM55Pair16Floor, 16, 0
