// Depthwise windows of any size on the Cortex-M55 (Helium), eight outputs of one channel at a time: of each window one
// load and one VMLADAV for 16 taps. Interface and layout are in any_kernels.h.
//
// The sums are in the even registers, lr among them. r1 columns, r3 from one output to the next, r5 blocks left, r7
// out, r9 channel, r11 strip; weights in q4-q7. Stack: rows left, this row's columns, this row's out.

        .syntax unified
        .thumb
        .text

        .equ    kColumns, 0             // of M55AnyRows
        .equ    kStep, 4
        .equ    kBlocks, 8
        .equ    kRows, 12
        .equ    kRowStep, 16
        .equ    kOutStep, 20
        .equ    kOutRowStep, 24
        .equ    kLanes, 28
        .equ    kScatter, 32
        .equ    kWeights, 20            // of M55AnyChannel

        .macro  ANY name, vectors
        .global \name
        .type   \name, %function
        .balign 8
        .thumb_func
\name:                                  // r0 strip, r1 channel, r2 out
        push    {r4-r11, lr}
        vpush   {d8-d15}
        sub     sp, #16
        mov     r11, r0
        mov     r9, r1
        mov     r7, r2
        ldrd    r1, r3, [r11, #kColumns]
        ldr     r0, [r11, #kRows]
        ldr     r2, [r11, #kLanes]
        vmsr    p0, r2
        str     r0, [sp]
        strd    r1, r7, [sp, #4]
        vldrw.u32       q4, [r9, #kWeights]
        .if     \vectors > 1
        vldrw.u32       q5, [r9, #kWeights + 16]
        .endif
        .if     \vectors > 2
        vldrw.u32       q6, [r9, #kWeights + 32]
        .endif
        .if     \vectors > 3
        vldrw.u32       q7, [r9, #kWeights + 48]
        .endif
.Lrow_\name:
        ldr     r5, [r11, #kBlocks]
.Lblock_\name:
        .irp    sum, r0, r2, r4, r6, r8, r10, r12, lr
        vldrb.u8        q0, [r1]
        .if     \vectors > 1
        vldrb.u8        q1, [r1, #16]
        .endif
        .if     \vectors > 2
        vldrb.u8        q2, [r1, #32]
        .endif
        .if     \vectors > 3
        vldrb.u8        q3, [r1, #48]
        .endif
        add     r1, r3
        vmladav.s8      \sum, q0, q4
        .if     \vectors > 1
        vmladava.s8     \sum, q1, q5
        .endif
        .if     \vectors > 2
        vmladava.s8     \sum, q2, q6
        .endif
        .if     \vectors > 3
        vmladava.s8     \sum, q3, q7
        .endif
        .endr
        vmov    q0[2], q0[0], r0, r4
        vmov    q0[3], q0[1], r2, r6
        vmov    q1[2], q1[0], r8, r12
        vmov    q1[3], q1[1], r10, lr
        ldm     r9, {r0, r2, r4, r6, r8}        // bias multiplier shift minus zero_point
        vadd.i32        q0, q0, r0
        vadd.i32        q1, q1, r0
        vqrdmulh.s32    q0, q0, r2
        vqrdmulh.s32    q1, q1, r2
        vshr.s32        q2, q0, #31
        vshr.s32        q3, q1, #31
        vmla.s32        q0, q2, r6
        vmla.s32        q1, q3, r6
        vrshl.s32       q0, r4
        vrshl.s32       q1, r4
        vqmovnb.s32     q2, q0
        vqmovnt.s32     q2, q1
        vqadd.s16       q2, q2, r8
        vqmovnb.s16     q2, q2
        vldrh.u16       q3, [r11, #kScatter]
        subs    r5, #1
        beq     1f
        ldr     r0, [r11, #kOutStep]
        vstrb.16        q2, [r7, q3]
        add     r7, r0
        b       .Lblock_\name
1:      vpst
        vstrbt.16       q2, [r7, q3]
        ldr     r0, [sp]
        subs    r0, #1
        beq     2f
        str     r0, [sp]
        ldrd    r1, r7, [sp, #4]
        ldr     r0, [r11, #kRowStep]
        ldr     r2, [r11, #kOutRowStep]
        add     r1, r0
        add     r7, r2
        strd    r1, r7, [sp, #4]
        b       .Lrow_\name
2:      add     sp, #16
        vpop    {d8-d15}
        pop     {r4-r11, pc}
        .size   \name, . - \name
        .endm

        ANY     EmojicamM55Any1, 1
        ANY     EmojicamM55Any2, 2
        ANY     EmojicamM55Any3, 3
        ANY     EmojicamM55Any4, 4
