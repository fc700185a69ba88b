// Dense layers on the Cortex-M7: four outputs at a time, 18 instructions for 16 multiplications with weights that stay
// bytes in flash. The interface is in dense_kernels.h.
//
// Registers in the loop: r0 values, r1 weights, r2-r5 sums, r6 r7 four values, r8-r11 weights, r12, lr steps left.

        .syntax unified
        .thumb
        .text

        .equ    kValues, 0              // and the steps
        .equ    kOut, 8                 // and the quads that are left
        .equ    kFrame, 16

        .macro  ONE sum, weights
        sxtb16  r12, \weights
        sxtb16  \weights, \weights, ror #8
        smlad   \sum, r6, r12, \sum
        smlad   \sum, r7, \weights, \sum
        .endm

        .global EmojicamM7Dense
        .type   EmojicamM7Dense, %function
        .balign 8
        .thumb_func
EmojicamM7Dense:                        // r0 dense, r1 quads, r2 out
        push    {r4-r11, lr}
        sub     sp, #kFrame
        ldm     r0, {r3-r5}             // values steps quads
        strd    r3, r4, [sp, #kValues]
        strd    r2, r5, [sp, #kOut]
.Lquad:
        ldrd    r0, lr, [sp, #kValues]
        ldm     r1!, {r2-r5}            // sums begin with the bias
.Lstep:
        .rept   2
        ldm     r0!, {r6, r7}
        ldm     r1!, {r8-r11}
        ONE     r2, r8
        ONE     r3, r9
        ONE     r4, r10
        ONE     r5, r11
        .endr
        subs    lr, #1
        bne     .Lstep
        ldm     r1!, {r6-r9}            // multiplier
        smmulr  r2, r2, r6
        smmulr  r3, r3, r7
        smmulr  r4, r4, r8
        smmulr  r5, r5, r9
        ldm     r1!, {r6-r12, lr}       // minus and addend
        smmla   r6, r2, r6, r10
        smmla   r7, r3, r7, r11
        smmla   r8, r4, r8, r12
        smmla   r9, r5, r9, lr
        add     r2, r6
        add     r3, r7
        add     r4, r8
        add     r5, r9
        ldm     r1!, {r6-r9}            // shift
        asr     r2, r2, r6
        asr     r3, r3, r7
        asr     r4, r4, r8
        asr     r5, r5, r9
        ssat    r2, #8, r2
        ssat    r3, #8, r3
        ssat    r4, #8, r4
        ssat    r5, #8, r5
        ldrd    r6, r7, [sp, #kOut]
        strb    r2, [r6], #1
        strb    r3, [r6], #1
        strb    r4, [r6], #1
        strb    r5, [r6], #1
        subs    r7, #1
        strd    r6, r7, [sp, #kOut]
        bne     .Lquad
        add     sp, #kFrame
        pop     {r4-r11, pc}
        .size   EmojicamM7Dense, . - EmojicamM7Dense
